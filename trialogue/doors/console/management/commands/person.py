from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.urls import reverse

from trialogue.doors.console.command import HouseCommand, at_the_console, organisation_called
from trialogue.people.models import Person, Role


class Command(HouseCommand):
    help = "Lets someone into an organisation: create prints the link to open."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="adds a person and prints an invitation")
        create.add_argument("--email", required=True)
        create.add_argument("--name", required=True)
        create.add_argument("--organisation", required=True)
        create.add_argument("--role", default=Role.MEMBER, choices=Role.values)
        create.add_argument("--zone", help="default: the organisation's")
        create.add_argument(
            "--language", default=settings.LANGUAGE_CODE, choices=[code for code, _ in settings.LANGUAGES]
        )

    def handle(
        self, *args: Any, email: str, name: str, organisation: str, role: str, zone: str | None, language: str, **_: Any
    ) -> None:
        joined = organisation_called(organisation)
        invitation, secret = joined.invite(email, role, by=at_the_console(joined))
        if not Person.objects.filter(email=invitation.email).exists():
            Person.objects.create_user(invitation.email, name=name, zone=zone or joined.zone, language=language)
        self.stdout.write(settings.BASE_URL + reverse("invitation", args=[secret]))
        self.stderr.write(
            f"Whoever opens this by {invitation.expires_at:%Y-%m-%d %H:%M} UTC joins {joined} as {invitation.email}."
        )
