"""What servers do that ours in the tests does not: each line by a script, and what becomes of it."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.pushes import certified
from trialogue.doors.mail import imap
from trialogue.doors.mail.imap import Connection, Denied, Locked, Trouble, connected

Say = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def talk(script: list[tuple[bytes, Say]], do: Callable[[Connection], Awaitable[Any]], **how: Any) -> Any:
    """Does something with a server that greets, and then answers what it hears as the script says. `TAG` is the command's."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):  # whoever hung up on it
            writer.write(b"* OK hello\r\n")
            for awaited, said in script:
                line = await reader.readline()
                tag, _space, command = line.partition(b" ")
                if line:
                    heard.append((awaited, command or line))
                if isinstance(said, bytes):
                    writer.write(said.replace(b"TAG", tag))
                else:
                    writer.write(tag + b" OK\r\n")
                    await said(writer)
            await writer.drain()
            await reader.read()
        writer.transport.abort()
        gone.set()

    async def run() -> Any:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            try:
                async with connected("127.0.0.1", port, **{"tls": "none", "context": None, **how}) as line:
                    return await do(line)
            finally:
                await gone.wait()

    gone = asyncio.Event()
    heard: list[tuple[bytes, bytes]] = []
    try:
        return asyncio.run(run())
    finally:
        assert [line for awaited, line in heard if not line.startswith(awaited)] == []


CAPABLE = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 IDLE\r\nTAG OK\r\n"


def test_a_password_goes_in_a_form_that_takes_every_character() -> None:
    plain = base64.b64encode('\0clära\0pä"ss'.encode())
    script: list[tuple[bytes, Say]] = [
        (b"CAPABILITY", CAPABLE), (b"AUTHENTICATE PLAIN\r\n", b"+ \r\n"), (plain, b"T2 OK\r\n"),
        (b"CAPABILITY", b"* CAPABILITY IDLE MOVE\r\nTAG OK\r\n"),
    ]  # fmt: skip

    async def enter(line: Connection) -> frozenset[bytes]:
        await line.sign_in("clära", 'pä"ss')
        return line.can

    assert talk(script, enter) == {b"IDLE", b"MOVE"}


def test_where_there_is_no_such_form_it_is_quoted() -> None:
    script: list[tuple[bytes, Say]] = [
        (b"CAPABILITY", b"* CAPABILITY IMAP4rev1\r\nTAG OK\r\n"), (b'LOGIN "clara" "a\\"b\\\\c"\r\n', b"TAG NO wrong\r\n"),
    ]  # fmt: skip
    with pytest.raises(Locked, match="NO wrong"):
        talk(script, lambda line: line.sign_in("clara", 'a"b\\c'))


def test_a_token_goes_by_xoauth2_and_why_it_is_refused_is_asked() -> None:
    told = base64.b64encode(b"user=clara\1auth=Bearer t0ken\1\1")
    script: list[tuple[bytes, Say]] = [
        (b"AUTHENTICATE XOAUTH2", b"+ \r\n"), (told, b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n"), (b"\r\n", b"T1 NO expired\r\n"),
    ]  # fmt: skip
    with pytest.raises(Locked, match="NO expired"):
        talk(script, lambda line: line.sign_in_with_token("clara", "t0ken"))


def test_after_starttls_all_is_said_within_it(tmp_path: Path) -> None:
    certificate, within = certified(tmp_path, "127.0.0.1"), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    within.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)
    trusting.check_hostname = False  # its certificate is for a name, not for a number

    async def secure(writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(within)

    script: list[tuple[bytes, Say]] = [(b"STARTTLS", secure), (b"CAPABILITY", CAPABLE)]
    talk(script, lambda line: line._see_what_it_can(), tls="starttls", context=trusting)


def test_what_is_slipped_in_before_tls_begins_is_not_taken_for_what_is_said_within() -> None:
    script: list[tuple[bytes, Say]] = [(b"STARTTLS", b"TAG OK\r\n* CAPABILITY EVIL\r\n")]
    with pytest.raises(Trouble, match="in the clear"):
        talk(script, lambda line: line._see_what_it_can(), tls="starttls", context=ssl.create_default_context())


async def _numbers(line: Connection) -> list[int]:
    return await line.since(7)


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        (b"* SEARCH\r\nTAG OK\r\n", []),
        (b"* SEARCH 7\r\nTAG OK\r\n", []),  # the last there is, which `*` stands for
        (b"* SEARCH 12 9\r\n* SEARCH 8\r\nTAG OK\r\n", [8, 9, 12]),
        (b"* 3 EXISTS\r\n* search 8 (MODSEQ 12)\r\n* OK [ALERT] full\r\nTAG OK\r\n", [8]),
    ],
)
def test_numbers_are_read_as_servers_tell_them(said: bytes, numbers: list[int]) -> None:
    assert talk([(b"UID SEARCH UID 8:*", said)], _numbers) == numbers


async def _header(line: Connection) -> bytes:
    return await line.header(5)


@pytest.mark.parametrize(
    ("said", "header"),
    [
        (b"* 1 FETCH (UID 5 BODY[HEADER]<0> {4}\r\na: b)\r\nTAG OK\r\n", b"a: b"),
        (b"* 1 FETCH (FLAGS (\\Seen)BODY[HEADER]<0> {4}\r\na: b UID 5)\r\nTAG OK\r\n", b"a: b"),
        (b'* 1 FETCH (UID 5 BODY[HEADER]<0> "a: b")\r\nTAG OK\r\n', b"a: b"),
        (b"* 1 FETCH (UID 5 BODY[HEADER]<0> NIL)\r\nTAG OK\r\n", b""),
        (b"* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 6 BODY[HEADER]<0> {1}\r\nx)\r\nTAG OK\r\n", b""),
        (b"TAG OK\r\n", b""),
    ],
)
def test_a_part_is_read_in_whatever_form_it_comes(said: bytes, header: bytes) -> None:
    assert talk([(b"UID FETCH 5 (UID BODY.PEEK[HEADER]", said)], _header) == header


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (b"* 1 FETCH (UID 5 BODY[HEADER]<0> {4}\r\na: b\r\nTAG OK\r\n", "cannot be read"),
        (b"* 1 FETCH (UID x\r\nTAG OK\r\n", "cannot be read"),
        (b"* 1 FETCH (UID 5 BODY[HEADER]<0> {99999999999}\r\n", "more than it was asked for"),
        (b"* BYE shutting down\r\n", "it hung up: shutting down"),
        (b"TAG BAD what\r\n", "BAD what"),
        (b"\0\xff\r\n" * 20 + b"TAG NO \0\xff\r\n", "NO ��"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(said: bytes, trouble: str) -> None:
    with pytest.raises(Trouble, match=trouble):
        talk([(b"UID FETCH", said)], _header)


def test_a_line_without_an_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "LONGEST_LINE", 1000)
    with pytest.raises(Trouble, match="without an end"):
        talk([(b"UID FETCH", b"x" * 5000)], _header)


def test_a_server_that_only_says_it_could_idle_is_asked_instead() -> None:
    async def wait(line: Connection) -> frozenset[bytes]:
        line.can = frozenset({b"IDLE"})
        await line.news(60)
        await line.news(0)
        return line.can

    assert talk([(b"IDLE", b"TAG NO not today\r\n"), (b"NOOP", b"TAG OK\r\n")], wait) == frozenset()


def test_a_letter_told_of_while_something_else_was_asked_is_not_waited_for() -> None:
    async def wait(line: Connection) -> bool:
        line.can = frozenset({b"IDLE"})
        await line.since(7)
        await line.news(60)  # and says nothing
        return line.stirred

    assert talk([(b"UID SEARCH", b"* SEARCH\r\n* 9 EXISTS\r\nTAG OK\r\n")], wait)


@pytest.mark.parametrize(
    ("said", "folder"),
    [
        (b"* OK [UIDVALIDITY 3]\r\n* OK [UIDNEXT 9] next\r\nTAG OK [READ-WRITE]\r\n", imap.Folder(3, 9)),
        (b"* 0 EXISTS\r\nTAG OK\r\n", "no lasting numbers"),
        (b"TAG NO no such folder\r\n", "no such folder"),
    ],
)
def test_a_folder_is_opened_by_its_name_in_the_form_servers_know(said: bytes, folder: imap.Folder | str) -> None:
    async def select(line: Connection) -> imap.Folder:
        return await line.select('Gr\u00fc\u00dfe & "mehr"')

    script: list[tuple[bytes, Say]] = [(b'SELECT "Gr&APwA3w-e &- \\"mehr\\""\r\n', said)]
    if isinstance(folder, imap.Folder):
        assert talk(script, select) == folder
    else:
        with pytest.raises(Trouble, match=folder):
            talk(script, select)


def test_a_letter_is_moved_by_copy_where_there_is_no_better_way() -> None:
    async def move(line: Connection) -> None:
        line.can = frozenset({b"UIDPLUS"})
        await line.move(5, "Done")

    script: list[tuple[bytes, Say]] = [
        (b'UID COPY 5 "Done"', b"TAG OK\r\n"), (b"UID STORE 5 +FLAGS.SILENT (\\Deleted)", b"TAG OK\r\n"), (b"UID EXPUNGE 5", b"TAG OK\r\n"),
    ]  # fmt: skip
    talk(script, move)
    with pytest.raises(Denied):
        talk([(b"UID COPY", b"TAG NO [TRYCREATE]\r\n")], move)
