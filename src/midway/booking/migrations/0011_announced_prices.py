"""What customers of plans were told a visit will cost, also when they were told of more than one rise."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0010_on_site_and_own_prices"),
    ]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="later_prices",
            field=models.JSONField(db_default=[], default=list, help_text="Rises told of that come after the next"),
        ),
    ]
