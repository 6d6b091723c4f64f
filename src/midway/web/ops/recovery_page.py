"""Backups and the way back: the last proof, how long back takes, where the copies lie, drills, and a guided restore."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.accounts.hand import hand_of
from midway.ops.actions.ask_recovery import (
    ErrandUnderWay,
    NothingToGoOnWith,
    NotProved,
    WrongName,
    ask_drill,
    ask_going_on,
    ask_restore,
    sign_off_restore,
)
from midway.ops.backup.catalogue import CatalogueDamaged
from midway.ops.backup.child import environment_of_this_database
from midway.ops.backup.listing import Listed, list_backups
from midway.ops.backup.manifest import ManifestDamaged
from midway.ops.backup.setting import Setting, read_setting
from midway.ops.backup.store import UnknownBackup
from midway.ops.backup.trend import Proved, proofs
from midway.ops.oncall.roster import company_zone
from midway.ops.recovery.database import Trouble, kept_databases, unfinished
from midway.ops.recovery.errand import last_errand
from midway.ops.recovery.restore import plan_restore
from midway.ops.recovery.steps import is_worked_on
from midway.runtime.clock import now as clock
from midway.runtime.problem import CannotRun
from midway.web.ops.recovery_forms import RestoreForm
from midway.web.ops.recovery_picture import course_of
from midway.web.ops.recovery_words import STATES, course_in_words, lost_in_words, span

SHOWN_DAYS, SHOWN_ROWS = 120, 30
RTO_BOUND, RPO_BOUND = timedelta(minutes=30), timedelta(hours=26)
Picture = dict[str, Any]


def setting_here() -> Setting:
    """The backups of the installation this page belongs to."""
    return read_setting(environment_of_this_database())


@office(Right.SEE_SYSTEM)
@require_safe
@never_cache
def recovery(request: HttpRequest) -> HttpResponse:
    """How safe we are, and what can be done."""
    setting, now = setting_here(), clock()
    rows, proved, is_damaged = _known(setting, since=now - timedelta(days=SHOWN_DAYS))
    context = {
        "now": now,
        "zone": company_zone(),
        "rows": [(row, *STATES[row.state]) for row in rows[:SHOWN_ROWS]],
        "older": len(rows[SHOWN_ROWS:]),
        "last": proved[-1] if proved else None,
        "is_damaged": is_damaged,
        "pictures": _pictures(proved) if len(proved) > 1 else [],
        "proofs": proved[::-1][:30],
        "place": setting.place.words if setting.place else "",
        "errand": (errand := last_errand(setting.folder)),
        **_standing(setting, is_busy=errand is not None and errand.is_running and bool(errand.pid)),
        "may_change": has_right(request.user, Right.CHANGE_SYSTEM),
    }
    return render(request, "web_ops/recovery.html", context)


@office(Right.SEE_SYSTEM)
@require_safe
@never_cache
def progress(request: HttpRequest) -> HttpResponse:
    """What the drill or the restore says; once it has ended, the page is loaded anew."""
    errand = last_errand(setting_here().folder)
    response = render(request, "web_ops/errand.html", {"errand": errand})
    if errand is None or not errand.is_running:
        response["HX-Refresh"] = "true"
    return response


@office(Right.CHANGE_SYSTEM)
@require_POST
def drill(request: HttpRequest) -> HttpResponse:
    """Will have a backup proved."""
    try:
        ask_drill(setting=setting_here(), code=request.POST.get("code", ""), by=hand_of(request), now=clock())
    except ErrandUnderWay as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    except UnknownBackup as problem:
        raise Http404 from problem
    return redirect("ops:recovery")


@office(Right.CHANGE_SYSTEM)
@require_safe
@never_cache
def restore(request: HttpRequest, code: str) -> HttpResponse:
    """What restoring this backup would do and lose; nothing is changed by looking."""
    return _restore_response(request, code)


@office(Right.CHANGE_SYSTEM)
@require_POST
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """Will restore it, when the database's name was typed."""
    form = RestoreForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data["database"]
        try:
            ask_restore(setting=setting_here(), code=code, typed=typed, by=hand_of(request), now=clock())
        except (WrongName, NotProved, ErrandUnderWay) as refusal:
            form.add_error("database", _(refusal.__doc__ or ""))
        except CannotRun as refusal:
            form.add_error("database", str(refusal))
        else:
            return redirect("ops:recovery")
    return _restore_response(request, code, form)


@office(Right.CHANGE_SYSTEM)
@require_POST
def go_on(request: HttpRequest) -> HttpResponse:
    """Will go on with the restore that was interrupted, or go back."""
    try:
        ask_going_on(setting=setting_here(), back="back" in request.POST, by=hand_of(request), now=clock())
    except (NothingToGoOnWith, ErrandUnderWay) as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("ops:recovery")


@office(Right.CHANGE_SYSTEM)
@require_POST
def sign_off(request: HttpRequest, name: str) -> HttpResponse:
    """Will drop a database from before, when its name was typed."""
    typed = request.POST.get("database", "")
    try:
        sign_off_restore(setting=setting_here(), name=name, typed=typed, by=hand_of(request), now=clock())
    except WrongName as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    except CannotRun as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s is gone.") % {"name": name})
    return redirect("ops:recovery")


def _restore_response(request: HttpRequest, code: str, form: RestoreForm | None = None) -> HttpResponse:
    setting = setting_here()
    try:
        plan = plan_restore(setting, code)
    except (UnknownBackup, ManifestDamaged) as missing:
        raise Http404 from missing
    context = {
        "now": clock(), "zone": company_zone(), "plan": plan, "lost": lost_in_words(plan.lost),
        "is_known": bool(plan.lost), "is_proved": setting.catalogue.record(code).is_proved,
        "form": form or RestoreForm(),
    }  # fmt: skip
    return render(request, "web_ops/restore.html", context, status=422 if form else 200)


def _standing(setting: Setting, *, is_busy: bool) -> dict[str, Any]:
    """What was begun and is not done, and the databases of before that are kept."""
    try:
        left = None if is_busy else unfinished(setting)
        kept = [(name, command, "--sign-off" not in command) for name, command in kept_databases(setting)]
    except CannotRun as problem:
        return {"unreadable": str(problem)}
    can_go_on = left is not None and left.trouble is Trouble.RESTORING and not is_worked_on(setting)
    return {"unfinished": left, "can_go_on": can_go_on, "kept": kept}


def _known(setting: Setting, *, since: datetime) -> tuple[list[Listed], list[Proved], bool]:
    try:
        return list_backups(setting), proofs(setting.catalogue.records().values(), since=since), False
    except CatalogueDamaged:
        return [], [], True


def _pictures(proved: Sequence[Proved]) -> list[Picture]:
    """Back in service, and how old what comes back would be."""
    told = (
        (_("Back in service after"), RTO_BOUND, [(one.at, one.rto_seconds) for one in proved]),
        (_("Age of what came back"), RPO_BOUND, [(one.at, one.rpo_seconds) for one in proved]),
    )
    return [
        {
            "title": title,
            "course": course_of(values, bound=bound.total_seconds()),
            "label": course_in_words(title, [value for _at, value in values], bound),
            "last": span(values[-1][1]),
            "bound": span(bound.total_seconds()),
            "first_at": values[0][0],
            "last_at": values[-1][0],
        }
        for title, bound, values in told
    ]
