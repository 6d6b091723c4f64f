"""Whose page this is: every row is found among the customer's own, so that nobody else's can be asked for."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest

from midway.accounts.access import Right, find
from midway.booking.models import Plan, Visit
from midway.booking.queries import all_of_visits
from midway.core.actor import Actor, ActorKind
from midway.customers.models import Customer, Property


def customer_of(request: HttpRequest) -> Customer:
    """The customer who is signed in."""
    return find(Customer.objects.all(), user=_user(request), right=Right.SEE_OWN_BOOKINGS, user_id=request.user.pk)


def own_visit(request: HttpRequest, code: UUID) -> Visit:
    """The customer's visit with all that its pages show, or 404."""
    return find(all_of_visits(), user=_user(request), right=Right.SEE_OWN_BOOKINGS, code=code, **_theirs(request))


def own_plan(request: HttpRequest, code: UUID) -> Plan:
    """The customer's plan, or 404."""
    plans = Plan.objects.select_related("branch", "service", "customer", "premises", "quote")
    return find(plans, user=_user(request), right=Right.SEE_OWN_BOOKINGS, code=code, **_theirs(request))


def own_place(request: HttpRequest, code: UUID) -> Property:
    """The customer's home or office, or 404."""
    places = Property.objects.select_related("customer")
    return find(places, user=_user(request), right=Right.SEE_OWN_BOOKINGS, code=code, **_theirs(request))


def hand_of(request: HttpRequest) -> Actor:
    """The signed-in customer as the journal names them: not by name, which may have to be forgotten."""
    return Actor(kind=ActorKind.CUSTOMER, label="Customer", user_id=request.user.pk)


def _theirs(request: HttpRequest) -> dict[str, Any]:
    if request.user.pk is None:
        raise Http404
    return {"customer__user_id": request.user.pk}


def _user(request: HttpRequest) -> Any:
    return request.user
