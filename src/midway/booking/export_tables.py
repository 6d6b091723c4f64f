"""What can be taken out as CSV: each table's columns, what they mean, and where they come from."""

from collections.abc import Mapping
from typing import Any

from midway.booking.export_columns import DAYS, RIGHT_OF, ExportTable
from midway.booking.export_columns import columns as _columns
from midway.booking.export_more_tables import MORE_TABLES
from midway.core.recurrence import LAST
from midway.customers.encryption import decrypted

_NTHS = {1: "first", 2: "second", 3: "third", 4: "fourth", LAST: "last"}


def _weekdays(value: Any) -> str:
    return ", ".join(DAYS[day] for day in value or ())


def _rhythm(value: Any) -> str:
    if not value:
        return ""
    every, nth, first = value
    if nth is not None:
        return f"{_NTHS[nth]} {DAYS[first]}"
    return "weekly" if every == 1 else f"every {every} weeks"


def _money(value: Any) -> str:
    return "" if value is None else f"{value / 100:.2f}"


_START, _END = "lower(v.during)", "upper(v.during)"

TABLES: Mapping[str, ExportTable] = {
    table.name: table
    for table in (
        ExportTable(
            "customers",
            "Everybody we clean for.",
            RIGHT_OF["customers"],
            _columns("""
                code: the customer, in addresses and in the other files
                name: as they are called
                email: where confirmations go
                phone: as it was told
                language: en or es
                notes: what the office noted
                created_at: since when we know them, UTC
            """),
            "SELECT code, name, email, phone, language, notes, created_at FROM customers_customer ORDER BY id",
        ),
        ExportTable(
            "properties",
            "Their homes, with the way in.",
            RIGHT_OF["access"],
            _columns(
                """
                code: the home
                customer: whose it is
                line1: street and number
                line2: flat, floor
                city: city
                postcode: postcode
                bedrooms: bedrooms
                bathrooms: bathrooms
                half_baths: toilets without a bath or shower
                square_feet: size
                access_notes: how we get in; keep this file safe
                created_at: since when we know it, UTC
            """,
                access_notes=decrypted,
            ),
            "SELECT p.code, c.code, p.line1, p.line2, p.city, p.postcode, p.bedrooms, p.bathrooms, p.half_baths,"
            " p.square_feet, p.access_notes, p.created_at FROM customers_property p"
            " JOIN customers_customer c ON c.id = p.customer_id ORDER BY p.id",
        ),
        ExportTable(
            "plans",
            "Recurring agreements.",
            RIGHT_OF["customers"],
            _columns(
                """
                code: the plan
                customer: whose it is
                premises: the home
                branch: the branch's code
                service: the service's code
                every: weeks between visits; months, where nth is given
                weekdays: on which days
                nth: which such weekday of the month; -1 is the last
                local_time: by the branch's clock
                anchor_on: its week or month is a due one
                starts_on: the first day
                until_on: the last day
                duration_minutes: how long a visit takes
                team_size: how many come
                price_cents: the price of a visit in cents
                currency: of the price
                state: active, paused or ended
                paused_on: paused from
                resumes_on: paused until
                created_at: agreed on, UTC
            """,
                weekdays=_weekdays,
            ),
            "SELECT p.code, c.code, h.code, b.code, s.code, p.every, p.weekdays, p.nth, p.local_time, p.anchor_on,"
            " p.starts_on, p.until_on, p.duration_minutes, p.team_size, p.price_cents, p.currency, p.state,"
            " p.paused_on, p.resumes_on, p.created_at FROM booking_plan p"
            " JOIN customers_customer c ON c.id = p.customer_id JOIN customers_property h ON h.id = p.premises_id"
            " JOIN crew_branch b ON b.id = p.branch_id JOIN booking_service s ON s.id = p.service_id ORDER BY p.id",
        ),
        ExportTable(
            "bookings",
            "What was agreed, and by whom.",
            RIGHT_OF["customers"],
            _columns("""
                code: the agreement
                customer: whose it is
                premises: the home
                branch: the branch's code
                service: the service's code
                price_cents: agreed price of a visit in cents
                currency: of the price
                contact_name: who agreed
                contact_email: where the confirmation went
                contact_phone: as it was told
                notes: what we were asked to know
                created_at: agreed on, UTC
            """),
            "SELECT k.code, c.code, h.code, b.code, s.code, q.total_cents, q.currency, k.contact_name, k.contact_email,"
            " k.contact_phone, k.notes, k.created_at FROM booking_booking k JOIN booking_quote q ON q.id = k.quote_id"
            " JOIN customers_customer c ON c.id = k.customer_id JOIN customers_property h ON h.id = k.premises_id"
            " JOIN crew_branch b ON b.id = k.branch_id JOIN booking_service s ON s.id = q.service_id ORDER BY k.id",
        ),
        ExportTable(
            "visits",
            "Every promised cleaning, past and to come.",
            RIGHT_OF["customers"],
            _columns("""
                code: the visit
                booking: the agreement it comes from
                plan: the plan it comes from
                customer: whose it is
                premises: the home
                branch: the branch's code
                service: the service's code
                starts_at: promised start, UTC
                ends_at: promised end, UTC
                local_start: promised start by the branch's clock
                state: what has become of it
                cleaners: who comes
                team_size: how many should come
                cleaners_missing: how many are missing
                price_cents: in cents
                currency: of the price
                occurrence_on: the plan's date it stands for
                cancelled_at: called off at, UTC
                cancelled_by: by whom
                cancel_reason: why
                fee_cents: what calling it off cost, in cents
                created_at: agreed on, UTC
            """),
            f"SELECT v.code, k.code, p.code, c.code, h.code, b.code, s.code, {_START}, {_END},"  # noqa: S608
            f" to_char({_START} AT TIME ZONE b.zone, 'YYYY-MM-DD HH24:MI'), v.state,"
            " (SELECT string_agg(w.name, ', ' ORDER BY w.name) FROM booking_assignment a"
            " JOIN crew_cleaner w ON w.id = a.cleaner_id WHERE a.visit_id = v.id AND a.active), v.team_size,"
            " v.cleaners_missing, v.price_cents, v.currency, v.occurrence_on, x.at, x.by_label, x.reason, x.fee_cents,"
            " v.created_at FROM booking_visit v JOIN booking_booking k ON k.id = v.booking_id"
            " LEFT JOIN booking_plan p ON p.id = v.plan_id JOIN customers_customer c ON c.id = v.customer_id"
            " JOIN customers_property h ON h.id = v.premises_id JOIN crew_branch b ON b.id = v.branch_id"
            " JOIN booking_service s ON s.id = v.service_id LEFT JOIN booking_cancellation x ON x.visit_id = v.id"
            " ORDER BY v.id",
        ),
        ExportTable(
            "cleaners",
            "Who cleans.",
            RIGHT_OF["people"],
            _columns("""
                code: the person
                branch: the branch's code
                name: as they are called
                phone: as it was told
                language: en or es
                skills: the codes of what they can do besides
                employed_from: the first day
                left_on: the last day
            """),
            "SELECT c.code, b.code, c.name, c.phone, c.language, (SELECT string_agg(s.code, ', ' ORDER BY s.code)"
            " FROM crew_cleaner_skills k JOIN crew_skill s ON s.id = k.skill_id WHERE k.cleaner_id = c.id),"
            " c.employed_from, c.left_on FROM crew_cleaner c JOIN crew_branch b ON b.id = c.branch_id ORDER BY c.id",
        ),
        ExportTable(
            "shifts",
            "Weekly hours.",
            RIGHT_OF["people"],
            _columns(
                """
                cleaner: whose
                weekday: on which day
                start: from
                end: to; at or before the start it is on the next day
                valid_from: since
                valid_to: until
            """,
                weekday=lambda day: DAYS[day],
            ),
            'SELECT c.code, s.weekday, s.start, s."end", s.valid_from, s.valid_to FROM crew_shift s'
            " JOIN crew_cleaner c ON c.id = s.cleaner_id ORDER BY s.id",
        ),
        ExportTable(
            "absences",
            "Who was or will be away.",
            RIGHT_OF["people"],
            _columns("""
                code: the absence
                cleaner: whose
                starts_at: from, UTC
                ends_at: to, UTC
                reason: sick, vacation or other
                note: what was noted
                created_at: told on, UTC
                withdrawn_at: taken back on, UTC
            """),
            "SELECT a.code, c.code, lower(a.during), upper(a.during), a.reason, a.note, a.created_at, a.withdrawn_at"
            " FROM crew_absence a JOIN crew_cleaner c ON c.id = a.cleaner_id ORDER BY a.id",
        ),
        ExportTable(
            "prices",
            "Every version of the price lists.",
            RIGHT_OF["prices"],
            _columns("""
                branch: the branch's code
                version: its number
                effective_on: in force from
                rates: the whole list as JSON, amounts in cents
                created_at: published on, UTC
            """),
            "SELECT b.code, p.version, p.effective_on, p.rates::text, p.created_at FROM booking_pricelist p"
            " JOIN crew_branch b ON b.id = p.branch_id ORDER BY p.id",
        ),
        ExportTable(
            "messages",
            "What was told to whom; not the words themselves.",
            RIGHT_OF["customers"],
            _columns("""
                code: the message
                channel: how it was sent
                template: what it was about
                language: en or es
                to: to which address
                subject: the visit or plan it is about
                state: waiting, sent or failed
                attempts: how often it was tried
                created_at: written at, UTC
                sent_at: sent at, UTC
            """),
            'SELECT code, channel, template, language, "to", subject_code, state, attempts, created_at, sent_at'
            " FROM messaging_outboxmessage ORDER BY id",
        ),
        ExportTable(
            "journal",
            "Everything that happened, in order.",
            RIGHT_OF["reports"],
            _columns("""
                code: the entry
                at: when, UTC
                event: what, as part.noun.past-verb
                by_kind: what sort of hand
                by: whose hand
                subject: to what
                facts: the details as JSON
            """),
            "SELECT code, at, event, actor_kind, actor_label, subject, facts::text FROM journal_entry ORDER BY id",
        ),
        ExportTable(
            "sheet",
            "Customers, homes and plans as they can be brought in again.",
            RIGHT_OF["access"],
            _columns(
                """
                Name: of the customer
                E-mail: of the customer
                Phone: of the customer
                Language: en or es
                Customer notes: what the office noted
                Address: street and number
                Apt: flat, floor
                City: city
                Postcode: postcode
                Bedrooms: bedrooms
                Bathrooms: bathrooms
                Square feet: size
                Access: how we get in; keep this file safe
                Service: the service's name
                Frequency: how often
                Weekday: on which days
                Time: by the branch's clock
                Next visit: a date of the series
                Until: the last day
                Price: of a visit
                Minutes: how long a visit takes
                Preferred cleaner: whom they asked for
            """,
                Access=decrypted,
                Frequency=_rhythm,
                Weekday=_weekdays,
                Price=_money,
            ),
            "SELECT c.name, c.email, c.phone, c.language, c.notes, h.line1, h.line2, h.city, h.postcode, h.bedrooms,"
            " h.bathrooms, h.square_feet, h.access_notes, s.name,"
            " CASE WHEN p.id IS NOT NULL THEN ARRAY[p.every, p.nth, p.weekdays[1]] END, p.weekdays,"
            " to_char(p.local_time, 'HH24:MI'), (SELECT min(v.occurrence_on) FROM booking_visit v"
            " WHERE v.plan_id = p.id AND v.occurrence_on > %(today)s), p.until_on, p.price_cents, p.duration_minutes,"
            " (SELECT string_agg(w.name, ', ' ORDER BY w.name) FROM booking_plan_preferred k"
            " JOIN crew_cleaner w ON w.id = k.cleaner_id WHERE k.plan_id = p.id)"
            " FROM customers_customer c JOIN customers_property h ON h.customer_id = c.id"
            " LEFT JOIN booking_plan p ON p.premises_id = h.id AND p.state <> 'ended'"
            " LEFT JOIN booking_service s ON s.id = p.service_id ORDER BY c.id, h.id, p.id",
        ),
        *MORE_TABLES,
    )
}
