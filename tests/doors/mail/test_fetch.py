"""Letters come in by IMAP: from a real server, through networks that are not always there."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from tests.doors.mail.conftest import HELP, Tending, box, letter, until
from tests.imapd import Server, gate
from tests.pushes import certified
from trialogue.doors.mail import fetching, imap
from trialogue.doors.mail.models import Mailbox
from trialogue.letters.models import Letter

pytestmark = pytest.mark.django_db(transaction=True)


def kept() -> list[bytes]:
    return [one.raw for one in Letter.objects.order_by("pk")]


def begun(*users: str) -> bool:
    return Mailbox.objects.filter(name__in=users, last_ok_at__isnull=False).count() == len(users)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "HOLD_EVERY", 0.05)
    monkeypatch.setattr(fetching, "LOOK_EVERY", 0.2)


def test_a_letter_is_kept_to_the_byte_as_soon_as_the_server_tells(
    server: Server, tending: Tending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LOOK_EVERY", 600)
    user, raw = server.user(), letter(1, b"\r\n.\r\n\0 h\xe4\xff\r\n" + bytes({*range(256)} - {10, 13}))
    with gate(server) as heard, tending(box(user, heard.port)):
        until(lambda: b"+ Idling" in heard.said)
        server.put(user, raw)
        until(lambda: kept() == [raw])  # long before it would look by itself
        until(lambda: Mailbox.objects.get().last_uid == 101)
    one = Letter.objects.get()
    assert (one.door, one.mailbox, one.state) == ("imap", HELP, "arrived")
    assert Mailbox.objects.get().holder == ""


def test_a_server_that_tells_nothing_is_asked(server: Server, tending: Tending) -> None:
    user = server.user()
    with gate(server, hides=b" IDLE") as dumb, tending(box(user, dumb.port)):
        until(lambda: begun(user))
        server.put(user, letter(1))
        until(lambda: kept() == [letter(1)])


def test_what_lay_there_before_is_read_only_where_that_is_wanted(server: Server, tending: Tending) -> None:
    ann, bea = server.user(), server.user()
    server.put(ann, letter("ann 1"), letter("ann 2"))
    server.put(bea, letter("bea 1"), letter("bea 2"))
    with tending(box(ann, server.port), box(bea, server.port, begin="oldest")):
        until(lambda: begun(ann, bea))
        server.put(ann, letter("ann 3"))
        until(lambda: len(kept()) == 3)
    assert sorted(kept()) == [letter("ann 3"), letter("bea 1"), letter("bea 2")]


def test_what_came_while_nobody_read_is_read_after(server: Server, tending: Tending) -> None:
    user = server.user()
    with tending(box(user, server.port)):
        until(lambda: begun(user))
    server.put(user, letter(1), letter(2))
    with tending(box(user, server.port)):
        until(lambda: kept() == [letter(1), letter(2)])


def test_a_letter_stays_there_unread_unless_the_operator_wants_otherwise(server: Server, tending: Tending) -> None:
    ann, bea, cyd = server.user(), server.user(), server.user()
    with server.client(cyd) as client:
        client.create_folder("Gelesen & erledigt, äöü")
    moving = box(cyd, server.port, then="move", move_to="Gelesen & erledigt, äöü")
    with tending(box(ann, server.port), box(bea, server.port, then="seen"), moving):
        until(lambda: begun(ann, bea, cyd))
        for user in (ann, bea, cyd):
            server.put(user, letter(user))
        until(lambda: Mailbox.objects.filter(last_uid=101).count() == 3)
    assert b"\\Seen" not in flags(server, ann)[101]
    assert b"\\Seen" in flags(server, bea)[101]
    assert flags(server, cyd) == {}
    assert len(flags(server, cyd, "Gelesen & erledigt, äöü")) == 1


def flags(server: Server, user: str, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
    with server.client(user) as client:
        client.select_folder(folder, readonly=True)
        return dict(client.get_flags(client.search()))


def test_where_a_letter_cannot_be_moved_it_is_kept_all_the_same_and_the_mailbox_says_so(
    server: Server, tending: Tending
) -> None:
    user = server.user()
    with tending(box(user, server.port, then="move", move_to="Nowhere")):
        until(lambda: begun(user))
        server.put(user, letter(1), letter(2))
        until(lambda: kept() == [letter(1), letter(2)])
        until(lambda: "Letter 102 is kept, but stays" in Mailbox.objects.get().trouble)
        with server.client(user) as client:
            client.create_folder("Nowhere")
        server.put(user, letter(3))
        until(lambda: len(kept()) == 3 and not Mailbox.objects.get().trouble)


def test_a_wrong_password_or_a_server_that_says_nothing_holds_up_nobody_else(server: Server, tending: Tending) -> None:
    fine, shut, dumb = server.user(), server.user(), server.user()
    with gate(server, silent=True) as silent:
        boxes = box(fine, server.port), box(shut, server.port, password="wrong"), box(dumb, silent.port)
        with tending(*boxes):
            until(lambda: begun(fine) and silent.connections)
            server.put(fine, letter(1))
            until(lambda: kept() == [letter(1)])
            until(lambda: Mailbox.objects.get(name=shut).trouble)
    assert "127.0.0.1 does not let us in: NO" in Mailbox.objects.get(name=shut).trouble
    assert not begun(shut)
    assert not begun(dumb)


def test_a_server_that_never_answers_is_told_of(
    server: Server, tending: Tending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "SECONDS", 0.2)
    user = server.user()
    with gate(server, silent=True) as silent, tending(box(user, silent.port)):
        until(lambda: Mailbox.objects.filter(trouble="127.0.0.1: it does not answer"))
        since = Mailbox.objects.get().trouble_since
        monkeypatch.setattr(imap, "SECONDS", 60)
        silent.silent = False
        until(lambda: begun(user) and Mailbox.objects.get().trouble == "")
    assert since
    assert Mailbox.objects.get().trouble_since is None


def test_a_connection_that_breaks_in_the_midst_of_a_letter_loses_and_doubles_nothing(
    server: Server, tending: Tending
) -> None:
    user, letters = server.user(), [letter(number, b"word %d " % number * 20_000) for number in range(3)]
    with gate(server, cuts_at=b"word 1 word 1", most_cuts=3) as breaking, tending(box(user, breaking.port)):
        until(lambda: begun(user))
        server.put(user, *letters)
        until(lambda: len(kept()) == 3)
    assert breaking.cuts == 3
    assert kept() == letters


def test_a_letter_that_always_breaks_the_connection_does_not_stop_the_next(
    server: Server, tending: Tending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TRIES_WHOLE", 2)
    monkeypatch.setattr(fetching, "TRIES", 3)
    user = server.user()
    with gate(server, cuts_at=b"poison") as breaking, tending(box(user, breaking.port)):
        until(lambda: begun(user))
        server.put(user, letter(1, b"poison"), letter("poison"), letter(3))
        until(lambda: letter(3) in kept())
    cut, whole = Letter.objects.order_by("pk")
    assert cut.raw == letter(1).removesuffix(b"Hello\r\n")
    assert (cut.state, cut.reason) == ("failed", "broken_off")
    assert whole.state == "arrived"
    assert Mailbox.objects.get().left == [102]


def test_a_large_letter_is_fetched_in_pieces_and_of_one_too_large_the_header_is_kept(
    server: Server, tending: Tending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "PIECE", 1000)
    monkeypatch.setattr(fetching, "LARGEST", 20_000)
    user, large, too_large = server.user(), letter(1, b"0123456789" * 1000), letter(2, b"x" * 20_000)
    exact = letter(3, b"y" * (3000 - len(letter(3))))
    with tending(box(user, server.port)):
        until(lambda: begun(user))
        server.put(user, large, too_large, exact)
        until(lambda: len(kept()) == 3)
    assert kept() == [large, letter(2).removesuffix(b"Hello\r\n"), exact]
    assert [one.reason for one in Letter.objects.order_by("pk")] == ["", "too_large", ""]


def test_a_folder_numbered_anew_is_read_again_but_not_what_lay_there_before_we_began(
    server: Server, tending: Tending
) -> None:
    user = server.user()
    with server.client(user) as client:
        client.create_folder("Help")
        client.append("Help", letter("old"), msg_time=datetime(2020, 1, 1, tzinfo=UTC))
        with tending(box(user, server.port, folder="Help")):
            until(lambda: begun(user))
            client.append("Help", letter(1))
            until(lambda: kept() == [letter(1)])
        client.delete_folder("Help")
        client.create_folder("Help")
        client.append("Help", letter("old"), msg_time=datetime(2020, 1, 1, tzinfo=UTC))
        client.append("Help", letter(1))
        client.append("Help", letter(2))
        before = Mailbox.objects.get().uid_validity
        with tending(box(user, server.port, folder="Help")):
            until(lambda: kept() == [letter(1), letter(2)])
            until(lambda: Mailbox.objects.get().last_uid == 103)
    assert Mailbox.objects.get().uid_validity != before


def test_a_thousand_letters_at_once_are_kept_in_their_order(server: Server, tending: Tending) -> None:
    user, letters = server.user(), [letter(number) for number in range(1000)]
    with server.client(user) as client:
        client.multiappend("INBOX", letters)
    with tending(box(user, server.port, begin="oldest")):
        until(lambda: Letter.objects.count() == 1000)
    assert kept() == letters


def test_tls_at_once_is_spoken_with_a_server_that_proves_who_it_is(
    server: Server, tending: Tending, tmp_path: Path
) -> None:
    certificate, context = certified(tmp_path, "localhost"), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    user, doubted = server.user(), server.user()
    with gate(server, tls=context) as secure:
        told = {"host": "localhost", "tls": "tls"}
        with tending(box(user, secure.port, certificates=certificate, **told), box(doubted, secure.port, **told)):
            until(lambda: begun(user))
            until(lambda: "CERTIFICATE_VERIFY_FAILED" in Mailbox.objects.get(name=doubted).trouble)
            server.put(user, letter(1))
            until(lambda: kept() == [letter(1)])


def test_one_process_reads_a_mailbox_and_another_goes_on_when_that_is_gone(server: Server, tending: Tending) -> None:
    user = server.user()
    with gate(server) as seen:
        mine = box(user, seen.port)
        with tending(mine):
            until(lambda: begun(user))
            first = Mailbox.objects.get().holder
            with tending(mine):
                server.put(user, letter(1))
                until(lambda: kept() == [letter(1)])
                assert Mailbox.objects.get().holder == first
                assert seen.connections == 1
                Mailbox.objects.update(holder="", held_until=None)  # as if it were gone
                until(lambda: Mailbox.objects.get().holder)
                server.put(user, letter(2))
                until(lambda: len(kept()) == 2)
    assert kept() == [letter(1), letter(2)]


def test_while_the_database_is_away_letters_wait_where_they_are(
    server: Server, tending: Tending, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, tries, keep = server.user(), list[int](), Letter.keep

    def away(*args: Any, **told: Any) -> Letter:
        tries.append(1)
        if len(tries) <= fetching.TRIES + 2:  # more often than a letter that breaks the connection is tried
            raise OperationalError("away")
        return keep(*args, **told)

    monkeypatch.setattr(Letter, "keep", away)
    with tending(box(user, server.port)):
        until(lambda: begun(user))
        server.put(user, letter(1))
        until(lambda: kept() == [letter(1)])
