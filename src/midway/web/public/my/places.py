"""The customer's homes: where they are, and how we get in, hidden until asked for."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import customer
from midway.customers.actions import change_access_notes, show_access_notes
from midway.customers.models import Property
from midway.runtime.clock import now
from midway.web.public.my.undoing import last_deed
from midway.web.public.my.who import customer_of, hand_of, own_place


class NotesForm(forms.Form):
    """How we get in."""

    notes = forms.CharField(
        label=gettext_lazy("How do we get in?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=gettext_lazy("Kept encrypted. Shown only to whoever cleans for you, when it is time."),
    )


@customer
@never_cache
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """Every home; what is noted about the way in is not shown yet."""
    return _page(request)


@customer
@never_cache
@require_POST
def showing(request: HttpRequest, code: UUID) -> HttpResponse:
    """Shows the way in to one home, to be read and changed, and writes down that it was looked at."""
    place = own_place(request, code)
    notes = show_access_notes(premises=place, by=hand_of(request), now=now())
    return _page(request, place, NotesForm(initial={"notes": notes}))


@customer
@require_POST
def access_notes(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will keep another way in."""
    place, form = own_place(request, code), NotesForm(request.POST)
    if not form.is_valid():
        return _page(request, place, form, status=422)
    change_access_notes(premises=place, notes=form.cleaned_data["notes"], by=hand_of(request), now=now())
    messages.success(request, _("Kept. Whoever comes next will see it."))
    return redirect("public:my_places")


def _page(
    request: HttpRequest, shown: Property | None = None, form: NotesForm | None = None, *, status: int = 200
) -> HttpResponse:
    me = customer_of(request)
    homes = Property.objects.filter(customer=me).order_by("-id")
    context = {"homes": homes, "shown": shown, "form": form, "here": "places", "deed": last_deed(request, me.code)}
    return render(request, "public/my/places.html", context, status=status)
