"""A pretended clamd on loopback: answers INSTREAM as the real one does, and finds what holds the word EICAR."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SIGNATURE = "Eicar-Test-Signature"
BAD = b"This file holds EICAR and nothing else."


class _Conversation(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > self.server.most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(content)
        said = self.server.says or (f"stream: {SIGNATURE} FOUND" if b"EICAR" in content else "stream: OK")
        self.wfile.write(said.encode() + b"\0")


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class Scanner:
    def __init__(self, server: Any) -> None:
        self.server = server
        server.seen, server.says, server.most = [], "", 1 << 30

    @property
    def address(self) -> str:
        where = self.server.server_address
        return where if isinstance(where, str) else f"127.0.0.1:{where[1]}"

    @property
    def seen(self) -> list[bytes]:
        """What it was given, in this order."""
        return self.server.seen  # type: ignore[no-any-return]


@contextmanager
def scanning(path: Path | None = None) -> Iterator[Scanner]:
    server = _Unix(str(path), _Conversation) if path else _Tcp(("127.0.0.1", 0), _Conversation)
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield Scanner(server)
        server.shutdown()
        thread.join()


def nowhere() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
