"""Asks a ClamAV daemon whether a file holds malware: its INSTREAM command, over TCP or a Unix socket."""

from __future__ import annotations

import re
import socket
import struct
from typing import IO

CHUNK = 64 * 1024
CONNECTING, ANSWERING = 5.0, 120.0  # seconds
_FOUND = re.compile(r"stream: (.+) FOUND")
Address = str | tuple[str, int]


class Away(Exception):
    """The scanner is not there. Worth another try."""


class Unsure(Exception):
    """It is there, but has no verdict on this file; `str()` is what it said. Worth another try."""


def parse(told: str) -> Address:
    """`host:port`, `[::1]:port`, `/path/of/socket` or `unix:/path/of/socket`. Raises `ValueError`."""
    path = told.removeprefix("unix:")
    if path.startswith("/"):
        return path
    host, colon, port = told.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not (colon and host and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(told)
    return host, int(port)


def scan(content: IO[bytes], address: Address) -> str:
    """The name of what was found, "" when it is clean. Raises `Away`, `Unsure`."""
    try:
        with _connect(address) as line:
            answer = _ask(line, content)
    except OSError as trouble:
        raise Away(f"{type(trouble).__name__}: {trouble}") from trouble
    if answer == "stream: OK":
        return ""
    if found := _FOUND.fullmatch(answer):
        return found[1]
    raise Unsure(answer) if answer else Away("it hung up without an answer")


def _connect(address: Address) -> socket.socket:
    if isinstance(address, tuple):
        line = socket.create_connection(address, timeout=CONNECTING)
    else:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(CONNECTING)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
    line.settimeout(ANSWERING)
    return line


def _ask(line: socket.socket, content: IO[bytes]) -> str:
    try:
        line.sendall(b"zINSTREAM\0")
        while chunk := content.read(CHUNK):
            line.sendall(struct.pack("!I", len(chunk)) + chunk)
        line.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it hangs up on what is too large for it, and says so before
    answer = b""
    while b"\0" not in answer and len(answer) < 4096 and (more := line.recv(4096)):
        answer += more
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()
