"""A document may be in a request, which has no case, and of a visitor, who is of no organisation."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

stamped = import_module("trialogue.conversations.migrations.0003_stamped")


def lay_again(apps, editor):
    stamped._lay(editor, {"search_document": ()})


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_newest'),
        ('conversations', '0005_requests'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, lay_again),
        migrations.AddField(
            model_name='document',
            name='conversation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='conversations.conversation'),
        ),
        migrations.AlterField(
            model_name='document',
            name='case',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='cases.case'),
        ),
        migrations.AlterField(
            model_name='document',
            name='organisation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('case', None), ('conversation', None), _connector='OR'), name='document_in_one'),
        ),
        migrations.RunPython(lay_again, migrations.RunPython.noop),  # SQLite has made the table anew
    ]
