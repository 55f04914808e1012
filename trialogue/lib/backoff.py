"""How long to wait before the next try.

>>> [pause(tries) for tries in (1, 2, 3, 4)]
[10.0, 20.0, 40.0, 80.0]
>>> pause(13) == LONGEST
True
"""

from __future__ import annotations

import random

FIRST = 10.0
LONGEST = 6 * 3600.0
MOST_TRIES = 23  # with these numbers: three days in all


def pause(tries: int) -> float:
    """Seconds to wait after the given number of failed tries (1 or more): doubling, never above six hours."""
    return min(FIRST * 2.0 ** min(tries - 1, 32), LONGEST)


def jittered(seconds: float, spread: float = 0.1) -> float:
    """The same, give or take a tenth, so that what failed together is not tried again together."""
    return seconds * random.uniform(1 - spread, 1 + spread)  # noqa: S311 - no secret
