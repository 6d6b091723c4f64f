"""How the System pages say it: the sentence on top, states, cadences, the year in words."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from midway.ops.procedure import Cadence, Kind, Status
from midway.ops.proof import BackupProof
from midway.ops.standing import YEAR_DAYS, Standing
from midway.web.design.words import day_in_words, time_in_words

STATES = {
    Status.OK: ("plain", gettext_lazy("Fine"), "check"),
    Status.WARN: ("warn", gettext_lazy("Warning"), "warn"),
    Status.CRIT: ("crit", gettext_lazy("Critical"), "crit"),
    Status.UNKNOWN: ("info", gettext_lazy("Not known"), "info"),
    Status.SKIPPED: ("plain", gettext_lazy("Left out"), "minus"),
}

CADENCES = {
    Cadence.DAILY: gettext_lazy("Every day"),
    Cadence.WEEKLY: gettext_lazy("Every week"),
    Cadence.MONTHLY: gettext_lazy("Every month"),
    Cadence.DEMAND: gettext_lazy("When somebody asks"),
}


def when(moment: datetime, *, now: datetime, zone: tzinfo) -> str:
    """ "03:14" today, else with its day; another year is named."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return time_in_words(local)
    return f"{day_in_words(local.date(), with_year=local.year != today.year)}, {time_in_words(local)}"


def health_sentence(rows: Sequence[Standing], proof: BackupProof, *, now: datetime, zone: tzinfo) -> tuple[str, Status]:
    """One sentence for all of it, and the state it stands for. What is not known is not all right."""
    checks = [row for row in rows if row.procedure.kind is not Kind.REPAIR and row.procedure.cadence in _SCHEDULED]
    needs = [row for row in rows if row.needs_you]
    if needs:
        said = ngettext("One thing needs you.", "%(n)d things need you.", len(needs)) % {"n": len(needs)}
        return said, Status.CRIT if any(row.status is Status.CRIT for row in needs) else Status.WARN
    if not any(row.latest for row in checks):
        return _("Nothing has been looked at yet. The first look is minutes away while Midway runs."), Status.UNKNOWN
    unsure = [row for row in checks if row.status not in {Status.OK, Status.SKIPPED}]
    if unsure:
        said = ngettext(
            "Nothing needs you, but one thing is not certain.",
            "Nothing needs you, but %(n)d things are not certain.",
            len(unsure),
        )
        return said % {"n": len(unsure)}, Status.UNKNOWN
    if proof.proved_at is None:
        return _("Everything that was looked at is all right, but no backup has been proved."), Status.UNKNOWN
    said = _("Everything is all right. Last restore proved %(when)s, all rows identical.")
    return said % {"when": when(proof.proved_at, now=now, zone=zone)}, Status.OK


def year_in_words(row: Standing) -> str:
    """The strip of days for whoever does not see it."""
    counts = {status: row.days(status) for status in Status}
    looked = sum(counts.values())
    if not looked:
        return _("Not looked at within the last year.")
    return _(
        "Of the last %(year)d days it was looked at on %(looked)d: fine on %(ok)d, warning on %(warn)d,"
        " critical on %(crit)d, not known on %(unknown)d, left out on %(skipped)d."
    ) % {"year": YEAR_DAYS, "looked": looked, **{status.value: n for status, n in counts.items()}}


_SCHEDULED = {Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY}
