from datetime import date

import psycopg
import pytest

from midway.ops.backup.catalogue import Note, State
from midway.ops.backup.create import MadeBackup
from midway.ops.backup.fingerprint import fingerprint, mismatches
from midway.ops.backup.setting import Setting
from midway.ops.recovery.selective import RowsRefused, recover_rows
from midway.runtime.clock import now

pytestmark = pytest.mark.xdist_group("backup")
Installation = tuple[Setting, MadeBackup]
ERASE = (
    "CREATE TEMP TABLE gone AS SELECT id, booking_id, code FROM booking_visit WHERE customer_id = {id}",
    "DELETE FROM booking_assignment WHERE visit_id IN (SELECT id FROM gone)",
    "DELETE FROM crew_commitment WHERE reference IN (SELECT code FROM gone)",
    "DELETE FROM booking_cancellation WHERE visit_id IN (SELECT id FROM gone)",
    "DELETE FROM booking_visit WHERE customer_id = {id}",
    "DELETE FROM booking_booking WHERE customer_id = {id}",
    "UPDATE customers_property SET line1 = 'Nowhere 0' WHERE customer_id = {id}",
)


def a_customer(setting: Setting) -> tuple[int, str]:
    with psycopg.connect(setting.server.url) as session:
        found = session.execute(
            "SELECT c.id, c.code::text FROM customers_customer c JOIN booking_visit v ON v.customer_id = c.id"
            " GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1"
        ).fetchone()
        assert found is not None
        return found[0], found[1]


def erase(setting: Setting, customer_id: int) -> None:
    with psycopg.connect(setting.server.url) as session:
        for statement in ERASE:
            session.execute(statement.format(id=customer_id).encode())


def differing(installation: Installation) -> set[str]:
    setting, backup = installation
    with setting.server.connection() as session:
        return {words.split()[0] for words in mismatches(backup.manifest.tables, fingerprint(session))}


@pytest.mark.slow
def test_a_customer_who_was_deleted_comes_back_exactly(installation: Installation) -> None:
    setting, backup = installation
    customer_id, code = a_customer(setting)
    erase(setting, customer_id)
    assert "public.booking_visit" in differing(installation)

    plan = recover_rows(setting, backup.manifest.code, customer=code, by="Ana")
    assert {one.table for one in plan.differences if one.is_missing} >= {"booking_visit", "booking_booking"}
    assert [one.changed["line1"][1] for one in plan.differences if not one.is_missing] == ["Nowhere 0"]
    assert "Nothing was changed" in plan.words()
    assert "public.booking_visit" in differing(installation)

    recover_rows(setting, backup.manifest.code, customer=code, mark=plan.mark, by="Ana")
    assert differing(installation) == {"public.journal_entry"}  # who brought them back
    again = recover_rows(setting, backup.manifest.code, customer=code, by="Ana")
    assert again.differences == []


@pytest.mark.drills
def test_only_the_day_asked_for_comes_back(installation: Installation) -> None:
    setting, backup = installation
    with psycopg.connect(setting.server.url) as session:
        row = session.execute(
            "SELECT (lower(during) AT TIME ZONE 'America/New_York')::date, count(*) FROM booking_visit"
            " WHERE state = 'scheduled' GROUP BY 1 ORDER BY 1 DESC LIMIT 1"
        ).fetchone()
        assert row is not None
        day: date = row[0]
        session.execute("UPDATE booking_visit SET price_cents = price_cents + 1")
    plan = recover_rows(setting, backup.manifest.code, day=day, by="Ana")
    assert {one.table for one in plan.differences} == {"booking_visit"}
    recover_rows(setting, backup.manifest.code, day=day, mark=plan.mark, by="Ana")
    with psycopg.connect(setting.server.url) as session, setting.server.connection():
        left = session.execute("SELECT count(*) FROM booking_visit").fetchone()
    assert left is not None
    assert len(plan.differences) < left[0]
    assert "public.booking_visit" in differing(installation)  # the other days stay as they are


@pytest.mark.slow
def test_time_that_was_given_to_somebody_else_is_refused_whole(installation: Installation) -> None:
    setting, backup = installation
    with psycopg.connect(setting.server.url) as session:
        row = session.execute(
            "SELECT customer_id FROM booking_visit v JOIN booking_assignment a ON a.visit_id = v.id AND a.active"
            " WHERE v.state = 'scheduled' ORDER BY v.id DESC LIMIT 1"
        ).fetchone()
        assert row is not None
        customer_id = int(row[0])
        (code,) = session.execute(
            "SELECT code::text FROM customers_customer WHERE id = %s", [customer_id]
        ).fetchone() or ("",)
        taken = session.execute(
            "SELECT k.cleaner_id, k.during FROM crew_commitment k JOIN booking_visit v ON v.code = k.reference"
            " WHERE v.customer_id = %s AND k.active", [customer_id],
        ).fetchall()  # fmt: skip
    erase(setting, customer_id)
    with psycopg.connect(setting.server.url) as session:
        for cleaner, during in taken:
            session.execute(
                "INSERT INTO crew_commitment (cleaner_id, during, kind, active, reference)"
                " VALUES (%s, %s, 'training', true, gen_random_uuid())", [cleaner, during],
            )  # fmt: skip
    before = differing(installation)
    plan = recover_rows(setting, backup.manifest.code, customer=code, by="Ana")
    with pytest.raises(RowsRefused, match="nothing was changed"):
        recover_rows(setting, backup.manifest.code, customer=code, mark=plan.mark, by="Ana")
    assert differing(installation) == before


@pytest.mark.drills
def test_what_is_brought_back_is_what_was_looked_at(installation: Installation) -> None:
    setting, backup = installation
    customer_id, code = a_customer(setting)
    plan = recover_rows(setting, backup.manifest.code, customer=code, by="Ana")
    erase(setting, customer_id)
    with pytest.raises(RowsRefused, match="another now"):
        recover_rows(setting, backup.manifest.code, customer=code, mark=plan.mark, by="Ana")


def test_only_from_a_proved_backup_and_for_a_known_customer(installation: Installation) -> None:
    setting, backup = installation
    with pytest.raises(RowsRefused, match="no customer"):
        recover_rows(setting, backup.manifest.code, customer="00000000-0000-0000-0000-000000000000", by="Ana")
    setting.catalogue.note(Note(backup.manifest.code, State.DAMAGED, now()))
    with pytest.raises(RowsRefused, match="is not proved"):
        recover_rows(setting, backup.manifest.code, customer=a_customer(setting)[1], by="Ana")
