"""In the conversation of a case each who asks is owed an answer of its own: the client, and a referral partner that writes along."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_newest'),
        ('clocks', '0006_reminded'),
        ('conversations', '0009_consents'),
        ('people', '0002_account_managers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='clock',
            name='clock_one_open',
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('running', 'broken'))), fields=('case', 'owner', 'promise', 'owed_to'), name='clock_one_open'),
        ),
    ]
