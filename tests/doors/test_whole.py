"""Whole requests in, whole answers out; nobody at the other end holds a thread."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable
from typing import Any

import pytest

from trialogue.doors.whole import PIECE, Environ, Message, Pages, Scope

MOST = 3 * PIECE
PATIENCE = 60  # seconds until what waits would wait for ever


class Client:
    """The other end of a connection, as the server under us sees it: the body's pieces, then perhaps gone."""

    def __init__(
        self, *body: bytes, path: str = "/", leaves: bool = False, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        self.messages: list[Message] = [{"type": "http.request", "body": piece, "more_body": True} for piece in body]
        self.messages.append({"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b""})
        self.got: list[Message] = []
        self.may_send, self.may_read = asyncio.Event(), asyncio.Event()
        self.may_send.set()
        self.may_read.set()
        self.scope: Scope = {
            "type": "http", "method": "POST", "path": path, "query_string": b"", "http_version": "1.1", "scheme": "http",
            "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1234),
            "headers": [(name.encode(), value.encode()) for name, value in headers],
        }  # fmt: skip

    async def receive(self) -> Message:
        await self.may_send.wait()
        return self.messages.pop(0)

    async def send(self, message: Message) -> None:
        await self.may_read.wait()
        self.got.append(message)

    @property
    def status(self) -> int:
        return int(self.got[0]["status"])

    @property
    def body(self) -> bytes:
        assert [message["more_body"] for message in self.got[1:]] == [True] * (len(self.got) - 2) + [False]
        return b"".join(message["body"] for message in self.got[1:])


def visit(app: Any, *clients: Client, threads: int = 1) -> None:
    async def run() -> None:
        pages = Pages(app, threads=threads, most_bytes=MOST)
        await asyncio.gather(*(pages(client.scope, client.receive, client.send) for client in clients))

    asyncio.run(run())


class Echo:
    """A WSGI application that says what it was sent, and remembers what it was told of it."""

    def __init__(self) -> None:
        self.told: list[Environ] = []

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        self.told.append(environ)
        start_response("201 Created", [("Content-Type", "text/plain"), ("X-Said", "é")])
        return [environ["wsgi.input"].read()]


def test_a_request_arrives_with_all_its_pieces_and_their_length() -> None:
    app, client = (
        Echo(),
        Client(b"one ", b"two ", b"three", headers=[("content-type", "a/b"), ("transfer-encoding", "chunked")]),
    )
    visit(app, client)
    assert (client.status, client.body) == (201, b"one two three")
    assert client.got[0]["headers"] == [(b"content-type", b"text/plain"), (b"x-said", "é".encode("latin-1"))]
    assert (app.told[0]["CONTENT_LENGTH"], app.told[0]["CONTENT_TYPE"]) == ("13", "a/b")


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, MOST])
def test_any_size_passes_through_unchanged(size: int) -> None:
    sent = (b"0123456789" * (size // 10 + 1))[:size]
    client = Client(sent[: size // 2], sent[size // 2 :])
    visit(Echo(), client)
    assert client.body == sent


def test_half_a_request_is_never_acted_upon() -> None:
    app, client = Echo(), Client(b"body=Here+it+is&doc", leaves=True)
    visit(app, client)
    assert not app.told
    assert not client.got


@pytest.mark.parametrize(
    ("path", "kind"), [("/api/v1/cases", b"application/problem+json"), ("/cases/", b"text/plain; charset=utf-8")]
)
def test_more_than_anyone_needs_is_refused_before_it_is_all_here(path: str, kind: bytes) -> None:
    app, client = Echo(), Client(*[b"x" * PIECE] * 5, path=path)
    visit(app, client)
    assert client.status == 413
    assert (b"content-type", kind) in [(name, value) for name, value in client.got[0]["headers"]]
    assert b"Send it in parts" in client.got[1]["body"]
    assert len(client.messages) == 2, "the rest was not waited for"
    assert not app.told


def test_a_header_cannot_pass_for_that_of_a_proxy() -> None:
    app = Echo()
    visit(
        app,
        Client(
            headers=[("x_forwarded_proto", "https"), ("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "2.2.2.2")]
        ),
    )
    assert "HTTP_X_FORWARDED_PROTO" not in app.told[0]
    assert app.told[0]["HTTP_X_FORWARDED_FOR"] == "1.1.1.1,2.2.2.2"


def test_an_address_in_any_script_arrives() -> None:
    app, client = Echo(), Client(path="/Überfällig/")
    client.scope["query_string"] = b"q=%C3%9C\xff"
    visit(app, client)
    assert app.told[0]["PATH_INFO"].encode("latin-1").decode() == "/Überfällig/"
    assert app.told[0]["QUERY_STRING"] == "q=%C3%9C\xff"


def test_who_sends_slowly_holds_up_nobody() -> None:
    async def run() -> None:
        pages = Pages(Echo(), threads=1, most_bytes=MOST)
        slow, quick = Client(b"slow"), Client(b"quick")
        slow.may_send.clear()
        waiting = asyncio.create_task(pages(slow.scope, slow.receive, slow.send))
        await asyncio.sleep(0.01)
        await asyncio.wait_for(pages(quick.scope, quick.receive, quick.send), PATIENCE)
        slow.may_send.set()
        await waiting
        assert (quick.body, slow.body) == (b"quick", b"slow")

    asyncio.run(run())


def test_who_reads_slowly_holds_up_nobody() -> None:
    async def run() -> None:
        pages = Pages(Echo(), threads=1, most_bytes=MOST)
        slow, quick = Client(b"s" * MOST), Client(b"quick")
        slow.may_read.clear()
        waiting = asyncio.create_task(pages(slow.scope, slow.receive, slow.send))
        await asyncio.sleep(0.05)
        await asyncio.wait_for(pages(quick.scope, quick.receive, quick.send), PATIENCE)
        slow.may_read.set()
        await waiting
        assert (quick.body, slow.body) == (b"quick", b"s" * MOST)

    asyncio.run(run())


def test_an_answer_in_pieces_is_closed_when_it_is_read() -> None:
    pieces = Pieces([b"1", b"2"])

    def app(_environ: Environ, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])(b"0")
        return pieces

    client = Client()
    visit(app, client)
    assert client.body == b"012"
    assert pieces.closed


def test_a_failure_is_the_servers_to_answer_and_closes_what_was_open() -> None:
    pieces = Pieces([b"1", ValueError("no")])

    def app(_environ: Environ, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return pieces

    client = Client()
    with pytest.raises(ValueError, match="no"):
        visit(app, client)
    assert not client.got, "not a byte of an answer that is not whole"
    assert pieces.closed


class Pieces:
    def __init__(self, pieces: list[bytes | Exception]) -> None:
        self.pieces, self.closed = pieces, False

    def __iter__(self) -> Any:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        self.closed = True


def test_what_a_form_parser_needs_of_the_input_is_there() -> None:
    def app(environ: Environ, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        given: io.BytesIO = environ["wsgi.input"]
        return [given.readline(), given.read(3), *given]

    client = Client(b"first\nsec", b"ond\nthird")
    visit(app, client)
    assert client.body == b"first\nsecond\nthird"
