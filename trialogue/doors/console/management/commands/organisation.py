from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from trialogue.doors.console.command import HouseCommand, organisation_called
from trialogue.events.change import System
from trialogue.people.models import Organisation, Side


class Command(HouseCommand):
    help = "Adds an organisation, or lists them: create, list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="adds one")
        create.add_argument("--name", required=True)
        create.add_argument("--kind", required=True, choices=Side.values)
        create.add_argument("--country", required=True, help="two letters: DK")
        create.add_argument("--zone", required=True, help="Europe/Copenhagen")
        create.add_argument("--subdivision", default="", help="a part of the country with holidays of its own: BY")
        create.add_argument("--referrer", help="the referral partner that brought this client")
        verbs.add_parser("list", help="lists them, with their public ids")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "create":
            self.create(**options)
            return
        for each in Organisation.objects.order_by("kind", "name"):
            self.stdout.write(f"{each.public_id}  {each.kind:18}  {each.country}  {each.name}")

    def create(
        self, *, name: str, kind: str, country: str, zone: str, subdivision: str, referrer: str | None, **_: Any
    ) -> None:
        brought = organisation_called(referrer) if referrer else None
        made = Organisation.found(
            name=name, kind=kind, country=country, zone=zone, subdivision=subdivision, referrer=brought,
            by=System(via="console"),
        )  # fmt: skip
        self.stdout.write(made.public_id)
        self.stderr.write(
            f"Added {made.name}. It works weekdays around the clock until `trialogue calendar set` says otherwise."
        )
