"""A bell in this process: it saves a listener the wait, and may ring for nothing or not at all. The log is the truth."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)
_listeners: set[Callable[[], None]] = set()


def ring() -> None:
    for listener in tuple(_listeners):
        try:
            listener()
        except Exception:  # what is committed must not look failed because someone could not hear it
            log.exception("a listener of the bell failed")


def on_ring(listener: Callable[[], None]) -> Callable[[], None]:
    """Calls `listener` after each committed change made in this process. Returns what undoes it."""
    _listeners.add(listener)
    return lambda: _listeners.discard(listener)
