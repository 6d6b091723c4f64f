"""Opening a branch and keeping its address, clock and service area."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import slugify

from midway.core.actor import Actor
from midway.core.codes import free_code
from midway.crew.models import Area, Branch, Commitment
from midway.crew.queries import branch_subject
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class PostcodeServedElsewhere(ValueError):
    """Another branch serves this postcode already."""

    def __init__(self, postcodes: Sequence[str]) -> None:
        super().__init__(self.__doc__)
        self.postcodes = postcodes


class ClockInUse(ValueError):
    """Visits are promised by this branch's clock; its time zone can only change while none lies ahead."""


@dataclass(frozen=True)
class BranchDetails:
    """What a branch is: its name and address, its clock, and how visits are offered."""

    name: str
    zone: str
    phone: str = ""
    email: str = ""
    latitude: float = 0.0
    longitude: float = 0.0
    start_grid_minutes: int = 30
    pad_minutes: int = 0
    notice_minutes: int = 24 * 60
    horizon_days: int = 90


@dataclass(frozen=True)
class ServedArea:
    """A postcode to be served, tidied as areas are kept, with the point it lies at; without one, the branch's own."""

    postcode: str
    name: str
    latitude: float | None = None
    longitude: float | None = None


@one_transaction
def open_branch(
    *, details: BranchDetails, currency: str, areas: Sequence[ServedArea], by: Actor, now: datetime
) -> Branch:
    """Will open a branch with its service area; people, prices and closed days follow on their own pages.

    Raises `PostcodeServedElsewhere`.
    """
    _check_free(areas)
    branch = Branch(code=_code_for(details.name), currency=currency)
    _write(branch, details)
    branch.save()
    served = _serve(branch, areas)
    facts = {"name": branch.name, "zone": branch.zone, **served}
    record(event="crew.branch.opened", subject=branch_subject(branch), by=by, at=now, facts=facts)
    return branch


@one_transaction
def change_branch(
    *, branch: Branch, details: BranchDetails, areas: Sequence[ServedArea], by: Actor, now: datetime
) -> Branch:
    """Will keep a branch's details and service area; visits already promised stay, wherever they are.

    Raises `PostcodeServedElsewhere` or `ClockInUse`.
    """
    row = Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    if row.zone != details.zone and _has_promises(row, now=now):
        raise ClockInUse(ClockInUse.__doc__)
    _check_free(areas, branch=row)
    changed = [name for name, value in vars(details).items() if getattr(row, name) != value]
    _write(row, details)
    row.save()
    served = _serve(row, areas)
    facts = {"changed": changed, **served}
    record(event="crew.branch.changed", subject=branch_subject(row), by=by, at=now, facts=facts)
    return row


def _write(branch: Branch, details: BranchDetails) -> None:
    for name, value in vars(details).items():
        setattr(branch, name, value)


def _has_promises(branch: Branch, *, now: datetime) -> bool:
    return Commitment.objects.filter(cleaner__branch=branch, active=True, during__endswith__gt=now).exists()


def _check_free(areas: Sequence[ServedArea], *, branch: Branch | None = None) -> None:
    elsewhere = Area.objects.filter(postcode__in=[area.postcode for area in areas]).exclude(branch=branch)
    if taken := list(elsewhere.order_by("postcode").values_list("postcode", flat=True)):
        raise PostcodeServedElsewhere(taken)


def _serve(branch: Branch, areas: Sequence[ServedArea]) -> dict[str, list[str]]:
    """Will make the branch serve exactly these postcodes; gives those added and those dropped."""
    wanted = {area.postcode: area for area in areas}
    before = {area.postcode: area for area in Area.objects.filter(branch=branch)}
    for postcode, area in wanted.items():
        known = before.get(postcode) or Area(
            branch=branch, postcode=postcode, latitude=branch.latitude, longitude=branch.longitude
        )
        known.name = area.name
        if area.latitude is not None and area.longitude is not None:
            known.latitude, known.longitude = area.latitude, area.longitude
        known.save()
    dropped = sorted(before.keys() - wanted.keys())
    Area.objects.filter(branch=branch, postcode__in=dropped).delete()
    return {"added": sorted(wanted.keys() - before.keys()), "dropped": dropped}


def _code_for(name: str) -> str:
    wanted = slugify(name)[:30] or "branch"
    return free_code(wanted, taken=set(Branch.objects.filter(code__startswith=wanted).values_list("code", flat=True)))
