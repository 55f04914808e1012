"""The full-text indexes of `conversations/search.py`.

Kept by the database and not by the verbs: the hot lane posts by SQL of its own, and what is written by hand is found, too.
On SQLite these are triggers, which are lost when a later migration makes one of the tables anew: it has to lay them again
(a test notices). On PostgreSQL it is an index over an expression, so there is nothing that could be forgotten.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

# The index on SQLite, the table it is about, its columns.
INDEXES = (
    ("search_message", "conversations_message", ("body",)),
    ("search_note", "conversations_note", ("body",)),
    ("search_document", "conversations_document", ("name",)),
    ("search_case", "cases_case", ("debtor_name", "client_reference", "reference")),
)
# Accents and punctuation go, so that both databases cut the same words; what a letter is must not hang on the locale.
FOLD = r"""
CREATE FUNCTION search_fold(told text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(
    regexp_replace(normalize(told, NFD), '[\u0300-\u036f]+', '', 'g'),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f]+', ' ', 'g')
$$
"""


def lay(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(FOLD)
        for index, table, columns in INDEXES:
            text = " || ' ' || ".join(columns)  # all of these are our own names
            editor.execute(f"CREATE INDEX {index} ON {table} USING gin (to_tsvector('simple', search_fold({text})))")
        return
    for index, table, columns in INDEXES:
        for statement in _on_sqlite(index, table, columns):
            editor.execute(statement)


def _on_sqlite(index: str, table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    names = ", ".join(columns)
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("old", "new"))
    take = f"INSERT INTO {index}({index}, rowid, {names}) VALUES ('delete', old.id, {old});"  # noqa: S608 - our own names
    put = f"INSERT INTO {index}(rowid, {names}) VALUES (new.id, {new});"  # noqa: S608 - our own names
    return (
        f"CREATE VIRTUAL TABLE {index} USING fts5({names}, content='{table}', content_rowid='id', tokenize='unicode61 remove_diacritics 2')",
        f"CREATE TRIGGER {index}_new AFTER INSERT ON {table} BEGIN {put} END",
        f"CREATE TRIGGER {index}_gone AFTER DELETE ON {table} BEGIN {take} END",
        f"CREATE TRIGGER {index}_moved AFTER UPDATE OF {names} ON {table} BEGIN {take} {put} END",
        f"INSERT INTO {index}({index}) VALUES ('rebuild')",  # noqa: S608 - our own names
    )


def lift(apps: Any, editor: Any) -> None:
    for index, _table, _columns in INDEXES:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP INDEX {index}")
            continue
        for when in ("new", "gone", "moved"):
            editor.execute(f"DROP TRIGGER {index}_{when}")
        editor.execute(f"DROP TABLE {index}")
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP FUNCTION search_fold(text)")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial"), ("cases", "0001_initial")]
    operations = [migrations.RunPython(lay, lift)]
