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
            raise CommandError(_database_says(trouble)) from trouble


def _database_says(trouble: Exception) -> str:
    said = " ".join(str(trouble).split())
    if "no such table" in said or "does not exist" in said:
        return f"{said}. Is this the right database? `trialogue prepare` makes its tables; --data or TRIALOGUE_DATA say where it is."
    return f"The database does not answer: {said}"


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
    near = get_close_matches(name, names, 3, 0.4) or [each for each in names if name.strip().lower() in each.lower()]
    raise CommandError(f"There is no organisation called “{name}”. {_instead(near, names)}")


def _instead(near: list[str], names: list[str]) -> str:
    if not names:
        return "There is none yet: `trialogue organisation create` makes one."
    if near:
        return f"Did you mean {' or '.join(f'“{each}”' for each in near)}?"
    return f"There are: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}."


def at_the_console(organisation: Organisation, environment: str = "production") -> Actor:
    """Whoever has the console may do what an admin may; the log says that it came this way."""
    return Actor(organisation, environment=environment, role=Role.ADMIN, via="console")
