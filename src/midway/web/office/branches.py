"""The company's branches: where each is, its clock, how it offers visits, the postcodes it serves."""

from zoneinfo import available_timezones

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from midway.accounts.access import Right, office
from midway.booking.models import PriceList
from midway.crew import actions
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.office.crew_forms import BranchForm
from midway.web.office.place import hand_of

REFUSALS = (actions.PostcodeServedElsewhere, actions.ClockInUse)


@office(Right.CHANGE_SYSTEM)
@require_safe
def branches(request: HttpRequest) -> HttpResponse:
    """Every branch, with what it still lacks before it can be booked."""
    working = Count("cleaners", filter=Q(cleaners__left_on__isnull=True), distinct=True)
    found = Branch.objects.annotate(people=working, postcodes=Count("areas", distinct=True)).order_by("id")
    priced = set(PriceList.objects.values_list("branch_id", flat=True))
    rows = [(branch, branch.pk in priced) for branch in found]
    return render(request, "office/branches.html", {"rows": rows})


@office(Right.CHANGE_SYSTEM)
@require_http_methods(["GET", "HEAD", "POST"])
def open_branch(request: HttpRequest) -> HttpResponse:
    """Will open a branch and lead to its first prices."""
    form = BranchForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    try:
        added = actions.open_branch(
            details=form.details(),
            currency=form.cleaned_data["currency"],
            areas=form.cleaned_data["areas"],
            by=hand_of(request),
            now=clock(),
        )
    except actions.PostcodeServedElsewhere as refusal:
        return _refused(request, form, refusal)
    messages.success(request, _("%(name)s is open. It needs prices and people next.") % {"name": added.name})
    return redirect(f"{reverse('office:prices')}?branch={added.code}")


@office(Right.CHANGE_SYSTEM)
@require_http_methods(["GET", "HEAD", "POST"])
def branch(request: HttpRequest, code: str) -> HttpResponse:
    """Will show a branch and keep what is changed of it."""
    found = Branch.objects.filter(code=code).first()
    if found is None:
        raise Http404
    form = BranchForm(request.POST or None, branch=found)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, found)
    try:
        actions.change_branch(
            branch=found, details=form.details(), areas=form.cleaned_data["areas"], by=hand_of(request), now=clock()
        )
    except REFUSALS as refusal:
        return _refused(request, form, refusal, found)
    messages.success(request, _("Kept."))
    return redirect("office:branches")


def _refused(request: HttpRequest, form: BranchForm, refusal: Exception, found: Branch | None = None) -> HttpResponse:
    if isinstance(refusal, actions.PostcodeServedElsewhere):
        form.add_error("areas", f"{_(refusal.__doc__ or '')} ({', '.join(refusal.postcodes)})")
    else:
        form.add_error("zone", _(refusal.__doc__ or ""))
    return _page(request, form, found)


def _page(request: HttpRequest, form: BranchForm, found: Branch | None = None) -> HttpResponse:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/")))
    context = {"form": form, "branch": found, "zones": zones}
    return render(request, "office/branch.html", context, status=422 if form.errors else 200)
