"""A letter, from bytes to what it says: `parse(raw)` answers a `Parsed` for any bytes, never raises, and never takes long.

Pure and deterministic: it knows no clock, no network and no file. What was wrong with a letter stands in `problems`; what could not
be read at all is still in the bytes, which the caller keeps.
"""

from __future__ import annotations

from trialogue.lib.mailtext import authentication, body, bounces, machine, words
from trialogue.lib.mailtext.charset import decode
from trialogue.lib.mailtext.mime import Part, split
from trialogue.lib.mailtext.parsed import (
    Address,
    Authentication,
    Bounced,
    Document,
    Folded,
    Parsed,
    Problem,
    Recipient,
    Verdict,
)
from trialogue.lib.mailtext.problems import WORDS
from trialogue.lib.mailtext.quotes import fold
from trialogue.lib.mailtext.subjects import LONGEST, topic

__all__ = [
    "Address",
    "Authentication",
    "Bounced",
    "Document",
    "Folded",
    "Parsed",
    "Problem",
    "Recipient",
    "Verdict",
    "parse",
]

MARK = "x-trialogue"
_RECEIVERS = (
    "to", "cc", "bcc", "resent-to", "resent-cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to",
    "x-delivered-to", "x-forwarded-to", "apparently-to", "x-real-to", "x-ms-exchange-organization-originalenveloperecipients",
)  # fmt: skip
MOST_RECIPIENTS = 1000


def parse(raw: bytes) -> Parsed:
    """What this letter says. Any bytes are a letter."""
    try:
        return _parsed(raw)
    except Exception:  # no letter may stop the next one; tests insist that none of ours comes here
        return _unreadable(raw)


def _unreadable(raw: bytes) -> Parsed:
    said = decode(raw[:100_000])[0]
    return Parsed(text=said.strip(), problems=(Problem("unreadable", WORDS["unreadable"]),))


def _parsed(raw: bytes) -> Parsed:
    top, problems = split(raw)
    found = body.gather(top)
    subject = words.text(top.first("subject"))[:LONGEST]
    senders = _senders(top)
    envelope = _envelope(top)
    sender = senders[0] if senders else next(iter(words.addresses(top.first("sender"))), None)
    suspicious = machine.may_be_bounce(top, subject, sender, envelope)
    bounced = bounces.failed(top, suspicious)
    mark = words.text(top.first(MARK)) or None
    kind, why = machine.recognised(top, subject, sender, envelope, bool(bounced), found.calendar)
    if mark and kind in (None, "notification", "bulk", "list"):
        kind, why = "loop", "X-Trialogue"
    body.clean_html(found)
    text, quoted = fold(body.text(found))
    text = text or body.invited(found) or _enclosed(found)
    problems += found.problems + _missing(top, senders, subject)
    at = words.moment(top.first("date"))
    if at is None and top.first("date"):
        problems.append("date-absurd")
    return Parsed(
        sender=sender,
        senders=tuple(senders),
        reply_to=tuple(words.addresses(top.first("reply-to"))),
        envelope=envelope,
        recipients=_recipients(top),
        subject=subject,
        topic=topic(subject),
        at=at,
        text=text,
        quoted=quoted,
        html=body.shown(found),
        documents=tuple(found.documents),
        message_id=next(iter(words.ids(top.first("message-id"))), None),
        in_reply_to=words.ids(top.first("in-reply-to")),
        references=words.ids(top.first("references")),
        authentication=authentication.results(top.all("authentication-results")),
        machine=kind,
        machine_why=why,
        bounced=bounced if kind == "bounce" else (),
        calendar=found.calendar,
        mark=mark,
        sealed=found.sealed,
        signed=found.signed,
        problems=tuple(Problem(code, WORDS[code]) for code in dict.fromkeys(problems)),
    )


def _senders(top: Part) -> list[Address]:
    return list(dict.fromkeys(one for value in top.all("from")[:20] for one in words.addresses(value)))


def _envelope(top: Part) -> str | None:
    values = top.all("return-path")
    if not values:
        return None
    found = words.addresses(values[0])
    return found[0].email if found else ""


def _recipients(top: Part) -> tuple[Recipient, ...]:
    found: dict[Recipient, None] = {}
    for name, value in top.fields:
        if name in _RECEIVERS and len(found) < MOST_RECIPIENTS:
            found.update(dict.fromkeys(Recipient(one, name) for one in words.addresses(value)))
    return tuple(found)[:MOST_RECIPIENTS]


def _missing(top: Part, senders: list[Address], subject: str) -> list[str]:
    known = {name for name, _ in top.fields}
    problems = [f"{name}-missing" for name in ("from", "date", "message-id") if name not in known]
    if not subject:
        problems.append("subject-missing")
    if len(senders) > 1:
        problems.append("several-senders")
    if "from" in known and not senders:
        problems.append("from-unreadable")
    return problems


def _enclosed(found: body.Body) -> str:
    """A letter that only forwards another as a file says what that one says."""
    if not found.enclosed:
        return ""
    top, _ = split(found.enclosed[0][: body.LONGEST_TEXT])
    inner = body.gather(top)
    body.clean_html(inner)
    told = [(name, words.text(top.first(name.lower()))) for name in ("From", "Date", "Subject")]
    head = [f"{name}: {said}" for name, said in told if said]
    return "\n".join([*head, "", fold(body.text(inner))[0]]).strip()
