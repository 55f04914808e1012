from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import imapd
from tests.serving import PATIENCE
from trialogue.doors.mail import fetching

Tending = Callable[..., AbstractContextManager[None]]
HELP = "help@trialogue.example"


@pytest.fixture(scope="package")
def server() -> Iterator[imapd.Server]:
    with imapd.serving() as server:
        yield server


def letter(number: int | str, more: bytes = b"") -> bytes:
    """One of a kind."""
    told = f"From: clara@nordlys.example\r\nTo: {HELP}\r\nSubject: Letter {number}\r\nMessage-ID: <{number}@nordlys.example>\r\n"
    return told.encode() + b"\r\nHello\r\n" + more


def until(seen: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Waits for what a test wants to see."""
    last = time.monotonic() + patience
    while not seen():
        assert time.monotonic() < last
        time.sleep(0.02)


@contextmanager
def running(door: Callable[[threading.Event], Any]) -> Iterator[None]:
    """A door in a thread of its own for as long as it is entered; it ends when told to, and by nothing else."""
    stop, failed = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            door(stop)
        except BaseException as why:
            failed.append(why)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    assert not failed, failed


def box(user: str, port: int, **more: Any) -> dict[str, Any]:
    """A table [[mailbox]]."""
    told = {"name": user, "host": "127.0.0.1", "port": port, "tls": "none", "user": user, "password": imapd.PASSWORD}
    return {**told, "address": HELP, **more}


def as_toml(boxes: list[dict[str, Any]]) -> str:
    def line(name: str, value: Any) -> str:
        said = str(value) if isinstance(value, int) else '"' + str(value).replace("\\", r"\\").replace('"', r"\"") + '"'
        return f"{name} = {said}"

    return "\n".join("\n".join(["[[mailbox]]", *(line(*each) for each in box.items())]) for box in boxes)


@pytest.fixture
def tending(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tending:
    """Reads mailboxes for as long as it is entered. A server that failed is tried again soon."""
    for name in ("LONGEST_PAUSE", "LOCKED_PAUSE", "AWAY_PAUSE"):
        monkeypatch.setattr(fetching, name, 0.05)
    settings.MAILBOXES = str(tmp_path / "mailboxes.toml")

    @contextmanager
    def tend(*boxes: dict[str, Any]) -> Iterator[None]:
        Path(settings.MAILBOXES).write_text(as_toml(list(boxes)))
        with running(fetching.tend):
            yield

    return tend
