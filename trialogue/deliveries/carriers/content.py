"""What a mail will say, before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from trialogue.conversations.models import Message
from trialogue.meetings.ics import Invitation


@dataclass
class Content:
    """Template, its context, and what it comes to in a line.

    `subject` says who did what; a browser shows it, and the mail begins with it. `thread` is the subject of the mail where it is
    to stay the same for all mails of one conversation, or a mail program would tear them apart; "" where the line is the subject.
    `notices` are those that it tells of to somebody who can turn them off. `invitation` is what calendars read.
    """

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
    thread: str = ""
    notices: frozenset[str] = frozenset()
    invitation: Invitation | None = None

    @property
    def writer(self) -> str:
        """Who wrote all of what it tells, by name; "" when nobody did, or more than one."""
        said: Sequence[Message] = self.context.get("messages", ())
        names = {str(message.author or message.organisation or "") for message in said}
        return names.pop() if len(names) == 1 else ""
