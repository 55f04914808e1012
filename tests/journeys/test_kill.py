"""`kill -9` of the server, the worker and the database while people write: what was acknowledged is there, once.

Runs on a database of its own, which it may kill: on SQLite and, when the suite runs on PostgreSQL, on a server with fsync.
"""

from __future__ import annotations

import email
import email.policy
import http.client
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests import postgres
from tests.breaking import Restless, judge
from tests.cast import Cast, gather
from tests.serving import House, answers, ask, end, looking_at
from trialogue.clocks.models import Clock, Policy
from trialogue.conversations.models import Conversation, Message
from trialogue.deliveries.models import LEASE, Delivery
from trialogue.events import tail
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Actor, Organisation

ENOUGH = 80  # messages acknowledged
PATIENCE = 120.0  # until a writer, trying again, must have been heard


@dataclass
class Writer:
    """Says one thing after the other in a case, each again and again with the same key until it is acknowledged."""

    house: House
    authorization: str
    reference: str
    name: str
    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict)  # words: id and number of the message
    tries: int = 0

    def write(self, stop: threading.Event) -> None:
        while not stop.wait(random.random() * 0.03):
            words = f"{self.name}-{len(self.acknowledged)}-end"
            self.acknowledged[words] = self._say(words)

    def _say(self, words: str) -> tuple[str, int]:
        path, last = f"/api/v1/cases/{self.reference}/messages", time.monotonic() + PATIENCE
        while time.monotonic() < last:
            self.tries += 1
            try:
                answer = ask(
                    self.house.port, "POST", path, {"body": words}, timeout=25,
                    Authorization=self.authorization, Idempotency_Key=words,
                )  # fmt: skip
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if answer.status == 201:
                told = answer.json()
                return told["id"], told["number"]
            assert answer.status >= 500, answer
            time.sleep(0.1)
        raise AssertionError(f"“{words}” was never acknowledged")


class Havoc:
    """The processes of a house, and what chance does to them."""

    def __init__(self, house: House, database: postgres.Server | None) -> None:
        self.house, self.database = house, database
        self.killed: Counter[str] = Counter()
        self.last_kill = timezone.now()
        self.running = {"serve": house.serve(), "work": house.start("work")}

    def reign(self, said: Callable[[], int]) -> None:
        """Each is killed in its turn, twice at least, and now and then two at once; some words are said in between."""
        victims = ["database"] * bool(self.database) + ["serve", "work"]
        while min(self.killed[victim] for victim in victims) < 2 or said() < ENOUGH:
            for victim in {min(victims, key=self.killed.__getitem__), random.choice(victims)}:
                self.killed[victim] += 1
                self._kill(victim)
            time.sleep(random.random() * 0.5)
            self.await_server()
            words, last = said() + random.randrange(5, 20), time.monotonic() + PATIENCE
            while said() < words:
                assert time.monotonic() < last, self.house.log.read_text()[-4000:]
                time.sleep(0.01)

    def _kill(self, victim: str) -> None:
        if victim == "database":
            assert self.database
            self.database.kill()
            time.sleep(random.random() * 0.5)
            self.database.start()
        else:
            end(self.running[victim], signal.SIGKILL)
            words = ("serve", "--port", str(self.house.port)) if victim == "serve" else ("work",)
            self.last_kill = timezone.now()
            self.running[victim] = self.house.start(*words)

    def await_server(self) -> None:
        """A server that was told to start while the database was away, or while its port was still held, starts again."""
        last = time.monotonic() + PATIENCE
        while not answers(self.house.port):
            assert time.monotonic() < last, self.house.log.read_text()[-4000:]
            if self.running["serve"].poll() is not None:
                self._kill("serve")
            time.sleep(0.05)

    def end(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.kill()
            process.wait()


@contextmanager
def ground(tmp_path: Path) -> Iterator[tuple[House, postgres.Server | None]]:
    """A house on a database that belongs to this test alone, and the server of that database if it has one."""
    more = {"QUIET_SECONDS": "1", "SQLITE_SYNCHRONOUS": "FULL"}
    if connection.vendor == "sqlite":
        yield House(f"sqlite:///{tmp_path}/kill.sqlite3", tmp_path, more), None
        return
    with postgres.server(durable=True) as database:
        yield House(database.url, tmp_path, more), database


@pytest.fixture
def havoc(tmp_path: Path, django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Havoc]:
    with ground(tmp_path) as (house, database), django_db_blocker.unblock():  # type: ignore[attr-defined]
        running = Havoc(house, database)
        try:
            with looking_at(house.database):
                yield running
        finally:
            running.end()


@pytest.mark.timeout(900)
def test_nothing_acknowledged_is_lost_whatever_is_killed(havoc: Havoc, settings: Any) -> None:
    settings.QUIET_SECONDS = 1
    cast = gather()
    talks = [cast.conversation(f"K-{number}", at=None) for number in range(2)]
    promise_at_once()
    for number in range(5):
        cast.released(f"C-{number}", at=None)  # its clock runs out with nobody saying anything
    writers = [
        Writer(havoc.house, bearer(by), talk.case.reference, f"{name}{number}")
        for number, talk in enumerate(talks)
        for name, by in (("clara", cast.clara), ("paul", cast.paul))
    ]
    start, stop, lasts = tail.head(), threading.Event(), []
    listener = Restless(havoc.house.port, bearer(cast.olga), start, 0)
    with ThreadPoolExecutor(len(writers) + 1) as pool:
        hearing = pool.submit(listener.listen, lambda: lasts[0] if lasts else None)
        writing = [pool.submit(writer.write, stop) for writer in writers]
        try:
            havoc.reign(lambda: said(writers))
        finally:
            stop.set()
        connection.close()  # ours was not spared
        for one in writing:
            one.result()
        calm(havoc)
        lasts.append(positions_since(start, cast.olga)[-1])
        heard = hearing.result()
    havoc.end()
    print(f"killed: {dict(havoc.killed)}; acknowledged {said(writers)} of {sum(w.tries for w in writers)} tries")
    assert min(havoc.killed.values()) >= 2
    everything_acknowledged_is_there_once(talks, writers)
    every_chain_holds(cast, talks)
    every_clock_that_came_due_was_broken_once()
    every_mail_went_out_and_none_a_third_time(havoc.house, cast, talks)
    told = judge(0, [positions_since(start, cast.olga)], [heard])
    assert (told.lost, told.doubled, told.disordered) == (0, 0, 0), told


def said(writers: list[Writer]) -> int:
    return sum(len(writer.acknowledged) for writer in writers)


def promise_at_once() -> None:
    """From now on every answer is due at the moment it is owed."""
    for promise in ("confirm", "reply", "supply"):
        Policy.objects.create(promise=promise, version=2, effective_from=timezone.now(), within=0, unit="hours")


def calm(havoc: Havoc) -> None:
    """What is running runs until nothing is left to do. Leases of the dead run out at once."""
    last = time.monotonic() + PATIENCE
    while Delivery.objects.unsettled().exists() or Clock.objects.due(timezone.now()).exists():
        assert time.monotonic() < last, havoc.house.log.read_text()[-4000:]
        # Taken before the last of them died, and not settled within seconds by who is alive.
        dead = min(havoc.last_kill, timezone.now() - timedelta(seconds=4))
        Delivery.objects.filter(state="sending", due_at__gt=timezone.now(), due_at__lt=dead + LEASE).update(
            due_at=timezone.now()
        )
        time.sleep(0.5)


def bearer(actor: Actor) -> str:
    return f"Bearer {actor.organisation.issue_key('production', by=actor)[1]}"


def positions_since(start: str, actor: Actor) -> list[str]:
    events = tail.after(start, Event.objects.visible_to(actor), 10**6)
    return [tail.position_of(event) for event in events]


def everything_acknowledged_is_there_once(talks: list[Conversation], writers: list[Writer]) -> None:
    there = {message.body: (message.public_id, message.number) for message in Message.objects.all()}
    for writer in writers:
        for words, told in writer.acknowledged.items():
            assert there.get(words) == told, words
    assert Message.objects.count() == len(there) == said(writers), "said twice"
    for talk in talks:
        numbers = list(talk.messages.order_by("number").values_list("number", flat=True))
        talk.refresh_from_db()
        assert numbers == list(range(1, talk.message_count + 1))


def every_chain_holds(cast: Cast, talks: list[Conversation]) -> None:
    subjects = [*talks, *(talk.case for talk in talks), *Organisation.objects.all()]
    assert [first_broken_link(subject) for subject in subjects] == [None] * len(subjects)
    posted = Event.objects.filter(kind="message.posted").values_list("facts__message", flat=True)
    assert Counter(posted) == Counter(Message.objects.values_list("public_id", flat=True))


def every_clock_that_came_due_was_broken_once() -> None:
    broken = Counter(Event.objects.filter(kind="clock.broken").values_list("facts__clock", flat=True))
    came_due = Clock.objects.filter(policy__version=2)
    assert came_due.count() > 5
    assert broken == Counter(came_due.values_list("public_id", flat=True))
    assert set(came_due.values_list("state", flat=True)) <= {"broken", "late"}


def every_mail_went_out_and_none_a_third_time(house: House, cast: Cast, talks: list[Conversation]) -> None:
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in house.mail.glob("[!.]*.eml")
    ]
    sent = Counter(mail["Message-ID"] for mail in mails)
    print(f"{len(mails)} mails, {sum(sent.values()) - len(sent)} of them a second time")
    assert max(sent.values()) <= 2
    carried: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mail in mails:
        for line in mail.get_body(("plain",)).get_content().split():
            if line.endswith("-end"):
                carried[mail["To"].addresses[0].addr_spec, line].add(mail["Message-ID"])
    readers = {cast.clara.organisation: (cast.paul, cast.petra), cast.paul.organisation: (cast.clara, cast.carl)}
    for message in Message.objects.select_related("organisation"):
        for reader in readers[message.organisation]:
            assert reader.person
            assert len(carried[reader.person.email, message.body]) == 1, (reader.person.email, message.body)
