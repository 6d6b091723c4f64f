"""One pace in force for each home, holidays on which a branch works, and moves that count as a date left out."""

import django.db.models.deletion
from django.db import migrations, models

# Until now the newest counted.
NEWEST_ONLY = """
UPDATE booking_pace p SET withdrawn_at = n.at
FROM booking_pace n
WHERE n.premises_id = p.premises_id AND n.service_id = p.service_id AND n.id = (
    SELECT min(x.id) FROM booking_pace x
    WHERE x.premises_id = p.premises_id AND x.service_id = p.service_id AND x.id > p.id
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0007_credits_lose_words"),
        ("crew", "0004_quicker_bits"),
    ]

    operations = [
        migrations.AddField(
            "planexception",
            "is_skip",
            models.BooleanField(
                default=False, db_default=False, help_text="Moved so far that the rules take it for a date left out"
            ),
        ),
        migrations.AddField(
            "pace",
            "withdrawn_at",
            models.DateTimeField(null=True, help_text="When the list's own pace, or a newer one, took over"),
        ),
        migrations.RunSQL(NEWEST_ONLY, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "pace",
            models.UniqueConstraint(
                fields=["premises", "service"], condition=models.Q(withdrawn_at=None), name="one_pace_in_force"
            ),
        ),
        migrations.CreateModel(
            "OpenHoliday",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("name", models.CharField(max_length=80)),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="open_holidays", to="crew.branch"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["branch", "on"], name="one_open_holiday_a_day")]},
        ),
    ]
