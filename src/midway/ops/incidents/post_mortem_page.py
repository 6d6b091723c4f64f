"""A post-mortem as Markdown, to keep elsewhere and to read in a year."""

from midway.ops.incidents.draft import measures_of
from midway.ops.models import PostMortem


def as_markdown(post_mortem: PostMortem) -> str:
    """All of it: what happened, the timeline, what was learned and what follows."""
    incident, times = post_mortem.incident, measures_of(post_mortem.incident)
    rows = [
        f"# {incident.title}",
        "",
        f"Incident {str(incident.code)[:8]} · priority {incident.priority} · "
        f"{incident.opened_at:%Y-%m-%d %H:%M} UTC to {incident.closed_at:%Y-%m-%d %H:%M} UTC"
        if incident.closed_at
        else f"Incident {str(incident.code)[:8]} · priority {incident.priority}",
        "",
        "It asks what made this possible, not who did it.",
        "",
        "| noticed after | answered after | mended after | called |",
        "| --- | --- | --- | --- |",
        f"| {times.to_notice:g} min | {_cell(times.to_answer)} | {_cell(times.to_mend)} | {times.called} |",
    ]
    for title, text in (
        ("What happened", post_mortem.summary),
        ("Whom it touched", post_mortem.impact),
        ("Root cause", post_mortem.root_cause or "Not written yet."),
        ("What contributed", post_mortem.factors),
        ("What went well", post_mortem.went_well),
    ):
        if text:
            rows += ["", f"## {title}", "", text]
    rows += ["", "## Timeline", "", "| when (UTC) | what | who |", "| --- | --- | --- |"]
    rows += [
        f"| {one.at:%Y-%m-%d %H:%M:%S} | {_line(one.text)} | {_line(one.by_label)} |" for one in incident.timeline.all()
    ]
    rows += [
        "",
        "## What follows",
        "",
        "| what | kind | who | until | done | watched by |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in incident.follow_ups.select_related("owner"):
        done = f"{one.closed_at:%Y-%m-%d}" if one.closed_at else "open"
        cells = (
            _line(one.says),
            one.get_kind_display(),
            _line(one.owner.name),
            str(one.due_on),
            done,
            _line(one.proof),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _cell(minutes: float | None) -> str:
    return "–" if minutes is None else f"{minutes:g} min"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
