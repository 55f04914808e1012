"""What a letter says, in plain values. Nothing here is HTML-escaped except `Parsed.html`, which is safe to show as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """`email` in lower case, `name` as people read it, perhaps empty. The name proves nothing about who wrote."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address the letter names as a receiver. `stood` is the header, in lower case: "to", "cc", "delivered-to", …"""

    address: Address
    stood: str


@dataclass(frozen=True, slots=True)
class Folded:
    """Words that are not new. `kind` is "quote", "signature" or "footer" (of a list, a phone, a lawyer)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file in the letter. `name` is clean and never empty, `kind` the content type the letter claims, in lower case.

    `inline`: the letter shows it among its words, it is not an enclosure. `content_id` is without angle brackets.
    """

    name: str
    kind: str
    content: bytes
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One result of one check. `method` "spf", "dkim", "dmarc", …; `result` "pass", "fail", "none", …, in lower case.

    `domain` is the one that was checked: of `smtp.mailfrom` or `smtp.helo`, `header.d` or `header.i`, `header.from`; else empty.
    """

    method: str
    result: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Authentication:
    """One `Authentication-Results` header. `by` is the server that says so, "" when it does not name itself. Anybody can write one:
    believe only what the own receiving server wrote, which stands nearest to the top."""

    by: str
    verdicts: tuple[Verdict, ...] = ()

    def result(self, method: str) -> str:
        """The first result of this method that passed, else the first, else ""."""
        results = [verdict.result for verdict in self.verdicts if verdict.method == method]
        return "pass" if "pass" in results else (results or [""])[0]


@dataclass(frozen=True, slots=True)
class Bounced:
    """An address that a letter did not reach. `status` is like "5.1.1", perhaps empty; `words` are the other server's.

    `message_id` and `mark` are those of the letter that did not arrive, when the bounce tells them.
    """

    email: str
    permanent: bool
    status: str = ""
    words: str = ""
    message_id: str | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was wrong with the letter and was made the best of. `code` for programs, `words` for people."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A letter, understood as far as it can be. Message ids stand without angle brackets.

    `sender`      the first address of From (or of Sender where there is no From), None when there is none
    `senders`     all addresses of all From headers: more than one is a reason for doubt
    `reply_to`    where its writer wants answers; `envelope` the Return-Path: "" is the null path of machines, None unknown
    `recipients`  To, Cc, Delivered-To, X-Original-To and their like, in the order in which they stand, none twice per header
    `subject`     decoded, on one line; `topic` without the prefixes of answers and forwards in any language
    `at`          its Date in UTC, None when there is none that can be true
    `text`        the new words only; never empty when the letter has words at all
    `quoted`      what was folded away, in order
    `html`        the whole original, sanitised, or None. A remote picture has its address in `data-remote-src`, a picture of
                  the letter its place in `documents` (counted from 0) in `data-document`; neither has a `src`
    `documents`   files, enclosed or shown inline; a letter in the letter is a `.eml`
    `authentication`  from the top of the letter downwards
    `machine`     None when a person wrote it; else "bounce", "complaint" (somebody called ours unwanted), "auto-reply", "vacation",
                  "receipt" (read, or delivered), "challenge", "calendar-reply", "list", "bulk", "loop" (our own mark) or
                  "notification"; `machine_why` says by what it was recognised
    `calendar`    the method of an invitation in it ("request", "reply", "cancel", …) or None
    `mark`        the value of our own header, `X-Trialogue`, when the letter is one of ours come back
    `sealed`      "pgp" or "smime" when its words are encrypted (the sealed file is among the documents); `signed` the same for a
                  signature, which is not verified here
    """

    sender: Address | None = None
    senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    envelope: str | None = None
    recipients: tuple[Recipient, ...] = ()
    subject: str = ""
    topic: str = ""
    at: datetime | None = None
    text: str = ""
    quoted: tuple[Folded, ...] = ()
    html: str | None = None
    documents: tuple[Document, ...] = ()
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    authentication: tuple[Authentication, ...] = ()
    machine: str | None = None
    machine_why: str = ""
    bounced: tuple[Bounced, ...] = ()
    calendar: str | None = None
    mark: str | None = None
    sealed: str | None = None
    signed: str | None = None
    problems: tuple[Problem, ...] = ()
