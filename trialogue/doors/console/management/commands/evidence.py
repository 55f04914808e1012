from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from trialogue.cases.models import Case
from trialogue.conversations.models import Conversation
from trialogue.doors.console import evidence
from trialogue.doors.console.command import HouseCommand


class Command(HouseCommand):
    help = "Proves that the record of a case is as it was written: verify."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser(
            "verify", help="checks its log, its messages and its documents; exits with 1 where one differs"
        )
        verify.add_argument("reference", help="the case's public reference: eight capitals and digits")

    def handle(self, *args: Any, reference: str, **options: Any) -> None:
        case = Case.objects.filter(reference=reference.strip().upper()).first()
        if case is None:
            raise CommandError(f"There is no case {reference}. Its reference stands at the top of its page.")
        conversation = Conversation.objects.filter(case=case).first()
        findings = list(evidence.examine(case, conversation))
        for finding in findings:
            self.stdout.write(f"{'ok' if finding.holds else 'BROKEN':8}{finding.said}")
        if not all(finding.holds for finding in findings):
            raise CommandError(f"The record of case {case} was changed by other means than its own verbs.")
        self.stdout.write(f"The record of case {case} is whole.")
