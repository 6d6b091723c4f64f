"""The section on recurring plans in docs/benchmarks.md, written from a kept run."""

from typing import Any

from benchmarks.report import DOCUMENT

HEADING = "## Recurring plans\n"


def write(result: dict[str, Any], file: str) -> None:
    """Will put the section where the one before was, and leave the rest of the document alone."""
    before, _, rest = DOCUMENT.read_text().partition(HEADING)
    _, heading, after = rest.partition("\n## ")
    DOCUMENT.write_text(before + section(result, file) + heading + after)


def section(result: dict[str, Any], file: str) -> str:
    """The figures as people read them."""
    checks, sold, nights = result["check_plan"], result["start_plan"], result["top_up_plans"]
    loads = [load for pair in result["load"].values() for load in pair]
    lines = [
        HEADING.rstrip(),
        "`python -m benchmarks.plans` judges a plan against 52 weeks, sells it, and runs the nightly top-up.",
        f"Written from `benchmarks/results/{file}`: {result['machine']['cores']} cores, load average {min(loads)} to"
        f" {max(loads)} meanwhile.",
        "",
        "| a plan against 52 weeks, cleaners | median | p95 | of which reading the bits (floor) |",
        "| --- | --- | --- | --- |",
    ]
    for one in checks:
        times = (one["p50_ms"], one["p95_ms"], one["floor_reading_the_bits"]["p50_ms"])
        lines.append(f"| {one['cleaners']} | " + " | ".join(f"{ms:.0f} ms" for ms in times) + " |")
    lines += [
        "",
        f"{max(one['queries'] for one in checks)} queries whatever the number of cleaners and weeks; the time grows"
        " with the bits that are read.",
        f"Selling the plan to {sold['cleaners']} cleaners' calendars, with its 52 visits and their commitments, takes"
        f" {sold['p50_ms']:.0f} ms (p95 {sold['p95_ms']:.0f}).",
        "",
        "| nightly top-up, plans | cleaners | a usual night | slowest of three | visits made | same night again |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in nights:
        lines.append(
            f"| {one['plans']:,} | {one['cleaners']} | {one['usual_night_seconds']:.1f} s"
            f" | {one['slowest_of_three_seconds']:.1f} s | {one['visits_a_night']}"
            f" | {one['again_the_same_night_seconds']:.2f} s |"
        )
    lines += [
        "",
        f"Only plans with a new date cost anything: one in thirteen on a usual night.{_caught_up(nights)}",
        "",
    ]
    return "\n".join(lines)


def _caught_up(nights: list[dict[str, Any]]) -> str:
    late = next((one for one in nights if "after_four_weeks_off" in one), None)
    if late is None:
        return ""
    told = late["after_four_weeks_off"]
    return (
        f" After four weeks without a night {late['plans']:,} plans are caught up in {told['seconds']:.0f} s:"
        f" {told['visits']:,} visits at {told['ms_a_visit']:.0f} ms."
    )
