"""A conversation may be that of a request, which has no case, no engagement, and perhaps no organisation that asks."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

stamped = import_module("trialogue.conversations.migrations.0003_stamped")


def lay_again(apps, editor):
    stamped._lay(editor, stamped.STAMPS)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0001_initial'),
        ('conversations', '0004_note_mentions'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, lay_again),
        migrations.AddField(
            model_name='conversation',
            name='asker',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='environment',
            field=models.CharField(blank=True, choices=[('production', 'production'), ('test', 'test')], max_length=10),
        ),
        migrations.AddField(
            model_name='conversation',
            name='operator',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='reference',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='conversation',
            name='title',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name='conversation',
            name='case',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='conversation', to='cases.case'),
        ),
        migrations.AlterField(
            model_name='conversation',
            name='engagement',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.engagement'),
        ),
        migrations.AlterField(
            model_name='conversation',
            name='kind',
            field=models.CharField(choices=[('case', 'case'), ('request', 'request')], default='case', max_length=12),
        ),
        migrations.AlterField(
            model_name='message',
            name='engagement',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.engagement'),
        ),
        migrations.AlterField(
            model_name='message',
            name='organisation',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.RunPython(lay_again, migrations.RunPython.noop),  # SQLite has made the table of messages anew
        migrations.AddConstraint(
            model_name='conversation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('case__isnull', False), ('engagement__isnull', False), ('kind', 'case'), ('operator', None)), models.Q(('case', None), ('engagement', None), ('kind', 'request'), ('operator__isnull', False)), _connector='OR'), name='conversation_kind'),
        ),
    ]
