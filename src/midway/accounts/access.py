"""Who may do what: the roles and their rights in one table, and the declaration every page carries.

A view without one of the declarations `anyone`, `signed_in`, `office`, `customer`, `cleaner` or `owner` fails the
system check in `accounts.checks`, so that nobody can forget to decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from midway.accounts.models import Role, User


class Right(StrEnum):
    """One thing somebody may do. Office pages and API scopes ask for these, never for a role."""

    SEE_BOARD = "board.see"
    CHANGE_VISITS = "visits.change"
    SEE_CUSTOMERS = "customers.see"
    CHANGE_CUSTOMERS = "customers.change"
    ERASE_CUSTOMERS = "customers.erase"
    SEE_ACCESS_NOTES = "access_notes.see"
    SEE_PEOPLE = "people.see"
    CHANGE_PEOPLE = "people.change"
    SEE_PRICES = "prices.see"
    CHANGE_PRICES = "prices.change"
    CHANGE_TEXTS = "texts.change"
    SEE_MONEY = "money.see"
    CHANGE_MONEY = "money.change"
    SEE_REPORTS = "reports.see"
    SEE_SYSTEM = "system.see"
    CHANGE_SYSTEM = "system.change"
    WORK_ON_INCIDENTS = "incidents.work"
    MANAGE_ACCOUNTS = "accounts.manage"
    SEE_OWN_DAY = "own_day.see"
    SEE_OWN_BOOKINGS = "own_bookings.see"


# Whoever works in the office can be on call, and then must see what broke.
_LOOKS = {Right.SEE_BOARD, Right.SEE_CUSTOMERS, Right.SEE_PEOPLE, Right.SEE_PRICES, Right.WORK_ON_INCIDENTS}
_RUNS_THE_DAY = _LOOKS | {
    Right.CHANGE_VISITS,
    Right.CHANGE_CUSTOMERS,
    Right.ERASE_CUSTOMERS,
    Right.SEE_ACCESS_NOTES,
    Right.CHANGE_PEOPLE,
    Right.CHANGE_TEXTS,
    Right.SEE_MONEY,
    Right.SEE_REPORTS,
}

RIGHTS: dict[str, frozenset[Right]] = {
    Role.OWNER: frozenset(_RUNS_THE_DAY)
    | {
        Right.CHANGE_PRICES,
        Right.CHANGE_MONEY,
        Right.SEE_SYSTEM,
        Right.CHANGE_SYSTEM,
        Right.MANAGE_ACCOUNTS,
    },
    Role.DISPATCHER: frozenset(_RUNS_THE_DAY),
    # Answers the telephone: may change what customers ask for, not who works or what it costs; no door codes.
    Role.SUPPORT: frozenset(_LOOKS | {Right.CHANGE_VISITS, Right.CHANGE_CUSTOMERS}),
    Role.CLEANER: frozenset({Right.SEE_OWN_DAY}),
    Role.CUSTOMER: frozenset({Right.SEE_OWN_BOOKINGS}),
}

# What a program's token can be given, and the right it stands for. A token never does more than its user may.
SCOPES: dict[str, Right] = {
    "visits:read": Right.SEE_BOARD,
    "visits:write": Right.CHANGE_VISITS,
    "customers:read": Right.SEE_CUSTOMERS,
    "customers:write": Right.CHANGE_CUSTOMERS,
    "crew:read": Right.SEE_PEOPLE,
    "crew:write": Right.CHANGE_PEOPLE,
    "prices:read": Right.SEE_PRICES,
    "prices:write": Right.CHANGE_PRICES,
    "reports:read": Right.SEE_REPORTS,
    "system:read": Right.SEE_SYSTEM,
}


class Person(Protocol):
    """Whoever asks: a `User`, or Django's anonymous visitor."""

    @property
    def is_authenticated(self) -> Any: ...


def has_right(user: Person, right: Right) -> bool:
    """Whether this person may do this."""
    if not isinstance(user, User) and not getattr(user, "role", ""):
        return False
    return bool(getattr(user, "is_active", False)) and right in RIGHTS.get(getattr(user, "role", ""), frozenset())


@dataclass(frozen=True)
class Access:
    """What a view declares about who may open it."""

    kind: str
    rights: frozenset[Right] = frozenset()


M = TypeVar("M", bound=Model)
View = Callable[..., HttpResponse]
V = TypeVar("V", bound=View)


def anyone(view: V) -> V:
    """Declares a view that strangers may open."""
    view.access = Access("anyone")  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Declares a view for everybody who has signed in."""
    return _guarded(view, Access("signed_in"))


def office(*rights: Right) -> Callable[[View], View]:
    """Declares a view for people of the office who have all of these rights."""

    def declare(view: View) -> View:
        return _guarded(view, Access("office", frozenset(rights)))

    return declare


def customer(view: View) -> View:
    """Declares a view for customers who have signed in; it finds only what is theirs."""
    return _guarded(view, Access("customer", frozenset({Right.SEE_OWN_BOOKINGS})))


def cleaner(view: View) -> View:
    """Declares a view for cleaners who have signed in; it finds only what is theirs."""
    return _guarded(view, Access("cleaner", frozenset({Right.SEE_OWN_DAY})))


def owner(view: View) -> View:
    """Declares a view for the owner alone."""
    return _guarded(view, Access("owner"))


def find(queryset: QuerySet[M], *, user: Person, right: Right, **lookup: Any) -> M:
    """Will find the row and check the right in one step.

    Raises `Http404` when there is no such row in `queryset` and `PermissionDenied` without the right; the right is
    asked first, so that nobody learns from the answer whether a row exists.
    """
    if not has_right(user, right):
        raise PermissionDenied
    row = queryset.filter(**lookup).first()
    if row is None:
        raise Http404
    return row


def _guarded(view: View, access: Access) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return _to_sign_in(request, "public:sign_in" if access.kind == "customer" else "account_login")
        if not _is_open_to(user, access):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]
    return guarded


def _is_open_to(user: Person, access: Access) -> bool:
    if access.kind == "office":
        return isinstance(user, User) and user.is_office and all(has_right(user, right) for right in access.rights)
    if access.kind == "owner":
        return isinstance(user, User) and user.is_active and user.role == Role.OWNER
    if access.kind in {"customer", "cleaner"}:
        return all(has_right(user, right) for right in access.rights)
    return True


def _to_sign_in(request: HttpRequest, door: str) -> HttpResponse:
    """Will lead to the sign-in page and back; a fragment asked for by script makes the whole page go there."""
    is_fragment = request.headers.get("HX-Request") == "true"
    back = request.headers.get("HX-Current-URL", "/") if is_fragment else request.get_full_path()
    address = f"{resolve_url(door)}?next={quote(back, safe='/')}"
    if is_fragment:
        response = HttpResponse(status=401)
        response["HX-Redirect"] = address
        return response
    return HttpResponseRedirect(address)
