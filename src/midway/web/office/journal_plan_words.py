"""The journal's sentences about plans, and about who works where."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from midway.web.office.journal_names import Facts, Names, Say, on_day, plain


def _started(who: str, facts: Facts, names: Names) -> str:
    count = int(facts.get("visits") or 0)
    if not count:
        return _("%(who)s started a plan, first %(when)s") % {"who": who, "when": names.moment(facts.get("start"))}
    text = ngettext(
        "%(who)s started a plan of %(count)s visit, first %(when)s",
        "%(who)s started a plan of %(count)s visits, first %(when)s",
        count,
    )
    return text % {"who": who, "count": count, "when": names.moment(facts.get("start"))}


def _changed(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: plan changed from %(on)s on") % {"who": who, "on": on_day(facts.get("from"))}


def _succeeded(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: the plan as it was ends before %(on)s") % {"who": who, "on": on_day(facts.get("from"))}


def _paused(who: str, facts: Facts, names: Names) -> str:
    words = {"who": who, "on": on_day(facts.get("from")), "until": on_day(facts.get("until"))}
    if facts.get("until"):
        return _("%(who)s: plan paused from %(on)s until %(until)s") % words
    return _("%(who)s: plan paused from %(on)s") % words


def _resumed(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: plan takes place again from %(on)s") % {"who": who, "on": on_day(facts.get("from"))}


def _ended(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: no visit of the plan from %(on)s on") % {"who": who, "on": on_day(facts.get("from"))}


def _preferred(who: str, facts: Facts, names: Names) -> str:
    people = ", ".join(facts.get("people") or ())
    return _("%(who)s: would rather have %(people)s") % {"who": who, "people": people or _("nobody in particular")}


def _topped_up(who: str, facts: Facts, names: Names) -> str:
    count = len(facts.get("dates") or ())
    text = ngettext("%(who)s: %(count)s date planned ahead", "%(who)s: %(count)s dates planned ahead", count)
    return text % {"who": who, "count": count}


PLAN_SENTENCES: Mapping[str, tuple[str, Say]] = {
    "booking.plan.started": ("plans", _started),
    "booking.plan.changed": ("edit", _changed),
    "booking.plan.succeeded": ("next", _succeeded),
    "booking.plan.paused": ("clock", _paused),
    "booking.plan.resumed": ("repeat", _resumed),
    "booking.plan.ended": ("close", _ended),
    "booking.plan.preferred": ("people", _preferred),
    "booking.plan.topped_up": ("calendar", _topped_up),
    "booking.visit.restored": ("undo", plain(lambda: _("%(who)s: a visit takes place again"))),
}


def _left(who: str, facts: Facts, names: Names) -> str:
    words = {"who": who, "on": on_day(facts.get("last_day")), "reason": facts.get("reason")}
    if facts.get("reason"):
        return _("%(who)s works here until %(on)s: %(reason)s") % words
    return _("%(who)s works here until %(on)s") % words


def _rehired(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s works here again from %(on)s") % {"who": who, "on": on_day(facts.get("from"))}


def _named(
    added: Callable[[], str], renamed: Callable[[], str], gone: Callable[[], str], back: Callable[[], str]
) -> Say:
    said = {"added": added, "opened": added, "renamed": renamed, "changed": renamed, "retired": gone, "restored": back}

    def say(who: str, facts: Facts, names: Names) -> str:
        verb = str(facts.get("event", "")).rsplit(".", 1)[-1]
        return said[verb]() % {"name": facts.get("name", ""), "from": facts.get("from", "")}

    return say


_skill = _named(
    lambda: _("New skill: %(name)s"),
    lambda: _("The skill %(from)s is called %(name)s now"),
    lambda: _("The skill %(name)s is no longer used"),
    lambda: _("The skill %(name)s is used again"),
)
_team = _named(
    lambda: _("New team: %(name)s"),
    lambda: _("The team %(from)s is called %(name)s now"),
    lambda: _("The team %(name)s is no longer used"),
    lambda: _("The team %(name)s is used again"),
)


def _branch(who: str, facts: Facts, names: Names) -> str:
    if str(facts.get("event", "")).endswith("opened"):
        return _("A new branch: %(name)s") % {"name": facts.get("name")}
    return _("A branch was changed")


def _role(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s may do other things now: %(role)s") % {"who": who, "role": facts.get("role")}


CREW_SENTENCES: Mapping[str, tuple[str, Say]] = {
    "crew.cleaner.left": ("minus", _left),
    "crew.cleaner.stayed": ("undo", plain(lambda: _("%(who)s stays after all"))),
    "crew.cleaner.rehired": ("plus", _rehired),
    "crew.skill.added": ("spark", _skill),
    "crew.skill.renamed": ("spark", _skill),
    "crew.skill.retired": ("spark", _skill),
    "crew.skill.restored": ("spark", _skill),
    "crew.team.added": ("people", _team),
    "crew.team.renamed": ("people", _team),
    "crew.team.retired": ("people", _team),
    "crew.team.restored": ("people", _team),
    "crew.branch.opened": ("home", _branch),
    "crew.branch.changed": ("home", _branch),
    "crew.cleaner.sign_in_given": ("key", plain(lambda: _("%(who)s can sign in"))),
    "accounts.user.created": ("key", plain(lambda: _("%(who)s can sign in"))),
    "accounts.user.role_changed": ("key", _role),
    "accounts.user.deactivated": ("lock", plain(lambda: _("%(who)s can no longer sign in"))),
    "accounts.user.reactivated": ("key", plain(lambda: _("%(who)s can sign in again"))),
}
