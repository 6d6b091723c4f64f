"""The system check that refuses any address whose view does not say who may open it."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from midway.accounts.access import Access

# Views of others, which cannot carry our declaration, and why each may stand without.
DECLARED_ELSEWHERE: dict[str, str] = {
    "allauth.account.": "sign-in, sign-out and password reset are for strangers; the rest asks for sign-in itself",
    "allauth.mfa.": "each view asks for sign-in and a fresh password itself",
    "django.views.i18n.set_language": "choosing a language is for anyone and changes a cookie only",
    "ninja.": "API operations declare their scope themselves; tests of the API hold them to it",
}


@register("access")
def every_view_declares_its_access(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:
    """Will report each address that opens to a view without a declaration."""
    return [
        Error(
            f"{address} leads to {name}, which does not say who may open it",
            hint="Decorate the view with anyone, customer, signed_in, office(...) or owner of accounts.access.",
            id="midway.access.E001",
        )
        for address, name, view in views(get_resolver().url_patterns)
        if not isinstance(getattr(view, "access", None), Access) and not name.startswith(tuple(DECLARED_ELSEWHERE))
    ]


def views(patterns: Iterable[URLPattern | URLResolver], prefix: str = "/") -> Iterator[tuple[str, str, Any]]:
    """Every address with its view's dotted name and the view."""
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, address)
        else:
            view = pattern.callback
            of_class = getattr(view, "view_class", None) or view
            name = f"{of_class.__module__}.{getattr(of_class, '__qualname__', type(of_class).__name__)}"
            yield address, name, view
