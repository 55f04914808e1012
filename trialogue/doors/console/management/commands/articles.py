from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from trialogue.articles import folder
from trialogue.doors.console.command import HouseCommand, at_the_console
from trialogue.events.change import SYSTEM
from trialogue.people.models import Organisation


class Command(HouseCommand):
    help = "The articles of the help portal: pull them into a folder of Markdown files, push a folder. Twice is once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        push = verbs.add_parser("push", help="lays a folder in: what differs is written, and published unless a draft")
        push.add_argument("folder", type=Path, nargs="?", default=folder.SHIPPED, help="default: those we ship")
        pull = verbs.add_parser("pull", help="writes each article as it is live, or as a draft")
        pull.add_argument("folder", type=Path)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            if verb == "push":
                operator = Organisation.objects.operator()
                done = folder.push(options["folder"], by=at_the_console(operator) if operator else SYSTEM)
                self.stdout.write(f"{done['begun']} new, {done['written']} written, {done['published']} published.")
            else:
                self.stdout.write(f"{folder.pull(options['folder'])} files in {options['folder']}.")
        except folder.Unreadable as why:
            raise CommandError(f"{why}\nNothing was laid in.") from why
        except OSError as why:
            raise CommandError(f"{why.filename}: {why.strerror}.") from why
