"""A host's own calendar is read again and again: answered well, wrongly, too much, elsewhere, slowly or never."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cast import MONDAY, Cast
from tests.hosting import TUESDAY_TEN, booked, hosting
from tests.pushes import Service, serving
from trialogue.lib import icsbusy
from trialogue.meetings import rounds
from trialogue.meetings.models import Busy, Host, Taken
from trialogue.meetings.rounds import read_busy
from trialogue.people.models import Actor

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(minutes=15)
BUSY = b"""BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
UID:1\r
DTSTART:20260310T090000Z\r
DTEND:20260310T093000Z\r
RRULE:FREQ=WEEKLY\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving(tmp_path) as service:
        monkeypatch.setattr(
            rounds,
            "REACH",
            replace(rounds.REACH, **vars(service.reach) | {"seconds": 15.0, "most_read": icsbusy.LARGEST + 1}),
        )
        service.status, service.answer = 200, BUSY
        yield service


@pytest.fixture
def host(cast: Cast, service: Service) -> Host:
    return hosting(cast.olga, busy_address=service.address + "olga.ics")


def test_what_it_says_cannot_be_booked(host: Host, enterprise: Actor, service: Service) -> None:
    assert read_busy(MONDAY) == 1
    assert service.rung[0].path == "/olga.ics"
    busy = Busy.objects.get()
    assert (busy.read_at, busy.trouble, len(busy.told)) == (MONDAY, "", 5)  # for as far ahead as one may book
    with pytest.raises(Taken):
        booked(Host.objects.shown().get(), enterprise)
    assert booked(Host.objects.shown().get(), enterprise, TUESDAY_TEN + timedelta(minutes=30))


def test_it_is_read_again_every_quarter_of_an_hour(host: Host, service: Service) -> None:
    assert [read_busy(MONDAY), read_busy(MONDAY), read_busy(LATER - timedelta(seconds=1)), read_busy(LATER)] == [
        1,
        0,
        0,
        1,
    ]
    service.answer = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
    read_busy(LATER + Busy.EVERY)
    assert Busy.objects.get().told == []


@pytest.mark.parametrize(
    ("status", "answer", "trouble"),
    [
        (404, b"", "status"), (500, BUSY, "status"), (302, b"", "status"), (200, b"<html>Sign in</html>", "no_calendar"), (200, b"", "no_calendar"),
        (200, BUSY[:40], "no_calendar"), (200, BUSY + b" " * icsbusy.LARGEST, "too_much"),
    ],
)  # fmt: skip
def test_what_is_answered_wrongly_leaves_it_as_it_was(
    host: Host, service: Service, status: int, answer: bytes, trouble: str
) -> None:
    read_busy(MONDAY)
    service.status, service.answer = status, answer
    assert read_busy(LATER) == 1
    busy = Busy.objects.get()
    assert (busy.trouble, busy.troubled_at, busy.read_at, len(busy.told)) == (trouble, LATER, MONDAY, 5)
    assert busy.answered == (status if trouble == "status" else None)
    read_busy(LATER + Busy.EVERY)
    assert Busy.objects.get().troubled_at == LATER, "since when, not when last"
    service.status, service.answer = 200, BUSY
    read_busy(LATER + 2 * Busy.EVERY)
    busy.refresh_from_db()
    assert (busy.trouble, busy.troubled_at, busy.answered) == ("", None, None)


def test_one_that_never_answers_holds_nobody_up(
    host: Host, enterprise: Actor, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_busy(MONDAY)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        Busy.objects.update(address=f"https://push.example:{silent.getsockname()[1]}/")
        monkeypatch.setattr(rounds, "REACH", replace(rounds.REACH, seconds=0.2))
        assert read_busy(LATER) == 1
    busy = Busy.objects.get()
    assert (busy.trouble, len(busy.told)) == ("unreachable", 5)
    with pytest.raises(Taken):
        booked(Host.objects.shown().get(), enterprise)


def test_an_address_in_our_own_network_is_not_read(
    host: Host, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "REACH", replace(rounds.REACH, admits=lambda _address: False))
    read_busy(MONDAY)
    assert (Busy.objects.get().trouble, service.rung) == ("forbidden", [])


def test_two_workers_read_it_once(host: Host, service: Service) -> None:
    first, second = Busy.objects.get(), Busy.objects.get()
    assert [first.claim(MONDAY), second.claim(MONDAY)] == [True, False]


def test_what_is_read_of_a_former_address_is_not_kept(cast: Cast, host: Host) -> None:
    former = Busy.objects.get()
    hosting(cast.olga, busy_address="https://calendar.example.org/other.ics")
    former.keep_spans([(TUESDAY_TEN, TUESDAY_TEN)], MONDAY)
    assert Busy.objects.get().told == []
