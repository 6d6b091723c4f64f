"""An entry may lose words about somebody who is erased: a text becomes the mark, nothing else changes, ever."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION journal_loses_only_words(old jsonb, new jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF old = new THEN RETURN true; END IF;
    IF jsonb_typeof(old) = 'string' THEN RETURN new = '"[erased]"'::jsonb; END IF;
    IF jsonb_typeof(old) IS DISTINCT FROM jsonb_typeof(new) THEN RETURN false; END IF;
    IF jsonb_typeof(old) = 'object' THEN
        RETURN (SELECT count(*) FROM jsonb_object_keys(old)) = (SELECT count(*) FROM jsonb_object_keys(new))
            AND (SELECT bool_and(new ? key AND journal_loses_only_words(value, new -> key)) FROM jsonb_each(old));
    END IF;
    IF jsonb_typeof(old) = 'array' THEN
        RETURN jsonb_array_length(old) = jsonb_array_length(new)
            AND (SELECT bool_and(journal_loses_only_words(value, new -> (place - 1)::int))
                 FROM jsonb_array_elements(old) WITH ORDINALITY AS each(value, place));
    END IF;
    RETURN false;
END $$;
CREATE OR REPLACE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('midway.erasing', true) = 'on' THEN
        IF to_jsonb(OLD) - 'facts' - 'actor_label' = to_jsonb(NEW) - 'facts' - 'actor_label'
            AND NEW.actor_label IN (OLD.actor_label, '[erased]')
            AND journal_loses_only_words(OLD.facts, NEW.facts)
        THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
DROP FUNCTION journal_loses_only_words;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_undo")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
