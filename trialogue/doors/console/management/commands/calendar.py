from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from trialogue.clocks.models import Calendar
from trialogue.doors.console import calendar_file
from trialogue.doors.console.command import HouseCommand, at_the_console, organisation_called


class Command(HouseCommand):
    help = "The working time of an organisation: show prints it as a file, set reads one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        show = verbs.add_parser("show", help="prints what is in force")
        show.add_argument("organisation")
        change = verbs.add_parser("set", help="introduces a new version; clocks that run keep the one they began with")
        change.add_argument("organisation")
        change.add_argument("file", type=Path, help="as `calendar show` prints it; may say effective_from")

    def handle(self, *args: Any, verb: str, organisation: str, **options: Any) -> None:
        whose = organisation_called(organisation)
        if verb == "show":
            self.stdout.write(calendar_file.write(Calendar.in_force(whose, timezone.now())))
            return
        try:
            told = calendar_file.read(options["file"], whose.zone)
        except calendar_file.BadFile as why:
            raise CommandError(str(why)) from why
        self._introduce(whose, told, options["file"])

    def _introduce(self, whose: Any, told: dict[str, Any], path: Path) -> None:
        begins = told.pop("effective_from")
        if begins and begins < timezone.now():
            raise CommandError(
                f"{path}: effective_from: {begins} is past; a new calendar does not judge what was. Leave it out to begin now."
            )
        calendar = Calendar.introduce(whose, by=at_the_console(whose), effective_from=begins, **told)
        self.stdout.write(
            f"{whose}: version {calendar.version}, in force from {calendar.effective_from:%Y-%m-%d %H:%M} UTC."
        )
