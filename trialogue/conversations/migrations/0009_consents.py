"""A client lets its referral partner write along; a message says as well to which referral partner it is to be read."""

import django.db.models.deletion
import trialogue.conversations.consents
from django.conf import settings
from django.db import migrations, models

STAMP = """
UPDATE conversations_message SET referrer_id = (
  SELECT coalesce(c.referrer_id, o.id)
    FROM conversations_conversation v LEFT JOIN cases_case c ON c.id = v.case_id
    LEFT JOIN people_organisation o ON o.id = v.asker_id AND o.kind = 'referral_partner'
   WHERE v.id = conversations_message.conversation_id)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_newest'),
        ('conversations', '0008_document_of_request'),
        ('people', '0002_account_managers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=trialogue.conversations.consents._consent_id, editable=False, max_length=32, unique=True)),
                ('environment', models.CharField(choices=[('production', 'production'), ('test', 'test')], max_length=10)),
                ('given_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='message',
            name='referrer_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.RunSQL(STAMP, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('referrer_id__isnull', False)), fields=['referrer_id', 'environment', 'id'], name='message_of_referrer'),
        ),
        migrations.AddField(
            model_name='consent',
            name='case',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='cases.case'),
        ),
        migrations.AddField(
            model_name='consent',
            name='client',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='consent',
            name='given_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consent',
            name='referrer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='consent',
            name='withdrawn_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(fields=['client', 'environment', '-given_at'], name='consent_of_client'),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(fields=['referrer', 'environment', '-given_at'], name='consent_of_referrer'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('client', 'referrer', 'case'), name='consent_one_for_case'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('case', None), ('withdrawn_at', None)), fields=('client', 'referrer', 'environment'), name='consent_one_for_all'),
        ),
    ]
