"""What was learned from an incident, and what follows: written on the draft, printed, or taken along as Markdown."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from midway.accounts.access import Right, find, office
from midway.accounts.hand import hand_of
from midway.accounts.models import User
from midway.ops.actions import ReasonMissing
from midway.ops.actions.incidents.learn import (
    DueInThePast,
    FollowUpOver,
    IncidentStillOpen,
    Learned,
    NothingFollows,
    RootCauseMissing,
    add_follow_up,
    close_follow_up,
    draft_post_mortem,
    write_post_mortem,
)
from midway.ops.incidents.draft import measures_of
from midway.ops.incidents.post_mortem_page import as_markdown
from midway.ops.incidents.prevention import ProofMissing, ProofNotDrilled, ProofTooOld, ProofUnknown
from midway.ops.incidents.words import KINDS
from midway.ops.models import FollowUp, PostMortem
from midway.ops.oncall.roster import company_zone
from midway.runtime.clock import now as clock
from midway.web.ops.incident_forms import FollowUpForm, LearnedForm, ProofForm
from midway.web.ops.incident_page import incident_or_404

PROOFS = (ProofMissing, ProofUnknown, ProofNotDrilled, ProofTooOld)


@office(Right.WORK_ON_INCIDENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def post_mortem(request: HttpRequest, code: UUID) -> HttpResponse:
    """The draft to write on; it is drafted when it is asked for first."""
    found, by, now = incident_or_404(request, code), hand_of(request), clock()
    try:
        drafted = draft_post_mortem(incident=found, by=by, now=now)
    except IncidentStillOpen as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
        return redirect("incidents:incident", code)
    if request.method != "POST":
        return _response(request, drafted)
    form = LearnedForm(request.POST)
    if not form.is_valid():
        return _response(request, drafted, form=form, status=422)
    finishes, learned = request.POST.get("do") == "finish", Learned(**form.cleaned_data)
    try:
        write_post_mortem(post_mortem=drafted, learned=learned, finishes=finishes, by=by, now=now)
    except (RootCauseMissing, NothingFollows) as refusal:
        # Kept all the same: what is missing is noted by another form of the page, and this one would be gone.
        write_post_mortem(post_mortem=drafted, learned=learned, finishes=False, by=by, now=now)
        if isinstance(refusal, RootCauseMissing):
            form.add_error("root_cause", _(refusal.__doc__ or ""))
        else:
            messages.error(request, _(refusal.__doc__ or ""))
        return _response(request, drafted, form=form, status=422)
    messages.success(request, _("It is finished.") if finishes else _("It is kept."))
    return redirect("incidents:post_mortem", code)


def _response(
    request: HttpRequest,
    drafted: PostMortem,
    *,
    form: LearnedForm | None = None,
    follow_up: FollowUpForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now, incident = clock(), drafted.incident
    names = ("summary", "impact", "root_cause", "factors", "went_well")
    context = {
        "now": now,
        "zone": company_zone(),
        "incident": incident,
        "post_mortem": drafted,
        "times": measures_of(incident),
        "timeline": incident.timeline.all(),
        "follow_ups": [(one, KINDS[one.kind]) for one in incident.follow_ups.select_related("owner")],
        "today": now.astimezone(company_zone()).date(),
        "form": form or LearnedForm(initial={name: getattr(drafted, name) for name in names}),
        "follow_up_form": follow_up or FollowUpForm(due_on=now.date() + timedelta(days=14)),
        "proof_form": ProofForm(),
    }
    return render(request, "web_ops/post_mortem.html", context, status=status)


@office(Right.WORK_ON_INCIDENTS)
@require_safe
def markdown(request: HttpRequest, code: UUID) -> HttpResponse:
    """The post-mortem to keep elsewhere."""
    found = incident_or_404(request, code)
    drafted = find(PostMortem.objects.all(), user=request.user, right=Right.WORK_ON_INCIDENTS, incident=found)
    response = HttpResponse(as_markdown(drafted), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="post-mortem-{str(found.code)[:8]}.md"'
    return response


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def add(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will note what is to be done."""
    found, by, now = incident_or_404(request, code), hand_of(request), clock()
    form = FollowUpForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            add_follow_up(
                incident=found, kind=FollowUp.Kind(said["kind"]), says=said["says"], due_on=said["due_on"],
                owner=User.objects.get(pk=said["owner"]), by=by, now=now,
            )  # fmt: skip
        except (ReasonMissing, DueInThePast) as refusal:
            form.add_error("due_on", _(refusal.__doc__ or ""))
        else:
            messages.success(request, _("It is noted."))
            return redirect("incidents:post_mortem", code)
    return _response(request, draft_post_mortem(incident=found, by=by, now=now), follow_up=form, status=422)


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def close(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will note that it was done; what prevents needs its check."""
    rows = FollowUp.objects.select_related("incident")
    found = find(rows, user=request.user, right=Right.WORK_ON_INCIDENTS, code=code)
    try:
        close_follow_up(follow_up=found, proof=request.POST.get("proof", ""), by=hand_of(request), now=clock())
    except (FollowUpOver, *PROOFS) as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    else:
        messages.success(request, _("It is done."))
    return redirect("incidents:post_mortem", found.incident.code)
