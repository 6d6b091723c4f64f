"""What a green time takes off the price: nothing, unless a branch says otherwise."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0003_drives_are_learnt")]

    operations = [
        migrations.AddField(
            model_name="dispatchsetting",
            name="green_discount_percent",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="What a green time takes off the clean and its extras"
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatchsetting",
            constraint=models.CheckConstraint(
                condition=models.Q(green_discount_percent__lte=50), name="green_discount_is_small"
            ),
        ),
    ]
