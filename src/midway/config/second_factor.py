"""Nobody whose role needs a second factor gets further than setting one up."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import ResolverMatch

from midway.accounts.models import User
from midway.config.problem import problem, wants_json

# By name of the view, not by address: what is not listed is shut, wherever it may be mounted.
# Recovery codes alone are no second factor, so their pages are not here.
OPEN_TO_ALL = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_authenticate",
        "mfa_activate_totp",
        "mfa_index",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "set_language",
        "call",
        "mark_call",
        "status",
        "status_file",
        "healthz",
        "readyz",
        "metrics",
    }
)


class SecondFactor:
    """Sends people of the roles in MIDWAY_TWO_FACTOR_ROLES to set up an app or a passkey until they have one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.TWO_FACTOR_ROLES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponse | None:
        """Will stand in the way of every view but the few that are needed to get one."""
        # Without a session cookie nobody is signed in, and looking would cost strangers a query.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or _is_open(request.resolver_match):
            return None
        user = request.user
        if not isinstance(user, User) or user.role not in settings.TWO_FACTOR_ROLES or has_second_factor(user):
            return None
        return _to_setting_up(request)


def has_second_factor(user: User) -> bool:
    """Whether the person has an app or a passkey. Recovery codes do not count."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists())


def _is_open(match: ResolverMatch | None) -> bool:
    return match is not None and match.url_name in OPEN_TO_ALL


def _to_setting_up(request: HttpRequest) -> HttpResponse:
    address = resolve_url("mfa_activate_totp")
    if wants_json(request):
        return problem(
            request, status=403, title="Second factor needed", detail=f"Set up a second factor first: {address}"
        )
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=403)
        response["HX-Redirect"] = address
        return response
    return HttpResponseRedirect(address)
