"""Posts to, and reads from, an address that an outsider has given: it may lead into our own network, never answer, or answer without an end.

Only TLS and only to public addresses, unless whoever runs the house says otherwise; the one that was checked is the one that is
connected to. No redirects, a few seconds in all, and no more of the answer than anyone needs.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SECONDS = 10.0
MOST_READ = 4096
LONGEST_URL = 2000
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:.]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(Exception):
    """We do not go there; `str()` says why."""


class Unreachable(Exception):
    """Nothing answered, or not in time, or no HTTP. Worth another try."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes  # as far as it was read
    retry_after: str = ""  # the header as it came


def is_public(address: Address) -> bool:
    """Whether it is someone else's machine on the internet; of an address that wraps another, whether that is."""
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour or (address.teredo or (None,))[0]
        if within is None and address in _NAT64:
            within = ipaddress.IPv4Address(address.packed[-4:])
        if within is not None:
            return is_public(within)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _resolve(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_kind, place in found]


@dataclass(frozen=True)
class Reach:
    """How far a request may go. Another than `OUTSIDE` is for whoever knows the address: never for what an outsider gave."""

    admits: Callable[[Address], bool] = is_public
    resolve: Callable[[str, int], list[Address]] = _resolve
    seconds: float = SECONDS
    trusting: str | None = None  # a file of certificates, instead of those that the machine trusts
    most_read: int = MOST_READ
    plain: bool = False  # whether `http://` is an address as well


OUTSIDE = Reach()


def check(url: str, *, plain: bool = False) -> SplitResult:
    """Whether an address could be one to post to, before anyone asks where it leads. Raises `Forbidden`."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise Forbidden("no usable address")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise Forbidden("no usable address") from None
    if parts.scheme != "https" and not (plain and parts.scheme == "http"):
        raise Forbidden("does not begin with https://")
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or parts.username is not None or parts.fragment:
        raise Forbidden("no usable address")
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str], *, reach: Reach = OUTSIDE) -> Answer:
    """What it answered, whatever the status; nothing is followed. Raises `Forbidden`, `Unreachable`."""
    return _speak("POST", url, body, headers, reach)


def get(url: str, headers: Mapping[str, str], *, reach: Reach = OUTSIDE) -> Answer:
    """The same of what is there to read."""
    return _speak("GET", url, None, headers, reach)


def _speak(method: str, url: str, body: bytes | None, headers: Mapping[str, str], reach: Reach) -> Answer:
    parts = check(url, plain=reach.plain)
    assert parts.hostname
    usual = 443 if parts.scheme == "https" else 80
    port = parts.port or usual
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    line: socket.socket | None = None
    deadline = _Deadline(reach.seconds)
    try:
        line = deadline.watch(_connect(_places(parts.hostname, port, reach), port, reach.seconds))
        if parts.scheme == "https":
            line = ssl.create_default_context(cafile=reach.trusting).wrap_socket(line, server_hostname=parts.hostname)
        named = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        host = named if port == usual else f"{named}:{port}"
        return _ask(line, method, path, body, {"Host": host, "Connection": "close", **headers}, reach.most_read)
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        if deadline.passed:
            raise Unreachable(f"no answer within {reach.seconds:g} seconds") from trouble
        raise Unreachable(f"{type(trouble).__name__}: {trouble}"[:200]) from trouble
    finally:
        deadline.over()
        if line is not None:
            line.close()


def _places(host: str, port: int, reach: Reach) -> list[Address]:
    """Where a name leads. One address in our own network is enough to refuse it: no honest name has such a one among others."""
    found = reach.resolve(host, port)
    if not found or not all(reach.admits(address) for address in found):
        raise Forbidden("leads to an address that is not public")
    return found


def _connect(places: list[Address], port: int, seconds: float) -> socket.socket:
    """To the first that answers. By number, so that nobody can have the name lead elsewhere between the check and this."""
    trouble: OSError | None = None
    for place in places[:2]:
        try:
            return socket.create_connection((str(place), port), timeout=seconds / 2)
        except OSError as refused:
            trouble = refused
    raise trouble or OSError("no address")


def _ask(
    line: socket.socket, method: str, path: str, body: bytes | None, headers: Mapping[str, str], most: int
) -> Answer:
    connection = http.client.HTTPConnection("")
    connection.sock = line
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    length = {} if body is None else {"Content-Length": str(len(body))}
    for name, value in {**headers, **length}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    with connection.getresponse() as response:
        return Answer(response.status, response.read(most), response.headers.get("Retry-After", ""))


class _Deadline:
    """Hangs up when time is over. A timeout of the socket alone starts again with every byte that drips in."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._line: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, line: socket.socket) -> socket.socket:
        self._line = line.dup()  # TLS takes the socket itself over
        if self.passed:
            self._pass()
        return line

    def _pass(self) -> None:
        self.passed = True
        if self._line is not None:
            with suppress(OSError):  # closed already
                self._line.shutdown(socket.SHUT_RDWR)

    def over(self) -> None:
        self._timer.cancel()
        if self._line is not None:
            self._line.close()
