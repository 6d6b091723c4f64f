"""Skills and teams that are no longer used are kept; a retired team's name is free again."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("crew", "0002_calendar")]

    operations = [
        migrations.AddField("skill", "retired_at", models.DateTimeField(null=True)),
        migrations.AddField("team", "retired_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("team", "one_team_per_name"),
        migrations.AddConstraint(
            "team",
            models.UniqueConstraint(
                fields=["branch", "name"], condition=Q(retired_at__isnull=True), name="one_team_per_name"
            ),
        ),
    ]
