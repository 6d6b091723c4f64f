"""When a customer was erased."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_contact_preferences")]

    operations = [
        migrations.AddField(
            "customer",
            "erased_at",
            models.DateTimeField(null=True, help_text="When everything that names them was taken out"),
        )
    ]
