from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [
        migrations.AddIndex("case", models.Index(fields=["environment", "id"], name="case_newest")),
        migrations.AddIndex(
            "case", models.Index(fields=["client", "environment", "id"], name="case_newest_of_client")
        ),
    ]
