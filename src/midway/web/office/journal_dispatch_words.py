"""What the journal says of planning a day, in plain words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from midway.web.design.words import day_in_words
from midway.web.office.journal_names import Facts, Say, plain


def _published(_who: str, facts: Facts, _names: object) -> str:
    words = {name: facts.get(name, 0) for name in ("handed_on", "moved")}
    return _("The plan of %(day)s was published: %(handed_on)s visits handed on, %(moved)s at another time") % {
        **words,
        "day": _day(facts),
    }


def _proposed(_who: str, facts: Facts, _names: object) -> str:
    return _("A plan of %(day)s is proposed") % {"day": _day(facts)}


def _discarded(_who: str, facts: Facts, _names: object) -> str:
    return _("A plan of %(day)s was laid aside") % {"day": _day(facts)}


def _failed(_who: str, facts: Facts, _names: object) -> str:
    return _("A plan of %(day)s could not be worked out") % {"day": _day(facts)}


def _upset(_who: str, facts: Facts, _names: object) -> str:
    words = {"day": _day(facts), "minutes": facts.get("minutes"), "percent": facts.get("percent")}
    if facts.get("kind") == "late":
        return _("A visit on %(day)s takes %(minutes)s minutes longer") % words
    if facts.get("kind") == "van":
        return _("A vehicle stands still on %(day)s") % words
    return _("Every drive on %(day)s takes %(percent)s %% longer") % words


def _over(_who: str, facts: Facts, _names: object) -> str:
    return _("A trouble of %(day)s is over") % {"day": _day(facts)}


def _day(facts: Mapping[str, Any]) -> str:
    try:
        return day_in_words(date.fromisoformat(str(facts.get("on"))))
    except ValueError:
        return str(facts.get("on"))


DISPATCH_SENTENCES: Mapping[str, tuple[str, Say]] = {
    "dispatch.plan.published": ("move", _published),
    "dispatch.plan.proposed": ("note", _proposed),
    "dispatch.plan.discarded": ("minus", _discarded),
    "dispatch.setting.changed": ("edit", plain(lambda: _("What planning weighs was changed"))),
    "dispatch.plan.failed": ("warn", _failed),
    "dispatch.trouble.reported": ("warn", _upset),
    "dispatch.trouble.ended": ("check", _over),
    "dispatch.visit.pinned": ("pin", plain(lambda: _("%(who)s: planning leaves it as it is"))),
    "dispatch.visit.unpinned": ("pin", plain(lambda: _("%(who)s: planning may move it"))),
}
