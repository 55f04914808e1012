"""Several at once, each in a thread with its own connection to the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 60  # seconds until a test that hangs is a test that failed


def together(*works: Callable[[], Any]) -> list[Any]:
    """Runs all of them at the same moment. Answers what each returned, or the exception it raised."""
    gate = threading.Barrier(len(works))
    ends: list[Any] = [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        try:
            gate.wait(PATIENCE)
            ends[number] = work()
        except Exception as trouble:
            ends[number] = trouble
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "still waiting for each other"
    return ends


def until_someone_waits() -> None:
    """Returns once another connection waits for a lock. SQLite cannot say so: there, after a moment."""
    if connection.vendor == "sqlite":
        time.sleep(0.15)
        return
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)


class Meanwhile:
    """Lets something begin while a change of another thread stands just before its commit."""

    def __init__(self) -> None:
        self.reached, self.enough = threading.Event(), threading.Event()

    def reaction(self, happening: Any) -> None:
        """To be put last among the reactions of the change that shall stand still."""
        if not self.reached.is_set():
            self.reached.set()
            until_someone_waits()

    def then(self, work: Callable[[], Any]) -> Callable[[], Any]:
        def later() -> Any:
            assert self.reached.wait(PATIENCE), "the other change never came to its end"
            return work()

        return later
