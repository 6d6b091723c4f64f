"""What the company sells: a service is added, described, given prices; `prices.offering` puts it on offer."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from midway.accounts.access import Right, office
from midway.booking import actions
from midway.booking.models import Service
from midway.booking.queries import NoPrices
from midway.crew.models import Branch, Skill
from midway.runtime.clock import now as clock
from midway.web.office.drawing import service_name
from midway.web.office.place import hand_of, with_branch

KINDS = {
    Service.Kind.REGULAR: gettext_lazy("Regular clean"),
    Service.Kind.DEEP: gettext_lazy("Deep clean"),
    Service.Kind.MOVE: gettext_lazy("Moving in or out"),
    Service.Kind.COMMERCIAL: gettext_lazy("Commercial"),
    Service.Kind.SPECIAL: gettext_lazy("Something special"),
}


class ServiceForm(forms.Form):
    """How a service is called and described, and what its cleaners must have learnt."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    name_es = forms.CharField(
        label=gettext_lazy("Name in Spanish"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Empty: the other name is shown."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KINDS.items())
    skill = forms.ModelChoiceField(
        label=gettext_lazy("Only by those who have learnt"),
        queryset=Skill.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=gettext_lazy("Anybody may do it"),
    )
    description = forms.CharField(label=gettext_lazy("What is done"), max_length=300, required=False)
    description_es = forms.CharField(label=gettext_lazy("What is done, in Spanish"), max_length=300, required=False)

    def __init__(self, data: Any = None, *, service: Service | None = None) -> None:
        initial: dict[str, Any] = {}
        if service is not None:
            initial = {name: getattr(service, name) for name in self.base_fields}
        super().__init__(data, initial=initial)
        skills = Skill.objects.in_use()
        if service is not None and service.skill_id:
            skills = skills | Skill.objects.filter(pk=service.skill_id)
        chooser = self.fields["skill"]
        assert isinstance(chooser, forms.ModelChoiceField)
        chooser.queryset = skills.order_by("name")

    def details(self) -> actions.ServiceDetails:
        """What was filled in."""
        return actions.ServiceDetails(**self.cleaned_data)


@office(Right.CHANGE_PRICES)
@require_http_methods(["GET", "HEAD", "POST"])
@with_branch
def new_service(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will add a service and lead back to the prices, where it gets its own."""
    form = ServiceForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    try:
        added = actions.add_service(details=form.details(), by=hand_of(request), now=clock())
    except actions.ServiceKnown as refusal:
        form.add_error("name", _(refusal.__doc__ or ""))
        return _page(request, form)
    messages.success(request, _("%(name)s is added. Give it prices, then offer it.") % {"name": service_name(added)})
    return redirect("office:prices")


@office(Right.CHANGE_PRICES)
@require_http_methods(["GET", "HEAD", "POST"])
@with_branch
def service(request: HttpRequest, branch: Branch, code: str) -> HttpResponse:
    """Will show what a service is called and keep what is changed of it."""
    found = _service_or_404(code)
    form = ServiceForm(request.POST or None, service=found)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, found)
    try:
        actions.change_service(service=found, details=form.details(), by=hand_of(request), now=clock())
    except actions.ServiceKnown as refusal:
        form.add_error("name", _(refusal.__doc__ or ""))
        return _page(request, form, found)
    messages.success(request, _("Kept."))
    return redirect("office:prices")


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def usual_services(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will add what nearly every cleaning company sells."""
    actions.add_usual_services(by=hand_of(request), now=clock())
    messages.success(request, _("These are the usual services. Take away or add what your company sells."))
    return redirect("office:prices")


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def first_service_prices(request: HttpRequest, branch: Branch, code: str) -> HttpResponse:
    """Will give a service plain figures here, to be gone through before it is offered."""
    found = _service_or_404(code)
    try:
        actions.price_service(branch=branch, service=found, by=hand_of(request), now=clock())
        text = _("%(name)s has prices to start from. Go through them before you offer it.")
        messages.success(request, text % {"name": service_name(found)})
    except (actions.ServicePriced, NoPrices) as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:prices")


def _service_or_404(code: str) -> Service:
    found = Service.objects.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, form: ServiceForm, found: Service | None = None) -> HttpResponse:
    context = {"form": form, "service": found}
    return render(request, "office/service.html", context, status=422 if form.errors else 200)
