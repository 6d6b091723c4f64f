"""How things stood before a change, and finding an entry by its code."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("journal", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="Before",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry", models.UUIDField(unique=True)),
                ("at", models.DateTimeField(db_index=True)),
                ("subject", models.UUIDField(db_index=True)),
                ("facts", models.JSONField()),
                ("undone_at", models.DateTimeField(null=True)),
            ],
        ),
        AddIndexConcurrently("entry", models.Index(fields=["code"], name="journal_by_code")),
    ]
