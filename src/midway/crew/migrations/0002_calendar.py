"""The calendar's bits: how a day is worked out, and the triggers that keep every day true.

Two rules make it safe under concurrency. A day is locked before it is worked out again, and worked out in
a statement of its own, so that it sees what was committed while it waited. Taking time only clears bits,
which needs no looking around. A day that is being written for the first time cannot be locked yet, so its
writer holds the cleaner's row: whoever misses a day waits there and looks again.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION crew_working(p_cleaner bigint, p_from date, p_to date) RETURNS tstzmultirange
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        range_agg(tstzrange(
            (d.day + h.opens) AT TIME ZONE b.zone,
            (d.day + h.closes + CASE WHEN h.closes <= h.opens THEN interval '1 day' ELSE interval '0' END)
                AT TIME ZONE b.zone
        )) FILTER (WHERE (d.day + h.opens) AT TIME ZONE b.zone <
            (d.day + h.closes + CASE WHEN h.closes <= h.opens THEN interval '1 day' ELSE interval '0' END)
                AT TIME ZONE b.zone),
        '{}'::tstzmultirange)
    FROM crew_cleaner c
    JOIN crew_branch b ON b.id = c.branch_id
    CROSS JOIN LATERAL (SELECT g::date AS day FROM generate_series(
        (p_from - 1)::timestamp, (p_to + 1)::timestamp, interval '1 day') g) d
    CROSS JOIN LATERAL (
        SELECT e.start AS opens, e."end" AS closes FROM crew_shiftexception e
        WHERE e.cleaner_id = c.id AND e."on" = d.day AND e.start IS NOT NULL
        UNION ALL
        SELECT s.start, s."end" FROM crew_shift s
        WHERE s.cleaner_id = c.id AND s.weekday = extract(isodow FROM d.day)::int - 1
          AND s.valid_from <= d.day AND (s.valid_to IS NULL OR d.day <= s.valid_to)
          AND NOT EXISTS (SELECT 1 FROM crew_shiftexception x WHERE x.cleaner_id = c.id AND x."on" = d.day)
          AND NOT EXISTS (SELECT 1 FROM crew_holiday y WHERE y.branch_id = b.id AND y."on" = d.day)
    ) h
    WHERE c.id = p_cleaner AND c.employed_from <= d.day AND (c.left_on IS NULL OR d.day <= c.left_on)
$$;

CREATE FUNCTION crew_free_days(p_cleaner bigint, p_from date, p_to date)
RETURNS TABLE ("on" date, free varbit) LANGUAGE sql STABLE AS $$
    WITH zone AS (
        SELECT b.zone FROM crew_cleaner c JOIN crew_branch b ON b.id = c.branch_id WHERE c.id = p_cleaner
    ), bounds AS (
        SELECT p_from::timestamp AT TIME ZONE zone AS opens, (p_to + 1)::timestamp AT TIME ZONE zone AS closes FROM zone
    ), free AS MATERIALIZED (
        SELECT crew_working(p_cleaner, p_from, p_to) - coalesce((
            SELECT range_agg(k.during) FROM crew_commitment k, bounds
            WHERE k.cleaner_id = p_cleaner AND k.active AND k.during && tstzrange(opens, closes)
        ), '{}'::tstzmultirange) AS spans
    ), days AS (
        SELECT day, opens, closes, (extract(epoch FROM closes - opens) / 900)::int AS cells FROM (
            SELECT g::date AS day, g AT TIME ZONE zone AS opens, (g + interval '1 day') AT TIME ZONE zone AS closes
            FROM zone, generate_series(p_from::timestamp, p_to::timestamp, interval '1 day') g
        ) d
    ), runs AS (
        -- Only whole quarter hours can be sold: starts are rounded up, ends down.
        SELECT d.day, d.cells, r.a, r.z, lag(r.z, 1, 0) OVER (PARTITION BY d.day ORDER BY r.a) AS before
        FROM days d CROSS JOIN free f LEFT JOIN LATERAL (
            SELECT ceil(extract(epoch FROM lower(u) - d.opens) / 900)::int AS a,
                   floor(extract(epoch FROM upper(u) - d.opens) / 900)::int AS z
            FROM unnest(f.spans * tstzmultirange(tstzrange(d.opens, d.closes))) u
        ) r ON r.a < r.z
    )
    SELECT day, (coalesce(string_agg(repeat('0', a - before) || repeat('1', z - a), '' ORDER BY a), '')
        || repeat('0', max(cells) - coalesce(max(z), 0)))::varbit
    FROM runs GROUP BY day
$$;

CREATE FUNCTION crew_refresh_days(p_cleaner bigint, p_from date, p_to date) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_from date; v_to date; v_days bigint;
BEGIN
    SELECT count(*) INTO v_days FROM crew_calendarday d WHERE d.cleaner_id = p_cleaner AND d."on" BETWEEN p_from AND p_to;
    IF (CASE WHEN isfinite(p_from) AND isfinite(p_to) THEN v_days <= p_to - p_from ELSE true END) THEN
        -- The days that are missing may be being written from what we have just changed: wait for their writer.
        PERFORM 1 FROM crew_cleaner c WHERE c.id = p_cleaner FOR KEY SHARE;
    END IF;
    SELECT min(d."on"), max(d."on") INTO v_from, v_to FROM crew_calendarday d
        WHERE d.cleaner_id = p_cleaner AND d."on" BETWEEN p_from AND p_to;
    IF v_from IS NULL THEN RETURN; END IF;
    PERFORM 1 FROM crew_calendarday d WHERE d.cleaner_id = p_cleaner AND d."on" BETWEEN v_from AND v_to
        ORDER BY d."on" FOR UPDATE;
    UPDATE crew_calendarday d SET free = f.free
        FROM crew_free_days(p_cleaner, v_from, v_to) f
        WHERE d.cleaner_id = p_cleaner AND d."on" = f."on" AND d.free IS DISTINCT FROM f.free;
END $$;

CREATE FUNCTION crew_write_days(p_cleaner bigint, p_from date, p_to date) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- The branch's row keeps a holiday from being added past a cleaner who is not yet to be seen.
    PERFORM 1 FROM crew_branch b JOIN crew_cleaner c ON c.branch_id = b.id WHERE c.id = p_cleaner FOR SHARE OF b;
    PERFORM 1 FROM crew_cleaner c WHERE c.id = p_cleaner FOR UPDATE;
    PERFORM 1 FROM crew_calendarday d WHERE d.cleaner_id = p_cleaner AND d."on" BETWEEN p_from AND p_to
        ORDER BY d."on" FOR UPDATE;
    INSERT INTO crew_calendarday (cleaner_id, "on", free)
        SELECT p_cleaner, f."on", f.free FROM crew_free_days(p_cleaner, p_from, p_to) f
        ON CONFLICT (cleaner_id, "on") DO UPDATE SET free = excluded.free;
END $$;

-- Gives how many of the days are not on the calendar.
CREATE FUNCTION crew_take_bits(p_cleaner bigint, p_during tstzrange) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_zone text; v_missing int;
BEGIN
    SELECT b.zone INTO v_zone FROM crew_cleaner c JOIN crew_branch b ON b.id = c.branch_id WHERE c.id = p_cleaner;
    WITH touched AS (
        SELECT o.day,
            floor(extract(epoch FROM greatest(lower(p_during), o.opens) - o.opens) / 900)::int AS a,
            ceil(extract(epoch FROM least(upper(p_during), o.closes) - o.opens) / 900)::int AS z
        FROM (
            SELECT g::date AS day, g AT TIME ZONE v_zone AS opens, (g + interval '1 day') AT TIME ZONE v_zone AS closes
            FROM generate_series(
                (lower(p_during) AT TIME ZONE v_zone)::date - interval '1 day',
                (upper(p_during) AT TIME ZONE v_zone)::date + interval '1 day', interval '1 day') g
        ) o
        WHERE tstzrange(o.opens, o.closes) && p_during
    ), taken AS (
        UPDATE crew_calendarday d SET free = d.free & (
                repeat('1', m.a) || repeat('0', m.z - m.a) || repeat('1', length(d.free) - m.z))::varbit
            FROM touched m WHERE d.cleaner_id = p_cleaner AND d."on" = m.day RETURNING 1
    )
    SELECT (SELECT count(*) FROM touched) - (SELECT count(*) FROM taken) INTO v_missing;
    RETURN v_missing;
END $$;

CREATE FUNCTION crew_commitment_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE v_zone text;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.active AND (TG_OP = 'DELETE' OR NOT NEW.active
            OR NEW.during <> OLD.during OR NEW.cleaner_id <> OLD.cleaner_id) THEN
        SELECT b.zone INTO v_zone FROM crew_cleaner c JOIN crew_branch b ON b.id = c.branch_id WHERE c.id = OLD.cleaner_id;
        PERFORM crew_refresh_days(OLD.cleaner_id,
            (lower(OLD.during) AT TIME ZONE v_zone)::date - 1, (upper(OLD.during) AT TIME ZONE v_zone)::date + 1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.active AND (TG_OP = 'INSERT' OR NOT OLD.active
            OR NEW.during <> OLD.during OR NEW.cleaner_id <> OLD.cleaner_id) THEN
        IF crew_take_bits(NEW.cleaner_id, NEW.during) > 0 THEN
            -- A missing day may be being written for the first time: wait for its writer, then look again.
            PERFORM 1 FROM crew_cleaner c WHERE c.id = NEW.cleaner_id FOR KEY SHARE;
            PERFORM crew_take_bits(NEW.cleaner_id, NEW.during);
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER commitment_changed AFTER INSERT OR UPDATE OR DELETE ON crew_commitment
    FOR EACH ROW EXECUTE FUNCTION crew_commitment_changed();

CREATE FUNCTION crew_shift_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM crew_refresh_days(OLD.cleaner_id, OLD.valid_from - 1, coalesce(OLD.valid_to + 1, 'infinity'));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM crew_refresh_days(NEW.cleaner_id, NEW.valid_from - 1, coalesce(NEW.valid_to + 1, 'infinity'));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION crew_exception_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM crew_refresh_days(OLD.cleaner_id, OLD."on" - 1, OLD."on" + 1); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM crew_refresh_days(NEW.cleaner_id, NEW."on" - 1, NEW."on" + 1); END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION crew_holiday_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM 1 FROM crew_branch b WHERE b.id = OLD.branch_id FOR NO KEY UPDATE;
        PERFORM crew_refresh_days(c.id, OLD."on" - 1, OLD."on" + 1)
            FROM (SELECT id FROM crew_cleaner WHERE branch_id = OLD.branch_id ORDER BY id) c;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM 1 FROM crew_branch b WHERE b.id = NEW.branch_id FOR NO KEY UPDATE;
        PERFORM crew_refresh_days(c.id, NEW."on" - 1, NEW."on" + 1)
            FROM (SELECT id FROM crew_cleaner WHERE branch_id = NEW.branch_id ORDER BY id) c;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION crew_cleaner_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM crew_refresh_days(NEW.id, '-infinity', 'infinity');
    RETURN NULL;
END $$;

CREATE FUNCTION crew_branch_zone_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM crew_refresh_days(c.id, '-infinity', 'infinity')
        FROM (SELECT id FROM crew_cleaner WHERE branch_id = NEW.id ORDER BY id) c;
    RETURN NULL;
END $$;

CREATE TRIGGER branch_zone_changed AFTER UPDATE OF zone ON crew_branch
    FOR EACH ROW WHEN (OLD.zone IS DISTINCT FROM NEW.zone) EXECUTE FUNCTION crew_branch_zone_changed();
CREATE TRIGGER shift_changed AFTER INSERT OR UPDATE OR DELETE ON crew_shift
    FOR EACH ROW EXECUTE FUNCTION crew_shift_changed();
CREATE TRIGGER exception_changed AFTER INSERT OR UPDATE OR DELETE ON crew_shiftexception
    FOR EACH ROW EXECUTE FUNCTION crew_exception_changed();
CREATE TRIGGER holiday_changed AFTER INSERT OR UPDATE OR DELETE ON crew_holiday
    FOR EACH ROW EXECUTE FUNCTION crew_holiday_changed();
CREATE TRIGGER cleaner_changed AFTER UPDATE OF employed_from, left_on, branch_id ON crew_cleaner
    FOR EACH ROW EXECUTE FUNCTION crew_cleaner_changed();
"""

BACKWARD = """
DROP TRIGGER cleaner_changed ON crew_cleaner;
DROP TRIGGER holiday_changed ON crew_holiday;
DROP TRIGGER exception_changed ON crew_shiftexception;
DROP TRIGGER shift_changed ON crew_shift;
DROP TRIGGER branch_zone_changed ON crew_branch;
DROP TRIGGER commitment_changed ON crew_commitment;
DROP FUNCTION crew_branch_zone_changed, crew_cleaner_changed, crew_holiday_changed, crew_exception_changed, crew_shift_changed,
    crew_commitment_changed, crew_take_bits, crew_write_days, crew_refresh_days, crew_free_days, crew_working;
"""


class Migration(migrations.Migration):
    dependencies = [("crew", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
