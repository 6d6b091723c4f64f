"""Trigram indexes for what the office searches by."""

from django.db import migrations

FORWARD = """
CREATE INDEX customers_by_email_words ON customers_customer USING gin (upper(email) gin_trgm_ops);
CREATE INDEX customers_by_phone_digits ON customers_customer
    USING gin (regexp_replace(phone, '\\D', '', 'g') gin_trgm_ops);
CREATE INDEX properties_by_line1_words ON customers_property USING gin (upper(line1) gin_trgm_ops);
"""

BACKWARD = """
DROP INDEX customers_by_email_words;
DROP INDEX customers_by_phone_digits;
DROP INDEX properties_by_line1_words;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
