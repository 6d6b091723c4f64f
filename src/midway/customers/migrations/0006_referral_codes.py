"""The code a customer gives to friends."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_half_baths"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="referral_code",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Upper case; what they give to friends", max_length=12
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("referral_code", ""), _negated=True),
                fields=("referral_code",),
                name="one_customer_per_referral_code",
            ),
        ),
    ]
