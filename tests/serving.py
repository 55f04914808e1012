"""Real `trialogue` processes on loopback, for tests and benches: started, listened to, ended, each by its own pid."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from tests.postgres import free_port

PATIENCE = 60.0  # seconds until what must come is missing; however busy the machine, nobody waits longer than it takes
SECRET_KEY = "a key that is long enough for tests, and the same in every process of them"
# A process that differs from the real one only in a few numbers, so that a test need not wait for them.
_QUICK = """
import json, sys, django
from importlib import import_module
django.setup()
for name, number in json.loads(sys.argv.pop(1)).items():
    module, _dot, constant = name.rpartition(".")
    assert hasattr(import_module(module), constant), name
    setattr(import_module(module), constant, number)
import_module("trialogue.doors.console.main").main()
"""
HEARTBEAT = "trialogue.doors.stream.follower.HEARTBEAT_SECONDS"
_SERVE = "trialogue.doors.console.management.commands.serve"
GONE, GRACE = f"{_SERVE}.GONE_SECONDS", f"{_SERVE}.GRACE_SECONDS"
POLL = "trialogue.doors.stream.follower.POLL_SECONDS"


def address_of(settings: Mapping[str, Any]) -> str:
    """TRIALOGUE_DATABASE_URL for a database of Django's settings."""
    if "sqlite" in settings["ENGINE"]:
        return f"sqlite:///{settings['NAME']}"
    password = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
    return f"postgresql://{settings['USER']}{password}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


@contextmanager
def looking_at(address: str) -> Iterator[None]:
    """For so long, Django in this thread asks another database of the same kind."""
    from django.db import connections

    from trialogue.settings import _database

    here = connections["default"]
    there = type(here)({**here.settings_dict, **_database(urlparse(address))}, "default")  # type: ignore[abstract]
    connections["default"] = there
    try:
        yield
    finally:
        there.close()
        connections["default"] = here


@dataclass
class House:
    """Where processes of one installation run: a database, a folder, a port.

    `more` are settings without their prefix, `quick` constants by dotted name that are other numbers in a test.
    """

    database: str
    data: Path
    more: Mapping[str, str] = field(default_factory=dict)
    quick: Mapping[str, float] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """`trialogue WORDS` in the background; what it says goes to a file in `data`."""
        quick = ["-c", _QUICK, json.dumps(dict(self.quick))] if self.quick else ["-m", "trialogue"]
        with open(self.log, "a") as log:
            return subprocess.Popen(
                [sys.executable, *quick, *words], env=self.environment(), text=True, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
            )  # fmt: skip

    def serve(self, *words: str) -> subprocess.Popen[str]:
        """A server that answers."""
        process = self.start("serve", "--port", str(self.port), *words)
        end = time.monotonic() + PATIENCE
        while not answers(self.port):
            assert process.poll() is None, f"serve ended with {process.returncode}:\n{self.log.read_text()[-4000:]}"
            assert time.monotonic() < end, f"serve does not answer:\n{self.log.read_text()[-4000:]}"
            time.sleep(0.05)
        return process

    @property
    def log(self) -> Path:
        return self.data / "said.log"

    @property
    def mail(self) -> Path:
        return self.data / "mail"

    def environment(self) -> dict[str, str]:
        ours = ("TRIALOGUE_", "DJANGO_", "PYTEST_")
        told = {
            "DATABASE_URL": self.database, "DATA": str(self.data), "SECRET_KEY": SECRET_KEY, "LOG_LEVEL": "WARNING",
            "BASE_URL": f"http://127.0.0.1:{self.port}", "SHIP_ARTICLES": "0", **self.more,
        }  # fmt: skip
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
            **{f"TRIALOGUE_{name}": value for name, value in told.items()},
            "DJANGO_SETTINGS_MODULE": "trialogue.settings",
        }


def end(process: subprocess.Popen[str], number: int = signal.SIGTERM, patience: float = PATIENCE) -> None:
    """Ends one process. What does not end is killed, and fails."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


@contextmanager
def running(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        end(process)


def answers(port: int) -> bool:
    """Whether someone listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def ask(port: int, method: str, path: str, told: Any = None, /, timeout: float = PATIENCE, **headers: str) -> Answer:
    """One request on a connection of its own. Underscores in header names stand for hyphens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        body = None if told is None else json.dumps(told).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Content-Type": "application/json", **named})
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Told:
    """One event of a stream, and when it arrived, on the monotonic clock."""

    position: str
    kind: str
    data: dict[str, Any]
    at: float


class Listening:
    """Listens to a stream in a thread of its own, as a browser would. `after` is sent as Last-Event-ID."""

    def __init__(self, port: int, *, after: str | None = None, path: str = "/api/v1/stream", **headers: str) -> None:
        self.events: list[Told] = []
        self.beats: list[float] = []
        self.bytes = 0
        self.ended, self.opened = threading.Event(), time.monotonic()
        self._news: queue.Queue[None] = queue.Queue()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", path, headers={**named, **({"Last-Event-ID": after} if after else {})})
        self._socket = self._connection.sock
        self._response = self._connection.getresponse()
        self.status, self.headers = self._response.status, dict(self._response.headers)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Goes away without a word, as a laptop does."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)
        self._response.close()
        self._connection.close()

    def until(self, enough: Callable[[Listening], bool], timeout: float = PATIENCE) -> Listening:
        """Waits until enough has arrived. Fails with what has."""
        end = time.monotonic() + timeout
        while not enough(self):
            with suppress(queue.Empty):
                self._news.get(timeout=max(0.0, end - time.monotonic()))
            assert time.monotonic() < end or enough(self), (
                f"after {timeout} s only: {self.kinds}, {len(self.beats)} beats"
            )
        return self

    def hears(self, count: int, timeout: float = PATIENCE) -> list[Told]:
        self.until(lambda me: len(me.events) >= count, timeout)
        return self.events[:count]

    def beats_again(self, timeout: float = PATIENCE) -> None:
        """Returns after one more heartbeat."""
        before = len(self.beats)
        self.until(lambda me: len(me.beats) > before, timeout)

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    @property
    def positions(self) -> list[str]:
        return [event.position for event in self.events]

    def _read(self) -> None:
        frame: dict[str, str] = {}
        try:
            while line := self._response.readline():
                self.bytes += len(line)
                frame = self._hear(line.decode().rstrip("\n"), frame)
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass  # it broke off: what came whole counts, the rest does not
        self.ended.set()
        self._news.put(None)

    def _hear(self, line: str, frame: dict[str, str]) -> dict[str, str]:
        if line.startswith(":"):
            self.beats.append(time.monotonic())
        elif line:
            name, _colon, value = line.partition(": ")
            return {**frame, name: value}
        elif "data" in frame:
            self.events.append(Told(frame["id"], frame["event"], json.loads(frame["data"]), time.monotonic()))
        self._news.put(None)
        return {}
