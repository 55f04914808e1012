"""A real IMAP server on loopback, in a thread or (`python -m tests.imapd PORT USER …`) in a process of its own: pymap, all in memory."""

from __future__ import annotations

import argparse
import asyncio
import ssl
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from imapclient import IMAPClient
from pymap.backend.dict import DictBackend, Identity
from pymap.imap import IMAPService
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from tests.postgres import free_port

PASSWORD = 'pass "word" \\ {7}'
Admit = Callable[[str], Coroutine[Any, Any, None]]


async def serve(port: int, users: Sequence[str], ready: Callable[[Admit], None] = lambda _admit: None) -> None:
    """Until it is cancelled. `ready` is told when it listens, and how one more user is let in."""
    parser = argparse.ArgumentParser()
    DictBackend.add_subparser("dict", parser.add_subparsers())
    IMAPService.add_arguments(parser)
    words = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict"]
    args = parser.parse_args(words, argparse.Namespace(debug=False, passlib_cfg=None))
    backend, config = await DictBackend.init(args, hash_context=Cleartext())
    config.apply_context()

    async def admit(user: str) -> None:
        known = UserMetadata(config, user, password=PASSWORD)
        await Identity(user, backend.login, None, frozenset({"admin"})).set(known)

    for user in users:
        await admit(user)
    async with AsyncExitStack() as stack:
        await backend.start(stack)
        await IMAPService(backend, config).start(stack)
        ready(admit)
        await asyncio.get_running_loop().create_future()


@dataclass
class Server:
    port: int
    loop: asyncio.AbstractEventLoop
    admit: Admit
    _numbers: Iterator[int] = field(default_factory=count)

    def user(self) -> str:
        """Somebody new, with an empty mailbox."""
        name = f"user{next(self._numbers)}"
        asyncio.run_coroutine_threadsafe(self.admit(name), self.loop).result(30)
        return name

    @contextmanager
    def client(self, user: str) -> Iterator[IMAPClient]:
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=60)
        client.plain_login(user, PASSWORD)
        try:
            yield client
        finally:
            client.logout()

    def put(self, user: str, *letters: bytes, folder: str = "INBOX") -> None:
        with self.client(user) as client:
            for letter in letters:
                client.append(folder, letter)


@contextmanager
def serving() -> Iterator[Server]:
    port, told, listening = free_port(), list[Any](), threading.Event()

    async def run() -> None:
        def ready(admit: Admit) -> None:
            told[:] = asyncio.get_running_loop(), asyncio.current_task(), admit
            listening.set()

        with suppress(asyncio.CancelledError):
            await serve(port, (), ready)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert listening.wait(60)
    loop, task, admit = told
    try:
        yield Server(port, loop, admit)
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(60)


@dataclass
class Gate:
    """Stands before a server and does to what passes what networks and bad servers do. Its port is another's."""

    server: Server
    tls: ssl.SSLContext | None = None
    silent: bool = False  # nothing the server says passes
    cuts_at: bytes = b""  # hangs up when this is said, in its midst,
    most_cuts: int = 1000  # so often
    hides: bytes = b""  # leaves this out
    port: int = field(default_factory=free_port)
    connections: int = 0
    cuts: int = 0
    said: bytes = b""  # by the server

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there, to = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            await asyncio.gather(self._in(reader, to), self._out(there, writer))
        except OSError:
            pass
        finally:
            writer.close()
            to.close()

    async def _in(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while said := await reader.read(65536):
            to.write(said)
        to.close()

    async def _out(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await there.read(65536):
            if self.silent:
                continue
            self.said += said
            if self.cuts_at and self.cuts_at in said and self.cuts < self.most_cuts:
                self.cuts += 1
                writer.write(said.partition(self.cuts_at)[0])
                await writer.drain()
                break
            writer.write(said.replace(self.hides, b"") if self.hides else said)
        writer.close()


@contextmanager
def gate(server: Server, **how: Any) -> Iterator[Gate]:
    standing = Gate(server, **how)

    async def start() -> asyncio.Server:
        return await asyncio.start_server(standing.pass_on, "127.0.0.1", standing.port, ssl=standing.tls)

    listening = asyncio.run_coroutine_threadsafe(start(), server.loop).result(30)
    try:
        yield standing
    finally:
        server.loop.call_soon_threadsafe(listening.close)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2:]))
