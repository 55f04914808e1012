"""Calls of the API that failed, to pick from."""

import django.db.models.deletion
import trialogue.requests.calls
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0001_initial'),
        ('requests', '0003_inbox'),
    ]

    operations = [
        migrations.CreateModel(
            name='FailedCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=trialogue.requests.calls._call_id, editable=False, max_length=32, unique=True)),
                ('environment', models.CharField(choices=[('production', 'production'), ('test', 'test')], max_length=10)),
                ('method', models.CharField(max_length=10)),
                ('path', models.CharField(max_length=200)),
                ('status', models.PositiveSmallIntegerField()),
                ('title', models.CharField(blank=True, max_length=200)),
                ('body', models.CharField(blank=True, max_length=2000)),
                ('at', models.DateTimeField()),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['organisation', 'environment', '-id'], name='failed_call_of')],
            },
        ),
    ]
