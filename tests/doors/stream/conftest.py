from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.cast import Cast, gather
from tests.serving import HEARTBEAT, PATIENCE, House, Listening, address_of, running
from trialogue.cases.models import Case
from trialogue.doors.stream import follower
from trialogue.events import tail
from trialogue.events.change import SYSTEM, change
from trialogue.events.models import Event
from trialogue.people.models import Actor
from trialogue.reactions import REACTIONS

BEAT = 0.4  # seconds
QUIET = "document.removed"  # nothing follows from it; four thousand times something would take a minute


@pytest.fixture(scope="module")
def house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> House:
    """Where a server may run on the test's own database, which the test sees as well."""
    data = tmp_path_factory.mktemp("house")
    address = address_of(connection.settings_dict)
    return House(address, data, {"SECRET_KEY": settings.SECRET_KEY}, {HEARTBEAT: BEAT})


@pytest.fixture(scope="module")
def server(house: House) -> Iterator[subprocess.Popen[str]]:
    with running(house.serve("--no-work")) as process:
        yield process


@pytest.fixture(scope="module")
def served(house: House, server: subprocess.Popen[str]) -> House:
    """The house with its server running, for all tests of a module."""
    return house


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return gather()


@pytest.fixture
def listen(served: House) -> Iterator[Callable[..., Listening]]:
    """Opens streams: `listen(actor, after=…)` by a session of the actor's; all are closed in the end."""
    opened: list[Listening] = []

    def open_(actor: Actor | None = None, environment: str = "production", **how: Any) -> Listening:
        if actor:
            how["Cookie"] = cookie(actor, environment=environment)
        settled()
        opened.append(Listening(served.port, **how))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


def settled(seconds: float = PATIENCE) -> None:
    """Returns once the log's end is after all that has happened: what another test on the same server has not committed yet holds it back."""
    last, until = Event.objects.order_by("xid", "pk").last(), time.monotonic() + seconds
    while last and tail.place(tail.head()) < tail.place(tail.position_of(last)):
        assert time.monotonic() < until, "a transaction somewhere holds the log back"
        time.sleep(0.01)


def many(case: Case, count: int, weight: int = 0) -> list[str]:
    """So many events in one change, of a kind from which nothing follows; answers their positions. `weight` in bytes."""
    assert QUIET not in REACTIONS
    with change(case, by=SYSTEM) as record:
        for number in range(count):
            record(QUIET, document=f"doc_{number}", sha256="x" * weight)
    happened = Event.objects.filter(subject=case.public_id).order_by("-number")[:count]
    return [tail.position_of(event) for event in reversed(happened)]


def bearer(actor: Actor, environment: str = "production") -> str:
    return f"Bearer {actor.organisation.issue_key(environment, by=actor)[1]}"


def cookie(actor: Actor, **session: str) -> str:
    """The Cookie header of someone who has signed in on the pages."""
    assert actor.person is not None
    client = Client()
    client.force_login(actor.person)
    kept = client.session
    kept.update(session)
    kept.save()
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Threads of this test alone for questions to the database, whose connections are closed when it is over."""
    number, pool = 2, ThreadPoolExecutor(2)
    monkeypatch.setattr(follower, "_threads", pool)
    yield
    together = threading.Barrier(number)

    def leave() -> None:
        together.wait(PATIENCE)
        connection.close()

    for done in [pool.submit(leave) for _ in range(number)]:
        done.result()
    pool.shutdown()


class Hearing:
    """Collects, in the running loop, what a listener is told."""

    def __init__(self, on: follower.Follower, actor: Actor, after: str | None = None, **how: Any) -> None:
        self.listener = follower.Listener(how.get("identify", lambda: actor), actor)
        self.told: list[bytes] = []
        self.task = asyncio.create_task(self._collect(on.listen(self.listener, after)))

    async def _collect(self, frames: Any) -> None:
        async for told in frames:
            self.told += [frame + b"\n\n" for frame in told.split(b"\n\n")[:-1]]

    @property
    def kinds(self) -> list[str]:
        return [told.split(b"\n")[1].decode().removeprefix("event: ") for told in self.told if told.startswith(b"id: ")]

    @property
    def positions(self) -> list[str]:
        return [told.split(b"\n")[0].decode().removeprefix("id: ") for told in self.told if told.startswith(b"id: ")]

    @property
    def beats(self) -> int:
        return self.told.count(follower.HEARTBEAT)

    async def until(self, enough: Callable[[Hearing], bool], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not enough(self):
            assert time.monotonic() < end, f"after {seconds} s only: {self.kinds}, {self.beats} beats"
            await asyncio.sleep(0.01)

    async def begins(self) -> Hearing:
        """Returns once the stream is open."""
        await self.until(lambda me: bool(me.told))
        return self

    async def ends(self, seconds: float = PATIENCE) -> None:
        await asyncio.wait_for(self.task, seconds)

    async def leaves(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
