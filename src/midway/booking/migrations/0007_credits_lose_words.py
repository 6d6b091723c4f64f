"""A movement of a credit may lose the words about somebody who is erased; its figures never change."""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION booking_credit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('midway.erasing', true) = 'on' THEN
        IF to_jsonb(OLD) - 'reason' - 'by_label' = to_jsonb(NEW) - 'reason' - 'by_label'
            AND NEW.reason IN (OLD.reason, '[erased]') AND NEW.by_label IN (OLD.by_label, '[erased]')
        THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'credit entries are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION booking_credit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'credit entries are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("booking", "0006_one_index_for_charges")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
