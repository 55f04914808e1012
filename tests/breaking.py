"""Listeners whose connection breaks again and again at moments of chance, while others write. For the suite and for bench/."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from tests.serving import PATIENCE, ask

LONGEST = 900.0  # seconds that the breaks of others may take
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: the connection is reset, what was on its way is lost


@dataclass(frozen=True)
class Restless:
    """One listener: its way in, where it begins, and how often its connection breaks."""

    port: int
    authorization: str
    after: str
    visits: int

    def listen(self, last: Callable[[], str | None]) -> list[str]:
        """Positions heard, in order. After all breaks it stays until `last()`, unless that is not known yet (None)."""
        heard: list[str] = []
        for _ in range(self.visits):
            with suppress(OSError):
                self._visit(heard, lambda: False, patience=random.choice((0.0, 0.02, 0.05, 0.15)) * random.random())
        end = time.monotonic() + LONGEST
        while last() is None or last() not in heard[-500:]:
            if last() is not None:  # only from now on does it wait for anything
                end = min(end, time.monotonic() + PATIENCE)
            assert time.monotonic() < end, "the last event never came"
            try:
                self._visit(heard, lambda: last() is not None and last() in heard[-500:], patience=1.0)
            except OSError:
                time.sleep(0.05)  # nobody is there for the moment
        return heard

    def _visit(self, heard: list[str], enough: Callable[[], bool], patience: float) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            if random.random() < 0.5:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            after = heard[-1] if heard else self.after
            asked = f"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {self.authorization}\r\nLast-Event-ID: {after}\r\n\r\n"
            connection.sendall(asked.encode())
            self._read(connection, heard, enough, time.monotonic() + patience)

    def _read(self, connection: socket.socket, heard: list[str], enough: Callable[[], bool], end: float) -> None:
        rest, told = b"", ""
        while (left := end - time.monotonic()) > 0 and not enough():
            connection.settimeout(left)
            if not (piece := connection.recv(random.choice((7, 100, 700, 65536)))):
                return
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line.startswith(b"id: "):
                    told = line.removeprefix(b"id: ").decode()
                elif line == b"" and told:  # only a whole frame counts
                    heard.append(told)
                    told = ""


@dataclass(frozen=True)
class Told:
    """How it went: events there were for all listeners together, and how many of them were lost, doubled, out of order."""

    visits: int
    events: int
    lost: int
    doubled: int
    disordered: int


def judge(visits: int, expected: Sequence[list[str]], heard: Sequence[list[str]]) -> Told:
    pairs = list(zip(expected, heard, strict=True))
    return Told(
        visits,
        events=sum(map(len, expected)),
        lost=sum(len(set(there) - set(told)) for there, told in pairs),
        doubled=sum(len(told) - len(set(told)) for _there, told in pairs),
        disordered=sum(told != [p for p in there if p in set(told)] for there, told in pairs),
    )


def break_off(
    listeners: Sequence[Restless], writers: Sequence[Callable[[], None]], last_of: Callable[[int], str], least: int = 0
) -> list[list[str]]:
    """Lets writers write until all breaks are done, and so often at least; answers what each listener heard up to `last_of` its number."""
    broken, known = threading.Event(), threading.Event()
    left = threading.Semaphore(0)
    lasts: list[str] = []

    def listen(number: int) -> list[str]:
        announced = False

        def last() -> str | None:
            nonlocal announced
            if not announced:
                announced = True
                left.release()
            return lasts[number] if known.is_set() else None

        return listeners[number].listen(last)

    def write(work: Callable[[], None]) -> None:
        done = 0
        while not broken.is_set() or done < least:
            work()
            done += 1

    with ThreadPoolExecutor(len(listeners) + len(writers)) as pool:
        writing = [pool.submit(write, work) for work in writers]
        hearing = [pool.submit(listen, number) for number in range(len(listeners))]
        for _ in listeners:
            assert left.acquire(timeout=600)
        broken.set()
        for one in writing:
            one.result()
        lasts[:] = [last_of(number) for number in range(len(listeners))]
        known.set()
        return [one.result() for one in hearing]


def poster(port: int, authorization: str, reference: str, pause: float) -> Callable[[], None]:
    """Says one thing in a case by HTTP, then waits a moment."""

    def post() -> None:
        path = f"/api/v1/cases/{reference}/messages"
        answer = ask(port, "POST", path, {"body": f"{random.random()}"}, timeout=60, Authorization=authorization)
        assert answer.status == 201, answer
        time.sleep(pause * random.random() * 2)

    return post
