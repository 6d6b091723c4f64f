"""Nothing is closed that nobody saw mended, and no repair mends before somebody saw what it would do."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.cast import NOW, Cast, by_user
from tests.ops.incidents.conftest import Found, OpenOne

from midway.core.actor import SYSTEM
from midway.ops.actions.ask_run import RepairNotPreviewed
from midway.ops.actions.incidents.learn import DueInThePast, add_follow_up
from midway.ops.actions.incidents.mend import (
    SEEN_WITHIN,
    HasProcedure,
    NotVerified,
    StillFailing,
    ask_step,
    close_incident,
    confirm_mended,
    keep_step,
)
from midway.ops.models import FollowUp
from midway.ops.procedure import Status

SECOND = timedelta(seconds=1)


def test_what_was_seen_mended_closes_for_half_an_hour(cast: Cast, opened: OpenOne) -> None:
    incident, by = opened(), by_user(cast.dan)
    with pytest.raises(NotVerified):
        close_incident(incident=incident, by=by, now=NOW)
    confirm_mended(incident=incident, how="I booked one", by=by, now=NOW)
    with pytest.raises(NotVerified):
        close_incident(incident=incident, by=by, now=NOW + SEEN_WITHIN + SECOND)
    assert close_incident(incident=incident, by=by, now=NOW + SEEN_WITHIN).closed_at == NOW + SEEN_WITHIN


def test_what_a_procedure_can_see_no_person_confirms(opened: OpenOne) -> None:
    with pytest.raises(HasProcedure):
        confirm_mended(incident=opened(procedure="host.disk"), how="Looks fine", by=SYSTEM, now=NOW)


def test_a_look_after_the_verification_that_fails_keeps_it_open(opened: OpenOne, found: Found) -> None:
    incident = opened(procedure="host.disk")
    keep_step(incident=incident, outcomes=[found(status=Status.OK)], wanted="host.disk", by=SYSTEM, now=NOW)
    found(at=NOW + SECOND)
    with pytest.raises(StillFailing):
        close_incident(incident=incident, by=SYSTEM, now=NOW + 2 * SECOND)


def test_a_repair_mends_after_its_preview_alone(opened: OpenOne) -> None:
    incident = opened()
    with pytest.raises(RepairNotPreviewed):
        ask_step(incident=incident, procedure="indexes.create", mends=True, by=SYSTEM, now=NOW)
    assert not ProcrastinateJob.objects.filter(task_name="ops.run_incident_step").exists()
    ask_step(incident=incident, procedure="indexes.create", by=SYSTEM, now=NOW)
    assert ProcrastinateJob.objects.get(task_name="ops.run_incident_step").args["mends"] is False


def test_what_follows_is_done_on_a_day_to_come(cast: Cast, opened: OpenOne) -> None:
    yesterday = NOW.date() - timedelta(days=1)
    with pytest.raises(DueInThePast):
        add_follow_up(
            incident=opened(), kind=FollowUp.Kind.MEND, says="Look", owner=cast.dan, due_on=yesterday, by=SYSTEM,
            now=NOW,
        )  # fmt: skip
