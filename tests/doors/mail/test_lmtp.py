"""A mail server hands letters over by LMTP, and is told for each receiver whether they are kept."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from tests.doors.mail.conftest import letter, running, until
from tests.postgres import free_port
from tests.serving import PATIENCE, answers
from trialogue.channels.models import Edition
from trialogue.channels.rules import shipped_rules
from trialogue.doors.mail import lmtp
from trialogue.letters.models import Letter

pytestmark = pytest.mark.django_db(transaction=True)
CHANNEL = shipped_rules().channels["platform"].address
REPLY = f"reply+{'a' * 26}@trialogue.example"
KEPT = (250, b"2.6.0 Kept")


@contextmanager
def listening(settings: Any, place: str) -> Iterator[None]:
    settings.LMTP = place
    with running(lmtp.listen):
        yield


@pytest.fixture
def port(settings: Any) -> Iterator[int]:
    settings.REPLY_ADDRESS = "reply@trialogue.example"
    settings.DEFAULT_FROM_EMAIL = "Trialogue <notices@trialogue.example>"
    port = free_port()
    with listening(settings, f"127.0.0.1:{port}"):
        until(lambda: answers(port))
        yield port


class Server(smtplib.LMTP):
    """As Postfix speaks. smtplib takes but one answer to a letter."""

    def __init__(self, *place: Any) -> None:
        super().__init__(*place, timeout=PATIENCE)

    def hand_over(self, raw: bytes, *receivers: str, sender: str = "clara@nordlys.example") -> list[tuple[int, bytes]]:
        self.ehlo_or_helo_if_needed()
        self.mail(sender)
        taken = [one for one in (self.rcpt(receiver) for receiver in receivers) if one[0] == 250]
        first = self.data(raw)
        return [first, *(self.getreply() for _more in taken[1:])]


def test_a_letter_is_kept_to_the_byte_and_each_receiver_hears_so(port: int) -> None:
    raw = letter(1, b".\r\n..\r\n\0 h\xe4\xff\r\n" + b"x" * 5000 + b"\r\n")
    with Server("127.0.0.1", port) as server:
        assert server.hand_over(raw, CHANNEL.upper(), REPLY, "Notices@trialogue.example") == [KEPT] * 3
        assert server.hand_over(letter(2), CHANNEL, sender="") == [KEPT]
    one, bounce = Letter.objects.order_by("pk")
    assert (one.raw, one.door, one.envelope_from) == (raw, "lmtp", "clara@nordlys.example")
    assert one.envelope_to == [CHANNEL.upper(), REPLY, "Notices@trialogue.example"]
    assert bounce.envelope_from == ""


def test_the_same_letter_handed_over_again_is_the_same_letter(port: int) -> None:
    for _time in range(2):
        with Server("127.0.0.1", port) as server:
            assert server.hand_over(letter(1), CHANNEL) == [KEPT]
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    "address", ["nobody@trialogue.example", "reply@trialogue.example", "reply+short@trialogue.example", ""]
)
def test_who_is_not_read_here_is_refused_at_once(port: int, address: str) -> None:
    assert Edition.in_force().rules.at_address(address) is None
    with Server("127.0.0.1", port) as server:
        server.ehlo("mx")
        server.mail("clara@nordlys.example")
        assert server.rcpt(address)[0] in (550, 553)
        assert server.docmd("DATA")[0] == 503
    assert not Letter.objects.exists()


def test_a_letter_that_is_too_large_is_refused_to_each_receiver(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmtp, "LARGEST", 1000)
    with Server("127.0.0.1", port) as server:
        server.ehlo("mx")
        assert server.esmtp_features["size"] == "1000"
        assert [code for code, _said in server.hand_over(letter(1, b"x" * 2000), CHANNEL, REPLY)] == [552, 552]
        assert server.hand_over(letter(2), CHANNEL) == [KEPT]
    assert Letter.objects.get().raw == letter(2)


@pytest.mark.parametrize("trouble", [OperationalError("away"), RuntimeError("whatever it is")])
def test_while_nothing_can_be_kept_the_mail_server_is_asked_to_try_again(
    port: int, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def keep(*_args: Any, **_told: Any) -> Letter:
        raise trouble

    with Server("127.0.0.1", port) as server:
        with monkeypatch.context() as away:
            away.setattr(Letter, "keep", keep)
            assert [code for code, _said in server.hand_over(letter(1), CHANNEL, REPLY)] == [451, 451]
        assert server.hand_over(letter(1), CHANNEL) == [KEPT]


def test_while_nobody_can_say_whose_an_address_is_it_is_tried_again(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_address: str) -> bool:
        raise OperationalError("away")

    monkeypatch.setattr(lmtp, "is_ours", away)
    with Server("127.0.0.1", port) as server:
        server.ehlo("mx")
        server.mail("clara@nordlys.example")
        assert server.rcpt(CHANNEL)[0] == 451


def test_no_more_than_so_many_come_in_at_once(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmtp, "CONNECTIONS", 2)
    with (
        Server("127.0.0.1", port),
        Server("127.0.0.1", port),
        socket.create_connection(("127.0.0.1", port), PATIENCE) as third,
    ):
        assert third.makefile("rb").readline().startswith(b"421 ")


def test_a_line_without_an_end_or_a_letter_broken_off_does_no_harm(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmtp.Door, "line_length_limit", 2000)
    with Server("127.0.0.1", port) as server:
        assert [code for code, _said in server.hand_over(b"x" * 9000, CHANNEL, REPLY)] == [500, 500]
        assert server.docmd("x" * 5000)[0] == 500
        server.mail("clara@nordlys.example")
        server.rcpt(CHANNEL)
        server.putcmd("data")
        server.getreply()
        server.send(b"Subject: half")
        server.sock.shutdown(socket.SHUT_RDWR)
    with Server("127.0.0.1", port) as server:
        assert server.hand_over(letter(1), CHANNEL) == [KEPT]
    assert Letter.objects.count() == 1


def test_who_is_slow_is_sent_away(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmtp, "SECONDS", 0.1)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as slow:
        assert slow.makefile("rb").read().startswith(b"220 ")  # to its end


def test_at_a_socket_the_next_process_stands_when_one_is_gone(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lmtp, "TRY_AGAIN_EVERY", 0.05)
    place = tmp_path / "lmtp"
    place.touch()  # as a process that was killed leaves it
    with listening(settings, str(place)):
        until(place.is_socket)
        with Server(str(place)) as server:
            assert server.hand_over(letter(1), CHANNEL) == [KEPT]
        next_one = listening(settings, str(place))
        next_one.__enter__()
        with Server(str(place)) as server:
            assert server.hand_over(letter(2), CHANNEL) == [KEPT]
    try:
        until(lambda: stands(place))
        with Server(str(place)) as server:
            assert server.hand_over(letter(3), CHANNEL) == [KEPT]
    finally:
        next_one.__exit__(None, None, None)
    assert Letter.objects.count() == 3


def stands(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(place)) == 0
