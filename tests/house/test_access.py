from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import get_resolver, path

from midway.accounts.access import Access
from midway.accounts.checks import DECLARED_ELSEWHERE, every_view_declares_its_access, views


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nobody decided who may see this")


urlpatterns = [path("forgotten/", forgotten)]


def test_every_page_says_who_may_open_it() -> None:
    assert every_view_declares_its_access() == []


@override_settings(ROOT_URLCONF=__name__)
def test_a_page_that_does_not_is_found() -> None:
    (error,) = every_view_declares_its_access()
    assert "/forgotten/" in error.msg


def test_every_exception_is_needed() -> None:
    undeclared = [
        name
        for _, name, view in views(get_resolver().url_patterns)
        if not isinstance(getattr(view, "access", None), Access)
    ]
    unused = [prefix for prefix in DECLARED_ELSEWHERE if not any(name.startswith(prefix) for name in undeclared)]
    assert [prefix for prefix in unused if prefix != "ninja."] == []
