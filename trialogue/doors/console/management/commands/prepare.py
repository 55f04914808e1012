from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from trialogue.articles import folder
from trialogue.articles.models import Article
from trialogue.doors.console.command import HouseCommand
from trialogue.events.change import SYSTEM

# Any number, so long as all of ours take the same one.
LOCK = 7_412_000_831


class Command(HouseCommand):
    help = "Makes or updates the tables. `serve`, `work` and `demo` do it when they start; done twice is done once."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare()


def prepare() -> None:
    with _alone():
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        lay_in_articles()
        take_stock()


def lay_in_articles() -> None:
    """Those we ship, into a house that has none. By nobody: there may be no operator yet."""
    if settings.SHIP_ARTICLES and not Article.objects.exists():
        folder.push(folder.SHIPPED, by=SYSTEM)


def take_stock() -> None:
    """How many rows share a value, which SQLite must be told to choose an index well. Sampled: no matter how many there are.

    Else it takes `environment`, which nearly all rows share, for as good a beginning as a reference. Sampled widely enough to tell
    an organisation of twenty thousand cases from an environment of a million. PostgreSQL does it by itself.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA analysis_limit = 25000")
        for model in apps.get_models():  # each for itself: nobody who writes waits for more than one
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


@contextmanager
def _alone() -> Iterator[None]:
    """Processes that start together make the tables one after the other."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        return
    settings.DATA.mkdir(parents=True, exist_ok=True)
    with open(settings.DATA / "prepare.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
