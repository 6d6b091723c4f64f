"""What calendar programs read at a secret address."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from midway.accounts.access import anyone
from midway.booking.feeds import feed_by_token, feed_file
from midway.runtime.clock import now as clock


@anyone
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The visits behind an address; unchanged ones are not sent twice."""
    feed = feed_by_token(token)
    if feed is None:
        raise Http404
    file = feed_file(feed, now=clock())
    asked = [mark.strip().removeprefix("W/") for mark in request.headers.get("If-None-Match", "").split(",")]
    if file.etag in asked or "*" in asked:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(file.content, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="midway.ics"'
    response["ETag"] = file.etag
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, private=True, max_age=300)
    return response
