"""What comes in and what goes out, for the reader of the OpenAPI document. What comes in is checked against it;
what goes out is written by `shapes` and held against it by the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from trialogue.cases.lifecycle import MOVES, CloseCode, State
from trialogue.cases.models import DebtorType
from trialogue.conversations.models import LONGEST_MESSAGE
from trialogue.people.models import Environment, Role, Side


def _keepable(text: str) -> str:
    """Neither database keeps these, so they are refused before a row is touched."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(_("The text holds characters that cannot be kept. Type it again."))
    return text


def _one_of(values: Iterable[str]) -> Callable[[str], str]:
    known = tuple(values)

    def check(value: str) -> str:
        if value not in known:
            raise ValueError(_("Give one of: {values}.").format(values=", ".join(known)))
        return value

    return check


Text = Annotated[str, AfterValidator(_keepable)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="ISO 8601, UTC, ending in Z.")]
MoveName = Annotated[str, AfterValidator(_one_of(MOVES)), Field(json_schema_extra={"enum": list(MOVES)})]
DebtorName = Annotated[
    str, AfterValidator(_one_of(DebtorType.values)), Field(json_schema_extra={"enum": DebtorType.values})
]
StateName = Annotated[str, Field(json_schema_extra={"enum": State.values})]
CodeName = Annotated[str, Field(json_schema_extra={"enum": CloseCode.values})]
SideName = Annotated[str, Field(json_schema_extra={"enum": Side.values})]
RoleName = Annotated[str, Field(json_schema_extra={"enum": Role.values})]
EnvironmentName = Annotated[str, Field(json_schema_extra={"enum": Environment.values})]
ClockState = Literal["running", "at_risk", "broken", "kept", "late", "cancelled"]


class Given(BaseModel):
    """A body that comes in: a field we do not know is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """A body that goes out."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


# --- in ---------------------------------------------------------------------------------------------------------------


class NewCase(Given):
    client_reference: Text = Field(description="Your own reference, up to 50 characters, once per environment.")
    debtor_name: Text = Field(description="Up to 200 characters.")
    debtor_type: DebtorName = Field("Company", description="Company or Private.")
    debtor_country: Text = Field(description="Two-letter code (ISO 3166), such as DE.")
    amount: Decimal = Field(description="A number or a string, above 0, at most two decimals.")
    currency: Text = Field(description="Three-letter code (ISO 4217), such as EUR.")
    description: Text = Field("", max_length=4000, description="What the claim is about, up to 4,000 characters.")


class NewMove(Given):
    move: MoveName
    partner: Text | None = Field(None, description="For `release`: the id of a collection partner.")
    message: Text | None = Field(
        None,
        description="For `confirm` (optional) and `ask_for_information`: stands in the conversation.",
        max_length=LONGEST_MESSAGE,
    )
    reason: Text | None = Field(
        None, description="For `pause`: stands in the conversation.", max_length=LONGEST_MESSAGE
    )
    code: Text | None = Field(None, description=f"For `close`: one of {', '.join(CloseCode.values)}.")
    comment: Text | None = Field(None, description="For `close`, optional.", max_length=4000)


class NewMessage(Given):
    body: Text = Field(description=f"1 to {LONGEST_MESSAGE:,} characters of light Markdown.")
    author_email: Text | None = Field(
        None, description="Who says it: a member of the key's organisation. Without it the organisation itself does."
    )
    expects_answer: StrictBool = Field(
        True, description="false when nothing is to be answered; then no clock starts for the other side."
    )


# --- out --------------------------------------------------------------------------------------------------------------


class Organisation(Shown):
    id: str
    name: str


class Person(Shown):
    id: str
    name: str


class MyOrganisation(Organisation):
    kind: SideName
    country: str
    zone: str


class MyPerson(Person):
    email: str
    role: RoleName


class MyKey(Shown):
    id: str
    name: str
    shown: str = Field(description="How the key begins.")


class Me(Shown):
    organisation: MyOrganisation
    environment: EnvironmentName
    person: MyPerson | None = Field(description="null when a key asks.")
    key: MyKey | None = Field(description="null when a session asks.")


class Move(Shown):
    move: MoveName
    label: str


class OpenMove(Move):
    needs: list[str] = Field(description="Fields that must come with it.")
    takes: list[str] = Field(description="Fields that may come with it.")


class Case(Shown):
    id: str
    reference: str = Field(description="Eight capitals and digits, for people and for addresses.")
    client_reference: str
    environment: EnvironmentName
    state: StateName
    state_label: str
    state_since: Moment
    client: Organisation
    partner: Organisation | None
    referrer: Organisation | None
    debtor_name: str
    debtor_type: DebtorName
    debtor_country: str
    amount: str = Field(description="A string with two decimals.")
    currency: str
    description: str
    close_code: CodeName | None
    close_label: str | None
    close_comment: str | None
    created_at: Moment
    moved_at: Moment = Field(description="When the state last changed. Lists are sorted by it, newest first.")
    moves: list[OpenMove] = Field(description="What your side may do now.")


class Line(Shown):
    at: Moment
    kind: str = Field(description="The kind of event; see docs/events.md.")
    sentence: str = Field(description="In the language of Accept-Language: en, de or da.")
    by: str | None = Field(description="Name of the person.")
    organisation: str | None = Field(description="Name of the organisation.")


class File(Shown):
    id: str
    name: str
    mime: str
    size: int = Field(description="Bytes.")
    sha256: str
    url: str = Field(description="Wants the same key or session as everything else.")


class Document(File):
    message: str | None = Field(description="Id of the message it came with.")
    uploader: Person | None
    organisation: Organisation
    at: Moment


class Message(Shown):
    id: str
    number: int = Field(description="1, 2, 3… within the conversation.")
    at: Moment
    author: Person | None = Field(description="null when the organisation's program spoke.")
    organisation: Organisation
    body: str
    expects_answer: bool
    via: str = Field(description="The door it came through: web, api, …")
    documents: list[File]


class Clock(Shown):
    id: str
    case: str = Field(description="Reference of the case.")
    promise: str
    promise_label: str
    within: str = Field(description="Such as “48 business hours”.")
    state: ClockState
    owner: Organisation = Field(description="Who owes the answer.")
    owed_to: Organisation
    zone: str = Field(description="Time zone of the owner's calendar.")
    started_at: Moment
    warn_at: Moment
    due_at: Moment
    settled_at: Moment | None
    left_seconds: int | None = Field(description="Working time left, negative when past due; null once settled.")
    explanation_url: str


class Stretch(Shown):
    start: Moment
    end: Moment
    seconds: int
    counted: bool
    why: str


class Explanation(Shown):
    clock: Clock
    stretches: list[Stretch] = Field(description="From started_at to due_at, without gaps.")
    counted_seconds: int


class Event(Shown):
    position: str = Field(description="Where it stands in the feed. Opaque: give it back, do not read it.")
    kind: str
    at: Moment = Field(description="When it happened.")
    recorded_at: Moment = Field(description="When it was noticed.")
    subject: str = Field(description="Id of what it happened to.")
    number: int = Field(description="1, 2, 3… within the subject.")
    case: str | None = Field(description="Reference of the case.")
    environment: str | None
    by: str | None = Field(description="Id of the person.")
    organisation: str | None = Field(description="Id of the organisation acted for.")
    via: str
    facts: dict[str, Any] = Field(description="By kind; see docs/events.md.")
    digest: str = Field(description="SHA-256 over this event and the digest of the one before it in its subject.")


class CasePage(Shown):
    items: list[Case]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class LinePage(Shown):
    items: list[Line]
    next: str | None


class MessagePage(Shown):
    items: list[Message]
    next: str | None


class DocumentPage(Shown):
    items: list[Document]
    next: str | None


class Documents(Shown):
    items: list[Document]


class ClockPage(Shown):
    items: list[Clock]
    next: str | None


class EventPage(Shown):
    items: list[Event]
    next: str = Field(description="Always the position to go on from; keep it.")


class FieldError(Shown):
    field: str = Field(description="Empty when it is about all of it.")
    message: str


class Problem(Shown):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = Field(None, description="With 413, 415 and 422: what is wrong, by field.")
    allowed: list[Move] | None = Field(None, description="With a refused move: what your side may do now.")
