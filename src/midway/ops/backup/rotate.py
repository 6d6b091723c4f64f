"""Which backups may go: seven days, five weeks and twelve months are kept, and nothing goes that is still needed.

A backup is removed only when at least three newer ones are proved and one of those lies off-host too. However long
backups fail, the old ones stay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from midway.ops.backup.catalogue import Note, State
from midway.ops.backup.listing import Listed, list_backups
from midway.ops.backup.setting import Setting
from midway.runtime.clock import now

DAYS, WEEKS, MONTHS = 7, 5, 12
NEWER_PROVED, OF_THEM_OFF_HOST = 3, 1


@dataclass(frozen=True)
class RotationPlan:
    """What goes, and why each of the others stays."""

    remove: list[str]
    keep: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """The answer of `midway backup rotate`."""
        return {"remove": self.remove, "keep": self.keep}

    def words(self, *, done: bool) -> str:
        """The plan for people."""
        lines = [f"keep    {code}  {why}" for code, why in sorted(self.keep.items(), reverse=True)]
        lines += [f"{'removed' if done else 'remove '} {code}" for code in self.remove]
        if self.remove and not done:
            lines.append("Nothing was removed: say --yes to do it.")
        return "\n".join(lines or ["No backups."])


def plan_rotation(rows: Sequence[Listed]) -> RotationPlan:
    """What may go of these backups, newest first or not. Pure."""
    ordered = sorted(rows, key=lambda row: row.made_at, reverse=True)
    wanted = _wanted(ordered)
    remove, keep = [], {}
    proved_before: list[Listed] = []
    for row in ordered:
        off_host = sum(1 for one in proved_before if one.copies)
        if row.code in wanted:
            keep[row.code] = wanted[row.code]
        elif len(proved_before) < NEWER_PROVED or off_host < OF_THEM_OFF_HOST:
            keep[row.code] = f"fewer than {NEWER_PROVED} newer ones are proved, one of them off-host"
        else:
            remove.append(row.code)
        if row.is_proved and row.is_here:
            proved_before.append(row)
    return RotationPlan(sorted(remove), keep)


def rotate_backups(setting: Setting, *, really: bool, tell: Callable[[str], None] = lambda line: None) -> RotationPlan:
    """Will remove what the plan allows, here and off-host, when `really`; otherwise only say so."""
    plan = plan_rotation(list_backups(setting))
    if not really:
        return plan
    with setting.store.held():
        plan = plan_rotation(list_backups(setting))  # as it is now that nobody else works here
        for code in plan.remove:
            setting.catalogue.note(Note(code, State.REMOVED, now(), {}))
            setting.store.remove(code)
            if setting.place is not None and code in setting.place.codes():
                setting.place.remove(code)
            tell(f"Removed {code}")
    return plan


def _wanted(ordered: Sequence[Listed]) -> dict[str, str]:
    """The newest of each recent day, week and month; a proved one is preferred to one that is not."""
    wanted: dict[str, str] = {}
    for name, count, key in (
        ("day", DAYS, lambda at: at.date()),
        ("week", WEEKS, lambda at: at.isocalendar()[:2]),
        ("month", MONTHS, lambda at: (at.year, at.month)),
    ):
        best: dict[Any, Listed] = {}
        for row in ordered:
            found = best.setdefault(_period(key, row.made_at), row)
            if row.is_proved and not found.is_proved:
                best[_period(key, row.made_at)] = row
        for period in sorted(best, reverse=True)[:count]:
            wanted.setdefault(best[period].code, f"the {name}'s")
    return wanted


def _period(key: Callable[[datetime], Any], at: datetime) -> Any:
    return key(at)
