"""What the document shows of letters. `examples` says how these are used."""

from __future__ import annotations

from typing import Any

from trialogue.doors.api.request_examples import CLARA

LETTER: dict[str, Any] = {
    "id": "let_5g7j9n1q3s5v7x9z",
    "state": "held",
    "state_label": "held",
    "reason": "not_theirs",
    "reason_label": "it answers a mail that went to somebody else",
    "why": None,
    "sender": "clara.holm@webmail.example",
    "sender_name": "Clara Holm",
    "subject": "Re: The webhook answers 500",
    "message_id": "a1b2c3@webmail.example",
    "written_at": "2026-03-10T09:30:00Z",
    "arrived_at": "2026-03-10T09:30:04Z",
    "settled_at": "2026-03-10T09:30:05Z",
    "door": "lmtp",
    "mailbox": None,
    "envelope_from": "clara.holm@webmail.example",
    "envelope_to": ["reply+mzxw6ytboi4dqmrqgezdgnbvgy@trialogue.example"],
    "size": 2180,
    "person": CLARA,
    "request": "R-2026-004711",
    "case": None,
    "relationship": None,
    "message": None,
    "released_by": None,
}
LETTER_PAGE = {"items": [LETTER], "next": None}
WHOLE_LETTER: dict[str, Any] = {
    **LETTER,
    "proof": "proven",
    "recipients": [{"address": "reply+mzxw6ytboi4dqmrqgezdgnbvgy@trialogue.example", "name": "", "stood": "to"}],
    "text": "It answers 200 again, thank you.",
    "folded": [{"kind": "quote", "text": "Does it work again?"}],
    "documents": [{"name": "log.txt", "kind": "text/plain", "size": 1204}],
    "outlook": {
        "releases": True,
        "reason": "token",
        "reason_label": "an answer to one of our mails",
        "person": CLARA,
        "organisation": "Nordlys Energi A/S",
        "channel": None,
        "request": "R-2026-004711",
        "case": None,
        "relationship": None,
    },
    "machine": None,
    "problems": [],
}
ARRIVED: dict[str, Any] = {
    **LETTER,
    "state": "arrived",
    "state_label": "not read yet",
    "reason": None,
    "reason_label": None,
    "settled_at": None,
}
RELEASE = {"trust": True, "author_email": "olga@trialogue.example"}
REFUSED: dict[str, Any] = {
    **LETTER,
    "state": "refused",
    "state_label": "refused",
    "reason": "by_hand",
    "reason_label": "somebody read it and refused it",
}
MAILBOX: dict[str, Any] = {
    "name": "help",
    "health": "trouble",
    "health_label": "in trouble",
    "looked_into_at": "2026-03-10T09:29:41Z",
    "trouble": "imap.example.com does not let us in: password refused",
    "trouble_since": "2026-03-10T09:30:12Z",
    "read_to": 4711,
    "left": [],
}
MAILBOX_PAGE = {"items": [MAILBOX], "next": None}
TRUSTED_ADDRESS: dict[str, Any] = {
    "address": "clara.holm@webmail.example",
    "person": CLARA,
    "trusted_by": {"id": "per_4d6f8h0k2m4p6r8t", "name": "Olga Lind"},
    "at": "2026-03-10T10:02:11Z",
}
TRUSTED_ADDRESS_PAGE = {"items": [TRUSTED_ADDRESS], "next": None}
RAW = "From: Clara Holm <clara@nordlys.example>\r\nTo: support@trialogue.example\r\nSubject: The webhook answers 500\r\n\r\nSince this morning.\r\n"
