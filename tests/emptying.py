"""An empty database again, after a test that committed."""

from __future__ import annotations

import time

from django.db import DatabaseError, connection, transaction

from trialogue.channels.models import Edition
from trialogue.clocks.models import Policy

# What migrations lay in, and no test changes.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
TRIES = 20


def empty() -> None:
    """Deletes all rows, where there are any, and lays in the policy and the promises that are shipped."""
    for tries in range(1, TRIES + 1):
        try:
            _empty()
        except DatabaseError:  # a server that someone has just left may be writing still
            if tries == TRIES:
                raise
            time.sleep(0.05 * tries)
        else:
            return


def _empty() -> None:
    tables = [name for name in connection.introspection.django_table_names(include_views=False) if name not in KEPT]
    quoted = [connection.ops.quote_name(name) for name in tables]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in quoted))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")
        Edition.ship()
        Policy.ship()
