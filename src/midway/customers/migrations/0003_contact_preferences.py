import datetime

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="channel",
            field=models.CharField(
                choices=[("email", "E-mail"), ("sms", "Text message"), ("both", "Both")],
                db_default="email",
                default="email",
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="has_reminders",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="is_asked_for_rating",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="quiet_ends",
            field=models.TimeField(db_default=datetime.time(8, 0), default=datetime.time(8, 0)),
        ),
        migrations.AddField(
            model_name="customer",
            name="quiet_starts",
            field=models.TimeField(
                db_default=datetime.time(21, 0),
                default=datetime.time(21, 0),
                help_text="For text messages",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="sms_stopped_at",
            field=models.DateTimeField(help_text="When they answered STOP", null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="zone",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="IANA name; empty means the branch's", max_length=60
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["email", "sms", "both"])),
                name="customer_is_reached_by_a_known_channel",
            ),
        ),
    ]
