"""Follows the log once for everyone who listens in this process, and hands each what it may see.

Polling is the truth: ten looks a second while anyone listens, none while nobody does. The bell of this process only saves
the wait. A listener begins at its own position and is never given an event twice or out of order.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import random
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, connection
from django.db.models import QuerySet

from trialogue.cases.feed import event_shape, with_references
from trialogue.events import bell, tail
from trialogue.events.models import Event
from trialogue.people.models import Actor

log = logging.getLogger(__name__)
T = TypeVar("T")
Frame = tuple[Event, bytes]  # an event, and how it goes over the wire

POLL_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0
AWAY_SECONDS = 1.0
MOST_WAITING = 1000
PAGE = 200
# After these, whoever listens for that organisation is asked again who they are, at once.
RIGHTS_MOVED = frozenset({"member.left", "key.revoked"})
HEARTBEAT = b": still here\n\n"

_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="stream")


async def in_thread(call: Callable[[], T]) -> T:
    """Asks the database something off the loop. `call` only reads: after a break it is asked once more, anew."""

    def ask() -> T:
        try:
            return call()
        except (OperationalError, InterfaceError):
            connection.close()  # it may only be this connection, from before the database was restarted
        try:
            return call()
        except Error:
            connection.close()
            raise

    return await asyncio.get_running_loop().run_in_executor(_threads, ask)


def frame(event: Event) -> bytes:
    shape = event_shape(event)
    return (
        f"id: {shape['position']}\nevent: {event.kind}\ndata: {json.dumps(shape, separators=(',', ':'))}\n\n".encode()
    )


def read(position: str, events: QuerySet[Event], limit: int) -> list[Frame]:
    """What came after a position; in the thread, so that open streams need not wait for it."""
    return [(event, frame(event)) for event in tail.after(position, with_references(events), limit)]


@dataclass(eq=False)
class Listener:
    """One open stream. `identify` answers who listens now, or None when they no longer may."""

    identify: Callable[[], Actor | None]
    actor: Actor
    last: tuple[int, int] = (0, 0)  # the place of the last event told
    asked: float = -math.inf  # when it was last asked who listens, on the loop's clock; not since they joined
    over: bool = False
    waiting: asyncio.Queue[Frame | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def offer(self, events: Iterable[Frame]) -> None:
        for event, told in events:
            if self.over:
                return
            if event.kind in RIGHTS_MOVED and event.subject == self.actor.acting_for:
                self.end()
            elif event.is_visible_to(self.actor):
                self._put(event, told)

    def end(self) -> None:
        """Says goodbye; whoever still may will come again and go on from where they were."""
        self.over = True
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)

    def _put(self, event: Event, told: bytes) -> None:
        if self.waiting.full():  # too slow to keep up: dropping the stream loses nothing, dropping an event would
            self.end()
        else:
            self.waiting.put_nowait((event, told))

    async def next(self) -> bytes:
        """All that waits and was not told yet, or a heartbeat when nothing comes for so long."""
        try:
            # Not wait_for: until Python 3.12 it may swallow a cancellation, and who has left would be told for ever.
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                while item := await self.waiting.get():
                    if told := b"".join(told for event, told in (item, *self._waiting()) if self.moves_to(event)):
                        return told
        except TimeoutError:
            pass
        return HEARTBEAT

    def _waiting(self) -> Iterator[Frame]:
        """What else is there already: what happened together is sent together."""
        while not self.waiting.empty():
            if item := self.waiting.get_nowait():
                yield item

    def moves_to(self, event: Event) -> bool:
        """Whether the event comes after all that were told; from now on it was."""
        place = tail.place(tail.position_of(event))
        if place <= self.last:
            return False
        self.last = place
        return True

    async def goes_on(self, now: float) -> bool:
        """Whether there is more to say. Who listens is asked again once every heartbeat, however busy the stream is."""
        if not self.over and now - self.asked >= HEARTBEAT_SECONDS * 0.9:
            try:
                who = await in_thread(self.identify)
            except Error:
                return not self.over  # cannot be asked now, so is asked again at the next word
            self.asked = now
            self.over = self.over or who != self.actor
        return not self.over


class Follower:
    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.rung = asyncio.Event()
        self.closing = False
        self._joining = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def listen(self, listener: Listener, after: str | None) -> AsyncGenerator[bytes, None]:
        """Frames from `after` on (None: from now), heartbeats between, until the right to listen or the process ends."""
        now = asyncio.get_running_loop().time
        head = await self._join(listener)
        try:
            start = head if after is None else after
            listener.last = tail.place(await in_thread(tail.head) if start is None else start)
            # Each waits another while before it comes again: after a restart they must not all come at once.
            yield b"retry: %d\n\n" % random.randint(1000, 5000)  # noqa: S311 - no secret
            while after is not None and await listener.goes_on(now()):
                missed = await self._missed(listener, after)
                if told := b"".join(told for event, told in missed if listener.moves_to(event)):
                    yield told
                after = tail.position_of(missed[-1][0]) if len(missed) == PAGE else None
            while not listener.over:
                told = await listener.next()
                if await listener.goes_on(now()):
                    yield told
        finally:
            self.listeners.discard(listener)

    async def _join(self, listener: Listener) -> str | None:
        """Answers the head of the log if the tail began with this listener. One that runs may be behind it."""
        head = None
        async with self._joining:  # of two that come first at once, one finds the head, and none moves it afterwards
            if self._task is None or self._task.done():
                head = await in_thread(tail.head)
                self._task = asyncio.create_task(self._follow(head))
            self.listeners.add(listener)
        listener.over = listener.over or self.closing
        return head

    async def _missed(self, listener: Listener, after: str) -> list[Frame]:
        """What happened before the tail took over; what both of them saw is told once."""
        return await in_thread(lambda: read(after, Event.objects.visible_to(listener.actor), PAGE))

    async def _follow(self, position: str) -> None:
        loop, away = asyncio.get_running_loop(), False

        def wake() -> None:
            loop.call_soon_threadsafe(self.rung.set)

        unhook = bell.on_ring(wake)
        try:
            while self.listeners and not self.closing:
                try:
                    position = await self._look(position)
                    away = False
                except Exception as trouble:  # whatever it is, those who listen are not left without a tail
                    if not away:
                        known = isinstance(trouble, Error)
                        log.warning("the log cannot be followed for the moment: %s", trouble, exc_info=not known)
                    away = True
                    await asyncio.sleep(AWAY_SECONDS)
        finally:
            unhook()

    async def _look(self, position: str) -> str:
        """Tells what came after a position, or waits a moment for it; answers how far it has come."""
        self.rung.clear()
        news = await in_thread(lambda: read(position, Event.objects.all(), 500))
        if news:
            for listener in tuple(self.listeners):
                listener.offer(news)
            return tail.position_of(news[-1][0])
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self.rung.wait()
        return position

    def close(self) -> None:
        """Lets every listener go, so that a restart takes no time; they come again by themselves."""
        self.closing = True
        for listener in tuple(self.listeners):
            listener.end()
