"""Three branches to measure on: twenty cleaners, two hundred, and forty with empty days to book."""

from benchmarks.stand import Stand

ZONE = "America/New_York"
QUOTE_IDS = 2_000_000_000
SETUP = """
TRUNCATE crew_branch, crew_skill, booking_service, customers_customer, messaging_outboxmessage, booking_bookingrequest,
    journal_entry CASCADE;
INSERT INTO crew_branch (code, name, zone, currency, phone, email, latitude, longitude, start_grid_minutes, pad_minutes,
        notice_minutes, horizon_days, change_notice_minutes, late_fee_percent, hold_minutes, quote_days)
    SELECT code, code, 'America/New_York', 'USD', '', '', 0, 0, 30, 0, 0, horizon, 2880, 50, 10, 14
    FROM (VALUES ('twenty', 90), ('hundreds', 90), ('book', 390)) v (code, horizon);
INSERT INTO crew_area (branch_id, name, postcode, latitude, longitude)
    SELECT id, code, upper(code), 0, 0 FROM crew_branch;
INSERT INTO booking_service (code, kind, name, name_es, description, description_es, position, is_offered)
    VALUES ('regular', 'regular', 'Regular clean', '', '', '', 0, true);
INSERT INTO crew_cleaner (code, branch_id, name, phone, language, employed_from)
    SELECT gen_random_uuid(), b.id, 'Cleaner ' || n, '', 'en', '2000-01-01' FROM crew_branch b,
    generate_series(1, CASE code WHEN 'twenty' THEN 20 WHEN 'hundreds' THEN 200 ELSE 40 END) n;
INSERT INTO crew_shift (cleaner_id, weekday, start, "end", valid_from)
    SELECT id, weekday, '08:00', '18:00', '2000-01-01' FROM crew_cleaner, generate_series(0, 5) weekday;
INSERT INTO booking_pricelist (branch_id, version, effective_on, rates, created_at)
    SELECT id, 1, '2000-01-01',
    '{"currency": "USD", "services": {"regular": {"base_cents": 12000, "base_minutes": 120}}}', now() FROM crew_branch;
INSERT INTO booking_quote (code, branch_id, service_id, price_list_id, postcode, bedrooms, bathrooms, extras, frequency,
        total_cents, currency, duration_minutes, team_size, lines, created_at, expires_at)
    SELECT gen_random_uuid(), b.id, s.id, p.id, upper(b.code), 2, 1, '[]', 'once', 12000, 'USD', 120, 1, '[]', now(),
    now() + interval '14 days' FROM crew_branch b JOIN booking_pricelist p ON p.branch_id = b.id, booking_service s;
INSERT INTO customers_customer (code, name, email, phone, language, notes, created_at)
    VALUES (gen_random_uuid(), 'Dora', 'dora@example.com', '410-555-0120', 'en', '', now());
INSERT INTO customers_property (code, customer_id, line1, line2, city, postcode, bedrooms, bathrooms,
        access_notes, created_at)
    SELECT gen_random_uuid(), id, '1 Main Street', '', 'Baltimore', 'BOOK', 2, 1, '', now() FROM customers_customer;
INSERT INTO booking_booking (code, branch_id, customer_id, premises_id, quote_id, contact_name, contact_email,
        contact_phone, notes, created_at)
    SELECT gen_random_uuid(), q.branch_id, h.customer_id, h.id, q.id, 'Dora', 'dora@example.com', '', '', now()
    FROM booking_quote q, customers_property h;
"""
# A company that has had customers: with nearly empty tables, the plans kept for foreign keys would be to read it all.
OLD_CUSTOMERS = 5_000
OLD = f"""
INSERT INTO customers_customer (code, name, email, phone, language, notes, created_at)
    SELECT gen_random_uuid(), 'Old ' || n, 'old-' || n || '@example.com', '', 'en', '', now()
    FROM generate_series(1, {OLD_CUSTOMERS}) n;
INSERT INTO customers_property (code, customer_id, line1, line2, city, postcode, bedrooms, bathrooms,
        access_notes, created_at)
    SELECT gen_random_uuid(), id, name || ' Street', '', 'Baltimore', 'BOOK', 2, 1, '', now()
    FROM customers_customer WHERE name LIKE 'Old %';
INSERT INTO booking_quote (code, branch_id, service_id, price_list_id, postcode, bedrooms, bathrooms, extras, frequency,
        total_cents, currency, duration_minutes, team_size, lines, created_at, expires_at)
    SELECT c.code, b.id, s.id, p.id, 'BOOK', 2, 1, '[]', 'once', 12000, 'USD', 120, 1, '[]', now(),
    now() + interval '14 days' FROM customers_customer c, booking_service s, crew_branch b
    JOIN booking_pricelist p ON p.branch_id = b.id WHERE b.code = 'book' AND c.name LIKE 'Old %';
INSERT INTO booking_booking (code, branch_id, customer_id, premises_id, quote_id, contact_name, contact_email,
        contact_phone, notes, created_at)
    SELECT gen_random_uuid(), q.branch_id, h.customer_id, h.id, q.id, c.name, c.email, '', '', now()
    FROM customers_customer c JOIN booking_quote q ON q.code = c.code JOIN customers_property h ON h.customer_id = c.id;
"""
# Two-hour visits Monday to Saturday, three of five places taken; as many days back as make the number wanted.
VISITS = """
WITH made AS (
    INSERT INTO crew_commitment (cleaner_id, during, kind, active, reference)
    SELECT c.id, tstzrange((day + clock) AT TIME ZONE b.zone, (day + clock + interval '2 hours') AT TIME ZONE b.zone),
        'visit', true, gen_random_uuid()
    FROM crew_cleaner c JOIN crew_branch b ON b.id = c.branch_id,
    generate_series(current_date + {first}, current_date + {last}, interval '1 day') day,
    unnest(ARRAY[interval '8 h', '10 h', '12 h', '14 h', '16 h']) clock
    WHERE b.code = '{branch}' AND extract(isodow FROM day) < 7 AND random() < 0.6
    RETURNING cleaner_id, during, reference
)
INSERT INTO booking_visit (code, branch_id, booking_id, customer_id, premises_id, service_id, during, state, team_size,
        cleaners_missing, price_cents, currency, revision, created_at)
    SELECT m.reference, c.branch_id, k.id, k.customer_id, k.premises_id, s.id, m.during, 'scheduled', 1, 0, 12000,
    'USD', 0, now() FROM made m JOIN crew_cleaner c ON c.id = m.cleaner_id
    JOIN booking_booking k ON k.branch_id = c.branch_id, booking_service s
"""


def fill(stand: Stand) -> None:
    """Will put the three branches in place of whatever there is, some sixty thousand visits in each of two."""
    with stand.connect() as connection:
        connection.execute("SET session_replication_role = replica")  # the bits are written afterwards, at once
        connection.execute(SETUP)
        connection.execute(OLD)  # type: ignore[arg-type]
        add_visits(stand, "twenty", -1000, 80)
        add_visits(stand, "hundreds", -40, 80)
    write_calendar(stand)
    tidy(stand)


def write_calendar(stand: Stand) -> None:
    """Will write every cleaner's bits anew from shifts and commitments."""
    with stand.connect() as connection:
        connection.execute(
            "SELECT count(crew_write_days(c.id, current_date - 2, current_date + b.horizon_days + 5))"
            " FROM crew_cleaner c JOIN crew_branch b ON b.id = c.branch_id"
        )


def remove_visits(stand: Stand) -> None:
    """Will leave no visit of any branch."""
    with stand.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM booking_assignment; DELETE FROM booking_visit; DELETE FROM crew_commitment")
    tidy(stand)


def add_visits(stand: Stand, branch: str, first: int, last: int) -> None:
    """Will add visits from one day to another, counted from today, without touching the calendar's bits."""
    with stand.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(VISITS.format(branch=branch, first=first, last=last))


def tidy(stand: Stand) -> None:
    """Will vacuum and analyse, so that every measurement meets the same tables."""
    with stand.connect() as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def visits_in(stand: Stand, branch: str) -> int:
    """How many visits a branch has."""
    with stand.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM booking_visit v JOIN crew_branch b ON b.id = v.branch_id WHERE b.code = %s", [branch]
        ).fetchone()
    return int(row[0]) if row else 0


def new_quotes(stand: Stand, number: int, *, first: int = 1) -> list[str]:
    """Will lay out quotes to book, and give their codes: one ends with its number, as its id does."""
    with stand.connect() as connection:
        rows = connection.execute(_NEW_QUOTES, [QUOTE_IDS, first, first + number - 1]).fetchall()
    return [str(row[0]) for row in rows]


_NEW_QUOTES = """
INSERT INTO booking_quote (id, code, branch_id, service_id, price_list_id, postcode, bedrooms, bathrooms, extras,
    frequency, total_cents, currency, duration_minutes, team_size, lines, created_at, expires_at)
SELECT %s + n, ('00000000' || lpad(to_hex(n), 24, '0'))::uuid, b.id, s.id, p.id, 'BOOK', 2, 1, '[]', 'once', 12000,
    'USD', 120, 1, '[]', now(), now() + interval '14 days'
FROM crew_branch b JOIN booking_pricelist p ON p.branch_id = b.id, booking_service s, generate_series(%s::bigint, %s) n
WHERE b.code = 'book' RETURNING code
"""
