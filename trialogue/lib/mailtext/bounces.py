"""Whom a letter did not reach: RFC 3464 first, the habits of servers that follow no standard (flufl.bounce) after."""

from __future__ import annotations

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from trialogue.lib.mailtext import words
from trialogue.lib.mailtext.charset import decode
from trialogue.lib.mailtext.mime import Part
from trialogue.lib.mailtext.parsed import Bounced

MOST = 200
_LONGEST = 100_000
_FIELD = re.compile(r"^([A-Za-z][A-Za-z-]{0,40}):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<!\d)([45])\d\d[ -]")
_MAIL = re.compile(r"(?<![^\s<;:,\"'(\[])[^\s<>;:,\"'()\[\]@]{1,100}@[^\s<>;:,\"'()\[\]@]{1,253}")
_ORIGINAL = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE)
_MARK = re.compile(rb"^x-trialogue:[ \t]*([^\r\n]{0,500})", re.IGNORECASE | re.MULTILINE)
_BELOW = re.compile(
    rb"^[ \t>*-]*(?:-+ ?(?:the )?(?:body of the message|original message|this is a copy of|below this line is a copy|your original message|returned message|"
    rb"original message headers|undelivered message)|original message headers:|return-path: ?<)",
    re.IGNORECASE | re.MULTILINE,
)
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())


def failed(top: Part, suspicious: bool) -> tuple[Bounced, ...]:
    """The failed addresses. `suspicious`: it looks like a bounce, so its words are searched too."""
    parts = list(top.walk())
    status = next(
        (part for part in parts if part.kind in ("message/delivery-status", "message/global-delivery-status")), None
    )
    if status is None and not suspicious:
        return ()
    message_id, mark = _original(parts)
    found = _reported(status, message_id, mark) if status else []
    if not found and suspicious:
        found = _by_header(top, parts, message_id, mark) or _by_habit(top, parts, message_id, mark)
    return tuple({one.email: one for one in reversed(found)}.values())[::-1][:MOST]


def _original(parts: list[Part]) -> tuple[str | None, str | None]:
    """Message id and mark of the letter that came back, enclosed or quoted below."""
    where = next(
        (
            part.content()[:_LONGEST]
            for part in parts[1:]
            if part.kind
            in (
                "message/rfc822",
                "text/rfc822-headers",
                "message/global",
                "message/global-headers",
                "message/rfc822-headers",
            )
        ),
        b"",
    )
    if not where:
        text = next((part.content()[:_LONGEST] for part in parts if not part.parts and part.kind == "text/plain"), b"")
        where = text
    id_, mark = _ORIGINAL.search(where), _MARK.search(where)
    return (words.ids(id_[1]) or (None,))[0] if id_ else None, words.text(mark[1]) if mark else None


def _reported(status: Part, message_id: str | None, mark: str | None) -> list[Bounced]:
    found = []
    for block in re.split(r"\n[ \t]*\n", decode(status.content()[:_LONGEST])[0])[:MOST]:
        told = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(block)}
        address = told.get("original-recipient") or told.get("final-recipient") or ""
        final = told.get("final-recipient") or address
        action = told.get("action", "failed").split(" ")[0].lower()
        if not address or action in ("delivered", "relayed", "expanded"):
            continue
        mail = _MAIL.search(address.partition(";")[2] or address) or _MAIL.search(final.partition(";")[2] or final)
        if mail is None:
            continue
        code = (_STATUS.search(told.get("status", "")) or _STATUS.search(told.get("diagnostic-code", "")) or [""])[0]
        said = told.get("diagnostic-code", "").partition(";")[2].strip() or told.get("status", "")
        permanent = code.startswith("5") if code else action == "failed"
        found.append(Bounced(mail[0].lower(), permanent and action != "delayed", code, said[:500], message_id, mark))
    return found


def _by_header(top: Part, parts: list[Part], message_id: str | None, mark: str | None) -> list[Bounced]:
    """Exim and Gmail say it in the head."""
    addresses = [one for value in top.all("x-failed-recipients") for one in words.addresses(value)]
    text = _words(parts)
    warned = re.search(r"^warning|delay", words.text(top.first("subject")), re.IGNORECASE) is not None
    return [_with_words(one.email, not warned, text, message_id, mark) for one in addresses[:MOST]]


def _by_habit(top: Part, parts: list[Part], message_id: str | None, mark: str | None) -> list[Bounced]:
    """As flufl.bounce knows them. It is given the words as a letter without parts: it would look for parts by recursion."""
    text = _words(parts)
    letter = Message()
    for name in ("From", "Subject"):
        letter[name] = words.text(top.first(name.lower()))
    letter.set_payload(text)
    try:
        temporary, permanent = all_failures(letter)
    except Exception:  # a broken letter breaks a reader in many ways
        return []
    told = [(address, False) for address in sorted(temporary)] + [(address, True) for address in sorted(permanent)]
    known = [(decode(address)[0].lower(), hard) for address, hard in told]
    return [_with_words(address, hard, text, message_id, mark) for address, hard in known if "@" in address]


def _words(parts: list[Part]) -> str:
    part = next((part for part in parts if not part.parts and part.kind == "text/plain"), None)
    if part is None:
        return ""
    raw = part.content()[:20_000]
    below = _BELOW.search(raw)
    return decode(raw[: below.start()] if below else raw, part.params.get("charset", ""))[0]


def _with_words(address: str, permanent: bool, text: str, message_id: str | None, mark: str | None) -> Bounced:
    """With what is said below the address."""
    at = text.lower().find(address)
    said = " ".join(text[at + len(address) if at >= 0 else 0 :][:600].strip("<>:; \n").split())[:500]
    code = _STATUS.search(said)
    reply = _REPLY.search(said)
    if code or reply:
        permanent = (code[0][0] if code else reply[1]) == "5"  # type: ignore[index]
    return Bounced(address, permanent, code[0] if code else "", said, message_id, mark)
