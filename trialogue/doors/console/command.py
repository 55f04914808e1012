"""What our commands have in common: how things are named on the command line, and how a refusal is told."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, ProgrammingError

from trialogue.people.models import Actor, Organisation, Refused, Role


class HouseCommand(BaseCommand):
    """A command that tells what a verb refuses in a line, and exits with 1; 2 is for words it does not understand."""

    # Settings that cannot be used must not be stood in for by a default; pages are no concern of a command.
    requires_system_checks = ["trialogue"]

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except (ValidationError, Refused) as why:
            raise CommandError(told(why)) from why
        except (OperationalError, ProgrammingError, InterfaceError) as trouble:
            said = " ".join(str(trouble).split())
            raise CommandError(f"{said}. Is this the right database, and was `trialogue prepare` run?") from trouble


def told(why: ValidationError | Refused) -> str:
    """“zone: “Mars” is no time zone. …”, a field a line."""
    if isinstance(why, Refused):
        return str(why)
    if not hasattr(why, "error_dict"):
        return " ".join(why.messages)
    fields = why.message_dict.items()
    return "\n".join((f"{field}: " if field != "__all__" else "") + " ".join(map(str, said)) for field, said in fields)


def organisation_called(name: str) -> Organisation:
    """By its name, in any case, or by its public id."""
    found = Organisation.objects.filter(name__iexact=name.strip()).first()
    found = found or Organisation.objects.filter(public_id=name).first()
    if found:
        return found
    names = sorted(Organisation.objects.values_list("name", flat=True))
    near = _near(name, names)
    raise CommandError(f"There is no organisation called “{name}”. " + _instead(near or names[:8], len(names)))


def _near(name: str, names: list[str]) -> list[str]:
    """Those that begin alike or hold the same word, else those spelled alike."""
    wanted = name.strip().lower()
    holding = [each for each in names if wanted and wanted in each.lower()]
    spelled = get_close_matches(wanted, {each.lower(): each for each in names}, 3, 0.5)
    return (holding + [each for each in names if each.lower() in spelled and each not in holding])[:5]


def _instead(names: list[str], count: int) -> str:
    if not count:
        return "There is none yet: `trialogue organisation create` makes one."
    return f"There is: {', '.join(names)}{' …' if count > len(names) else ''}."


def at_the_console(organisation: Organisation, environment: str = "production") -> Actor:
    """Whoever has the console may do what an admin may; the log says that it came this way."""
    return Actor(organisation, environment=environment, role=Role.ADMIN, via="console")
