"""A mail backend that keeps what it is given, or fails as it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Mails(BaseEmailBackend):
    """`sent` holds what went out; `troubles` are raised first, one for each try (None: that one goes out)."""

    sent: ClassVar[list[EmailMessage]] = []
    troubles: ClassVar[list[Exception | None]] = []

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        trouble = self.troubles.pop(0) if self.troubles else None
        for message in email_messages:
            message.message().as_bytes()  # what cannot be written fails here, as on the way out
        if trouble:
            raise trouble
        self.sent.extend(email_messages)
        return len(email_messages)
