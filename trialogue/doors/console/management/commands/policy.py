from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from trialogue.channels import planning, rules
from trialogue.channels.models import Edition, Unreadable
from trialogue.clocks import proposing
from trialogue.clocks.models import Clock, Policy
from trialogue.doors.console.command import HouseCommand, at_the_console
from trialogue.people.models import Organisation


class Command(HouseCommand):
    help = "The channel policy: show, plan what a file would change, apply it, history, rollback to an earlier edition."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        show = verbs.add_parser("show", help="prints the policy in force, to be edited and applied")
        show.add_argument("--edition", type=int, help="an earlier one")
        plan = verbs.add_parser(
            "plan", help="says what a file would change and which clocks it touches; changes nothing"
        )
        plan.add_argument("file", type=Path)
        apply = verbs.add_parser(
            "apply", help="adopts a file as the next edition; clocks that run keep what they began with"
        )
        apply.add_argument("file", type=Path)
        apply.add_argument("--why", default="", help="a line for the history")
        verbs.add_parser("history", help="every edition, the newest first")
        rollback = verbs.add_parser(
            "rollback", help="adopts an earlier edition once more; says first what that changes"
        )
        rollback.add_argument("edition", type=int)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        match verb:
            case "show":
                self.stdout.write(_edition(options["edition"]).text, ending="")
            case "plan":
                self._plan(_read(options["file"]))
            case "apply":
                text = _read(options["file"])
                if self._plan(text):
                    self._adopted(Edition.adopt(text, by=at_the_console(_operator()), why=options["why"]))
            case "history":
                for each in Edition.objects.select_related("person", "organisation"):
                    who = each.person or each.organisation or "Trialogue"
                    self.stdout.write(
                        f"{each.number:>4}  {each.adopted_at:%Y-%m-%d %H:%M} UTC  {who}  {each.why}".rstrip()
                    )
            case "rollback":
                if self._plan(_edition(options["edition"]).text):
                    self._adopted(Edition.roll_back(options["edition"], by=at_the_console(_operator())))

    def _plan(self, text: str) -> bool:
        """Tells it; answers whether there is anything to do."""
        try:
            told = rules.read(text)
        except Unreadable as why:
            raise CommandError(str(why)) from why
        changes = planning.differences(Edition.in_force().rules_as_written, told)
        touched = proposing.preview_of_rules(Clock.objects.all(), told, _operator(), timezone.now())
        for change in changes:
            self.stdout.write(str(change))
        for each in touched:
            self.stdout.write(_effect(each))
        if not changes and not touched:
            self.stdout.write("Nothing would change.")
        return bool(changes or touched)

    def _adopted(self, edition: Edition) -> None:
        self.stdout.write(
            f"Edition {edition.number} is in force. `trialogue policy rollback {edition.number - 1}` undoes it."
        )


def _effect(touched: proposing.Touched) -> str:
    what = touched.proposal.words if isinstance(touched.proposal, Policy) else "other hours"
    preview = touched.preview
    return (
        f"! {touched.promise or 'support hours'}: {what}. Running clocks: {preview.running}; they keep what they began with. "
        f"Counted anew {preview.later} would be due later, {preview.earlier} earlier, {preview.same} as now."
    )


def _read(path: Path) -> str:
    try:
        return path.read_bytes()[: rules.LONGEST * 4 + 1].decode("utf-8-sig")
    except OSError as why:
        raise CommandError(f"{path}: {why.strerror}.") from why
    except UnicodeDecodeError as why:
        raise CommandError(f"{path} is no text in UTF-8.") from why


def _edition(number: int | None) -> Edition:
    found = Edition.in_force() if number is None else Edition.objects.filter(number=number).first()
    if found is None:
        raise CommandError(f"There is no edition {number}. `trialogue policy history` lists them.")
    return found


def _operator() -> Organisation:
    found = Organisation.objects.operator()
    if found is None:
        raise CommandError(
            "There is no operator yet, who would have adopted it: `trialogue organisation create` makes one."
        )
    return found
