"""What is owed in a request has no case, and may be owed to somebody whom we do not know."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0001_initial'),
        ('clocks', '0002_stamped'),
        ('conversations', '0005_requests'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clock',
            name='case',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='clocks', to='cases.case'),
        ),
        migrations.AlterField(
            model_name='clock',
            name='owed_to',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clocks_expected', to='people.organisation'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('running', 'broken')), ('case', None)), fields=('conversation', 'promise'), name='clock_one_open_request'),
        ),
    ]
