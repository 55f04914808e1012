"""`kill -9` of the worker while it fetches letters, and while it files them: none is lost, and none is there or said twice."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from tests import imapd
from tests.doors.mail.conftest import as_toml, box, letter
from tests.doors.mail.test_lmtp import CHANNEL, KEPT, Server
from tests.journeys.test_kill import ground
from tests.letters.post import SALES, written
from tests.serving import PATIENCE, end, looking_at
from trialogue.conversations.models import Message
from trialogue.deliveries.models import Delivery
from trialogue.doors.mail.models import Mailbox
from trialogue.events.models import Event
from trialogue.letters.models import Letter, State
from trialogue.people.models import Organisation, Side
from trialogue.requests.models import Request

LETTERS, FILED, KILLS = 60, 40, 2


def test_a_worker_killed_while_it_fetches_loses_and_doubles_no_letter(
    tmp_path: Path,
    django_db_setup: None,
    django_db_blocker: pytest.FixtureRequest,
) -> None:
    with imapd.serving() as server, ground(tmp_path) as (house, _database), django_db_blocker.unblock():  # type: ignore[attr-defined]
        users = [server.user() for _number in range(3)]
        file = tmp_path / "mailboxes.toml"
        file.write_text(as_toml([box(user, server.port, begin="oldest", then="seen") for user in users]))
        house.more = {**house.more, "MAILBOXES": str(file), "LMTP": str(tmp_path / "lmtp")}
        # What the dead one held is free at once.
        house.quick = {
            "trialogue.doors.mail.models.LEASE_SECONDS": 0.5, "trialogue.doors.mail.fetching.HOLD_EVERY": 0.1,
        }  # fmt: skip
        sent = [letter(f"{user}-{number}") for user in users for number in range(LETTERS)]
        for user in users:
            server.put(user, *(one for one in sent if f"{user}-".encode() in one))
        with looking_at(house.database):
            assert house.start("work", "--once").wait(PATIENCE) == 0
            for _kill in range(KILLS):
                worker, before = house.start("work"), Letter.objects.count()
                until(lambda b=before: Letter.objects.count() > b)  # type: ignore[misc]
                end(worker, signal.SIGKILL)
            assert Letter.objects.count() < len(sent)
            worker = house.start("work")
            until(lambda: Mailbox.objects.filter(last_uid=100 + LETTERS).count() == len(users))
            with Server(str(tmp_path / "lmtp")) as other_door:  # where those that were killed stood, too
                assert other_door.hand_over(sent[0], CHANNEL) == [KEPT]  # twice is once
            end(worker)
            assert worker.returncode == 0
            assert Counter(one.raw for one in Letter.objects.all()) == Counter(sent)
            assert Event.objects.filter(kind="letter.arrived").count() == len(sent)
            assert not Mailbox.objects.exclude(holder="").exists()


def test_a_worker_killed_while_it_files_files_each_letter_once(
    tmp_path: Path, django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> None:
    with ground(tmp_path) as (house, _database), django_db_blocker.unblock():  # type: ignore[attr-defined]
        assert house.start("work", "--once").wait(PATIENCE) == 0
        with looking_at(house.database):
            Organisation.found(name="Trialogue Operations", kind=Side.OPERATOR, country="DK", zone="UTC")
            for number in range(FILED):  # each by another sender, or it is a flood
                Letter.keep(written(f"v{number}@new.example", SALES, proof="", at=timezone.now()), door="pipe")
            filed = Letter.objects.filter(state=State.FILED)
            for _kill in range(KILLS):
                worker, before = house.start("work"), filed.count()
                until(lambda b=before: filed.count() > b)  # type: ignore[misc]
                end(worker, signal.SIGKILL)
                Letter.objects.filter(state=State.ARRIVED).update(
                    due_at=timezone.now()
                )  # the lease of the dead one is over
            worker = house.start("work")
            until(lambda: filed.count() == FILED)
            end(worker)
            assert set(Request.objects.values_list("email", flat=True)) == {f"v{n}@new.example" for n in range(FILED)}
            counted = (
                Request,
                Message,
                Event.objects.filter(kind="letter.filed"),
                Delivery.objects.filter(kind="receipt"),
            )
            assert [getattr(one, "objects", one).count() for one in counted] == [FILED] * 4


def until(done: Callable[[], bool]) -> None:
    last = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < last
        time.sleep(0.005)
