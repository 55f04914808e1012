from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from trialogue.doors.console.command import HouseCommand
from trialogue.letters.models import LARGEST, Letter, TooLarge


class Command(HouseCommand):
    help = "Keeps one letter from standard input and prints its id, for a pipe of a mail server: receive < letter.eml"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="sender", default="", metavar="ADDRESS", help="who sends it, by the envelope"
        )
        parser.add_argument("--to", dest="receivers", action="append", default=[], metavar="ADDRESS", help="who it is for, by the envelope; may be repeated")  # fmt: skip

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except CommandError as why:
            # A setting that is wrong, a database that is away: nothing that the letter could help.
            raise CommandError(
                str(why), returncode=os.EX_DATAERR if why.returncode == os.EX_DATAERR else os.EX_TEMPFAIL
            ) from why

    def handle(self, *args: Any, sender: str, receivers: list[str], **options: Any) -> None:
        raw = sys.stdin.buffer.read(LARGEST + 1)
        if not raw.strip():
            raise CommandError("There is no letter in this. Give one: receive < letter.eml", returncode=os.EX_DATAERR)
        try:
            letter = Letter.keep(raw, door="pipe", envelope_from=sender, envelope_to=receivers)
        except TooLarge as why:
            raise CommandError(f"5.3.4 A letter may have {LARGEST // 2**20} MB.", returncode=os.EX_DATAERR) from why
        self.stdout.write(letter.public_id)
