from __future__ import annotations

import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from trialogue.doors.console import demo_world
from trialogue.doors.console.command import HouseCommand
from trialogue.doors.console.management.commands.prepare import prepare
from trialogue.people.models import Person


class Command(HouseCommand):
    help = "Starts everything with a believable world, which anyone here may enter as anyone. A second start keeps it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Start it as `trialogue demo`: the entrances open only then.")
        must_be_free(port)
        prepare()
        try:
            made = demo_world.load(timezone.now())
        except demo_world.AnotherWorld as why:
            raise CommandError(str(why)) from why
        self.stdout.write(f"{'A new world is' if made else 'Your world from before is'} in {settings.DATA}.")
        self.stdout.write(welcome())
        self.stdout.flush()
        call_command("serve", port=port)


def must_be_free(port: int) -> None:
    """Better told before a world is made than after."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as why:
            raise CommandError(f"Port {port} cannot be used ({why}). Give another, such as --port 8011.") from why


def welcome() -> str:
    """Where to go, and as whom."""
    people = {person.email: person for person in Person.objects.prefetch_related("memberships__organisation")}
    told = [
        line for email, about in demo_world.ENTRANCES if email in people for line in _entrance(people[email], about)
    ]
    return "\n".join(
        [
            "",
            f"Open {settings.BASE_URL} and enter with one click as",
            "",
            *told,
            "",
            "Open a second browser window (a private one) to be another side at the same time.",
            "Ctrl+C stops it; the same command goes on where you were.",
            "",
        ]
    )


def _entrance(person: Person, about: Any) -> list[str]:
    organisations = [membership.organisation for membership in person.memberships.all()]
    sides = ", ".join(f"{each.name} ({each.get_kind_display()})" for each in organisations)
    return [f"  {person.name} · {sides}", f"      {about}"]
