"""A clock says itself in which environment it runs, so that what is open is counted from an index alone."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models.deletion import PROTECT

STAMP = "UPDATE clocks_clock SET environment = (SELECT environment FROM cases_case WHERE cases_case.id = case_id)"
OPEN = models.Q(state__in=("running", "broken"))


def _unindexed(name: str, to: str, related_name: str = "+") -> Any:
    field = models.ForeignKey(db_index=False, on_delete=PROTECT, related_name=related_name, to=to)
    return migrations.AlterField("clock", name, field)


def _index(name: str, *columns: str) -> Any:
    return migrations.AddIndex("clock", models.Index(condition=OPEN, fields=columns, name=name))


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("clocks", "0001_initial"), ("people", "0001_initial")]
    operations = [
        migrations.RemoveIndex("clock", "clock_owed_by"),
        migrations.RemoveIndex("clock", "clock_owed_to"),
        migrations.RemoveIndex("clock", "clock_open"),
        migrations.AddField(
            "clock", "environment", models.CharField(default="", max_length=10), preserve_default=False
        ),
        _unindexed("calendar", "clocks.calendar"),
        _unindexed("policy", "clocks.policy"),
        _unindexed("owner", "people.organisation", "clocks_owed"),
        _unindexed("owed_to", "people.organisation", "clocks_expected"),
        migrations.RunSQL(STAMP, migrations.RunSQL.noop),
        _index("clock_owed_by", "owner", "environment", "due_at", "id"),
        _index("clock_owed_to", "owed_to", "environment", "due_at", "id"),
        _index("clock_open", "environment", "due_at", "id"),
        _index("clock_warned", "environment", "warn_at", "due_at", "id"),
    ]
