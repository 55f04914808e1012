"""Letters as they stand once they were read, for whatever looks at them later."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from tests.cast import MONDAY
from trialogue.conversations.models import Message
from trialogue.letters.models import Letter
from trialogue.people.models import Actor

_numbers = count(1)


def filed(message: Message, by: Actor | None = None, mail_id: str = "", at: datetime = MONDAY, **of: Any) -> Letter:
    """The letter by which a message came."""
    number = next(_numbers)
    told: dict[str, Any] = {
        "digest": f"{number:064}", "door": "lmtp", "size": 1, "arrived_at": at, "settled_at": at, "state": "filed",
        "mail_id": mail_id or f"letter-{number}@nordlys.example", "subject": "AW: It hangs", "person": by.person if by else None,
        "sender": by.person.email if by and by.person else "vera@example.com",
    }  # fmt: skip
    return Letter.objects.create(**{"conversation": message.conversation, "message": message} | told | of)
