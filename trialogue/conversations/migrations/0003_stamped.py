"""A message says itself whose it is: what one may see is one range of one index, and full-text search skips all else by it on SQLite."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT

search = import_module("trialogue.conversations.migrations.0002_search")
STAMP = """
UPDATE conversations_message SET (environment, client_id, partner_id) = (
  SELECT c.environment, c.client_id, e.partner_id
    FROM conversations_conversation v JOIN cases_case c ON c.id = v.case_id, cases_engagement e
   WHERE v.id = conversations_message.conversation_id AND e.id = conversations_message.engagement_id)
"""


# What the indexes on SQLite know besides the words.
STAMPS = {"search_message": ("environment", "client_id", "partner_id"), "search_case": ("environment", "client_id")}


def stamp(apps: Any, editor: Any) -> None:
    editor.execute(STAMP)
    _lay(editor, STAMPS)


def unstamped(apps: Any, editor: Any) -> None:
    _lay(editor, dict.fromkeys(STAMPS, ()))


def _lay(editor: Any, stamps: dict[str, tuple[str, ...]]) -> None:
    """Whenever SQLite has made a table anew, its triggers are gone."""
    if editor.connection.vendor != "sqlite":
        return
    for index, table, columns in search.INDEXES:
        if index in stamps:
            for when in ("new", "gone", "moved"):
                editor.execute(f"DROP TRIGGER IF EXISTS {index}_{when}")
            editor.execute(f"DROP TABLE {index}")
            for statement in search._on_sqlite(index, table, (*columns, *stamps[index])):
                editor.execute(statement)


def _added(name: str, field: Any) -> Any:
    return migrations.AddField("message", name, field, preserve_default=False)


def _unindexed(name: str, to: str, on_delete: Any = PROTECT, related_name: str = "+") -> Any:
    field = models.ForeignKey(db_index=False, on_delete=on_delete, related_name=related_name, to=to)
    return migrations.AlterField("message", name, field)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("conversations", "0002_search"), ("people", "0001_initial")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, unstamped),
        _added("environment", models.CharField(default="", max_length=10)),
        _added("client_id", models.BigIntegerField(default=0)),
        _added("partner_id", models.BigIntegerField(default=0)),
        _unindexed("conversation", "conversations.conversation", CASCADE, "messages"),
        _unindexed("engagement", "cases.engagement"),
        _unindexed("organisation", "people.organisation"),
        migrations.RunPython(stamp, migrations.RunPython.noop),
        migrations.AddIndex(
            "message", models.Index(fields=["client_id", "environment", "id"], name="message_of_client")
        ),
        migrations.AddIndex(
            "message", models.Index(fields=["partner_id", "environment", "id"], name="message_of_partner")
        ),
    ]
