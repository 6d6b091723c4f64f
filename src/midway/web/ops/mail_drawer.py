"""The mail a machine without a mail server would have sent, to be looked at. Loopback only."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from midway.accounts.access import anyone
from midway.messaging.drawer import drawer_message, drawer_messages
from midway.web.ops.loopback import is_from_here


@anyone
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The latest messages, newest first."""
    _only_on_this_machine(request)
    return render(
        request, "web_ops/mail_list.html", {"messages_found": drawer_messages(limit=100), "sms_url": settings.SMS_URL}
    )


@anyone
@require_safe
def mail_message(request: HttpRequest, name: str) -> HttpResponse:
    """One message with its headers, text and the names of what is attached."""
    _only_on_this_machine(request)
    message = drawer_message(name)
    if message is None:
        raise Http404
    return render(request, "web_ops/mail_message.html", {"message": message})


def _only_on_this_machine(request: HttpRequest) -> None:
    if settings.MAIL_DRAWER is None or not is_from_here(request):
        raise Http404
