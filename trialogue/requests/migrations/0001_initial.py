
import django.db.models.deletion
import trialogue.requests.desk
import trialogue.requests.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('cases', '0001_initial'),
        ('conversations', '0005_requests'),
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Numbering',
            fields=[
                ('year', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Duty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'channel', 'person'), name='duty_once')],
            },
        ),
        migrations.CreateModel(
            name='SavedAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=trialogue.requests.desk._answer_id, editable=False, max_length=32, unique=True)),
                ('title', models.CharField(max_length=100)),
                ('body', models.TextField()),
                ('channel', models.CharField(blank=True, max_length=20)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
            ],
            options={
                'ordering': ('title',),
                'constraints': [models.UniqueConstraint(fields=('organisation', 'title'), name='saved_answer_title')],
            },
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('log_length', models.PositiveIntegerField(default=0, editable=False)),
                ('log_digest', models.CharField(default='', editable=False, max_length=64)),
                ('public_id', models.CharField(default=trialogue.requests.models._request_id, editable=False, max_length=32, unique=True)),
                ('number', models.CharField(editable=False, max_length=20, unique=True)),
                ('environment', models.CharField(choices=[('production', 'production'), ('test', 'test')], max_length=10)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('channel', models.CharField(max_length=20)),
                ('intents', models.JSONField(default=list)),
                ('situation', models.CharField(blank=True, max_length=20)),
                ('subject', models.CharField(max_length=200)),
                ('form', models.JSONField(default=dict)),
                ('missing', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('open', 'open'), ('waiting', 'waiting for the sender'), ('answered', 'answered'), ('solved', 'solved'), ('closed', 'closed')], default='open', max_length=10)),
                ('opened_at', models.DateTimeField()),
                ('moved_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('helped', models.BooleanField(null=True)),
                ('verdict', models.CharField(blank=True, max_length=1000)),
                ('rated_at', models.DateTimeField(null=True)),
                ('asker', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='people.organisation')),
                ('assignee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='requests', to='cases.case')),
                ('conversation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='request', to='conversations.conversation')),
                ('merged_into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='requests.request')),
                ('operator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('split_from', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parted', to='requests.request')),
                ('tags', models.ManyToManyField(related_name='requests', to='requests.tag')),
            ],
            options={
                'indexes': [models.Index(fields=['asker', 'environment', '-moved_at', '-id'], name='request_of_asker'), models.Index(fields=['environment', '-moved_at', '-id'], name='request_moved'), models.Index(fields=['environment', 'state', '-moved_at', '-id'], name='request_by_state'), models.Index(fields=['environment', 'channel', 'state', '-moved_at', '-id'], name='request_by_channel'), models.Index(fields=['assignee', 'environment', 'state', '-moved_at', '-id'], name='request_of_assignee')],
            },
        ),
    ]
