"""Policies: what they would do, in sentences, before they hold."""

from datetime import date
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import TODAY, Cast

from midway.booking.models import Policy
from midway.booking.policies import terms_from_json
from midway.core.policy import Fee, LateStep, PolicyTerms
from midway.journal.models import Entry
from midway.web.office.policies_form import PolicyForm

PAGE, PUBLISH = reverse("office:policies"), reverse("office:publish_policy")


def filled_in(terms: PolicyTerms | None = None, **instead: Any) -> dict[str, Any]:
    """The form as the page sends it when nothing was touched, but for `instead`."""
    form = PolicyForm(terms=terms or PolicyTerms(), services=[], today=TODAY)
    begun = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**begun, **instead}.items() if value is not None}


def published() -> PolicyTerms:
    return terms_from_json(Policy.objects.get().terms)


def test_the_page_says_what_holds_in_sentences(cast: Cast, dan: Client) -> None:
    page = dan.get(PAGE).content.decode()

    assert "Move or cancel free of charge until 2 days before; after that, cancelling costs 50 % of the price." in page
    assert "A customer cancelling on Saturday 9:00 for Tuesday 9:00 pays nothing." in page
    assert "A customer cancelling on Monday 10:00 for Tuesday 9:00 pays $45." in page


def test_a_change_is_read_in_sentences_before_it_is_published(cast: Cast, olga: Client) -> None:
    answer = olga.post(PUBLISH, filled_in(**{"late_fee-cleaner": "40", "preview": "1"}))

    said = "A customer cancelling on Monday 10:00 for Tuesday 9:00 pays $45, the cleaners get $18."
    assert said in answer.content.decode()
    assert not Policy.objects.exists()


def test_publishing_makes_a_version_and_the_journal_says_who(cast: Cast, olga: Client) -> None:
    changed = {
        "notice_hours": "24",
        "step_hours": "2.5",
        "step_fee-percent": "100",
        "skip_fee-flat": "12.50",
        "moves_per_visit": "2",
        "effective_on": "2026-04-01",
    }
    answer = olga.post(PUBLISH, filled_in(**changed, publish="1"))

    terms = published()
    assert answer.status_code == 302
    assert (terms.notice_minutes, terms.moves_per_visit, terms.skip_fee) == (24 * 60, 2, Fee(flat_cents=1250))
    assert terms.late_steps == (LateStep(150, Fee(percent=100)),)
    assert Policy.objects.get().effective_on == date(2026, 4, 1)
    assert Entry.objects.get(event="booking.policy.published").actor_label == "Olga"


def test_untouched_the_form_says_the_same_terms(cast: Cast, olga: Client) -> None:
    steps = (LateStep(50, Fee(percent=80)), LateStep(20, Fee(percent=100)))
    terms = PolicyTerms(late_steps=steps, skips_per_half_year=3)
    form = PolicyForm(filled_in(terms), terms=terms, services=[], today=TODAY)

    assert form.is_valid(), form.errors
    assert form.new_terms() == terms


def test_a_service_has_a_policy_of_its_own(cast: Cast, olga: Client) -> None:
    page = olga.get(PAGE, {"service": "deep"}).content.decode()
    olga.post(PUBLISH, filled_in(service="deep", notice_hours="72", publish="1"))

    assert "Policy for Deep clean" in page
    assert "horizon_days" not in page
    assert Policy.objects.get().service == cast.deep
    assert published().notice_minutes == 72 * 60


def test_what_cannot_be_is_explained_and_nothing_published(cast: Cast, olga: Client) -> None:
    wrong = [{"effective_on": "2026-03-01"}, {"late_fee-percent": "101"}, {"horizon_days": "0"}, {"notice_hours": "x"}]
    answers = [olga.post(PUBLISH, filled_in(**one, publish="1")) for one in wrong]

    assert [answer.status_code for answer in answers] == [422] * 4
    assert all("problem" in answer.content.decode() for answer in answers)
    assert not Policy.objects.exists()


def test_who_may_not_change_prices_may_read_the_policies_only(cast: Cast, sue: Client) -> None:
    assert sue.get(PAGE).status_code == 200
    assert sue.post(PUBLISH, filled_in(publish="1")).status_code == 403


def test_what_a_gap_costs_is_changed_line_by_line(cast: Cast, olga: Client) -> None:
    changed = {"gap0-days": "8", "gap1-days": "", "gap4-days": "60", "gap4-rhythm": "every_4_weeks"}
    olga.post(PUBLISH, filled_in(**changed, publish="1"))

    assert published().gap_bands == (
        (8, "weekly"), (24, "every_3_weeks"), (41, "every_4_weeks"), (60, "every_4_weeks"),
    )  # fmt: skip


def test_two_lines_for_the_same_gap_are_refused(cast: Cast, olga: Client) -> None:
    answer = olga.post(PUBLISH, filled_in(**{"gap4-days": "10"}, publish="1"))

    assert answer.status_code == 422
    assert "There is a line up to so many days already." in answer.content.decode()
