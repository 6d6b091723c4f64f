"""When we were at a visit, beside how long it took; and which agreed prices plans follow, however late their visits."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0009_codes_and_credit"),
    ]

    operations = [
        migrations.AddField(
            model_name="actualtime",
            name="finished_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="actualtime",
            name="started_at",
            field=models.DateTimeField(help_text="As the cleaners said at the door", null=True),
        ),
        migrations.AddField(
            model_name="agreedprice",
            name="is_for_plans",
            field=models.BooleanField(db_default=False, default=False, help_text="Plans that go on cost it too"),
        ),
        migrations.AlterField(
            model_name="actualtime",
            name="labour_minutes",
            field=models.PositiveIntegerField(help_text="Empty while they are there", null=True),
        ),
        migrations.AddConstraint(
            model_name="actualtime",
            constraint=models.CheckConstraint(
                condition=models.Q(("labour_minutes__isnull", False), ("started_at__isnull", False), _connector="OR"),
                name="actual_time_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="actualtime",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("finished_at", None),
                    models.Q(("finished_at__gte", models.F("started_at")), ("started_at__isnull", False)),
                    _connector="OR",
                ),
                name="visit_finished_after_it_started",
            ),
        ),
    ]
