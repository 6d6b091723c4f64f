"""Messages: what was sent to whom and how it went, and what to do when it did not arrive."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from midway.accounts.access import Right, has_right, office
from midway.booking.models import Visit
from midway.crew.models import Branch
from midway.customers.models import Customer
from midway.customers.reach import international
from midway.messaging.actions import resend_message, settle_message
from midway.messaging.actions.look_after import CannotBeSentAgain, StillOnItsWay
from midway.messaging.models import SECRET_TEMPLATES, OutboxMessage
from midway.messaging.queries import messages_found, undeliverable_messages
from midway.messaging.texts import wording_of
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of, with_branch

FILTERS = (
    ("", gettext_lazy("All")),
    ("needs", gettext_lazy("Not delivered")),
    ("waiting", gettext_lazy("On their way")),
    ("sent", gettext_lazy("Sent")),
    ("dropped", gettext_lazy("No longer needed")),
)


class ResendForm(forms.Form):
    """Where to send a message once more: an e-mail address or a number, as the message goes."""

    to = forms.CharField(label=gettext_lazy("Send it to"), max_length=254)

    def __init__(self, data: Any = None, *, message: OutboxMessage, customer: Customer | None) -> None:
        super().__init__(data, initial={"to": message.to})
        self._message, self._customer = message, customer
        if message.channel == "email":
            self.fields["to"] = forms.EmailField(label=self.fields["to"].label, max_length=254)
        else:
            self.fields["to"].widget.attrs.update({"type": "tel", "inputmode": "tel"})

    def clean_to(self) -> str:
        """Will put a number into the form networks take; a number that answered STOP gets nothing more."""
        said: str = self.cleaned_data["to"]
        if self._message.channel == "email":
            return said
        number = international(said, zone=self._message.zone)
        if not number:
            raise forms.ValidationError(_("This is no phone number that can be texted."))
        if self._customer is not None and self._customer.sms_stopped_at is not None:
            raise forms.ValidationError(_("They answered STOP and get no more text messages. Call or e-mail them."))
        return number


@office(Right.SEE_CUSTOMERS)
@require_safe
@vary_on_headers("HX-Request")
@with_branch
def outbox(request: HttpRequest, branch: Branch) -> HttpResponse:
    """What was sent, newest first, by how it went and by any word of its address or name."""
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()
    before = request.GET.get("before", "")
    found = messages_found(state=state, words=words, before=int(before) if before.isdecimal() else None)
    context = {
        "page": found,
        "state": state,
        "words": words,
        "filters": FILTERS,
        "undelivered": undeliverable_messages(limit=0).count,
        "zone": branch.zoneinfo,
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "office/message_rows.html" if is_part else "office/messages.html", context)


@office(Right.SEE_CUSTOMERS)
@require_safe
@with_branch
def message(request: HttpRequest, branch: Branch, code: UUID) -> HttpResponse:
    """One message: its words, how it went, and what can be done."""
    return _message_page(request, branch, _message_or_404(code))


@office(Right.CHANGE_CUSTOMERS)
@require_POST
@with_branch
def resending(request: HttpRequest, branch: Branch, code: UUID) -> HttpResponse:
    """Will send a message once more."""
    found = _message_or_404(code)
    form = ResendForm(request.POST, message=found, customer=_customer_of(found))
    if not form.is_valid():
        return _message_page(request, branch, found, status=422, form=form)
    try:
        again = resend_message(message=code, to=form.cleaned_data["to"], by=hand_of(request), now=clock())
    except (CannotBeSentAgain, StillOnItsWay) as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
        return redirect("office:message", code)
    messages.success(request, _("It is on its way again."))
    return redirect("office:message", again.code)


@office(Right.CHANGE_CUSTOMERS)
@require_POST
def settlement(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will take a message off the list of those that need somebody."""
    _message_or_404(code)
    settle_message(message=code, by=hand_of(request), now=clock())
    messages.success(request, _("Noted. It needs nobody any more."))
    return redirect("office:message", code)


def _message_or_404(code: UUID) -> OutboxMessage:
    found = OutboxMessage.objects.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _customer_of(found: OutboxMessage) -> Customer | None:
    return Customer.objects.filter(code=found.recipient_code).first() if found.recipient_code else None


def _message_page(
    request: HttpRequest, branch: Branch, found: OutboxMessage, *, status: int = 200, form: ResendForm | None = None
) -> HttpResponse:
    customer = _customer_of(found)
    may_change = has_right(request.user, Right.CHANGE_CUSTOMERS)
    can_go_again = found.state != OutboxMessage.State.WAITING and found.template not in SECRET_TEMPLATES
    context = {
        "message": found,
        "wording": wording_of(found),
        "is_secret": found.template in SECRET_TEMPLATES,
        "needs_somebody": found.has_failed and found.settled_at is None,
        "customer": customer,
        "visit": Visit.objects.select_related("branch").filter(code=found.subject_code).first(),
        "form": (form or ResendForm(message=found, customer=customer)) if may_change and can_go_again else None,
        "may_change": may_change,
        "zone": branch.zoneinfo,
    }
    return render(request, "office/message.html", context, status=status)
