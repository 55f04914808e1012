"""Any part of a debtor's name, among all cases: by three letters at a time. And any amount, with all that a list counts of it.

Kept by the database, as `conversations/migrations/0002_search` says: on SQLite by triggers, which a later migration that makes the
table anew has to lay again. On PostgreSQL by `pg_trgm`, which comes with it and which the owner of a database may add; without it
names are found all the same, among a million in half a second.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

COLUMNS = "debtor_name, client_reference, reference"
OLD, NEW = (", ".join(f"{row}.{column}" for column in COLUMNS.split(", ")) for row in ("old", "new"))
TAKE = f"INSERT INTO case_parts(case_parts, rowid, {COLUMNS}) VALUES ('delete', old.id, {OLD});"  # noqa: S608 - our own names
PUT = f"INSERT INTO case_parts(rowid, {COLUMNS}) VALUES (new.id, {NEW});"  # noqa: S608 - our own names
ON_SQLITE = (
    f"CREATE VIRTUAL TABLE case_parts USING fts5({COLUMNS}, content='cases_case', content_rowid='id', tokenize='trigram')",
    f"CREATE TRIGGER case_parts_new AFTER INSERT ON cases_case BEGIN {PUT} END",
    f"CREATE TRIGGER case_parts_gone AFTER DELETE ON cases_case BEGIN {TAKE} END",
    f"CREATE TRIGGER case_parts_moved AFTER UPDATE OF {COLUMNS} ON cases_case BEGIN {TAKE} {PUT} END",
    "INSERT INTO case_parts(case_parts) VALUES ('rebuild')",
)
# Of every case, for all are of some amount; but so it is asked of amounts alone. Who asks for something else would read all of it, in
# an order that no table is in: SQLite and PostgreSQL both like an index that has all they count.
ANY_AMOUNT = "CREATE INDEX case_any_amount ON cases_case (environment, amount, debtor_country, state, id) WHERE amount > 0"
MAY_ADD = """
SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')
    OR (EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm')
        AND has_database_privilege(current_database(), 'CREATE'))
"""
ON_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX case_parts ON cases_case USING gin (UPPER(debtor_name::text) gin_trgm_ops, UPPER(client_reference::text) gin_trgm_ops)",
)


def lay(apps: Any, editor: Any) -> None:
    statements = ON_SQLITE
    if editor.connection.vendor == "postgresql":
        with editor.connection.cursor() as cursor:
            cursor.execute(MAY_ADD)
            statements = ON_POSTGRESQL if cursor.fetchone()[0] else ()
    for statement in (*statements, ANY_AMOUNT):
        editor.execute(statement)


def lift(apps: Any, editor: Any) -> None:
    editor.execute("DROP INDEX case_any_amount")
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX IF EXISTS case_parts")
        return
    for when in ("new", "gone", "moved"):
        editor.execute(f"DROP TRIGGER case_parts_{when}")
    editor.execute("DROP TABLE case_parts")


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_newest")]
    operations = [migrations.RunPython(lay, lift)]
