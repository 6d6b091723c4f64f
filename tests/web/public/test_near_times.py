"""Times worth offering: near ones first and marked, those nobody reaches hidden; the office sees what each adds."""

from django.test import Client
from tests.cast import Cast, make_area, make_quote
from tests.dispatch.days import EAST, TOMORROW, WEST, visit_in

from midway.dispatch.models import DispatchSetting

DAY = {"day": TOMORROW.isoformat()}


def far_west(cast: Cast) -> str:
    """The address of the times for a home far in the west; everybody is in the east tomorrow, until two."""
    make_area(branch=cast.branch, postcode="21299", name="Far west", latitude=39.29, longitude=WEST)
    for cleaner in cast.cleaners:
        visit_in(cast, EAST, "10:00", cleaner, minutes=240)
    quote = make_quote(price_list=cast.price_list, service=cast.regular, postcode="21299")
    return f"/book/{quote.code}/when"


def offers(page: str, clock: str) -> bool:
    return f'value="{TOMORROW.isoformat()}T{clock}:00-05:00"' in page


def test_a_branch_that_does_not_rank_offers_what_it_always_did(cast: Cast, visitor: Client) -> None:
    page = visitor.get(far_west(cast), DAY).content.decode()

    assert offers(page, "14:00")
    assert "Green time" not in page


def test_what_nobody_reaches_is_not_offered(cast: Cast, visitor: Client) -> None:
    DispatchSetting.objects.create(branch=cast.branch, has_ranked_slots=True)

    page = visitor.get(far_west(cast), DAY).content.decode()

    assert not offers(page, "14:00")
    assert offers(page, "15:00")


def test_near_times_are_marked_as_green_and_come_first(cast: Cast, visitor: Client) -> None:
    DispatchSetting.objects.create(branch=cast.branch, has_ranked_slots=True, green_at_most_minutes=20)
    make_area(branch=cast.branch, postcode="21299", name="Far west", latitude=39.29, longitude=WEST)
    visit_in(cast, WEST, "13:00", cast.ana, minutes=60)
    quote = make_quote(price_list=cast.price_list, service=cast.regular, postcode="21299")

    page = visitor.get(f"/book/{quote.code}/when", DAY).content.decode()

    assert "Green times: we are nearby then and drive least." in page
    assert page.count("Green time<") + page.count("Best fit") >= 3
    assert "Best fit" in page


def test_the_office_sees_what_each_time_adds(cast: Cast, visitor: Client) -> None:
    far_west(cast)
    office = Client(headers={"accept-language": "en"})
    office.force_login(cast.dan)
    wish = {
        "service": "regular", "postcode": "21299", "bedrooms": "2", "bathrooms": "1", "square_feet": "900",
        "on": TOMORROW.isoformat(),
    }  # fmt: skip

    page = office.get("/office/appointments/offer", wish).content.decode()

    assert "too far" in page
    assert "min</small>" in page
