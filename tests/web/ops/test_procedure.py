"""One procedure's page, and what a person does there."""

from datetime import UTC, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.cast import NOW
from tests.web.ops.conftest import Found

from midway.ops.models import LimitChange, Snooze
from midway.ops.procedure import Status

DISK = "/office/system/host.disk/"
REPAIR = "/office/system/indexes.rebuild/"


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_it_shows_evidence_history_thresholds_and_the_manual(olga: Client, found: Found) -> None:
    found(used=41, at=NOW - timedelta(days=1))
    found(used=86, status=Status.WARN, evidence={"free_gb": 12})

    page = text(olga, DISK)

    for words in ("86 % used", "→ Make room", "&quot;free_gb&quot;: 12", "Why not the obvious command", "41 % used"):
        assert words in page
    assert "fine on 1, warning on 1" in page
    assert "<code>df</code>" in page
    assert "Warns above 80 · critical above 90" in page
    assert "Warns below 7 · critical below 1" in page


def test_never_run_is_not_known(olga: Client, found: Found) -> None:
    page = text(olga, DISK)
    assert "It has not run yet." in page
    assert "Not known" in page


def test_there_is_no_page_of_what_is_no_procedure(olga: Client) -> None:
    assert olga.get("/office/system/no.such/").status_code == 404
    assert olga.post("/office/system/no.such/runs").status_code == 404
    assert olga.post("/office/system/host.disk/limits/no-such").status_code == 404


def test_looking_now_is_a_job_whose_end_is_waited_for(olga: Client, found: Found) -> None:
    answer = olga.post(f"{DISK}runs")

    job = ProcrastinateJob.objects.get(task_name="ops.run_procedure")
    assert job.args == {"procedure": "host.disk", "mends": False, "by": "Olga", "typed": ""}
    waiting = text(olga, answer["Location"])
    assert 'hx-trigger="every 2s"' in waiting
    assert "It runs: 0 s so far." in waiting
    progress = answer["Location"].replace("/?", "/progress?")
    assert "HX-Redirect" not in olga.get(progress).headers
    found()
    assert olga.get(progress)["HX-Redirect"] == DISK


def test_a_run_that_never_comes_back_says_so(olga: Client, found: Found) -> None:
    asked = (NOW - timedelta(minutes=10)).isoformat().replace("+", "%2B")
    assert "worker running?" in text(olga, f"{DISK}?asked={asked}")


def test_a_repair_says_what_it_would_do_before_it_may_do_it(olga: Client, found: Found) -> None:
    olga.post(f"{REPAIR}runs", {"yes": "1"})
    assert not ProcrastinateJob.objects.exists()
    assert "Look first at what this repair would do" in text(olga, REPAIR)

    found("indexes.rebuild", Status.WARN, says="would rebuild x")
    assert "Yes, do it" in text(olga, REPAIR)
    olga.post(f"{REPAIR}runs", {"yes": "1"})

    assert ProcrastinateJob.objects.get().args["mends"] is True


def test_the_most_dangerous_repair_asks_for_the_name_of_the_database(olga: Client, found: Found) -> None:
    from django.db import connection

    address = "/office/system/tables.rewrite/"
    found("tables.rewrite", Status.WARN, says="would rewrite x")
    assert 'name="typed"' in text(olga, address)
    olga.post(f"{address}runs", {"yes": "1", "typed": "another"})
    assert not ProcrastinateJob.objects.exists()
    assert "Type the name of the database" in text(olga, address)

    olga.post(f"{address}runs", {"yes": "1", "typed": connection.settings_dict["NAME"]})

    assert ProcrastinateJob.objects.get().args["typed"] == connection.settings_dict["NAME"]


def test_a_preview_of_long_ago_holds_no_more(olga: Client, found: Found) -> None:
    found("indexes.rebuild", Status.WARN, at=NOW - timedelta(hours=1))
    assert "Yes, do it" not in text(olga, REPAIR)
    olga.post(f"{REPAIR}runs", {"yes": "1"})
    assert not ProcrastinateJob.objects.exists()


def test_it_sleeps_and_is_woken(olga: Client) -> None:
    olga.post(f"{DISK}snoozes", {"snooze-object": "/data", "snooze-days": "30", "snooze-reason": "New disk comes"})

    row = Snooze.objects.get()
    assert (row.subject, row.owner, row.expires_at) == ("/data", "Olga", NOW.astimezone(UTC) + timedelta(days=30))
    assert "New disk comes" in text(olga, DISK)
    assert "New disk comes" in text(olga, "/office/system/")
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        olga.post(reverse("ops:wake", args=["host.disk", row.pk]))
        assert "New disk comes" not in text(olga, DISK)


def test_without_a_reason_nothing_sleeps_and_what_was_typed_stays(olga: Client) -> None:
    answer = olga.post(f"{DISK}snoozes", {"snooze-object": "/data", "snooze-days": "30"})
    assert answer.status_code == 422
    assert 'value="/data"' in answer.content.decode()
    assert not Snooze.objects.exists()


def test_another_threshold_first_shows_how_often_it_would_have_rung(olga: Client, found: Found) -> None:
    for days, used in enumerate((95, 75, 65, 50)):
        found(used=used, at=NOW - timedelta(days=days))
    said = {"limit-used-warn": "60", "limit-used-crit": "90"}

    tried = olga.post(f"{DISK}limits/used", {**said, "do": "try"})

    assert "Of the 4 looks kept, it would have warned in 2 and been critical in 1." in tried.content.decode()
    assert not LimitChange.objects.exists()
    assert olga.post(f"{DISK}limits/used", {**said, "do": "set"}).status_code == 422
    olga.post(f"{DISK}limits/used", {**said, "limit-used-reason": "Big disk", "do": "set"})
    change = LimitChange.objects.get()
    assert (change.warn, change.crit, change.owner) == (60, 90, "Olga")
    assert "Big disk" in text(olga, DISK)


def test_thresholds_the_wrong_way_round_are_refused_beside_the_field(olga: Client) -> None:
    answer = olga.post(f"{DISK}limits/used", {"limit-used-warn": "95", "limit-used-crit": "90", "do": "try"})
    assert answer.status_code == 422
    assert "must lie beyond the warning" in answer.content.decode()


@pytest.mark.parametrize("deed", ["runs", "snoozes", "snoozes/1/end", "limits/used"])
def test_who_may_not_see_the_system_does_nothing_to_it(dan: Client, visitor: Client, deed: str) -> None:
    assert (dan.get(DISK).status_code, visitor.get(DISK).status_code) == (403, 302)
    assert (dan.post(f"{DISK}{deed}").status_code, visitor.post(f"{DISK}{deed}").status_code) == (403, 302)


def test_the_number_is_drawn_from_nothing_with_its_threshold_when_near(olga: Client, found: Found) -> None:
    for days, used in ((2, 10), (1, 20), (0, 75)):
        found("host.disk", at=NOW - timedelta(days=days), used=used)

    page = olga.get("/office/system/host.disk/").content.decode()

    assert 'class="bound"' in page
    assert "Between 10 and 75, 75 at last. The dashed line is where it warns: 80." in page

    found("host.memory", at=NOW - timedelta(days=1), used=10)
    found("host.memory", used=11)
    far = olga.get("/office/system/host.memory/").content.decode()
    assert "Between 10 and 11, 11 at last." in far
    assert 'class="bound"' not in far
