"""People are told how it stands: who reported it, the customers of the next day if asked, and the public page."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from tests.cast import NOW, Cast, by_user, make_user, make_visit
from tests.ops.incidents.conftest import OpenOne

from midway.accounts.models import Role
from midway.core.actor import SYSTEM
from midway.core.triage import Impact, Severity
from midway.messaging.models import OutboxMessage
from midway.ops.actions.incidents.mend import close_incident, confirm_mended
from midway.ops.actions.incidents.report_trouble import report_trouble
from midway.ops.actions.incidents.update_status import BothLanguages, update_status
from midway.ops.incidents.status_page import write_status
from midway.ops.models import Incident, StatusUpdate

MINUTE = timedelta(minutes=1)
SAYS = {"text_en": "Booking is slow", "text_es": "Reservar va lento"}


def tell(incident: Incident, stage: str = "looking", *, minutes: int = 0, **facts: bool) -> StatusUpdate:
    now = NOW + minutes * MINUTE
    return update_status(incident=incident, stage=StatusUpdate.Stage(stage), **SAYS, **facts, by=SYSTEM, now=now)


def visit_today(cast: Cast) -> None:
    start = NOW + timedelta(hours=3)
    make_visit(premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=start, cleaners=[cast.ana])


def page(folder: Path, *, minutes: int = 0) -> str:
    write_status(now=NOW + minutes * MINUTE, folder=folder)
    return (folder / "index.html").read_text()


def test_who_reported_it_hears_how_it_goes_on_and_each_once(cast: Cast) -> None:
    ana = make_user(role=Role.CLEANER, name="Ana", email="ana@example.com", language="es")
    visit_today(cast)
    for code in (cast.dora.code, ana.code, cast.dora.code, uuid4()):
        report_trouble(
            text="Nothing happens", source=Incident.Source.CUSTOMER, about="booking", by=SYSTEM, reporter_code=code,
            now=NOW,
        )  # fmt: skip
    incident = Incident.objects.get()
    OutboxMessage.objects.all().delete()
    assert tell(incident).told == 2
    assert {one.to: one.language for one in OutboxMessage.objects.all()} == {
        cast.dora.email: "en",
        "ana@example.com": "es",
    }
    assert tell(incident, tells_touched=True, minutes=1).told == 2, "Dora has a visit too, and is written to once"


def test_nobody_else_is_written_to_unless_asked(cast: Cast, opened: OpenOne) -> None:
    visit_today(cast)
    assert tell(opened()).told == 0
    assert tell(Incident.objects.get(), tells_touched=True, minutes=1).told == 1


def test_one_language_is_not_enough(opened: OpenOne) -> None:
    incident = opened()
    with pytest.raises(BothLanguages):
        update_status(
            incident=incident, stage=StatusUpdate.Stage.FOUND, text_en="We know", text_es=" ", by=SYSTEM, now=NOW
        )
    tell(incident)
    with pytest.raises(IntegrityError, match="an_update_is_written_in_both_languages"), transaction.atomic():
        StatusUpdate.objects.update(text_es="")


def test_what_is_still_so_stands_above_what_is_over(opened: OpenOne, tmp_path: Path) -> None:
    usual = {"severity": Severity.BROKEN, "impact": Impact.SOME}
    tell(opened("Paying", **usual))
    tell(opened("Moving", **usual), "over", minutes=1)
    text = page(tmp_path)
    assert '<h1 class="trouble">We are looking into it</h1>' in text
    assert text.index('<section class="now">') < text.index("<section>")


def test_closed_is_over_whatever_was_told_last(cast: Cast, opened: OpenOne, tmp_path: Path) -> None:
    incident, by = opened(), by_user(cast.dan)
    tell(incident)
    confirm_mended(incident=incident, how="I booked", by=by, now=NOW + MINUTE)
    close_incident(incident=incident, by=by, now=NOW + MINUTE)
    text = page(tmp_path, minutes=2)
    assert "Everything works" in text
    assert text.index("It is over") < text.index("We are looking into it")


def test_what_stopped_for_everybody_is_not_called_fine_before_somebody_tells_of_it(
    opened: OpenOne, tmp_path: Path
) -> None:
    incident = opened("The gateway of a certain bank")
    text = page(tmp_path)
    assert "Everything works" not in text
    assert "Something may not work just now" in text
    assert "bank" not in text
    tell(incident)
    assert "Something may not work" not in page(tmp_path)


def test_what_few_feel_is_told_by_people_alone(opened: OpenOne, tmp_path: Path) -> None:
    opened(severity=Severity.BROKEN, impact=Impact.EVERYBODY)
    opened(severity=Severity.STOPPED, impact=Impact.SOME)
    assert "Everything works" in page(tmp_path)
