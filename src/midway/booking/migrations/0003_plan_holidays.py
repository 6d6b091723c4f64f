"""A date left out for a holiday is told apart from one that somebody asked to skip."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("booking", "0002_plans")]

    operations = [
        migrations.AlterField(
            model_name="planexception",
            name="kind",
            field=models.CharField(
                choices=[("skipped", "Skipped"), ("moved", "Moved"), ("holiday", "Left out for a holiday")],
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint(model_name="planexception", name="moved_exception_says_where_to"),
        migrations.AddConstraint(
            model_name="planexception",
            constraint=models.CheckConstraint(
                condition=Q(kind="moved", moved_to__isnull=False)
                | Q(kind__in=["skipped", "holiday"], moved_to__isnull=True),
                name="moved_exception_says_where_to",
            ),
        ),
    ]
