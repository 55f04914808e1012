"""Synchronous Django beside the stream, in threads that no slow reader or writer at the other end can hold.

A request is taken in whole before a thread sees it, so half of one, broken off, is never acted upon; and an answer is
complete before its first byte is sent: from memory or, when large, from a temporary file.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from trialogue.doors.api.problems import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
Headers = list[tuple[bytes, bytes]]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

IN_MEMORY = 2**20
PIECE = 2**18


class TooLarge(Exception):
    """More than anyone has reason to send."""


class Pages:
    """A WSGI application as an ASGI one, with so many threads and requests of at most so many bytes."""

    def __init__(self, app: App, *, threads: int, most_bytes: int) -> None:
        self.app, self.most_bytes = app, most_bytes
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="pages")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with _file() as body, _file() as answer:
            try:
                whole = await take_in(receive, body, self.most_bytes)
            except TooLarge:
                return await say(self._refusal(scope), send)
            if whole:
                status, headers = await self._in_thread(environ_of(scope, body), answer)
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send_all(answer, send)
        return None

    async def _in_thread(self, environ: Environ, answer: IO[bytes]) -> tuple[int, Headers]:
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, context.run, call, self.app, environ, answer)

    def _refusal(self, scope: Scope) -> HttpResponse:
        said = _("This is more than {size} MB at once. Send it in parts.").format(size=self.most_bytes // 2**20)
        if scope["path"].startswith("/api/"):
            return Problem("too-large", said).answer()
        return HttpResponse(said, status=413, content_type="text/plain; charset=utf-8")


def _file() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(IN_MEMORY)


async def take_in(receive: Receive, body: IO[bytes], most: int) -> bool:
    """Writes what is sent into `body`; answers whether all of it came. Raises `TooLarge`."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        body.write(message.get("body", b""))
        if body.tell() > most:
            raise TooLarge
        more = message.get("more_body", False)
    return True


def environ_of(scope: Scope, body: IO[bytes]) -> Environ:
    """What PEP 3333 tells an application of a request: bytes in the guise of latin-1."""
    length = body.tell()
    body.seek(0)
    host, port = scope.get("server") or ("localhost", 80)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"], "SCRIPT_NAME": "", "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"), "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host, "SERVER_PORT": str(port or 0), "REMOTE_ADDR": (scope.get("client") or [""])[0],
        "wsgi.version": (1, 0), "wsgi.url_scheme": scope["scheme"], "wsgi.input": body, "wsgi.errors": sys.stderr,
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    for name, value in scope["headers"]:
        # `X_Y` would pass for `X-Y` here, and a stranger's header for one that only the proxy in front may set.
        if b"_" not in name:
            key = _key(name.decode("latin-1"))
            environ[key] = f"{environ[key]},{value.decode('latin-1')}" if key in environ else value.decode("latin-1")
    return environ | {"CONTENT_LENGTH": str(length)}


def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"


def call(app: App, environ: Environ, answer: IO[bytes]) -> tuple[int, Headers]:
    """Runs the application to its end; its body goes into `answer`. Answers status and headers."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _trouble: Any = None) -> Callable[[bytes], Any]:
        started[:] = status, headers
        return answer.write

    pieces = app(environ, start_response)
    try:
        for piece in pieces:
            answer.write(piece)
    finally:
        getattr(pieces, "close", lambda: None)()
    status, headers = started
    return int(status[:3]), [(n.lower().encode("latin-1"), value.encode("latin-1")) for n, value in headers]


async def send_all(answer: IO[bytes], send: Send) -> None:
    answer.seek(0)
    more = True
    while more:
        piece = answer.read(PIECE)
        more = len(piece) == PIECE
        await send({"type": "http.response.body", "body": piece, "more_body": more})


async def say(answer: HttpResponse, send: Send) -> None:
    """Sends one of Django's answers."""
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    headers += [(b"cache-control", b"no-store"), (b"content-length", b"%d" % len(answer.content))]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
