"""A mail server hands in delivery reports (RFC 3464): what it had taken for us and could not deliver after all."""

from hmac import compare_digest

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from midway.accounts.access import anyone
from midway.accounts.tokens import bearer_of
from midway.messaging.actions import note_bounce
from midway.messaging.bounces import bounce_in
from midway.runtime.clock import now


@csrf_exempt
@anyone
@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """Will read one report as the mail server wrote it (message/rfc822) and mark the message it is about.

    Answers 204 for a report understood or not for us: a mail server must not try a report again for ever.
    """
    token = settings.MAIL_REPORT_TOKEN
    if not token or not compare_digest(token, bearer_of(request.headers.get("Authorization", ""))):
        raise PermissionDenied
    bounce = bounce_in(request.body)
    if bounce is not None:
        note_bounce(message=bounce.message, reason=bounce.reason, at=now())
    return HttpResponse(status=204)
