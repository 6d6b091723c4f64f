"""The foreign key has its index already."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("booking", "0005_in_and_out")]

    operations = [migrations.RemoveIndex(model_name="charge", name="charges_by_visit")]
