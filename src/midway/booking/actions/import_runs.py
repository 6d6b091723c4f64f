"""A spreadsheet handed in at the office: looked through first, loaded after a yes, both behind the scenes."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import get_language, override
from procrastinate.contrib.django import app

from midway.booking.actions.import_customers import ImportOrder, import_customers, look_through
from midway.booking.intake.dates import DatesAmbiguous
from midway.booking.intake.headings import UnknownField
from midway.booking.intake.judge import Options, Tell
from midway.booking.intake.report import rejects_csv, report_of
from midway.booking.intake.table import SheetUnreadable
from midway.booking.models import ImportRun
from midway.booking.queries import NoPrices
from midway.core.actor import Actor
from midway.crew.queries import CalendarNotWritten
from midway.journal.actions import record
from midway.runtime.database import one_transaction

UNDECIDED_FOR = timedelta(hours=24)
"""So long a file waits for a yes; it holds addresses and door codes."""

REJECTS_FOR = timedelta(days=7)
_TOLD_EVERY = 20
_REFUSALS = (SheetUnreadable, UnknownField, DatesAmbiguous, NoPrices, CalendarNotWritten)


class ImportNotWaiting(Exception):
    """This file does not wait for a yes any more. Hand it in again."""


@one_transaction
def hand_in_sheet(*, order: ImportOrder, by: Actor, now: datetime) -> ImportRun:
    """Will keep a file and have it looked through; nothing is loaded."""
    run = ImportRun(
        branch=order.branch,
        file_name=order.file_name[:200],
        options=_told(order.options),
        by_label=by.label[:120],
        by_user_id=by.user_id,
        created_at=now,
    )
    run.keep_file(order.data)
    run.save()
    app.configure_task("booking.look_through_import").defer(code=str(run.code))
    record(event="booking.import.handed_in", subject=run.code, by=by, at=now, facts={"file": run.file_name})
    return run


@one_transaction
def look_again(*, run: UUID, options: Options, by: Actor, now: datetime) -> None:
    """Will have a waiting file looked through with other answers. Raises `ImportNotWaiting`."""
    found = _waiting(run)
    found.options, found.state = _told(options), ImportRun.State.LOOKING
    found.save(update_fields=["options", "state"])
    app.configure_task("booking.look_through_import").defer(code=str(run))
    record(event="booking.import.reread", subject=run, by=by, at=now, facts=found.options)


@one_transaction
def confirm_import(*, run: UUID, by: Actor, now: datetime) -> None:
    """Will have a file loaded that was looked through. Raises `ImportNotWaiting`."""
    found = _waiting(run)
    if not found.report.get("loaded"):
        raise ImportNotWaiting(ImportNotWaiting.__doc__)
    found.state, found.by_label, found.by_user_id = ImportRun.State.QUEUED, by.label[:120], by.user_id
    found.save(update_fields=["state", "by_label", "by_user_id"])
    app.configure_task("booking.load_import").defer(code=str(run))
    record(event="booking.import.confirmed", subject=run, by=by, at=now, facts={"file": found.file_name})


@one_transaction
def leave_import(*, run: UUID, by: Actor, now: datetime) -> None:
    """Will forget a file without loading it. Raises `ImportNotWaiting`."""
    found = _waiting(run)
    found.finish(ImportRun.State.LEFT, at=now)
    found.rejects = ""
    found.save()
    record(event="booking.import.left", subject=run, by=by, at=now, facts={"file": found.file_name})


def look_through_run(*, run: UUID, now: datetime) -> None:
    """Will work out what loading a file would do and keep the answer with it; run twice, it answers twice."""
    found = ImportRun.objects.select_related("branch").filter(code=run, state=ImportRun.State.LOOKING).first()
    if found is None:
        return
    try:
        with override(found.options.get("language")):
            verdict = look_through(order=_order_of(found), now=now, tell=_teller(run))
    except _REFUSALS as refusal:
        found.report = {"problem": str(refusal), "asks_dates": isinstance(refusal, DatesAmbiguous)}
        found.rejects = ""
    else:
        found.report = report_of(verdict)
        found.keep_rejects(rejects_csv(verdict) if verdict.refused else "")
    ImportRun.objects.filter(pk=found.pk, state=ImportRun.State.LOOKING).update(
        report=found.report, rejects=found.rejects, state=ImportRun.State.WAITING
    )


def load_run(*, run: UUID, now: datetime) -> None:
    """Will load a file to which somebody said yes; run twice, it loads once. What cannot be read is not loaded."""
    try:
        _load(run, now=now)
    except _REFUSALS as refusal:
        found = ImportRun.objects.get(code=run)
        found.finish(ImportRun.State.FAILED, at=now, report={"problem": str(refusal)})
        found.save()


@one_transaction
def forget_sheets(*, now: datetime) -> int:
    """Will forget files that waited too long for a yes, and refused rows nobody mended; gives their number."""
    number = 0
    undecided = (ImportRun.State.LOOKING, ImportRun.State.WAITING)
    for found in ImportRun.objects.select_for_update().filter(state__in=undecided, created_at__lte=now - UNDECIDED_FOR):
        found.finish(ImportRun.State.LEFT, at=now)
        found.rejects = ""
        found.save()
        number += 1
    old = ImportRun.objects.filter(finished_at__lte=now - REJECTS_FOR).exclude(rejects="")
    return number + old.update(rejects="")


def rows_done(run: UUID) -> tuple[int, int]:
    """How many rows of how many have been looked through, as far as is known."""
    done, of = cache.get(_key(run)) or (0, 0)
    return done, of


@one_transaction
def _load(run: UUID, *, now: datetime) -> None:
    found = (
        ImportRun.objects.select_for_update(of=("self",))
        .select_related("branch")
        .filter(code=run, state=ImportRun.State.QUEUED)
        .first()
    )
    if found is not None:
        with override(found.options.get("language")):
            import_customers(order=_order_of(found), by=found.actor, now=now, run=found, tell=_teller(run))


def _told(options: Options) -> dict[str, Any]:
    # Reasons are worked out behind the scenes, in the language of whoever asked.
    return {**options.as_json(), "language": get_language() or "en"}


def _order_of(run: ImportRun) -> ImportOrder:
    return ImportOrder(run.file_name, run.file(), run.branch, Options.from_json(run.options))


def _waiting(code: UUID) -> ImportRun:
    found = ImportRun.objects.select_for_update().filter(code=code, state=ImportRun.State.WAITING).first()
    if found is None:
        raise ImportNotWaiting(ImportNotWaiting.__doc__)
    return found


def _teller(run: UUID) -> Tell:
    def tell(done: int, of: int) -> None:
        if done % _TOLD_EVERY == 0 or done == of:
            cache.set(_key(run), (done, of), timeout=600)

    return tell


def _key(run: UUID) -> str:
    return f"import:{run}"
