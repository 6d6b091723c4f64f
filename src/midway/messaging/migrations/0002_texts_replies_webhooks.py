"""The company's own texts, answers to text messages, how messages went, and webhooks queued by the journal itself."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# In the transaction of the entry, for whoever writes it; with no endpoints it costs one look at an empty table.
FORWARD = """
CREATE FUNCTION messaging_queue_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO messaging_webhookdelivery
        (endpoint_id, entry_id, state, attempts, next_try_at, created_at, last_error)
    SELECT e.id, f.id, 'waiting', 0, f.at, f.at, ''
    FROM messaging_webhookendpoint e JOIN fresh f
        ON f.event = ANY (e.events) OR '*' = ANY (e.events) OR split_part(f.event, '.', 1) || '.*' = ANY (e.events)
    WHERE e.active
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER messaging_queue_webhooks AFTER INSERT ON journal_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION messaging_queue_webhooks();
"""
BACKWARD = """
DROP TRIGGER messaging_queue_webhooks ON journal_entry;
DROP FUNCTION messaging_queue_webhooks;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0002_append_only"),
        ("messaging", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="MessageText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("template", models.CharField(max_length=60)),
                ("language", models.CharField(max_length=8)),
                ("channel", models.CharField(max_length=5)),
                ("version", models.PositiveIntegerField()),
                ("subject", models.CharField(blank=True, default="", max_length=200)),
                ("body", models.TextField(blank=True, default="")),
                (
                    "is_built_in",
                    models.BooleanField(default=False, help_text="From here on the built-in text is used again"),
                ),
                ("at", models.DateTimeField()),
                ("by_label", models.CharField(max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name="SmsReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gateway_code", models.CharField(max_length=64)),
                ("phone", models.CharField(max_length=20)),
                ("text", models.TextField(blank=True, default="")),
                (
                    "meaning",
                    models.CharField(
                        choices=[
                            ("stop", "No more text messages"),
                            ("start", "Text messages again"),
                            ("help", "Who is this?"),
                            ("other", "For a person to read"),
                        ],
                        max_length=5,
                    ),
                ),
                (
                    "recipient_code",
                    models.UUIDField(help_text="The customer with this number, when there is one", null=True),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("delivered", "Delivered"), ("failed", "Failed")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(null=True)),
                ("status", models.PositiveSmallIntegerField(help_text="What the endpoint answered last", null=True)),
                ("last_error", models.CharField(blank=True, default="", max_length=300)),
            ],
            options={
                "verbose_name_plural": "webhook deliveries",
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("url", models.URLField(max_length=500)),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        help_text="Names, whole parts as booking.*, or * for all",
                        size=None,
                    ),
                ),
                ("secret", models.TextField(help_text="Sealed; deliveries are signed with it")),
                ("active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=120)),
                ("failing_since_at", models.DateTimeField(null=True)),
                (
                    "failures",
                    models.PositiveIntegerField(default=0, help_text="In a row, of the kind that says it is not there"),
                ),
                ("retry_at", models.DateTimeField(help_text="Nothing is sent to it before", null=True)),
                ("switched_off_at", models.DateTimeField(help_text="By us, because it kept failing", null=True)),
            ],
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="begun_at",
            field=models.DateTimeField(help_text="When an attempt began whose outcome is not known", null=True),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="delivered_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="gateway_code",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="not_after_at",
            field=models.DateTimeField(help_text="When it is no longer worth sending", null=True),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="quiet_ends",
            field=models.TimeField(null=True),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="quiet_starts",
            field=models.TimeField(null=True),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="recipient_code",
            field=models.UUIDField(help_text="The customer it is for", null=True),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="settled_at",
            field=models.DateTimeField(help_text="When somebody had looked after its failure", null=True),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="settled_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="wording",
            field=models.TextField(blank=True, db_default="", default="", help_text="What was sent"),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="zone",
            field=models.CharField(db_default="UTC", default="UTC", max_length=60),
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("sent", "Sent"),
                    ("delivered", "Delivered"),
                    ("failed", "Failed"),
                    ("parked", "Parked"),
                    ("dropped", "Dropped"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["recipient_code", "-created_at"], name="outbox_by_recipient"),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["-created_at", "-id"], name="outbox_by_time"),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("settled_at", None), ("state__in", ["failed", "parked"])),
                fields=["-created_at"],
                name="outbox_undeliverable",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["email", "sms"])), name="message_goes_by_a_known_channel"
            ),
        ),
        migrations.AddConstraint(
            model_name="messagetext",
            constraint=models.UniqueConstraint(
                fields=("template", "language", "channel", "version"), name="one_text_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="messagetext",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_built_in", True), models.Q(("body", ""), _negated=True), _connector="OR"),
                name="own_text_is_not_empty",
            ),
        ),
        migrations.AddIndex(
            model_name="smsreply",
            index=models.Index(fields=["recipient_code", "-at"], name="replies_by_recipient"),
        ),
        migrations.AddConstraint(
            model_name="smsreply",
            constraint=models.UniqueConstraint(fields=("gateway_code",), name="one_reply_per_text_message"),
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="entry",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.entry"),
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("events__len__gte", 1)), name="endpoint_wants_some_event"
            ),
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="endpoint",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="messaging.webhookendpoint"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["next_try_at"], name="deliveries_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["endpoint", "-id"], name="deliveries_by_endpoint"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("endpoint", "entry"), name="one_delivery_per_endpoint_and_event"
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
