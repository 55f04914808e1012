from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clocks", "0005_owed_in_requests")]

    operations = [migrations.AddField("clock", "reminded_at", models.DateTimeField(null=True))]
