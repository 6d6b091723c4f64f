"""The journal's sentences about who waits, what was taken out, how long homes take, and holidays we work on."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from midway.web.office.journal_names import Facts, Names, Say, on_day, plain


def _left(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s waits for a time until %(on)s") % {"who": who, "on": on_day(facts.get("until"))}


def _brought_in(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: a visit brought in, %(when)s") % {"who": who, "when": names.moment(facts.get("start"))}


def _offered(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s was offered %(when)s, which came free") % {"who": who, "when": names.moment(facts.get("start"))}


def _passed(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s did not take %(when)s and waits on") % {"who": who, "when": names.moment(facts.get("start"))}


def _taken_out(who: str, facts: Facts, names: Names) -> str:
    tables = [str(table) for table in facts.get("tables") or ()]
    text = ngettext(
        "Taken out of the house: %(tables)s", "Taken out of the house, %(n)s tables: %(tables)s", len(tables)
    )
    return text % {"n": len(tables), "tables": ", ".join(tables)}


def _timed(who: str, facts: Facts, names: Names) -> str:
    words = {"who": who, "minutes": facts.get("minutes"), "people": facts.get("people")}
    text = ngettext(
        "%(who)s: took %(minutes)s minutes", "%(who)s: took %(minutes)s minutes with %(people)s people",
        int(facts.get("people") or 1),
    )  # fmt: skip
    return text % words


def _paced(who: str, facts: Facts, names: Names) -> str:
    words = {"who": who, "address": facts.get("address"), "from": facts.get("from"), "to": facts.get("to") or 100}
    return _("%(who)s: %(address)s is planned at %(to)s %% of the list, was %(from)s %%") % words


def _holiday(who: str, facts: Facts, names: Names) -> str:
    words = {"name": facts.get("name"), "on": on_day(facts.get("on"))}
    if str(facts.get("event", "")).endswith("removed"):
        return _("Ordinary price again on %(on)s (%(name)s)") % words
    return _("Holiday price on %(on)s: %(name)s") % words


LIST_SENTENCES: Mapping[str, tuple[str, Say]] = {
    "booking.wish.left": ("clock", _left),
    "booking.wish.offered": ("spark", _offered),
    "booking.wish.passed": ("minus", _passed),
    "booking.wish.booked": ("check", plain(lambda: _("%(who)s waited and has booked"))),
    "booking.wish.lapsed": ("minus", plain(lambda: _("%(who)s waited in vain: nothing came free"))),
    "booking.wish.withdrawn": ("close", plain(lambda: _("%(who)s does not wait any more"))),
    "booking.export.taken": ("note", _taken_out),
    "booking.feed.revoked": ("lock", plain(lambda: _("%(who)s: the calendar address was ended"))),
    "booking.visit.imported": ("calendar", _brought_in),
    "booking.visit.timed": ("clock", _timed),
    "booking.pace.approved": ("clock", _paced),
    "booking.pace.withdrawn": ("undo", _paced),
    "booking.open_holiday.added": ("calendar", _holiday),
    "booking.open_holiday.removed": ("calendar", _holiday),
}
