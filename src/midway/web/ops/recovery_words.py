"""How the page of backups says it: spans of time, how far a backup is proved, a course for whoever cannot see it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from midway.ops.backup.catalogue import State

STATES = {
    State.CREATED: ("plain", pgettext_lazy("backup", "Made"), "minus"),
    State.HASHED: ("plain", pgettext_lazy("backup", "Made"), "minus"),
    State.COPIED: ("plain", pgettext_lazy("backup", "Copied"), "minus"),
    State.REREAD: ("plain", pgettext_lazy("backup", "Copied and read again"), "minus"),
    State.RESTORED: ("plain", pgettext_lazy("backup", "Restored"), "minus"),
    State.PROVED: ("plain", pgettext_lazy("backup", "Proved"), "check"),
    State.DAMAGED: ("crit", pgettext_lazy("backup", "Damaged"), "crit"),
    State.REMOVED: ("plain", pgettext_lazy("backup", "Removed"), "minus"),
}


def span(seconds: float) -> str:
    """ "12 s", "3 min", "2 h"."""
    if seconds < 90:
        return _("%(n)d s") % {"n": round(seconds)}
    if seconds < 5400:
        return _("%(n)d min") % {"n": round(seconds / 60)}
    return _("%(n)d h") % {"n": round(seconds / 3600)}


def course_in_words(title: str, values: Sequence[float], bound: timedelta) -> str:
    """The picture for a screen reader."""
    over = sum(value > bound.total_seconds() for value in values)
    facts = {
        "title": title, "n": len(values), "least": span(min(values)), "most": span(max(values)),
        "last": span(values[-1]), "bound": span(bound.total_seconds()), "over": over,
    }  # fmt: skip
    said = ngettext(
        "%(title)s, in %(n)d proof: from %(least)s to %(most)s, last %(last)s. Above %(bound)s: %(over)d.",
        "%(title)s, in %(n)d proofs: from %(least)s to %(most)s, last %(last)s. Above %(bound)s: %(over)d.",
        len(values),
    )
    return said % facts


def lost_in_words(lost: Mapping[str, int]) -> list[tuple[str, int]]:
    """What came since a backup, as it follows its number, and how many; what did not come is left out."""
    told: dict[str, Callable[[int], str]] = {
        "bookings": lambda n: ngettext("booking made since", "bookings made since", n),
        "visits": lambda n: ngettext("visit added since", "visits added since", n),
        "customers": lambda n: ngettext("customer who came since", "customers who came since", n),
        "changes in the journal": lambda n: ngettext("entry in the journal since", "entries in the journal since", n),
    }
    return [(words(lost[name]), lost[name]) for name, words in told.items() if lost.get(name)]
