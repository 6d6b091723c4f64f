"""Coupons, credit, friends' codes and agreed prices as deeds of the office."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

import midway.booking.price_models

# Where two prices were agreed for the same days, the later one held: the earlier one ends the day before it.
ONE_AFTER_THE_OTHER = """
UPDATE booking_agreedprice a SET ends_on = greatest(a.starts_on, (
    SELECT min(b.starts_on) FROM booking_agreedprice b WHERE b.customer_id = a.customer_id
        AND b.service_id = a.service_id AND (b.starts_on, b.id) > (a.starts_on, a.id)) - 1)
WHERE EXISTS (SELECT FROM booking_agreedprice b WHERE b.customer_id = a.customer_id AND b.service_id = a.service_id
    AND (b.starts_on, b.id) > (a.starts_on, a.id) AND (a.ends_on IS NULL OR a.ends_on >= b.starts_on));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0008_pace_and_holidays"),
        ("crew", "0004_quicker_bits"),
        ("customers", "0006_referral_codes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Referral",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("rewarded_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReferralTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("referrer_cents", models.PositiveIntegerField(help_text="For whoever brings somebody")),
                ("newcomer_cents", models.PositiveIntegerField(help_text="For whoever was brought")),
                (
                    "valid_days",
                    models.PositiveSmallIntegerField(help_text="How long the credit lasts; empty: for good", null=True),
                ),
                ("at", models.DateTimeField()),
                ("by_label", models.CharField(max_length=120)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="agreedprice",
            name="one_agreed_price_at_a_time",
        ),
        migrations.AddField(
            model_name="agreedprice",
            name="code",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                default=uuid.uuid4,
                editable=False,
                unique=True,
            ),
        ),
        migrations.AddField(
            model_name="agreedprice",
            name="premises",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="agreed_prices",
                to="customers.property",
            ),
        ),
        migrations.AddField(
            model_name="coupon",
            name="by_label",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="coupon",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="coupon",
            name="is_once_per_customer",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="coupon",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", help_text="What it is for", max_length=300),
        ),
        migrations.AddField(
            model_name="couponuse",
            name="only_customer",
            field=models.ForeignKey(
                help_text="Where each may use it once",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="quote",
            name="credit_cents",
            field=models.PositiveIntegerField(help_text="What was on the gift card when it was shown", null=True),
        ),
        migrations.AddField(
            model_name="quote",
            name="referrer",
            field=models.ForeignKey(
                help_text="Whose code brought them",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.RunSQL(ONE_AFTER_THE_OTHER, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="agreedprice",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("customer", "="),
                    ("service", "="),
                    (
                        django.db.models.functions.comparison.Coalesce(
                            "premises", models.Value(0, models.BigIntegerField())
                        ),
                        "=",
                    ),
                    (
                        midway.booking.price_models.AgreedDays(
                            "starts_on",
                            "ends_on",
                            django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True),
                        ),
                        "&&",
                    ),
                ],
                name="agreed_prices_follow_each_other",
            ),
        ),
        migrations.AddConstraint(
            model_name="couponuse",
            constraint=models.UniqueConstraint(
                fields=("coupon", "only_customer"), name="coupon_used_once_per_customer"
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="booking",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="referral", to="booking.booking"
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="newcomer",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="brought_by", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="referrer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="brought", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="credit",
            name="referral",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="credits", to="booking.referral"
            ),
        ),
        migrations.AddConstraint(
            model_name="credit",
            constraint=models.UniqueConstraint(
                fields=("referral", "customer"), name="one_reward_per_referral_and_customer"
            ),
        ),
        migrations.AddField(
            model_name="referralterms",
            name="branch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="referral_terms", to="crew.branch"
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="terms",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="booking.referralterms"
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(condition=models.Q(("rewarded_at", None)), fields=["id"], name="referrals_to_reward"),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(("referrer", models.F("newcomer")), _negated=True), name="nobody_refers_themselves"
            ),
        ),
    ]
