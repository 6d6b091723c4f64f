"""Taking time within one local day, as nearly all visits do, without laying out the days around it.

And room on each page of the calendar for the next version of a day: an update that stays on its page touches no index.
"""

from django.db import migrations

FORWARD = """
ALTER FUNCTION crew_take_bits(bigint, tstzrange) RENAME TO crew_take_bits_of_days;

-- Gives how many of the days are not on the calendar.
CREATE FUNCTION crew_take_bits(p_cleaner bigint, p_during tstzrange) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_zone text; v_day date; v_opens timestamptz; v_first int; v_last int;
BEGIN
    SELECT b.zone INTO v_zone FROM crew_cleaner c JOIN crew_branch b ON b.id = c.branch_id WHERE c.id = p_cleaner;
    v_day := (lower(p_during) AT TIME ZONE v_zone)::date;
    v_opens := v_day::timestamp AT TIME ZONE v_zone;
    -- Where a day has two midnights, the hour between them belongs to the day before.
    IF lower(p_during) < v_opens OR upper(p_during) > (v_day + 1)::timestamp AT TIME ZONE v_zone THEN
        RETURN crew_take_bits_of_days(p_cleaner, p_during);
    END IF;
    v_first := floor(extract(epoch FROM lower(p_during) - v_opens) / 900);
    v_last := ceil(extract(epoch FROM upper(p_during) - v_opens) / 900);
    UPDATE crew_calendarday d SET free = d.free & (
            repeat('1', v_first) || repeat('0', v_last - v_first) || repeat('1', length(d.free) - v_last))::varbit
        WHERE d.cleaner_id = p_cleaner AND d."on" = v_day;
    RETURN CASE WHEN FOUND THEN 0 ELSE 1 END;
END $$;

ALTER TABLE crew_calendarday SET (fillfactor = 80);
"""

BACKWARD = """
ALTER TABLE crew_calendarday RESET (fillfactor);
DROP FUNCTION crew_take_bits(bigint, tstzrange);
ALTER FUNCTION crew_take_bits_of_days(bigint, tstzrange) RENAME TO crew_take_bits;
"""


class Migration(migrations.Migration):
    dependencies = [("crew", "0003_retired_skills_and_teams")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
