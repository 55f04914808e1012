"""`kill -9` of the worker while it fetches letters: none is lost, and none is there twice."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import imapd
from tests.doors.mail.conftest import as_toml, box, letter
from tests.doors.mail.test_lmtp import CHANNEL, KEPT, Server
from tests.journeys.test_kill import ground
from tests.serving import PATIENCE, end, looking_at
from trialogue.doors.mail.models import Mailbox
from trialogue.events.models import Event
from trialogue.letters.models import Letter

LETTERS, KILLS = 60, 2


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


def until(done: Callable[[], bool]) -> None:
    last = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < last
        time.sleep(0.005)
