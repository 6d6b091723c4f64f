"""What we have written to the customer: confirmations, new times, reminders, as they were sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, customer, find
from midway.messaging.catalogue import BY_TEMPLATE
from midway.messaging.models import SECRET_TEMPLATES, OutboxMessage
from midway.messaging.queries import STATES
from midway.messaging.recipient import Channel
from midway.web.public.my.who import customer_of

PAGE_OF_DOCUMENTS = 30


@dataclass(frozen=True)
class Document:
    """One letter as a line of the list."""

    code: UUID
    title: Any
    at: datetime
    about: str
    is_text: bool


@customer
@never_cache
@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """Everything we sent, the latest first."""
    page = Paginator(_letters_to(request), PAGE_OF_DOCUMENTS).get_page(request.GET.get("page"))
    context = {"page": page, "documents": [_as_line(letter) for letter in page.object_list], "here": "documents"}
    return render(request, "public/my/documents.html", context)


@customer
@never_cache
@require_safe
def document(request: HttpRequest, code: UUID) -> HttpResponse:
    """One letter, word for word, to be read or printed."""
    letter = find(_letters_to(request), user=request.user, right=Right.SEE_OWN_BOOKINGS, code=code)
    subject, _blank, body = letter.wording.partition("\n\n") if letter.channel == Channel.EMAIL else ("", "", "")
    context = {"document": _as_line(letter), "subject": subject, "body": body or letter.wording, "here": "documents"}
    return render(request, "public/my/document.html", context)


def _letters_to(request: HttpRequest) -> QuerySet[OutboxMessage]:
    sent = OutboxMessage.objects.filter(STATES["sent"], recipient_code=customer_of(request).code)
    return sent.exclude(template__in=SECRET_TEMPLATES).exclude(wording="").order_by("-created_at", "-id")


def _as_line(letter: OutboxMessage) -> Document:
    kind = BY_TEMPLATE.get(letter.template)
    return Document(
        code=letter.code,
        title=kind.title if kind else letter.template,
        at=(letter.sent_at or letter.created_at).astimezone(ZoneInfo(str(letter.facts.get("zone") or letter.zone))),
        about=str(letter.facts.get("address", "")),
        is_text=letter.channel == Channel.SMS,
    )
