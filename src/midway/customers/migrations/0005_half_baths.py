"""A home's toilets without a bath or shower, which take time and are priced by themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_erasure")]

    operations = [
        migrations.AddField("property", "half_baths", models.PositiveSmallIntegerField(default=0, db_default=0)),
    ]
