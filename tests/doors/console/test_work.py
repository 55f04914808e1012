from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from tests.cast import Cast
from tests.lib.test_drawing import pdf
from tests.walk import document
from trialogue.clocks.models import Clock
from trialogue.conversations.looking import look_into
from trialogue.conversations.models import Document
from trialogue.deliveries.models import Delivery
from trialogue.doors.console import rounds

PATIENCE = 60  # seconds


def test_a_round_breaks_clocks_warns_and_sends(cast: Cast) -> None:
    now = timezone.now()
    talk = cast.conversation(at=now - timedelta(days=30))
    talk.post(by=cast.clara, body="Any news?", at=now - timedelta(days=20))
    assert rounds.round(now) >= 2
    assert Clock.objects.get(promise="reply").state == Clock.State.BROKEN
    assert not Delivery.objects.due(now).exists()


@pytest.mark.only_on("sqlite")
def test_stock_is_taken_once_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite knows then that nearly all cases are of one environment, and begins elsewhere."""
    monkeypatch.setattr(rounds, "_last_stock", [])
    cast.conversation()
    now = timezone.now()

    def known() -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE name = 'sqlite_stat1'")
            if not cursor.fetchall():
                return set()
            cursor.execute("SELECT tbl FROM sqlite_stat1")
            return {table for (table,) in cursor.fetchall()}

    before = known()
    for hours in (0, 1, 23):
        rounds._take_stock(now + timedelta(hours=hours))
    assert known() == before
    rounds._take_stock(now + timedelta(hours=24))
    assert {"cases_case", "clocks_clock", "conversations_conversation"} <= known()


def test_once_goes_on_until_nothing_is_due(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    talk = cast.conversation(at=timezone.now() - timedelta(days=30))
    talk.post(by=cast.clara, body="Any news?", at=timezone.now() - timedelta(days=20))
    trialogue("work", "--once")
    assert rounds.round(timezone.now()) == 0
    assert (
        Delivery.objects.filter(state=Delivery.State.SENT).count() > 4
    )  # both partners: the case, the message, the clock


def test_a_round_that_fails_is_logged_and_stops_no_other(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def broken(now: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(rounds, "ROUNDS", (broken, lambda now: 3))
    assert rounds.round(timezone.now()) == 3
    assert "round broken" in caplog.text


def test_documents_are_looked_into_where_they_hold_up_neither_clocks_nor_mail(cast: Cast) -> None:
    (lane,) = [lane for lane in rounds.LANES if look_into in lane]
    assert lane == (look_into,)
    Document.add(cast.submitted(), [document("a.pdf", pdf(1))], by=cast.clara)
    rounds.round(timezone.now())
    assert Document.objects.get().pages == 1


class Rounds:
    """Stands in for the rounds: each time the next answer, or trouble; then the end."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers, self.stop, self.waited = list(answers), threading.Event(), list[float]()
        self.stop.wait = self._wait  # type: ignore[method-assign,assignment]

    def __call__(self, now: object) -> int:
        answer = self.answers.pop(0)
        if not self.answers:
            self.stop.set()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)


@pytest.fixture
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests have no database; that the worker lets go of its connections is not what they ask."""
    monkeypatch.setattr(rounds, "close_old_connections", lambda: None)
    monkeypatch.setattr(rounds, "connection", type("Connection", (), {"close": lambda self: None})())


@pytest.mark.usefixtures("_no_database")
def test_it_waits_only_when_nothing_was_due() -> None:
    told = Rounds(2, 0, 1, 0)
    rounds.follow((told,), told.stop)
    assert told.waited == [rounds.IDLE, rounds.IDLE]


@pytest.mark.usefixtures("_no_database")
def test_it_outlives_the_database_and_says_so_once(caplog: Any) -> None:
    away = OperationalError("connection refused")
    told = Rounds(away, away, away, 0, 0)
    with caplog.at_level(logging.WARNING):
        rounds.follow((told,), told.stop)
    assert [record.message for record in caplog.records] == [
        "the database is away, waiting for it: connection refused",
        "the database is back",
    ]
    assert told.waited[:3] == [rounds.AWAY] * 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    environment = os.environ | {"TRIALOGUE_DATA": str(tmp_path), "TRIALOGUE_DATABASE_URL": ""}
    worker = subprocess.Popen(
        [sys.executable, "-m", "trialogue", "work"], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        _until(lambda: (tmp_path / "trialogue.sqlite3").exists())
        worker.send_signal(number)
        _out, err = worker.communicate(timeout=PATIENCE)
    finally:
        worker.kill()
    assert (worker.returncode, err) == (0, "")


def _until(there: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def test_it_waits_for_a_database_that_is_not_there_at_the_start(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    from trialogue.doors.console.management.commands import work

    tries = iter([OperationalError("connection refused"), None])

    def prepare() -> None:
        if trouble := next(tries):
            raise trouble

    monkeypatch.setattr(work, "prepare", prepare)
    told = Rounds()
    assert work.prepared(told.stop)
    assert told.waited == [rounds.AWAY]
    assert "connection refused" in caplog.text


def test_prepare_twice_is_prepare_once(trialogue, db: None) -> None:  # type: ignore[no-untyped-def]
    trialogue("prepare")
    trialogue("prepare")
    assert "web_cache" in connection.introspection.table_names()


def test_a_door_that_falls_shut_is_opened_again_until_the_worker_stops(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds, "AWAY", 0)
    stop, opened = threading.Event(), list[int]()

    def door(stop: threading.Event) -> None:
        opened.append(1)
        if len(opened) < 3:
            raise RuntimeError("slam")

    rounds.stand(door, stop)
    assert len(opened) == 3
    stop.set()
    rounds.stand(door, stop)
    assert len(opened) == 3
    assert caplog.text.count("RuntimeError: slam") == 2
