"""One connection to an IMAP server, on an asyncio loop: what reading a mailbox needs of RFC 9051, and no more.

What a server answers is taken apart by IMAPClient; the connection is ours, because that library's holds a thread while it waits.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import IO, Any

from imapclient import imap_utf7
from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

SECONDS = 60.0  # for one answer, whatever its size
LONGEST_LINE = 8 * 2**20  # all numbers of a large folder are one line
PIECE = 2**20  # a letter is fetched by so many bytes at a time
HEADER = 2**18  # as much of a header as anyone needs
# As imaplib gives it: a line, or pairs of a line that ends with the length of a literal, and that literal.
Response = list[Any]
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n$")
_FETCH = re.compile(rb"^\* (\d+) FETCH ", re.I)


class Trouble(Exception):
    """What went wrong with a server, in its words or ours. Worth another try."""


class Denied(Trouble):
    """The server understood, and said no."""


class Locked(Denied):
    """It does not let us in: asked too often, many a server shuts the account."""


@dataclass(frozen=True)
class Folder:
    uid_validity: int
    uid_next: int


@dataclass
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    can: frozenset[bytes] = frozenset()
    stirred: bool = False  # something new was told of since we last asked what there is
    _tags: count[int] = field(default_factory=lambda: count(1))

    # --- coming in ----------------------------------------------------------------------------------------------------

    async def greet(self) -> None:
        async with asyncio.timeout(SECONDS):
            said = _line(await self._response())
        if not said.upper().startswith(b"* OK"):
            raise Trouble(f"it greets with {_words(said)}")

    async def start_tls(self, context: Any, host: str) -> None:
        await self._ask(b"STARTTLS")
        # What came in the clear behind its answer would pass for something said within TLS.
        if self.reader._buffer:  # type: ignore[attr-defined]
            raise Trouble("it talks on in the clear after STARTTLS")
        async with asyncio.timeout(SECONDS):
            await self.writer.start_tls(context, server_hostname=host)

    async def sign_in(self, user: str, password: str) -> None:
        await self._see_what_it_can()
        if b"AUTH=PLAIN" in self.can:
            await self._authenticate(b"PLAIN", f"\0{user}\0{password}")
        else:
            await self._enter(b"LOGIN %s %s" % (quoted(user), quoted(password)))
        await self._see_what_it_can()

    async def sign_in_with_token(self, user: str, token: str) -> None:
        await self._authenticate(b"XOAUTH2", f"user={user}\1auth=Bearer {token}\1\1")
        await self._see_what_it_can()

    async def _authenticate(self, way: bytes, told: str) -> None:
        await self._enter(b"AUTHENTICATE " + way, base64.b64encode(told.encode()))

    async def _enter(self, command: bytes, *more: bytes) -> None:
        try:
            await self._ask(command, *more)
        except Denied as why:
            raise Locked(str(why)) from None

    async def _see_what_it_can(self) -> None:
        told = [_line(one) for one in await self._ask(b"CAPABILITY")]
        words = [line.upper().split()[2:] for line in told if line.upper().startswith(b"* CAPABILITY ")]
        self.can = frozenset(word for line in words for word in line)

    # --- reading ------------------------------------------------------------------------------------------------------

    async def select(self, folder: str) -> Folder:
        told = b"\n".join(_line(one) for one in await self._ask(b"SELECT " + quoted_folder(folder)))
        validity, following = (re.search(rb"\[%s (\d+)\]" % name, told, re.I) for name in (b"UIDVALIDITY", b"UIDNEXT"))
        if not validity:
            raise Trouble("its letters have no lasting numbers (UIDVALIDITY)")
        if following:
            return Folder(int(validity[1]), int(following[1]))
        return Folder(int(validity[1]), max(await self.since(0), default=0) + 1)

    async def since(self, uid: int) -> list[int]:
        """The numbers of all letters after one, in order."""
        self.stirred = False
        told = [_line(one) for one in await self._ask(b"UID SEARCH UID %d:*" % (uid + 1))]
        numbers = [line.split()[2:] for line in told if line.upper().startswith(b"* SEARCH")]
        # `*` is the last letter, which may be one from before.
        return sorted({int(each) for line in numbers for each in line if each.isdigit() and int(each) > uid})

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """How large they are, of those of which the server says so."""
        told = await self._told(b",".join(b"%d" % uid for uid in uids), b"RFC822.SIZE")
        return {uid: int(size) for uid, size in told.items()}

    async def received_at(self, uid: int) -> datetime | None:
        told = (await self._told(b"%d" % uid, b"INTERNALDATE")).get(uid)
        return told if isinstance(told, datetime) else None

    async def _told(self, uids: bytes, what: bytes) -> dict[int, Any]:
        told = _fetched(await self._ask(b"UID FETCH %s (UID %s)" % (uids, what)))
        return {uid: each[what] for uid, each in told if what in each}

    async def letter(self, uid: int, whole: IO[bytes], most: int) -> bool:
        """Writes its bytes into a file; answers whether that is all of it, and not nothing: it may be gone."""
        while whole.tell() <= most:
            piece = await self._part(uid, b"BODY.PEEK[]<%d.%d>" % (whole.tell(), PIECE))
            whole.write(piece)
            if len(piece) < PIECE:
                return 0 < whole.tell() <= most
        return False

    async def header(self, uid: int) -> bytes:
        return await self._part(uid, b"BODY.PEEK[HEADER]<0.%d>" % HEADER)

    async def _part(self, uid: int, part: bytes) -> bytes:
        told = _fetched(await self._ask(b"UID FETCH %d (UID %s)" % (uid, part)))
        parts = [value for at, each in told if at == uid for name, value in each.items() if name.startswith(b"BODY[")]
        return next((part for part in parts if isinstance(part, bytes)), b"")

    # --- what becomes of a letter there -------------------------------------------------------------------------------

    async def mark_seen(self, uid: int) -> None:
        await self._ask(rb"UID STORE %d +FLAGS.SILENT (\Seen)" % uid)

    async def move(self, uid: int, folder: str) -> None:
        if b"MOVE" in self.can:
            await self._ask(b"UID MOVE %d %s" % (uid, quoted_folder(folder)))
            return
        await self._ask(b"UID COPY %d %s" % (uid, quoted_folder(folder)))
        await self._ask(rb"UID STORE %d +FLAGS.SILENT (\Deleted)" % uid)
        if b"UIDPLUS" in self.can:  # without, EXPUNGE would take away what others have marked
            await self._ask(b"UID EXPUNGE %d" % uid)

    # --- waiting ------------------------------------------------------------------------------------------------------

    async def news(self, seconds: float) -> None:
        """Returns when the server says that something moved, and after so long in any case."""
        if self.stirred:
            return
        if b"IDLE" not in self.can:
            await asyncio.sleep(seconds)
            await self._ask(b"NOOP")
            return
        tag = await self._send(b"IDLE")
        try:
            async with asyncio.timeout(SECONDS):
                while not _line(told := await self._response()).startswith(b"+"):
                    self._notice(tag, told)
        except Denied:  # it only said that it could
            self.can -= {b"IDLE"}
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._read_line(), 0 if self.stirred else seconds)
        self.writer.write(b"DONE\r\n")
        await self._settled(tag)

    # --- one command and its answers ----------------------------------------------------------------------------------

    async def _ask(self, command: bytes, *more: bytes) -> list[Response]:
        """All it answered. `more` is what it asks for on the way. Raises `Denied`, `Trouble`."""
        with _in_words():
            return await self._settled(await self._send(command), *more)

    async def _send(self, command: bytes) -> bytes:
        tag = b"T%d" % next(self._tags)
        self.writer.write(b"%s %s\r\n" % (tag, command))
        return tag

    async def _settled(self, tag: bytes, *more: bytes) -> list[Response]:
        told, owed = list[Response](), list(more)
        async with asyncio.timeout(SECONDS):
            await self.writer.drain()
            while True:
                response = await self._response()
                if _line(response).startswith(b"+"):
                    # Asked for more than there is, an empty line has it say what is wrong.
                    self.writer.write((owed.pop(0) if owed else b"") + b"\r\n")
                elif self._notice(tag, response):
                    return told
                else:
                    told.append(response)

    def _notice(self, tag: bytes, response: Response) -> bool:
        """Whether this was the last answer to a command."""
        line = _line(response)
        upper = line.upper()
        if upper.startswith(b"* BYE"):
            raise Trouble(f"it hung up: {_words(line[5:])}")
        if re.match(rb"\* \d+ EXISTS", upper):
            self.stirred = True
        if not line.startswith(tag + b" "):
            return False
        if not upper[len(tag) + 1 :].startswith(b"OK"):
            raise Denied(_words(line[len(tag) + 1 :]))
        return True

    async def _response(self) -> Response:
        pieces: Response = []
        while literal := _LITERAL.search(line := await self._read_line()):
            if int(literal[1]) > 2 * PIECE:
                raise Trouble("it sends more than it was asked for")
            pieces.append((line.rstrip(b"\r\n"), await self.reader.readexactly(int(literal[1]))))
        return [*pieces, line.rstrip(b"\r\n")]

    async def _read_line(self) -> bytes:
        try:
            line = await self.reader.readline()
        except ValueError as why:
            raise Trouble("it sends a line without an end") from why
        if not line.endswith(b"\n"):
            raise Trouble("it hung up")
        return line


@asynccontextmanager
async def connected(host: str, port: int, *, tls: str, context: Any) -> AsyncIterator[Connection]:
    """A connection that was greeted and, unless `tls` is "none", cannot be listened to. Raises `Trouble`."""
    at_once = {"ssl": context, "server_hostname": host} if tls == "tls" else {}
    with _in_words():
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(host, port, limit=LONGEST_LINE, **at_once)
        try:
            line = Connection(reader, writer)
            await line.greet()
            if tls == "starttls":
                await line.start_tls(context, host)
            yield line
        finally:
            # Without a LOGOUT: what a server has to say to that nobody waits for.
            writer.transport.abort()


@contextmanager
def _in_words() -> Iterator[None]:
    """Whatever a network or a server can do to us is `Trouble`."""
    try:
        yield
    except TimeoutError as why:
        raise Trouble("it does not answer") from why
    except asyncio.IncompleteReadError as why:
        raise Trouble("it hung up") from why
    except OSError as why:
        raise Trouble(f"{type(why).__name__}: {why}") from why


def quoted(text: str) -> bytes:
    return b'"%s"' % text.replace("\\", r"\\").replace('"', r"\"").encode()


def quoted_folder(name: str) -> bytes:
    return quoted(imap_utf7.encode(name).decode("ascii"))


def _line(response: Response) -> bytes:
    """How a response begins."""
    first = response[0]
    return bytes(first[0] if isinstance(first, tuple) else first)


def _fetched(responses: list[Response]) -> list[tuple[int, dict[bytes, Any]]]:
    told = []
    for response in responses:
        if _FETCH.match(line := _line(response)):
            begun = _FETCH.sub(rb"\1 ", line)
            first = (begun, response[0][1]) if isinstance(response[0], tuple) else begun
            try:
                told += parse_fetch_response([first, *response[1:]], normalise_times=False).items()
            except (ProtocolError, ValueError) as why:
                raise Trouble(f"it answers what cannot be read: {_words(line)}") from why
    return told


def _words(said: bytes) -> str:
    told = " ".join(said.decode("utf-8", "replace").split())[:200]
    return "".join(letter if letter.isprintable() else "�" for letter in told)
