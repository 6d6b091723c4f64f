"""Which free times are near: ranked by the driving they add, and those nobody reaches hidden."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from tests.cast import NOW, Cast, at, make_area, make_customer, make_property, make_visit
from tests.dispatch.days import EAST, TOMORROW, WEST, visit_in

from midway.booking.queries import DayOfSlots, Offer, offered_times
from midway.dispatch.models import DispatchSetting
from midway.dispatch.nearness import Wanted, added_driving, driving_of, nearness_of, ranked
from midway.dispatch.placing import Obstacle, placing_of

LENGTH = timedelta(hours=2)


def wanted(cast: Cast, *, team_size: int = 1, postcode: str = "21299", deep: bool = False) -> Wanted:
    offer = Offer(branch=cast.branch, service=cast.deep if deep else cast.regular)
    return Wanted(offer=offer, duration=LENGTH, team_size=team_size, postcode=postcode)


def times(cast: Cast, search: Wanted, days: int = 3) -> list[DayOfSlots]:
    return offered_times(
        offer=search.offer, duration=LENGTH, team_size=search.team_size, first=TOMORROW, days=days, now=NOW
    )


@pytest.fixture
def west_postcode(cast: Cast) -> None:
    make_area(branch=cast.branch, postcode="21299", name="Far west", latitude=39.29, longitude=WEST)


def brute_force(cast: Cast, search: Wanted, starts: Sequence[datetime]) -> dict[datetime, int]:
    """Every cleaner asked one by one what it would mean to have the visit then."""
    home = make_property(customer=make_customer(), postcode="21299", latitude=None, longitude=None)
    service = search.offer.service
    visit = make_visit(
        premises=home, price_list=cast.price_list, service=service, start=starts[0], minutes=120,
        team_size=search.team_size,
    )  # fmt: skip
    found = {}
    for start in starts:
        costs = []
        for cleaner in cast.cleaners:
            placing = placing_of(visit=visit, start=start, cleaners=[cleaner], now=NOW)
            late = {Obstacle.LATE_HERE, Obstacle.LATE_NEXT}
            if all(c.kind in late and c.minutes <= 15 for c in placing.conflicts):
                costs.append(placing.added_minutes)
        if len(costs) >= search.team_size:
            found[start] = sum(sorted(costs)[: search.team_size])
    return found


@pytest.mark.parametrize(("team_size", "deep"), [(1, False), (2, False), (1, True)])
def test_every_answer_is_that_of_brute_force(cast: Cast, west_postcode: None, team_size: int, deep: bool) -> None:
    for longitude, clock, cleaner in (
        (WEST, "08:00", cast.ana), (EAST, "14:00", cast.ana), (EAST, "09:30", cast.ben), (EAST, "11:45", cast.ben),
        (EAST, "10:15", cast.chidi), (WEST, "15:00", cast.chidi),
    ):  # fmt: skip
        visit_in(cast, longitude, clock, cleaner, minutes=90)
    search = wanted(cast, team_size=team_size, deep=deep)
    starts = [slot.start for day in times(cast, search) for slot in day.slots]

    added = added_driving(search, starts, DispatchSetting(branch=cast.branch))

    assert added == brute_force(cast, search, starts)


def test_what_nobody_reaches_is_hidden(cast: Cast, west_postcode: None) -> None:
    for cleaner in cast.cleaners:
        visit_in(cast, EAST, "10:00", cleaner, minutes=240)
    search = wanted(cast)
    days = times(cast, search, days=1)
    right_after = at("14:00", on=TOMORROW)
    assert right_after in {slot.start for slot in days[0].slots}

    near = ranked(search, days, DispatchSetting(branch=cast.branch))

    assert right_after not in {slot.start for slot in near.days[0].slots}
    assert at("15:00", on=TOMORROW) in {slot.start for slot in near.days[0].slots}


def test_the_green_ones_are_few_and_near(cast: Cast, west_postcode: None) -> None:
    visit_in(cast, WEST, "08:00", cast.ana)
    search = wanted(cast)
    setting = DispatchSetting(branch=cast.branch, green_slots=2, green_at_most_minutes=5)

    near = ranked(search, times(cast, search), setting)

    assert len(near.green) == 2
    assert all(near.added[start] <= 5 and start.date() == TOMORROW for start in near.green)


def test_a_branch_that_does_not_rank_is_asked_once_and_left_alone(
    cast: Cast, django_assert_num_queries: object
) -> None:
    search = wanted(cast)
    days = times(cast, search)

    with django_assert_num_queries(1):  # type: ignore[operator] # pytest-django's fixture
        assert nearness_of(search, days) is None


def test_a_branch_that_ranks_is_ranked_and_the_office_sees_all(cast: Cast, west_postcode: None) -> None:
    DispatchSetting.objects.create(branch=cast.branch, has_ranked_slots=True)
    search = wanted(cast)
    days = times(cast, search)

    near = nearness_of(search, days)

    assert near is not None
    assert driving_of(search, days) == near.added
    assert nearness_of(wanted(cast, postcode=""), days) is None
