"""Skills, teams and branches in the office."""

from dataclasses import replace
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import NOW, PARIS, TODAY, Cast, make_branch, make_price_list, make_team

from midway.booking.actions import publish_policy
from midway.booking.models import PriceList
from midway.booking.rates import rates_from_json
from midway.core.actor import SYSTEM
from midway.core.policy import PolicyTerms
from midway.crew.models import Area, Branch, Skill, Team

LYON = {
    "name": "Lyon",
    "zone": PARIS,
    "currency": "EUR",
    "latitude": "45.76",
    "longitude": "4.84",
    "start_grid_minutes": "30",
    "pad_minutes": "30",
    "notice_hours": "12.5",
    "horizon_days": "60",
    "areas": "69001, Terreaux, 45.77, 4.83\n\n69002 , Bellecour\n69003",
}


def post(client: Client, page: str, *args: Any, **said: Any) -> Any:
    return client.post(reverse(f"office:{page}", args=args), said)


def test_a_skill_is_added_renamed_retired_and_used_again(cast: Cast, dan: Client) -> None:
    post(dan, "add_skill", name="Windows")
    post(dan, "change_skill", "windows", name="Inside windows")
    page = dan.get(reverse("office:skills_and_teams")).content.decode()
    assert "Inside windows" in page
    assert "asked for by Deep clean" in page

    post(dan, "change_skill", "windows", deed="retire")
    assert not Skill.objects.in_use().filter(code="windows").exists()
    assert "Inside windows" not in dan.get(reverse("office:person", args=[cast.ana.code])).content.decode()

    post(dan, "change_skill", "windows", deed="restore")
    assert Skill.objects.in_use().filter(code="windows").exists()


def test_a_skill_that_is_asked_for_stays(cast: Cast, dan: Client) -> None:
    answer = post(dan, "change_skill", "deep", deed="retire")

    assert Skill.objects.in_use().filter(code="deep").exists()
    assert "A service on offer asks for this skill" in dan.get(answer["Location"]).content.decode()


def test_a_name_that_is_known_or_missing_is_refused_beside_the_field(cast: Cast, dan: Client) -> None:
    known = post(dan, "add_skill", name="Deep cleaning")

    assert known.status_code == 422
    assert "There is a skill of this name already" in known.content.decode()
    assert post(dan, "add_team", name="").status_code == 422


def test_a_team_is_added_renamed_and_retired(cast: Cast, dan: Client) -> None:
    post(dan, "add_team", name="North")
    team = Team.objects.get()
    post(dan, "change_team", team.pk, name="Northwest")
    post(dan, "change_team", team.pk, deed="retire")

    team.refresh_from_db()
    assert (team.name, team.retired_at is None) == ("Northwest", False)
    assert "Northwest, no longer used" in dan.get(reverse("office:skills_and_teams")).content.decode()


def test_a_retired_team_is_shown_nowhere_else(cast: Cast, dan: Client) -> None:
    team = make_team(branch=cast.branch, name="Northwest", members=[cast.ana])
    post(dan, "change_team", team.pk, deed="retire")

    pages = [reverse("office:people"), reverse("office:person", args=[cast.ana.code]), reverse("office:board")]
    assert ["Northwest" in dan.get(page).content.decode() for page in pages] == [False, False, False]


def test_support_only_looks(cast: Cast, sue: Client) -> None:
    assert sue.get(reverse("office:skills_and_teams")).status_code == 200
    assert post(sue, "add_team", name="North").status_code == 403


def test_a_branch_opens_and_leads_to_its_prices(cast: Cast, olga: Client) -> None:
    answer = post(olga, "open_branch", **LYON)

    branch = Branch.objects.get(code="lyon")
    assert answer["Location"] == f"{reverse('office:prices')}?branch=lyon"
    assert (branch.zone, branch.notice_minutes) == (PARIS, 750)
    assert [(a.postcode, a.name, a.latitude) for a in Area.objects.filter(branch=branch).order_by("postcode")] == [
        ("69001", "Terreaux", 45.77),
        ("69002", "Bellecour", 45.76),
        ("69003", "69003", 45.76),
    ]


def test_a_clock_nobody_has_and_lines_nobody_can_read_are_refused(cast: Cast, olga: Client) -> None:
    for field, value, words in (
        ("zone", "Europe/Atlantis", "There is no such time zone"),
        ("areas", "69001, A, here, there", "cannot be read"),
        ("areas", "69001, A, 95, 4", "no such place on the globe"),
        ("areas", "21201", "Another branch serves this postcode"),
    ):
        answer = post(olga, "open_branch", **{**LYON, field: value})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert Branch.objects.count() == 1


def test_a_branch_is_changed_on_its_page(cast: Cast, olga: Client) -> None:
    address = reverse("office:branch", args=[cast.branch.code])
    page = olga.get(address).content.decode()
    assert "21201, Downtown, 39.2946, -76.6252" in page
    assert 'name="currency"' not in page

    olga.post(address, {**LYON, "zone": cast.branch.zone, "areas": "21230, Federal Hill"})
    assert [area.postcode for area in cast.branch.areas.all()] == ["21230"]


def test_what_a_policy_says_is_not_asked_again(cast: Cast, olga: Client) -> None:
    publish_policy(branch=cast.branch, service=None, terms=PolicyTerms(), effective_on=TODAY, by=SYSTEM, now=NOW)
    cast.branch.refresh_from_db()
    before = cast.branch.notice_minutes, cast.branch.horizon_days
    address = reverse("office:branch", args=[cast.branch.code])
    assert 'name="notice_hours"' not in olga.get(address).content.decode()

    olga.post(address, {**LYON, "zone": cast.branch.zone})
    cast.branch.refresh_from_db()
    assert (cast.branch.name, (cast.branch.notice_minutes, cast.branch.horizon_days)) == ("Lyon", before)


def test_branches_are_the_owners(dan: Client, olga: Client, sue: Client) -> None:
    address = reverse("office:branches")

    assert [client.get(address).status_code for client in (olga, dan, sue)] == [200, 403, 403]


def test_the_branch_chosen_is_kept_for_the_pages_that_follow(cast: Cast, dan: Client) -> None:
    other = make_branch(code="lyon", zone=PARIS)
    make_price_list(branch=other)
    assert "Lyon" in dan.get(reverse("office:people")).content.decode()

    dan.get(reverse("office:people"), {"branch": "lyon"})
    page = dan.get(reverse("office:people")).content.decode()
    assert "Nobody works here yet" in page
    assert dan.get(reverse("office:people"), {"branch": cast.branch.code}).context["branch"] == cast.branch


def test_one_branch_alone_is_no_choice(cast: Cast, dan: Client) -> None:
    assert "branches" not in dan.get(reverse("office:people")).content.decode()


def test_a_branch_without_prices_takes_those_of_another(cast: Cast, olga: Client, dan: Client) -> None:
    lyon = make_branch(code="lyon", zone=PARIS, currency="EUR")
    page = olga.get(reverse("office:prices"), {"branch": "lyon"}).content.decode()
    assert f"As at {cast.branch.name}" in page

    assert post(dan, "first_prices", like=cast.branch.code).status_code == 403
    post(olga, "first_prices", like=cast.branch.code)
    first = PriceList.objects.get(branch=lyon)
    assert (first.version, first.rates["currency"]) == (1, "EUR")
    assert rates_from_json(first.rates) == replace(rates_from_json(cast.price_list.rates), currency="EUR")


def test_or_starts_from_plain_figures_once(cast: Cast, olga: Client) -> None:
    lyon = make_branch(code="lyon", zone=PARIS, currency="EUR")
    olga.get(reverse("office:prices"), {"branch": "lyon"})
    post(olga, "first_prices")
    again = post(olga, "first_prices")

    first = PriceList.objects.get(branch=lyon)
    assert set(first.rates["services"]) == {"regular", "deep"}
    assert "has prices already" in olga.get(again["Location"]).content.decode()
    assert "Services, in EUR" in olga.get(reverse("office:prices")).content.decode()
