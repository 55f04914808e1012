from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from trialogue.doors.console.command import HouseCommand, at_the_console, organisation_called
from trialogue.people.models import ApiKey, Environment


class Command(HouseCommand):
    help = "API keys of organisations: create, list, revoke."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="makes one and prints it, this once")
        create.add_argument("--organisation", required=True)
        create.add_argument("--environment", required=True, choices=Environment.values)
        create.add_argument("--name", default="", help="what it is for, to tell it from others")
        listing = verbs.add_parser("list", help="lists them by their beginnings")
        listing.add_argument("--organisation")
        revoke = verbs.add_parser("revoke", help="ends one, at once")
        revoke.add_argument("key", help="its public id, its beginning as listed, or the whole key")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        match verb:
            case "create":
                self.create(**options)
            case "list":
                self.list(**options)
            case _:
                self.revoke(**options)

    def create(self, *, organisation: str, environment: str, name: str, **_: Any) -> None:
        owner = organisation_called(organisation)
        key, secret = owner.issue_key(environment, name=name, by=at_the_console(owner))
        self.stdout.write(secret)
        self.stderr.write(f"A key of {owner} for {environment}, {key.public_id}. It is shown this once: keep it safe.")

    def list(self, *, organisation: str | None, **_: Any) -> None:
        keys = ApiKey.objects.select_related("organisation").order_by("organisation__name", "created_at")
        if organisation:
            keys = keys.filter(organisation=organisation_called(organisation))
        for key in keys:
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else f"since {key.created_at:%Y-%m-%d}"
            self.stdout.write(
                f"{key.public_id}  {key.shown}…  {key.environment:10}  {state:18}  {key.organisation}  {key.name}"
            )

    def revoke(self, *, key: str, **_: Any) -> None:
        found = self._find(key.strip().rstrip("…"))
        if found.revoked_at:
            raise CommandError(f"{found.public_id} was revoked on {found.revoked_at:%Y-%m-%d} already.")
        found.revoke(by=at_the_console(found.organisation))
        self.stderr.write(f"Revoked {found.public_id} of {found.organisation}; it opens nothing from now on.")

    def _find(self, told: str) -> ApiKey:
        keys = ApiKey.objects.select_related("organisation")
        if whole := ApiKey.objects.by_secret(told):
            return whole
        found = list(keys.filter(public_id=told) or keys.filter(shown=told))
        if len(found) == 1:
            return found[0]
        many = f"{len(found)} keys begin with “{told}”. Give the public id." if found else f"There is no key “{told}”."
        raise CommandError(f"{many} `trialogue key list` shows them all.")
