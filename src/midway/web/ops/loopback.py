"""Pages only for whoever sits at this machine."""

from django.http import HttpRequest


def is_from_here(request: HttpRequest) -> bool:
    """Whether the request was made on this machine, and not passed on by a proxy of ours."""
    is_local = request.META.get("REMOTE_ADDR", "") in {"127.0.0.1", "::1", ""}
    return is_local and "HTTP_X_FORWARDED_FOR" not in request.META
