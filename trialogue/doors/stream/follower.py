"""Follows the log once for everyone who listens in this process, and hands each what it may see.

Polling is the truth: ten looks a second while anyone listens, none while nobody does. The bell of this process only saves
the wait. A listener begins at its own position and is never given an event twice or out of order.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import DatabaseError, connection

from trialogue.doors.api.shapes import event_shape, with_references
from trialogue.events import bell, tail
from trialogue.events.models import Event
from trialogue.people.models import Actor

log = logging.getLogger(__name__)
T = TypeVar("T")

POLL_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0
MOST_WAITING = 1000
# After these, whoever listens for that organisation is asked again who they are, at once.
RIGHTS_MOVED = frozenset({"member.left", "key.revoked"})

_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="stream")


async def in_thread(call: Callable[[], T]) -> T:
    """Runs a database question off the loop. A connection that broke is closed, so that the next question opens a new one."""

    def ask() -> T:
        try:
            return call()
        except DatabaseError:
            connection.close()
            raise

    return await asyncio.get_running_loop().run_in_executor(_threads, ask)


def frame(event: Event) -> bytes:
    """One event as it goes over the wire."""
    shape = event_shape(event)
    return (
        f"id: {shape['position']}\nevent: {event.kind}\ndata: {json.dumps(shape, separators=(',', ':'))}\n\n".encode()
    )


def sees(actor: Actor, event: Event) -> bool:
    """The same rule as `Event.objects.visible_to`, for an event already read."""
    column = actor.organisation.log_column
    here = event.environment in ("", actor.environment)
    return here and (column is None or getattr(event, column) == actor.organisation.pk)


def _order(event: Event) -> tuple[int, int]:
    return int(event.xid), event.pk


@dataclass(eq=False)
class Listener:
    """One open stream. `identify` answers who listens now, or None when they no longer may."""

    identify: Callable[[], Actor | None]
    actor: Actor
    waiting: asyncio.Queue[tuple[Event, bytes] | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    last: tuple[int, int] = (0, 0)

    def offer(self, events: Iterable[tuple[Event, bytes]]) -> None:
        for event, told in events:
            if sees(self.actor, event):
                self._put((event, told))
            if event.kind in RIGHTS_MOVED and event.organisation == self.actor.acting_for:
                self.end()

    def end(self) -> None:
        """Says goodbye; whoever still may will come again and go on from where they were."""
        self._put(None)

    def _put(self, item: tuple[Event, bytes] | None) -> None:
        if self.waiting.full():  # too slow to keep up: dropping the stream loses nothing, dropping an event would
            while not self.waiting.empty():
                self.waiting.get_nowait()
            item = None
        self.waiting.put_nowait(item)


class Follower:
    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.position = tail.START
        self.rung = asyncio.Event()
        self.closing = False
        self._task: asyncio.Task[None] | None = None

    async def listen(self, listener: Listener, after: str | None) -> AsyncGenerator[bytes, None]:
        """Frames from `after` on (None: from now), heartbeats between, until the right to listen or the process ends."""
        await self._join(listener)
        try:
            yield b"retry: 2000\n\n"
            if after is not None:
                async for told in self._catch_up(listener, after):
                    yield told
            while not self.closing:
                try:
                    item = await asyncio.wait_for(listener.waiting.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    if not await in_thread(lambda: listener.identify() == listener.actor):
                        return
                    yield b": still here\n\n"
                    continue
                if item is None:
                    return
                event, told = item
                if _order(event) > listener.last:
                    listener.last = _order(event)
                    yield told
        finally:
            self.listeners.discard(listener)

    async def _join(self, listener: Listener) -> None:
        if not self.listeners:
            self.position = await in_thread(tail.head)
        self.listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())

    async def _catch_up(self, listener: Listener, after: str) -> AsyncGenerator[bytes, None]:
        """What happened before the tail took over; what both of them saw is told once."""
        position = after
        while True:
            mine = with_references(Event.objects.visible_to(listener.actor))
            events = await in_thread(lambda p=position, m=mine: tail.after(p, m, 200))  # type: ignore[misc]
            for event in events:
                listener.last = _order(event)
                yield frame(event)
            if len(events) < 200:
                return
            position = tail.position_of(events[-1])

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self.rung.set)

        unhook = bell.on_ring(wake)
        try:
            while self.listeners and not self.closing:
                try:
                    await self._look()
                except DatabaseError as trouble:
                    log.warning("the log cannot be read for the moment: %s", trouble)
                    await asyncio.sleep(1)
        finally:
            unhook()

    async def _look(self) -> None:
        self.rung.clear()
        events = await in_thread(lambda: tail.after(self.position, with_references(Event.objects.all()), 500))
        if events:
            self.position = tail.position_of(events[-1])
            told = [(event, frame(event)) for event in events]
            for listener in tuple(self.listeners):
                listener.offer(told)
            return
        try:
            await asyncio.wait_for(self.rung.wait(), POLL_SECONDS)
        except TimeoutError:
            return

    def close(self) -> None:
        """Lets every listener go, so that a restart takes no time; they come again by themselves."""
        self.closing = True
        for listener in tuple(self.listeners):
            listener.end()
