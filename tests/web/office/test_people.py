"""People: adding somebody, their hours, days off, time away, closed days."""

from datetime import date, time, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import TODAY, Cast, at, make_absence, make_exception, make_holiday
from tests.web.office.conftest import MakeVisit

from midway.crew.models import Absence, CalendarDay, Cleaner, Holiday, ShiftException
from midway.crew.queries import week_from
from midway.journal.models import Entry

NINE_TO_FIVE = {f"{edge}{day}a": clock for day in range(5) for edge, clock in (("start", "09:00"), ("end", "17:00"))}


def post(client: Client, deed: str, *args: Any, **said: Any) -> Any:
    return client.post(reverse(f"office:{deed}", args=args), said)


def test_everybody_is_listed_with_their_week(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", (cast.ana,))

    page = dan.get(reverse("office:people")).content.decode()

    assert "Monday 1.8 of 9 hours; Tuesday 0 of 9 hours" in page
    assert "Saturday off" in page


def test_somebody_new_can_be_booked_at_once(cast: Cast, dan: Client) -> None:
    answer = post(
        dan,
        "hire",
        name="Eva",
        phone="1",
        language="es",
        from_day="2026-03-02",
        skills=[cast.deep_skill.pk],
        **NINE_TO_FIVE,
    )

    eva = Cleaner.objects.get(name="Eva")
    assert answer["Location"] == reverse("office:person", args=[eva.code])
    assert week_from(eva, on=TODAY)[0] == [(time(9), time(17))]
    assert 5 not in week_from(eva, on=TODAY)
    assert CalendarDay.objects.get(cleaner=eva, on=TODAY).free.count("1") == 32
    assert list(eva.skills.all()) == [cast.deep_skill]
    assert Entry.objects.get(event="crew.cleaner.hired").actor_label == "Dan"


def test_half_a_stretch_is_asked_for(cast: Cast, dan: Client) -> None:
    answer = post(dan, "hire", name="Eva", language="en", from_day="2026-03-02", start0a="09:00")

    assert answer.status_code == 422
    assert "Say from when and until when" in answer.content.decode()
    assert not Cleaner.objects.filter(name="Eva").exists()


def test_new_weekly_hours_hold_from_their_day_on(cast: Cast, dan: Client) -> None:
    begins = TODAY + timedelta(days=7)

    post(dan, "week", cast.ana.code, from_day=begins.isoformat(), **NINE_TO_FIVE)

    assert week_from(cast.ana, on=TODAY)[0] == [(time(8), time(17))]
    assert week_from(cast.ana, on=begins)[0] == [(time(9), time(17))]
    assert CalendarDay.objects.get(cleaner=cast.ana, on=begins).free.count("1") == 32


def test_a_break_at_noon_is_two_stretches(cast: Cast, dan: Client) -> None:
    said = {"start0a": "08:00", "end0a": "12:00", "start0b": "13:00", "end0b": "17:00"}

    post(dan, "week", cast.ana.code, from_day="2026-03-02", **(NINE_TO_FIVE | said))

    assert week_from(cast.ana, on=TODAY)[0] == [(time(8), time(12)), (time(13), time(17))]


def test_the_same_hours_again_write_nothing(cast: Cast, dan: Client) -> None:
    same = {f"{e}{d}a": c for d in range(5) for e, c in (("start", "08:00"), ("end", "17:00"))}

    post(dan, "week", cast.ana.code, from_day="2026-03-02", **same)

    assert not Entry.objects.exists()


def test_stretches_that_overlap_are_refused(cast: Cast, dan: Client) -> None:
    answer = post(
        dan,
        "week",
        cast.ana.code,
        from_day="2026-03-02",
        start0a="08:00",
        end0a="12:00",
        start0b="11:00",
        end0b="17:00",
    )

    assert answer.status_code == 422
    assert "before the first ends" in answer.content.decode()


def test_other_hours_on_a_day_and_the_usual_ones_again(cast: Cast, dan: Client) -> None:
    post(dan, "day", cast.ana.code, on="2026-03-04", start="10:00", end="12:00", reason="Dentist")
    assert CalendarDay.objects.get(cleaner=cast.ana, on=date(2026, 3, 4)).free.count("1") == 8

    post(dan, "usual_day", cast.ana.code, "2026-03-04")
    assert not ShiftException.objects.exists()
    assert CalendarDay.objects.get(cleaner=cast.ana, on=date(2026, 3, 4)).free.count("1") == 36


def test_a_day_without_times_is_off(cast: Cast, dan: Client) -> None:
    post(dan, "day", cast.ana.code, on="2026-03-04")

    assert "Day off" in dan.get(reverse("office:person", args=[cast.ana.code])).content.decode()


def test_a_sick_call_shows_the_visits_that_need_somebody_with_a_mend(
    cast: Cast, dan: Client, promised: MakeVisit
) -> None:
    visit = promised("13:00", (cast.ana,))

    answer = post(dan, "absence", cast.ana.code, first="2026-03-02", reason="sick")
    assert answer["Location"] == f"{reverse('office:promises')}?from=2026-03-02&to=2026-03-02"

    visit.refresh_from_db()
    page = dan.get(answer["Location"]).content.decode()
    for words in (
        "Noted. 1 visit needs somebody else.",
        "Monday 2 March, 13:00–14:45",
        "Same time",
        "On Monday 2 March",
    ):
        assert words in page
    assert visit.cleaners_missing == 1
    assert Absence.objects.get().during.upper == at("00:00", on=TODAY + timedelta(days=1))


def test_a_closed_day_and_other_hours_show_what_they_break_with_a_mend(
    cast: Cast, dan: Client, promised: MakeVisit
) -> None:
    wednesday = TODAY + timedelta(days=2)
    visit = promised(at("13:00", on=wednesday), (cast.ana,))
    promises = reverse("office:promises")

    less = post(dan, "day", cast.ana.code, on=wednesday.isoformat(), start="08:00", end="12:00")
    assert less["Location"] == f"{promises}?from={wednesday}&to={wednesday}&person={cast.ana.code}"
    assert "Outside the hours of Ana" in dan.get(less["Location"]).content.decode()
    post(dan, "usual_day", cast.ana.code, wednesday.isoformat())

    closed = post(dan, "add_holiday", on=wednesday.isoformat(), name="Founders’ day")
    days = f"?from={wednesday}&to={wednesday}"
    assert closed["Location"] == f"{promises}{days}"
    page = dan.get(closed["Location"])
    assert "Closed that day: Founders’ day" in page.content.decode()
    [row] = page.context["rows"]
    said = {"revision": visit.revision, "start": row.mend_start.isoformat(), "cleaners": row.mend_ids}
    mended = post(dan, "mend", visit.code, **said, **{"from": str(wednesday), "to": str(wednesday)})
    assert mended["Location"] == f"{promises}{days}"
    assert "Every promise is kept" in dan.get(mended["Location"]).content.decode()


def test_a_day_that_breaks_nothing_leads_back(cast: Cast, dan: Client) -> None:
    quiet = TODAY + timedelta(days=3)
    assert post(dan, "add_holiday", on=quiet.isoformat(), name="Quiet")["Location"] == reverse("office:people")
    assert post(dan, "add_holiday", on="2029-12-25", name="Far away")["Location"] == reverse("office:people")
    assert post(dan, "day", cast.ana.code, on="2026-03-06")["Location"] == reverse(
        "office:person", args=[cast.ana.code]
    )


def test_days_of_promises_that_make_no_sense_are_the_usual_weeks(cast: Cast, dan: Client) -> None:
    for query in ("from=x&to=y", "from=2020-01-01&to=2020-01-02", "from=2099-01-01&to=2099-01-02", "from=2026-03-05"):
        assert dan.get(f"{reverse('office:promises')}?{query}").context["asked"].weeks == 8


def test_an_absence_that_touches_nobody_is_only_noted(cast: Cast, dan: Client) -> None:
    answer = post(dan, "absence", cast.ana.code, first="2026-03-09", last="2026-03-13", reason="vacation")

    assert answer.status_code == 302
    assert "On holiday" in dan.get(answer["Location"]).content.decode()


def test_an_absence_over_the_clock_change_ends_at_local_midnight(cast: Cast, dan: Client) -> None:
    post(dan, "absence", cast.ana.code, first="2026-03-08", reason="other")

    during = Absence.objects.get().during
    assert during.upper - during.lower == timedelta(hours=23)


def test_away_twice_is_refused_in_words(cast: Cast, dan: Client) -> None:
    make_absence(cleaner=cast.ana, start=at("08:00"), end=at("17:00"))

    answer = post(dan, "absence", cast.ana.code, first="2026-03-02", reason="sick")

    assert answer.status_code == 409
    assert "They are away already then" in answer.content.decode()


def test_an_absence_that_ends_before_it_begins_is_refused(cast: Cast, dan: Client) -> None:
    answer = post(dan, "absence", cast.ana.code, first="2026-03-09", last="2026-03-08", reason="sick")

    assert answer.status_code == 422
    assert not Absence.objects.exists()


def test_back_after_all_gives_the_time_back(cast: Cast, dan: Client) -> None:
    away = make_absence(cleaner=cast.ana, start=at("08:00"), end=at("17:00"))

    post(dan, "return_early", cast.ana.code, away.code)

    assert CalendarDay.objects.get(cleaner=cast.ana, on=TODAY).free.count("1") == 36
    assert post(dan, "return_early", cast.ben.code, away.code).status_code == 404


def test_name_skills_and_team_are_kept(cast: Cast, dan: Client) -> None:
    post(dan, "person_details", cast.chidi.code, name="Chidi O.", language="en", skills=[cast.deep_skill.pk])

    cast.chidi.refresh_from_db()
    assert cast.chidi.name == "Chidi O."
    assert list(cast.chidi.skills.all()) == [cast.deep_skill]


def test_a_closed_day_takes_the_hours_away_and_opening_gives_them_back(cast: Cast, dan: Client) -> None:
    on = TODAY + timedelta(days=3)
    post(dan, "add_holiday", on=on.isoformat(), name="Founders’ day")
    assert "1" not in CalendarDay.objects.get(cleaner=cast.ana, on=on).free

    post(dan, "remove_holiday", on.isoformat())
    assert "1" in CalendarDay.objects.get(cleaner=cast.ana, on=on).free
    assert not Holiday.objects.exists()


def test_a_day_closed_already_is_said(cast: Cast, dan: Client) -> None:
    make_holiday(branch=cast.branch, on=TODAY)

    answer = post(dan, "add_holiday", on=TODAY.isoformat(), name="Again")

    assert answer.status_code == 422
    assert "closed already" in answer.content.decode()


def test_exceptions_are_listed(cast: Cast, dan: Client) -> None:
    make_exception(cleaner=cast.ana, on=TODAY, start=time(10), end=time(12))

    assert "10:00–12:00" in dan.get(reverse("office:person", args=[cast.ana.code])).content.decode()
