"""What people can learn and who goes out together: skills and teams."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.actions import SkillNeeded, retire_skill
from midway.booking.models import Service
from midway.crew import actions
from midway.crew.models import Branch, Skill, Team
from midway.runtime.clock import now as clock
from midway.web.office.crew_forms import NameForm
from midway.web.office.drawing import service_name
from midway.web.office.place import hand_of, with_branch

REFUSALS = (actions.SkillKnown, actions.TeamKnown, SkillNeeded)


@office(Right.SEE_PEOPLE)
@require_safe
@with_branch
def skills_and_teams(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Every skill with who has it and what asks for it, every team with its people."""
    return setup_page(request, branch)


def setup_page(
    request: HttpRequest, branch: Branch, *, status: int = 200, forms: dict[str, NameForm] | None = None
) -> HttpResponse:
    """Will draw the page; a form that was refused is shown as it was filled in."""
    needed: dict[int, list[str]] = {}
    for service in Service.objects.filter(skill__isnull=False, is_offered=True).order_by("position"):
        needed.setdefault(service.skill_id or 0, []).append(service_name(service))
    skills = Skill.objects.annotate(people=Count("cleaners")).order_by("name")
    context = {
        "branch": branch,
        "skills": [(skill, needed.get(skill.pk, [])) for skill in skills if skill.retired_at is None],
        "retired_skills": [skill for skill in skills if skill.retired_at],
        "teams": Team.objects.in_use().filter(branch=branch).prefetch_related("members").order_by("name"),
        "retired_teams": Team.objects.filter(branch=branch, retired_at__isnull=False).order_by("name"),
        "skill_form": NameForm(auto_id="skill_%s"),
        "team_form": NameForm(auto_id="team_%s"),
        "may_change": has_right(request.user, Right.CHANGE_PEOPLE),
        **(forms or {}),
    }
    return render(request, "office/crew_setup.html", context, status=status)


@office(Right.CHANGE_PEOPLE)
@require_POST
@with_branch
def add_skill(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will add a skill."""
    return _named(request, branch, "skill", lambda name, **who: actions.add_skill(name=name, **who))


@office(Right.CHANGE_PEOPLE)
@require_POST
@with_branch
def add_team(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will add a team."""
    return _named(request, branch, "team", lambda name, **who: actions.add_team(branch=branch, name=name, **who))


def _named(request: HttpRequest, branch: Branch, kind: str, deed: Callable[..., Any]) -> HttpResponse:
    form = NameForm(request.POST, auto_id=f"{kind}_%s")
    if form.is_valid():
        try:
            deed(form.cleaned_data["name"], by=hand_of(request), now=clock())
        except REFUSALS as refusal:
            form.add_error("name", _(refusal.__doc__ or ""))
    if form.errors:
        return setup_page(request, branch, status=422, forms={f"{kind}_form": form})
    messages.success(request, _("Kept."))
    return redirect("office:skills_and_teams")


@office(Right.CHANGE_PEOPLE)
@require_POST
def change_skill(request: HttpRequest, code: str) -> HttpResponse:
    """Will rename, retire or restore a skill."""
    skill = Skill.objects.filter(code=code).first()
    if skill is None:
        raise Http404
    who: dict[str, Any] = {"skill": skill, "by": hand_of(request), "now": clock()}
    deeds = {"retire": retire_skill, "restore": actions.restore_skill}
    return _changed(request, who, deeds=deeds, rename=actions.rename_skill)


@office(Right.CHANGE_PEOPLE)
@require_POST
def change_team(request: HttpRequest, number: int) -> HttpResponse:
    """Will rename, retire or restore a team."""
    team = Team.objects.select_related("branch").filter(pk=number).first()
    if team is None:
        raise Http404
    who: dict[str, Any] = {"team": team, "by": hand_of(request), "now": clock()}
    deeds = {"retire": actions.retire_team, "restore": actions.restore_team}
    return _changed(request, who, deeds=deeds, rename=actions.rename_team)


def _changed(
    request: HttpRequest, who: dict[str, Any], *, deeds: dict[str, Callable[..., None]], rename: Callable[..., None]
) -> HttpResponse:
    form = NameForm(request.POST)
    deed = deeds.get(request.POST.get("deed", ""))
    try:
        if deed is not None:
            deed(**who)
        elif form.is_valid():
            rename(name=form.cleaned_data["name"], **who)
        else:
            messages.error(request, _("Give it a name."))
            return redirect("office:skills_and_teams")
        messages.success(request, _("Kept."))
    except REFUSALS as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:skills_and_teams")
