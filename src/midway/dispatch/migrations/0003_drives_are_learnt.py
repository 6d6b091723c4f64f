from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0002_troubles")]

    operations = [
        migrations.AddField(
            model_name="dispatchsetting",
            name="is_learning_drives",
            field=models.BooleanField(
                db_default=True, default=True, help_text="Drives are learnt from when cleaners came and went"
            ),
        ),
        migrations.AddField(
            model_name="dispatchsetting",
            name="learnt_from_drives",
            field=models.PositiveIntegerField(db_default=0, default=0, help_text="So many taught the last time"),
        ),
    ]
