"""A word such as `5E4PQ` stays one word on PostgreSQL: its parser reads the number 5e4 there and cuts the word behind it.

So an `e` behind a digit is written `ë`, which no folded word has of its own, here and where is asked (`conversations/search.py`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.db import migrations

search = import_module("trialogue.conversations.migrations.0002_search")
PLAIN = search.FOLD.replace("CREATE", "CREATE OR REPLACE")
WHOLE = r"""
CREATE OR REPLACE FUNCTION search_fold(told text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(
    regexp_replace(
      regexp_replace(normalize(told, NFD), '[\u0300-\u036f]+', '', 'g'),
      '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f]+', ' ', 'g'),
    '([0-9])[eE]', '\1ë', 'g')
$$
"""


def whole(apps: Any, editor: Any) -> None:
    _fold_by(editor, WHOLE)


def plain(apps: Any, editor: Any) -> None:
    _fold_by(editor, PLAIN)


def _fold_by(editor: Any, function: str) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(function)
        for index, _table, _columns in search.INDEXES:
            editor.execute(f"REINDEX INDEX {index}")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_request_documents")]
    operations = [migrations.RunPython(whole, plain)]
