import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from midway.accounts.access import RIGHTS, Right, View, find, has_right, office, owner, signed_in
from midway.accounts.models import Role, User

OPEN = 200


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fine")


def ask(view: View, user: object, **headers: str) -> HttpResponse:
    request = RequestFactory().get("/office/board?day=2", headers=headers)
    request.user = user  # type: ignore[assignment]
    return view(request)


def person(role: str, *, is_active: bool = True) -> User:
    return User(pk=7, email="a@example.com", role=role, is_active=is_active)


def test_every_role_has_its_rights() -> None:
    assert set(RIGHTS) == set(Role.values)


def test_support_sees_no_door_codes() -> None:
    assert not has_right(person(Role.SUPPORT), Right.SEE_ACCESS_NOTES)
    assert has_right(person(Role.DISPATCHER), Right.SEE_ACCESS_NOTES)


def test_somebody_who_left_has_no_rights() -> None:
    assert not has_right(person(Role.OWNER, is_active=False), Right.SEE_BOARD)


def test_strangers_have_no_rights() -> None:
    assert not has_right(AnonymousUser(), Right.SEE_BOARD)


def test_stranger_is_led_to_sign_in_and_back() -> None:
    response = ask(office(Right.SEE_BOARD)(page), AnonymousUser())
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/office/board%3Fday%3D2"


def test_stranger_asking_for_a_fragment_leaves_the_whole_page() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/office/"}
    response = ask(office()(page), AnonymousUser(), **headers)
    assert response.status_code == 401
    assert response["HX-Redirect"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("role", [Role.OWNER, Role.DISPATCHER, Role.SUPPORT])
def test_office_page_is_open_to_the_office(role: str) -> None:
    assert ask(office(Right.SEE_BOARD)(page), person(role)).status_code == OPEN


@pytest.mark.parametrize("role", [Role.CLEANER, Role.CUSTOMER])
def test_office_page_is_shut_for_others_even_without_a_right_named(role: str) -> None:
    with pytest.raises(PermissionDenied):
        ask(office()(page), person(role))


def test_office_page_asks_for_all_its_rights() -> None:
    with pytest.raises(PermissionDenied):
        ask(office(Right.SEE_BOARD, Right.CHANGE_PRICES)(page), person(Role.DISPATCHER))


def test_owners_page_is_open_to_the_owner_alone() -> None:
    assert ask(owner(page), person(Role.OWNER)).status_code == OPEN
    for role in set(Role.values) - {Role.OWNER}:
        with pytest.raises(PermissionDenied):
            ask(owner(page), person(role))


def test_page_for_everybody_signed_in_lets_a_cleaner_in_and_no_stranger() -> None:
    assert ask(signed_in(page), person(Role.CLEANER)).status_code == OPEN
    assert ask(signed_in(page), AnonymousUser()).status_code == 302


@pytest.mark.django_db
def test_find_refuses_before_it_tells_whether_the_row_exists(dan: User) -> None:
    for code in (dan.code, "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(PermissionDenied):
            find(User.objects.all(), user=person(Role.CLEANER), right=Right.SEE_PEOPLE, code=code)
    assert find(User.objects.all(), user=dan, right=Right.SEE_PEOPLE, code=dan.code) == dan
    with pytest.raises(Http404):
        find(User.objects.none(), user=dan, right=Right.SEE_PEOPLE, code=dan.code)
