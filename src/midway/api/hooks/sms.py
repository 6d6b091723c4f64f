"""The gateway for text messages reports what became of ours and hands in what people answer (Twilio's webhooks).

https://www.twilio.com/docs/usage/security#validating-requests
"""

from hmac import compare_digest
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from midway.accounts.access import anyone
from midway.customers.actions import record_sms_reply
from midway.messaging.actions import note_sms_status
from midway.messaging.gateways.twilio import signature
from midway.messaging.models import SmsReply
from midway.runtime.clock import now

log = structlog.get_logger("midway.messaging")


@csrf_exempt
@anyone
@require_POST
def status(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will keep what became of a text message."""
    form = _signed_form(request)
    error = " ".join(filter(None, (form.get("ErrorCode", ""), form.get("ErrorMessage", ""))))
    is_known = note_sms_status(
        message=code,
        gateway_code=form.get("MessageSid", ""),
        status=form.get("MessageStatus", ""),
        error=error,
        at=now(),
    )
    if not is_known:
        raise Http404
    return HttpResponse(status=204)


@csrf_exempt
@anyone
@require_POST
def reply(request: HttpRequest) -> HttpResponse:
    """Will keep what somebody answered by text message, and heed STOP and START."""
    form = _signed_form(request)
    kept = record_sms_reply(
        gateway_code=form.get("MessageSid", ""), phone=form.get("From", ""), text=form.get("Body", ""), now=now()
    )
    said = _answer(kept.reply, kept.language) if kept.is_new else ""
    return HttpResponse(f"<Response>{said}</Response>", content_type="text/xml; charset=utf-8")


def _answer(reply: SmsReply, language: str) -> str:
    # STOP and START are answered by the gateway itself, as the networks ask of it.
    if reply.meaning != SmsReply.Meaning.HELP:
        return ""
    with override(language):
        words = _("You get text messages about your cleaning visits. Reply STOP to end them. %(address)s") % {
            "address": settings.PUBLIC_URL
        }
    return f"<Message>{escape(words)}</Message>"


def _signed_form(request: HttpRequest) -> dict[str, str]:
    """The fields, if the gateway signed them; `PermissionDenied` otherwise, and without a gateway."""
    token = unquote(urlsplit(settings.SMS_URL).password or "")
    form = {name: str(values[-1]) for name, values in request.POST.lists()}
    # The address as the gateway knows it, whatever proxies stand between.
    expected = signature(token=token, url=settings.PUBLIC_URL + request.get_full_path(), form=form)
    if not token or not compare_digest(expected, request.headers.get("X-Twilio-Signature", "")):
        log.warning("messaging.hook.refused", path=request.path)
        raise PermissionDenied
    return form
