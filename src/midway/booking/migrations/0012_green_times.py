"""The price that was shown for a green time stays with the quote."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0011_announced_prices")]

    operations = [
        migrations.AddField(
            model_name="quote",
            name="green",
            field=models.JSONField(
                help_text="Of the green time that was chosen: start, percent, price, working", null=True
            ),
        ),
    ]
