"""What the doors that stand open have in common: a loop of their own, and one thread that asks the database for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection

AWAY = (OperationalError, InterfaceError)
# Looking up a name takes a thread; servers whose names lead nowhere must not make others wait for one.
THREADS = 64
LOOK_EVERY = 0.2  # seconds, whether it is time to stop
P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """Asks the database, one question after the other, in a thread that keeps its connection."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mail")

    async def __call__(self, ask: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def within() -> T:
            close_old_connections()
            try:
                return ask(*args, **kwargs)
            except AWAY:
                connection.close()
                raise

        return await asyncio.get_running_loop().run_in_executor(self._thread, within)

    def close(self) -> None:
        """After what it is at."""
        self._thread.submit(lambda: connection.close())  # that thread's
        self._thread.shutdown()


def stand(stop: threading.Event, door: Callable[[Database], Coroutine[Any, Any, None]]) -> None:
    """Keeps a door open until told to stop; it is cancelled then."""
    asyncio.run(_stand(stop, door))


async def _stand(stop: threading.Event, door: Callable[[Database], Coroutine[Any, Any, None]]) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="mail"))
    database = Database()
    standing = asyncio.create_task(door(database))
    try:
        while not (stop.is_set() or standing.done()):
            await asyncio.wait([standing], timeout=LOOK_EVERY)
    finally:
        standing.cancel()
        await asyncio.wait([standing])
        database.close()
    if not standing.cancelled():
        standing.result()
