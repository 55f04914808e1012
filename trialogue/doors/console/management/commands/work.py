from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from trialogue.doors.console import rounds
from trialogue.doors.console.command import HouseCommand
from trialogue.doors.console.management.commands.prepare import prepare


class Command(HouseCommand):
    help = "Breaks clocks that are past due, warns before, sends mails. Any number may run; ends after what it is at."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            prepare()
            while rounds.round(timezone.now()):
                pass
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        if prepared(stop):
            rounds.work(stop)


def prepared(stop: threading.Event) -> bool:
    """Waits for the database where it is not there yet, as after a power cut, when everything starts at once."""
    while not stop.is_set():
        try:
            prepare()
        except (OperationalError, InterfaceError) as trouble:
            rounds.log.error("the database is away, waiting for it: %s", " ".join(str(trouble).split()))
            stop.wait(rounds.AWAY)
        else:
            return True
    return False
