"""The journal's sentences about what happened on site."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from midway.web.office.journal_names import Facts, Names, Say, plain


def _finished(who: str, facts: Facts, _names: Names) -> str:
    minutes, people = facts.get("minutes"), facts.get("people")
    if not minutes:
        return _("%(who)s: done") % {"who": who}
    words = {"who": who, "minutes": minutes, "people": people}
    return _("%(who)s: done, %(minutes)s minutes × %(people)s") % words


FIELD_SENTENCES: Mapping[str, tuple[str, Say]] = {
    "fieldwork.visit.set_out": ("next", plain(lambda: _("%(who)s: they are on the way"))),
    "fieldwork.visit.started": ("spark", plain(lambda: _("%(who)s: they are there"))),
    "fieldwork.visit.finished": ("check", _finished),
}
