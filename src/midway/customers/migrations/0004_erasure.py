"""When a customer was erased, and that nothing names them then."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_contact_preferences")]

    operations = [
        migrations.AddField(
            "customer",
            "erased_at",
            models.DateTimeField(null=True, help_text="When everything that names them was taken out"),
        ),
        migrations.AddConstraint(
            "customer",
            models.CheckConstraint(
                condition=models.Q(erased_at=None) | models.Q(name="[erased]", phone="", notes="", user=None),
                name="erased_customer_is_nameless",
            ),
        ),
    ]
