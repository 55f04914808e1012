from __future__ import annotations

from typing import Any

from django.conf import settings

from trialogue.doors.console.command import HouseCommand
from trialogue.doors.mail.boxes import Box, load
from trialogue.doors.mail.models import Mailbox


class Command(HouseCommand):
    help = "Shows how each mailbox is: when it was last well, how far it was read, what ails it."

    def handle(self, *args: Any, **options: Any) -> None:
        boxes = load(settings.MAILBOXES)
        if not boxes:
            self.stdout.write("No mailbox is read. TRIALOGUE_MAILBOXES names a file of them: docs/operations.md.")
        known = {mailbox.name: mailbox for mailbox in Mailbox.objects.all()}
        for box in boxes:
            self.stdout.write(_line(box, known.get(box.name)))


def _line(box: Box, mailbox: Mailbox | None) -> str:
    if mailbox is None or not (mailbox.last_ok_at or mailbox.trouble):
        return f"{box.name}: not read yet. Does a worker run?"
    told = [f"{box.name}: read to letter {mailbox.last_uid}"]
    if mailbox.last_ok_at:
        told.append(f"last well {mailbox.last_ok_at:%Y-%m-%d %H:%M:%S} UTC")
    if mailbox.trouble:
        told.append(f"trouble since {mailbox.trouble_since:%Y-%m-%d %H:%M:%S} UTC: {mailbox.trouble}")
    if mailbox.left:
        told.append(f"could not be fetched and still there: {', '.join(map(str, mailbox.left))}")
    return "; ".join(told)
