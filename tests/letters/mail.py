"""Letters for tests: as a mail program writes them, and as they stand here after somebody has judged them."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import Any
from zlib import crc32

from tests.cast import MONDAY
from trialogue.events.change import change
from trialogue.letters import filing
from trialogue.letters.models import POSTMAN, Letter, State

TRUST = "mx.trialogue.example"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


def mail(
    subject: str = "It fails",
    text: str = "Since this morning.",
    *,
    sender: str = "Clara Holm <clara@nordlys.example>",
    to: str = "support@trialogue.example",
    html: str = "",
    files: dict[str, bytes] | None = None,
    proof: str = "",
    **headers: str,
) -> bytes:
    """`proof`: what `TRUST` says of it, such as “dmarc=pass header.from=nordlys.example”. `headers`: `in_reply_to` is In-Reply-To."""
    message = EmailMessage()
    if proof:
        message["Authentication-Results"] = f"{TRUST}; {proof}"
    named = {"from": sender, "to": to, "subject": subject, "date": "Mon, 09 Mar 2026 12:00:00 +0100", **headers}
    for name, value in named.items():
        message["-".join(word.capitalize() for word in name.split("_"))] = value
    message["Message-ID"] = f"<{crc32(f'{subject}{text}{sender}'.encode())}@nordlys.example>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in (files or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def kept(raw: bytes | None = None, *, at: datetime = MONDAY, **told: Any) -> Letter:
    """A letter that has arrived, and that nobody has read yet."""
    return Letter.keep(raw or mail(**told), door="lmtp", envelope_to=["support@trialogue.example"], at=at)


def settled(state: str, reason: str, raw: bytes | None = None, *, at: datetime = MONDAY, **told: Any) -> Letter:
    """One that was read, and of which this has become; whatever its rules would have said."""
    columns = {name: told.pop(name) for name in ("person", "conversation", "message") if name in told}
    letter = kept(raw, at=at, **told)
    with change(letter, by=POSTMAN, at=at) as record:
        filing._describe(letter, filing.parse(letter.raw))
        letter._settle(record, state, reason, **columns)
    return letter


def held(reason: str = "unproven", **told: Any) -> Letter:
    return settled(State.HELD, reason, **told)
