"""How many requests a key may make. Counted in this process: with four processes a key may make up to four times as many.

That is on purpose: a shared count would cost a write per request. The limit keeps one program from drowning the others;
it is no security boundary.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

from django.conf import settings


class Window:
    """At most `limit` requests of one key within each `seconds`, counted from fixed moments."""

    def __init__(self, limit: int, seconds: int, now: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.seconds, self._now = limit, seconds, now
        self._number = 0
        self._spent: Counter[str] = Counter()
        self._lock = Lock()

    def spend(self, key: str) -> int:
        """Counts one request. Answers 0, or how many seconds to wait, at least 1."""
        now = self._now()
        with self._lock:
            if (number := int(now // self.seconds)) != self._number:
                self._number = number
                self._spent.clear()
            self._spent[key] += 1
            spent = self._spent[key]
        return 0 if spent <= self.limit else max(1, math.ceil((number + 1) * self.seconds - now))

    def give_back(self, key: str) -> None:
        """One counted request was not the one: it is made, and counted, elsewhere."""
        with self._lock:
            if self._spent[key]:
                self._spent[key] -= 1

    def forget(self) -> None:
        with self._lock:
            self._spent.clear()


PER_KEY = Window(limit=settings.API_PER_MINUTE, seconds=60)
