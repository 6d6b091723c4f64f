"""The text messages a machine without a gateway would have sent, to be looked at. Loopback only."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from midway.accounts.access import anyone
from midway.core.sms import sms_size
from midway.messaging.gateways.drawer import SmsDrawer
from midway.web.ops.loopback import is_from_here


@anyone
@require_safe
def sms_list(request: HttpRequest) -> HttpResponse:
    """The latest text messages, newest first, and how many parts each is charged as."""
    if settings.SMS_URL or not is_from_here(request):
        raise Http404
    kept = SmsDrawer(settings.SMS_DRAWER).latest(limit=100)
    return render(request, "web_ops/sms_list.html", {"kept": [(sms, sms_size(sms.text).segments) for sms in kept]})
