"""Letters as they come to us, written by the people of the cast."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from tests.cast import MONDAY
from trialogue.letters import filing
from trialogue.letters.models import Letter
from trialogue.people.models import Actor

TRUST = "mx.trialogue.example"
SETTINGS = {"MAIL_TRUST": TRUST, "REPLY_ADDRESS": "reply@trialogue.example"}
SUPPORT, TECHNICAL, BUSINESS = (
    "support@trialogue.example",
    "integrations@trialogue.example",
    "partners@trialogue.example",
)
SALES, LEGAL = "sales@trialogue.example", "legal@trialogue.example"


def written(
    sender: Actor | str,
    to: str | list[str],
    text: str = "It fails again.",
    *,
    subject: str = "Upload fails",
    proof: str = "pass",
    at: datetime = MONDAY,
    html: str = "",
    files: dict[str, bytes] | None = None,
    **headers: str,
) -> bytes:
    """A letter; `proof` is what the server that we trust says of its sender ("": it says nothing). `In_Reply_To=` is a header."""
    address = sender if isinstance(sender, str) else sender.person.email  # type: ignore[union-attr]
    letter = EmailMessage()
    if proof:
        domain = address.rpartition("@")[2]
        letter["Authentication-Results"] = f"{TRUST}; dmarc={proof} header.from={domain}"
    letter["From"] = address
    letter["To"] = to if isinstance(to, str) else ", ".join(to)
    letter["Subject"] = subject
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = headers.pop("Message_ID", None) or make_msgid(domain="nordlys.example")
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    if html:
        letter.add_alternative(html, subtype="html")
    for name, content in (files or {}).items():
        letter.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return letter.as_bytes()


def bounce(address: str, *, of: str = "<dlv_0000000000000000@127.0.0.1>", permanent: bool = True) -> bytes:
    """What a mail server writes when a mail of ours did not reach an address."""
    status, action = ("5.1.1", "failed") if permanent else ("4.2.2", "delayed")
    return "\r\n".join(
        [
            "From: Mail Delivery System <mailer-daemon@mx.nordlys.example>", "To: notices@trialogue.example",
            "Subject: Undelivered Mail Returned to Sender", f"Message-ID: <{address}.{status}@mx.nordlys.example>",
            "Auto-Submitted: auto-replied", "Return-Path: <>", "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "",
            "--b", "Content-Type: text/plain", "", "Your message could not be delivered.", "",
            "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.nordlys.example", "",
            f"Final-Recipient: rfc822; {address}", f"Action: {action}", f"Status: {status}",
            "Diagnostic-Code: smtp; 550 no such user", "",
            "--b", "Content-Type: text/rfc822-headers", "", f"Message-ID: {of}", "Subject: News", "", "--b--", "",
        ]
    ).encode()  # fmt: skip


def post(raw: bytes, *, at: datetime = MONDAY, file: bool = True, **told: str) -> Letter:
    """It arrives, and is read."""
    letter = Letter.keep(raw, door="pipe", at=at, **told)  # type: ignore[arg-type]
    if file:
        filing.file(letter, at=at)
    return Letter.objects.select_related("conversation", "message", "person").get(pk=letter.pk)
