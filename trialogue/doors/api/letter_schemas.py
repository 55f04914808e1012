"""What comes in and goes out of letters. `schemas` says how these are used."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from trialogue.doors.api.request_schemas import AuthorEmail
from trialogue.doors.api.schemas import Given, Moment, Person, Shown
from trialogue.doors.mail.models import Health
from trialogue.letters.models import State

StateOfLetter = Annotated[str, Field(json_schema_extra={"enum": State.values})]


class Release(Given):
    trust: StrictBool = Field(
        False, description="From now on what comes from this address, and is proven to, is the person's it was held for."
    )  # fmt: skip
    author_email: AuthorEmail = None


class Letter(Shown):
    id: str
    state: StateOfLetter
    state_label: str
    reason: str | None = Field(description="Why it stands there, in a word.")
    reason_label: str | None = Field(description="The same as people read it.")
    why: str | None = Field(description="More of it, in the words of whoever said so.")
    sender: str | None = Field(description="The address it says it is from. It proves nothing.")
    sender_name: str | None
    subject: str
    message_id: str | None
    written_at: Moment | None = Field(description="When it says it was written.")
    arrived_at: Moment
    settled_at: Moment | None
    door: str = Field(description="How it came in: `imap`, `lmtp`, `api`, …")
    mailbox: str | None
    envelope_from: str | None
    envelope_to: list[str] = Field(description="To whom the mail server was told to deliver it.")
    size: int = Field(description="In bytes.")
    person: Person | None = Field(description="Whose letter it is, or would be once released.")
    request: str | None = Field(description="Number of the request where it is filed, or would be once released.")
    case: str | None = Field(description="Reference of the case where it is filed, or would be once released.")
    relationship: str | None = Field(description="Id of the relationship where it is filed, or would be once released.")
    message: str | None = Field(description="Id of the message that it became.")
    released_by: Person | None = Field(description="Who vouched for its sender.")


class LetterPage(Shown):
    items: list[Letter]
    next: str | None


class Recipient(Shown):
    address: str
    name: str
    stood: str = Field(description="The header in which it stands, such as `to` or `cc`.")


class Folded(Shown):
    kind: str = Field(description="`quote`, `signature` or `footer`.")
    text: str


class Enclosure(Shown):
    name: str
    kind: str = Field(description="The content type that the letter claims.")
    size: int = Field(description="In bytes.")


class ProblemOfLetter(Shown):
    code: str
    words: str


class Outlook(Shown):
    releases: bool = Field(description="Whether it would go anywhere. If not, `reason` says why.")
    reason: str = Field(description="Why it would stand where it would stand, in a word.")
    reason_label: str
    person: Person | None = Field(description="As whose it would be taken; null: a visitor's, or nobody's.")
    organisation: str | None = Field(description="And for which organisation.")
    channel: str | None = Field(description="Where it would open a request.")
    request: str | None = Field(description="Or the number of the request in which it would be said.")
    case: str | None = Field(description="Or the reference of the case.")
    relationship: str | None = Field(description="Or the id of the relationship.")


class WholeLetter(Letter):
    proof: Literal["proven", "refuted", "unknown"] = Field(
        description="What the mail server that is trusted says of its sender (SPF, DKIM, DMARC)."
    )
    recipients: list[Recipient]
    text: str = Field(description="The new words.")
    folded: list[Folded] = Field(description="What is not new.")
    documents: list[Enclosure]
    outlook: Outlook | None = Field(
        description="What would come of it if it were released now; null unless it is held."
    )
    machine: str | None = Field(description="What kind of machine wrote it; null for a person.")
    problems: list[ProblemOfLetter] = Field(description="What was wrong with it and was made the best of.")


class Mailbox(Shown):
    name: str = Field(description="As the file of mailboxes calls it.")
    health: Annotated[str, Field(json_schema_extra={"enum": Health.values})]
    health_label: str
    looked_into_at: Moment | None = Field(
        description="When a worker last looked into it and all was well; null: not yet."
    )
    trouble: str | None = Field(description="What ails it now, in words.")
    trouble_since: Moment | None
    read_to: int = Field(description="Number of the last letter there that is kept here.")
    left: list[int] = Field(description="Numbers of letters that could not be fetched and are still there.")


class MailboxPage(Shown):
    items: list[Mailbox]
    next: str | None


class TrustedAddress(Shown):
    address: str
    person: Person
    trusted_by: Person | None
    at: Moment


class TrustedAddressPage(Shown):
    items: list[TrustedAddress]
    next: str | None
