"""`trialogue serve`: pages, API, stream and worker in one process on one port; or one part of them, at scale."""

from __future__ import annotations

import threading
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Server(uvicorn.Server):
    """Lets open streams go first: they would hold a restart up, and come again by themselves."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        from trialogue.asgi import stream

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
        call_command("prepare", verbosity=0)
        if only == "web":
            return _many(host, port, processes)
        stop = threading.Event()
        if not no_work and only is None:
            _work_beside(stop)
        self.stdout.write(f"Trialogue serves {'its stream ' if only else ''}at http://{host}:{port}/")
        try:
            _one(host, port)
        finally:
            stop.set()


def _one(host: str, port: int) -> None:
    proxied = bool(getattr(settings, "SECURE_PROXY_SSL_HEADER", None))
    config = uvicorn.Config(
        "trialogue.asgi:application", host=host, port=port, log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=3, timeout_keep_alive=30, proxy_headers=proxied, backlog=4096,
    )  # fmt: skip
    Server(config).run()


def _many(host: str, port: int, processes: int) -> None:
    """Synchronous processes for pages and API, each with threads that keep their database connection."""
    from granian.constants import Interfaces
    from granian.server import Server as Granian

    Granian(
        "trialogue.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=processes,
        blocking_threads=8, respawn_failed_workers=True, workers_kill_timeout=5, log_enabled=False,
    ).serve()  # fmt: skip


def _work_beside(stop: threading.Event) -> None:
    from trialogue.doors.console.rounds import work

    threading.Thread(target=work, args=(stop,), name="worker", daemon=True).start()
