"""The product's addresses, and a few that a test needs."""

from csp.decorators import csp_update
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from midway.accounts.access import anyone
from midway.config import urls

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


@anyone
@csrf_exempt
def fails(request: HttpRequest, code: str) -> HttpResponse:
    """A fault of ours, with a customer in it."""
    email, phone = request.POST.get("email", "nobody"), request.POST.get("phone", "none")
    raise IntegrityError(f"duplicate key for {email} {phone}\nDETAIL:  Key (email)=({email}) exists.")


@anyone
def forbidden(request: HttpRequest) -> HttpResponse:
    """Not for you."""
    raise PermissionDenied


@anyone
def some_json(request: HttpRequest) -> HttpResponse:
    """An answer for a program."""
    return JsonResponse({"words": "x" * 2000})


@anyone
def stream(request: HttpRequest) -> StreamingHttpResponse:
    """A long answer."""
    return StreamingHttpResponse(iter([b"one", b"two"]))


@anyone
@csp_update({"img-src": "https://tiles.example.com"})
def own_policy(request: HttpRequest) -> HttpResponse:
    """A page with a map."""
    return HttpResponse("map")


urlpatterns = [
    path("own-policy/", own_policy),
    path("fails/<str:code>", fails),
    path("forbidden/", forbidden),
    path("api/v1/some", some_json),
    path("stream/", stream),
    *urls.urlpatterns,
]
