"""Opening a branch and keeping it."""

from dataclasses import replace

import pytest
from psycopg.types.range import Range
from tests.cast import NOW, PARIS, Cast, at, commit, make_cast

from midway.booking.queries import branch_serving
from midway.core.actor import SYSTEM
from midway.crew import actions
from midway.crew.actions import BranchDetails, ServedArea
from midway.crew.models import Area, Branch
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db

LYON = BranchDetails(name="Lyon", zone=PARIS, latitude=45.76, longitude=4.84, notice_minutes=120, horizon_days=60)
AREAS = (ServedArea("69001", "Terreaux", 45.77, 4.83), ServedArea("69002", "Bellecour"))


def open_lyon() -> Branch:
    return actions.open_branch(details=LYON, currency="EUR", areas=AREAS, by=SYSTEM, now=NOW)


def change(branch: Branch, details: BranchDetails, areas: tuple[ServedArea, ...] = AREAS) -> Branch:
    return actions.change_branch(branch=branch, details=details, areas=areas, by=SYSTEM, now=NOW)


def details_of(cast: Cast) -> BranchDetails:
    return BranchDetails(**{name: getattr(cast.branch, name) for name in vars(LYON)})


def test_a_branch_opens_with_its_clock_currency_and_postcodes() -> None:
    branch = open_lyon()

    assert (branch.code, branch.zone, branch.currency, branch.horizon_days) == ("lyon", PARIS, "EUR", 60)
    assert branch_serving("69 002") == branch
    assert [(a.latitude, a.longitude) for a in branch.areas.order_by("postcode")] == [(45.77, 4.83), (45.76, 4.84)]
    assert Entry.objects.get(event="crew.branch.opened").facts["added"] == ["69001", "69002"]


def test_a_second_branch_of_the_name_gets_another_code() -> None:
    open_lyon()

    other = actions.open_branch(details=LYON, currency="EUR", areas=(), by=SYSTEM, now=NOW)
    assert other.code == "lyon-2"


def test_a_postcode_belongs_to_one_branch_and_nothing_is_half_opened() -> None:
    make_cast()

    with pytest.raises(actions.PostcodeServedElsewhere) as refusal:
        actions.open_branch(details=LYON, currency="EUR", areas=(ServedArea("21201", "Here"),), by=SYSTEM, now=NOW)
    assert refusal.value.postcodes == ["21201"]
    assert Branch.objects.count() == 1


def test_postcodes_come_and_go_and_keep_their_place() -> None:
    branch = open_lyon()
    change(branch, LYON, (ServedArea("69001", "Town hall"), ServedArea("69003", "Part-Dieu")))

    assert [(a.postcode, a.name, a.latitude) for a in Area.objects.order_by("postcode")] == [
        ("69001", "Town hall", 45.77),
        ("69003", "Part-Dieu", 45.76),
    ]
    facts = Entry.objects.get(event="crew.branch.changed").facts
    assert (facts["added"], facts["dropped"], facts["changed"]) == (["69003"], ["69002"], [])


def test_the_clock_changes_only_while_nobody_is_promised() -> None:
    cast = make_cast()
    details = details_of(cast)
    change(cast.branch, replace(details, zone="America/Chicago"))
    commitment = commit(cleaner=cast.ana, during=Range(at("13:00"), at("15:00")))

    with pytest.raises(actions.ClockInUse):
        change(cast.branch, replace(details, zone=PARIS))
    commitment.active = False
    commitment.save()
    assert change(cast.branch, replace(details, zone=PARIS)).zone == PARIS
