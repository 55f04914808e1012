"""`trialogue serve`: pages, API, stream and worker in one process on one port; or one part of them, at scale."""

from __future__ import annotations

import signal
import socket
import threading
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from trialogue.doors.console import rounds
from trialogue.doors.console.management.commands.work import prepared

# A peer that takes nothing for so long, neither bytes nor an acknowledgement, is gone: asleep, out of reach, or worse.
GONE_SECONDS = 60
# A restart waits so long for answers under way. Streams are let go at once and need none of it.
GRACE_SECONDS = 3
# And so long for the mail or the rows that the worker is at; many a mail server takes some seconds to say yes.
WORK_SECONDS = 5


class Server(uvicorn.Server):
    """Lets open streams go first: they would hold a restart up, and come again by themselves."""

    def __init__(self, config: uvicorn.Config, stop: threading.Event) -> None:
        super().__init__(config)
        self.stop = stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        from trialogue.asgi import stream

        self.stop.set()
        stream.close()
        super().handle_exit(sig, frame)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument(
            "--only", choices=["web", "stream"], help="only pages and API, or only the stream, behind a proxy"
        )
        parser.add_argument("--processes", type=int, default=2, help="with --only web: how many processes")
        parser.add_argument("--no-work", action="store_true", help="leave clocks and mail to `trialogue work`")

    def handle(self, *, host: str, port: int, only: str | None, processes: int, no_work: bool, **_: Any) -> None:
        stop = threading.Event()
        if not prepared(stop):
            return None
        if only == "web":
            return _many(host, port, processes)
        worker = threading.Thread(target=rounds.work, args=(stop,), name="worker", daemon=True)
        if not no_work and only is None:
            worker.start()
        _end_with(worker)
        self.stdout.write(f"Trialogue serves {'its stream ' if only else ''}at http://{host}:{port}/")
        return _one(host, port, stop)


def _end_with(worker: threading.Thread) -> None:
    """A signal, which uvicorn passes on to us when it is done, ends the process at once, whatever its threads wait for.

    Only the worker may finish what it is at: a mail sent and not yet settled would be sent again.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        if worker.is_alive():
            worker.join(WORK_SECONDS)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)


def _one(host: str, port: int, stop: threading.Event) -> None:
    proxied = bool(getattr(settings, "SECURE_PROXY_SSL_HEADER", None))
    config = uvicorn.Config(
        "trialogue.asgi:application", host=host, port=port, log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS, timeout_keep_alive=30, proxy_headers=proxied, backlog=4096,
    )  # fmt: skip
    door = config.bind_socket()  # every connection inherits what is set here
    # asyncio sets this by itself only on sockets of its own making; without it each answer waits 40 ms for an acknowledgement.
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_SECONDS * 1000)
    Server(config, stop).run([door])


def _many(host: str, port: int, processes: int) -> None:
    """Synchronous processes for pages and API, each with threads that keep their database connection."""
    from granian.constants import Interfaces
    from granian.server import Server as Granian

    Granian(
        "trialogue.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=processes,
        blocking_threads=8, respawn_failed_workers=True, workers_kill_timeout=5, log_enabled=False,
    ).serve()  # fmt: skip
