from django.db import migrations, models


class Migration(migrations.Migration):
    """What is open names its case in the index itself: a list of cases by their clocks reads no clock."""

    dependencies = [("clocks", "0003_requests")]
    operations = [
        migrations.RemoveIndex("clock", "clock_open"),
        migrations.AddIndex(
            "clock",
            models.Index(
                condition=models.Q(state__in=("running", "broken")),
                fields=["environment", "due_at", "id", "case"],
                name="clock_open",
            ),
        ),
    ]
