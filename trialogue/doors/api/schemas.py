"""What comes in and what goes out, for the reader of the OpenAPI document. What comes in is checked against it;
what goes out is written by `shapes` and held against it by the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictBool

from trialogue.cases.lifecycle import MOVES, CallOutcome, CloseCode, DeclineReason, Recommendation, State
from trialogue.cases.models import DebtorType
from trialogue.clocks.models import Unit
from trialogue.conversations.documents import LONGEST_DESCRIPTION, DocumentKind, Verdict
from trialogue.conversations.information import MOST_CHOICES, MOST_ITEMS, ItemKind
from trialogue.conversations.messages import LONGEST_MESSAGE
from trialogue.conversations.overseeing import LONGEST_REASON
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.wishes import How, Notice
from trialogue.people.models import Environment, Role, Side
from trialogue.uploads.models import Upload as UploadModel


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
CallOutcomeName = Annotated[
    str, AfterValidator(_one_of(CallOutcome.values)), Field(json_schema_extra={"enum": CallOutcome.values})
]
RecommendationName = Annotated[
    str, AfterValidator(_one_of(Recommendation.values)), Field(json_schema_extra={"enum": Recommendation.values})
]
ItemKindName = Annotated[
    str, AfterValidator(_one_of(ItemKind.values)), Field(json_schema_extra={"enum": ItemKind.values})
]
MoveName = Annotated[str, AfterValidator(_one_of(MOVES)), Field(json_schema_extra={"enum": list(MOVES)})]
DebtorName = Annotated[
    str, AfterValidator(_one_of(DebtorType.values)), Field(json_schema_extra={"enum": DebtorType.values})
]
StateName = Annotated[str, Field(json_schema_extra={"enum": State.values})]
CodeName = Annotated[str, Field(json_schema_extra={"enum": CloseCode.values})]
SideName = Annotated[str, Field(json_schema_extra={"enum": Side.values})]
RoleName = Annotated[str, Field(json_schema_extra={"enum": Role.values})]
UnitName = Annotated[str, AfterValidator(_one_of(Unit.values)), Field(json_schema_extra={"enum": Unit.values})]
EnvironmentName = Annotated[str, Field(json_schema_extra={"enum": Environment.values})]
DocumentKindName = Annotated[
    str, AfterValidator(_one_of(DocumentKind.values)), Field(json_schema_extra={"enum": DocumentKind.values})
]
CheckName = Annotated[str, Field(json_schema_extra={"enum": Verdict.values})]
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
    partner: Text | None = Field(
        None, description="For `release`, `reassign` and `present_quote`: the id of a collection partner."
    )
    message: Text | None = Field(
        None,
        description="For `confirm` (optional), `ask_for_information` and `reopen`: stands in the conversation.",
        max_length=LONGEST_MESSAGE,
    )
    reason: Text | None = Field(
        None,
        description="For `pause` and `request_closure`: stands in the conversation. For `reassign`: why.",
        max_length=LONGEST_MESSAGE,
    )
    code: Text | None = Field(None, description=f"For `close` and `abandon`: one of {', '.join(CloseCode.values)}.")
    comment: Text | None = Field(
        None, description="For `close`, `decline`, `withdraw`, `abandon` and `merge`, optional.", max_length=4000
    )
    decline_reason: Text | None = Field(None, description=f"For `decline`: one of {', '.join(DeclineReason.values)}.")
    quote: Text | None = Field(None, description="For `present_quote`: what the partner offers.", max_length=4000)
    into: Text | None = Field(None, description="For `merge`: the reference of the case that goes on.")


class NewOwner(Given):
    email: Text | None = Field(description="Of an active member of your organisation; null for everyone.")


class NewCall(Given):
    called_at: AwareDatetime = Field(description="When the call was made, with its offset from UTC.")
    number: Text = Field(max_length=40)
    outcome: CallOutcomeName
    notes: Text = Field(description="What was said; up to 4,000 characters. The client reads it.")


class NewUpdate(Given):
    actions: Text = Field(description="What was done since the last update; up to 4,000 characters.")
    recommendation: RecommendationName
    received: Decimal | None = Field(None, description="What came in since the last update, in the case's currency.")


class NewItem(Given):
    label: Text = Field(description="What is needed, in up to 200 characters.")
    kind: ItemKindName = ItemKind.TEXT.value
    choices: list[Text] = Field([], description="For `choice`: 2 to 20 answers.", max_length=MOST_CHOICES)


class NewItems(Given):
    items: list[NewItem] = Field(min_length=1, max_length=MOST_ITEMS)
    message: Text = Field("", description="A word before the list.", max_length=4000)


class NewAnswer(Given):
    value: Text | None = Field(
        None, description="Words, one of the choices, or a date such as 2026-03-31.", max_length=4000
    )
    document: Text | None = Field(None, description="The id of a document of the case.")


class Again(Given):
    reason: Text = Field(description="What is wrong with the answer; up to 1,000 characters.")


class NewList(Given):
    name: Text = Field(max_length=80)
    items: list[NewItem] = Field(min_length=1, max_length=MOST_ITEMS)


class NewMessage(Given):
    body: Text = Field(description=f"1 to {LONGEST_MESSAGE:,} characters of light Markdown.")
    author_email: Text | None = Field(
        None, description="Who says it: a member of the key's organisation. Without it the organisation itself does."
    )
    expects_answer: StrictBool = Field(
        True, description="false when nothing is to be answered; then no clock starts for the other side."
    )
    answers: Text | None = Field(None, description="Id of the message it quotes, from the same conversation.")


class NewWords(Given):
    body: Text = Field(description=f"1 to {LONGEST_MESSAGE:,} characters of light Markdown.")
    author_email: Text | None = Field(None, description="Who said it, as when it was posted.")


class NewRelationship(Given):
    organisation: Text = Field(description="Id of the other side: a partner of yours, or a client.")


class NewPin(Given):
    """One of the two."""

    message: Text | None = Field(None, description="Id of a message of the conversation.")
    fact: Text | None = Field(None, max_length=200, description="A short fact, up to 200 characters.")


class NewConsent(Given):
    case: Text | None = Field(None, min_length=1, description="Reference of a case; left out, for all cases.")


class NewPresence(Given):
    reason: Text = Field(description=f"Up to {LONGEST_REASON} characters. Both sides read it.")
    author_email: Text | None = Field(
        None, description="Who joins: a member of the key's organisation. A program joins as nobody else."
    )


class NewNote(Given):
    body: Text = Field(description=f"1 to {LONGEST_MESSAGE:,} characters of light Markdown.")
    author_email: Text | None = Field(None, description="Who writes it: a member of the key's organisation.")


class NewView(Given):
    name: Text = Field(description="Up to 80 characters.")
    query: Text = Field("", max_length=2000, description="As it would stand after the `?` of GET /cases.")
    shared: StrictBool = Field(False, description="With everyone of the organisation. A key has no views of its own.")


class ViewChange(Given):
    name: Text | None = Field(None, description="Left out, it stays.")
    query: Text | None = Field(None, max_length=2000, description="Left out, it stays.")
    shared: StrictBool | None = Field(None, description="Left out, it stays.")


class NewBatch(Given):
    what: Text = Field(description="`message`, `owner`, or the name of a move.")
    cases: list[Text] = Field([], max_length=5000, description="References; or leave it out and give `query`.")
    query: Text | None = Field(
        None, max_length=2000, description="All cases of this filter, as it would stand after the `?` of GET /cases."
    )
    body: Text | None = Field(None, description="For `message`: what is said in each case.", max_length=LONGEST_MESSAGE)
    expects_answer: StrictBool = Field(True, description="For `message`: false when nothing is to be answered.")
    owner: Text | None = Field(None, description="For `owner`: the id of a person of yours, or `nobody`.")
    partner: Text | None = Field(None, description="As for the move.")
    message: Text | None = Field(None, description="As for the move.", max_length=LONGEST_MESSAGE)
    reason: Text | None = Field(None, description="As for the move.", max_length=4000)
    code: Text | None = Field(None, description="As for the move.")
    comment: Text | None = Field(None, description="As for the move.", max_length=4000)
    decline_reason: Text | None = Field(None, description="As for the move.")


class DocumentChange(Given):
    kind: DocumentKindName | None = Field(None, description="Left out, it stays.")
    description: Text | None = Field(None, max_length=LONGEST_DESCRIPTION, description="Left out, it stays.")


Hours = Annotated[
    dict[str, list[list[str]]], Field(description="By weekday, monday to sunday: pairs such as [\"08:00\", \"12:00\"]. 24:00 ends a day.")
]  # fmt: skip


class ClosedDay(Given):
    date: Text = Field(description="Such as 2026-12-24.")
    name: Text = Field("", max_length=80)


class FollowedFeed(Given):
    address: Text = Field(
        description="Where the calendar (.ics) is: https:// or webcal://. Empty: none is read any more."
    )


class NewCalendar(Given):
    zone: Text = Field(description="Such as Europe/Copenhagen.")
    week: Hours
    country: Text = Field("", description="Whose public holidays: a two-letter code (ISO 3166), or empty for none.")
    subdivision: Text = Field("", description="The region of it, such as BY.")
    closed: list[ClosedDay] = Field(default_factory=list, max_length=1000, description="Own closed days.")
    shortened: dict[str, list[list[str]]] = Field(
        default_factory=dict, max_length=1000, description="Hours by date; they win over closed days and holidays."
    )
    effective_from: Text | None = Field(None, description="A moment to come; left out: now.")
    replaces: int | None = Field(None, description="The version you have seen. Refused when another came between.")


class NewPolicy(Given):
    within: int = Field(ge=1, le=4000)
    unit: UnitName
    warn_after: int = Field(75, ge=1, le=99, description="The share of the time, in percent, that may pass in silence.")
    effective_from: Text | None = Field(None, description="A moment to come; left out: now.")
    replaces: int | None = Field(None, description="The version you have seen. Refused when another came between.")


class Span(Given):
    start: Text = Field(description="Such as 20:00, on the clock of your zone.")
    until: Text = Field(description="Such as 07:00. As `start`: the whole day.")


class Quiet(Given):
    weekdays: Span | None = Field(None, description="null: never quiet from Monday to Friday.")
    weekends: Span | None = Field(None, description="null: never quiet on Saturdays and Sundays.")


class NewWishes(Given):
    how: dict[Text, Text] = Field(
        {}, description=f"For each of {', '.join(Notice.values)}: one of {', '.join(How.values)}."
    )
    quiet: Quiet = Field(Quiet(weekdays=None, weekends=None), description="No mail comes then; it waits until the end.")
    let_through: StrictBool = Field(True, description="Overdue answers of your own side come at any time.")
    digest: StrictBool = Field(False, description="A summary each morning at 08:00; true whenever something is daily.")


class NewMute(Given):
    until: Text | None = Field(None, description="A moment; left out: until further notice.")
    overdue_too: StrictBool = Field(False, description="Overdue answers of your own side, too.")


class NewBrowser(Given):
    endpoint: Text = Field(description="Of the browser's `PushSubscription`, as are the two keys.")
    p256dh: Text
    auth: Text
    name: Text = Field(description="How you call it, up to 80 characters.")


class NewSeen(Given):
    through: Text | None = Field(None, description="A moment; left out: all.")


class NewAbsence(Given):
    first: Text = Field(description="The first day, such as 2026-12-21, in your zone.")
    last: Text = Field(description="The last day.")
    colleague: Text | None = Field(None, description="Id of the person who stands in, of the same organisation.")


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


class FirstStep(Shown):
    step: str
    title: str
    why: str
    done: bool | None = Field(description="null for what is there to be read.")
    url: str = Field(description="The page on which it is done.")


class FirstSteps(Shown):
    left_at: Moment | None = Field(description="Since when they are put away; null while the first page shows them.")
    items: list[FirstStep]


class Move(Shown):
    move: MoveName
    label: str


class OpenMove(Move):
    needs: list[str] = Field(description="Fields that must come with it.")
    takes: list[str] = Field(description="Fields that may come with it.")


class Quote(Shown):
    partner: Organisation
    text: str


class EngagementEnded(Shown):
    at: Moment
    why: Literal["declined", "reassigned", "merged", "recalled"]


class Item(Shown):
    id: str
    request: str = Field(description="Items with the same were asked for together.")
    label: str
    kind: ItemKindName
    choices: list[str]
    state: Literal["open", "answered", "accepted", "dropped"]
    state_label: str
    answer: str | None
    document: str | None = Field(description="The id of the document, where one was asked for.")
    again: str | None = Field(description="Why it is asked for once more.")
    answered_by: Person | None
    answered_at: Moment | None
    asked_at: Moment


class ItemPage(Shown):
    items: list[Item]
    next: str | None


class KeptItem(Shown):
    label: str
    kind: ItemKindName
    choices: list[str]


class KeptList(Shown):
    id: str
    name: str
    items: list[KeptItem]


class ListPage(Shown):
    items: list[KeptList]
    next: str | None


class Call(Shown):
    id: str
    called_at: Moment
    number: str
    outcome: CallOutcomeName
    outcome_label: str
    notes: str
    author: Person | None
    organisation: Organisation
    logged_at: Moment


class CallPage(Shown):
    items: list[Call]
    next: str | None


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
    client_owner: Person | None = Field(description="Who looks after the case at the client; null: everyone there.")
    partner_owner: Person | None = Field(description="Who looks after it at the partner; null: everyone there.")
    closure_requested_at: Moment | None = Field(
        description="When the client asked to close it, until that is answered."
    )
    quote: Quote | None = Field(description="What a partner offered, while the client has to choose and after.")
    merged_into: str | None = Field(description="The reference of the case in which work goes on.")
    engagement_ended: EngagementEnded | None = Field(
        description="For a partner that no longer works the case: its part has ended, and the case is told as it stood then."
    )
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
    kind: DocumentKindName
    description: str
    version: int = Field(description="1, 2, 3…")
    check: CheckName = Field(
        description="What the malware scanner says: none (there is no scanner), waiting, clean, found."
    )
    removed_at: Moment | None
    url: str | None = Field(
        description="Wants the same key or session as everything else. null while it cannot be opened: removed, waiting or found."
    )


class Document(File):
    first_version: str = Field(description="Id of version 1: the same for all versions of a document.")
    is_newest: bool
    message: str | None = Field(description="Id of the message it came with.")
    uploader: Person | None
    organisation: Organisation | None = Field(description="null for somebody without an account, in a request.")
    at: Moment


class Wording(Shown):
    body: str
    at: Moment


class Mention(Shown):
    person: str
    name: str = Field(description="As it was typed.")


class Message(Shown):
    id: str
    number: int = Field(description="1, 2, 3… within the conversation.")
    at: Moment
    author: Person | None = Field(description="null when the organisation's program spoke.")
    organisation: Organisation | None = Field(description="null for somebody without an account, in a request.")
    body: str = Field(description="Empty once it is deleted.")
    expects_answer: bool
    answers: str | None = Field(description="Id of the message it quotes.")
    mentions: list[Mention] = Field(description="People of either side whom it names.")
    edited_at: Moment | None
    wordings: list[Wording] = Field(description="Earlier ones, the first first.")
    deleted_at: Moment | None
    excused_at: Moment | None = Field(description="When it was said that it needs no answer after all.")
    via: str = Field(description="The door it came through: web, api, …")
    documents: list[File]


class Relationship(Shown):
    """What a client and a partner say to each other outside their cases."""

    id: str
    client: Organisation
    partner: Organisation
    environment: EnvironmentName
    opened_at: Moment
    messages: int = Field(description="How many were said.")
    last_message_at: Moment | None


class RelationshipPage(Shown):
    items: list[Relationship]
    next: str | None


class Pin(Shown):
    id: str
    message: str | None = Field(description="Id of the pinned message; null for a fact.")
    text: str
    person: Person | None
    organisation: Organisation
    at: Moment


class Consent(Shown):
    """In force until `withdrawn_at` is set."""

    id: str
    client: Organisation
    referrer: Organisation
    case: str | None = Field(description="Reference of the case; null for all cases.")
    given_at: Moment
    given_by: Person | None
    withdrawn_at: Moment | None
    withdrawn_by: Person | None


class ConsentPage(Shown):
    items: list[Consent]
    next: str | None


class Presence(Shown):
    """Somebody of the operator is there until `left_at` is set."""

    id: str
    case: str = Field(description="Reference of the case.")
    person: Person
    organisation: Organisation
    reason: str
    joined_at: Moment
    left_at: Moment | None


class PresencePage(Shown):
    items: list[Presence]
    next: str | None


class Pins(Shown):
    items: list[Pin]


class Note(Shown):
    """For its own organisation alone."""

    id: str
    at: Moment
    author: Person | None
    organisation: Organisation
    body: str
    via: str


class NotePage(Shown):
    items: list[Note]
    next: str | None


class Hit(Shown):
    kind: Literal["messages", "notes", "documents", "cases"]
    id: str
    case: str | None = Field(description="Reference of the case.")
    request: str | None = Field(description="Number of the request, when it stands in one and not in a case.")
    relationship: str | None = Field(description="Id of the relationship, when it stands in one.")
    number: int | None = Field(description="Of a message within its conversation.")
    at: Moment
    organisation: Organisation | None = Field(description="null for somebody without an account.")
    text: str = Field(description="What surrounds the first hit.")
    marks: list[str] = Field(description="What was looked for, as it is written there, in order.")


class HitPage(Shown):
    items: list[Hit]
    next: str | None


class Clock(Shown):
    id: str
    case: str | None = Field(description="Reference of the case.")
    request: str | None = Field(description="Number of the request, when the answer is owed in one and not in a case.")
    relationship: str | None = Field(description="Id of the relationship, when the answer is owed in one.")
    promise: str
    promise_label: str
    within: str = Field(description="Such as “48 business hours”.")
    state: ClockState
    owner: Organisation = Field(description="Who owes the answer.")
    owed_to: Organisation | None = Field(description="null for somebody without an account.")
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
    explanation_url: str | None = Field(
        description="Of a clock: where it is told which time was counted, and why it is due then."
    )
    digest: str = Field(description="SHA-256 over this event and the digest of the one before it in its subject.")


class View(Shown):
    id: str
    name: str
    query: str = Field(description="As it stands after the `?` of GET /cases.")
    shared: bool
    person: Person | None = Field(description="Who saved it; null when a key did.")
    has_left: bool = Field(description="Whether that person has left the organisation. A shared view stays.")
    is_default: bool = Field(description="Whether your list of cases opens with it.")
    created_at: Moment


class Views(Shown):
    items: list[View]


class BatchCounts(Shown):
    all: int
    waiting: int
    done: int
    refused: int


class Batch(Shown):
    id: str
    what: str = Field(description="`message`, `owner`, or the name of a move.")
    label: str
    state: Literal["preview", "running", "done", "stopped"]
    counts: BatchCounts
    person: Person | None = Field(description="Who prepared it; null when a key did.")
    created_at: Moment
    confirmed_at: Moment | None
    finished_at: Moment | None


class BatchPage(Shown):
    items: list[Batch]
    next: str | None


class BatchItem(Shown):
    case: str = Field(description="Its reference.")
    state: Literal["waiting", "done", "refused"]
    reason: str | None = Field(description="Why it was not possible.")
    at: Moment | None


class BatchItemPage(Shown):
    items: list[BatchItem]
    next: str | None


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


class Wishes(Shown):
    how: dict[str, str] = Field(description=f"For each of {', '.join(Notice.values)}: one of {', '.join(How.values)}.")
    quiet: Quiet
    let_through: bool
    digest: bool
    zone: str = Field(description="Your time zone: quiet hours and the morning are on its clock.")


class Told(Shown):
    id: str
    notice: str = Field(description=f"One of {', '.join(Notice.values)}.", json_schema_extra={"enum": [*Notice.values]})
    case: str | None = Field(description="Reference of the case.")
    request: str | None = Field(description="Number of the request, when it is about one.")
    relationship: str | None = Field(description="Id of the relationship, when it is about one.")
    meeting: str | None = Field(description="Number of the meeting, when it is about one.")
    message: int | None = Field(description="Number of the first message it is about.")
    note: str | None = Field(description="Id of the private note of a colleague that names you.")
    sentences: list[str] = Field(description="In the language of Accept-Language: en, de or da.")
    words: str = Field(description="How the last message begins.")
    at: Moment
    seen_at: Moment | None
    mail: str = Field(description="What became of its mail.", json_schema_extra={"enum": [*Delivery.State.values]})


class NoticePage(Shown):
    items: list[Told]
    next: str | None


class Seen(Shown):
    seen: int = Field(description="How many were new.")


class Mute(Shown):
    """Of a case, a request or a relationship: one of the three."""

    case: str | None = Field(description="Reference of the case.")
    request: str | None = Field(description="Number of the request.")
    relationship: str | None = Field(description="Id of the relationship.")
    muted: bool
    until: Moment | None = Field(description="null: until further notice.")
    overdue_too: bool


class Mutes(Shown):
    items: list[Mute]


class Bounce(Shown):
    id: str
    address: str
    permanent: bool = Field(description="false: it is tried again by itself.")
    words: str = Field(description="What the other mail server said.")
    count: int = Field(description="How often mails have come back since then.")
    since: Moment
    rests_until: Moment | None = Field(description="null: until somebody says that it works again.")
    cleared_at: Moment | None


class BouncePage(Shown):
    items: list[Bounce]
    next: str | None


class Browser(Shown):
    id: str
    name: str
    since: Moment
    rang_at: Moment | None = Field(description="When it was reached last.")
    trouble: str = Field(description="Why it was not, the last time; empty when it was.")


class Browsers(Shown):
    key: str | None = Field(description="Your `applicationServerKey`; null where notices in browsers are switched off.")
    items: list[Browser]


class Absence(Shown):
    first: str = Field(description="The first day.")
    last: str = Field(description="The last day.")
    colleague: Person | None
    is_now: bool
    said_by: Person | None = Field(description="The admin who said it in the person's stead.")


class MyAbsence(Shown):
    absence: Absence | None


class Member(Shown):
    person: Person
    role: RoleName
    absence: Absence | None


class Members(Shown):
    items: list[Member]


class FieldError(Shown):
    field: str = Field(description="Empty when it is about all of it.")
    message: str


class Near(Shown):
    number: str
    subject: str


class Problem(Shown):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = Field(None, description="With 413, 415 and 422: what is wrong, by field.")
    allowed: list[Move] | None = Field(None, description="With a refused move: what your side may do now.")
    advice: dict[str, Any] | None = Field(
        None, description="With `turned`: where it belongs, as POST /advise tells it."
    )
    near: list[Near] | None = Field(None, description="With the number of a request that is none: those it may have meant, the likeliest first.")  # fmt: skip


# --- rules: working hours, promises, how they are kept ----------------------------------------------------------------


class ShownDay(Shown):
    date: str
    name: str


class Introduced(Shown):
    introduced_at: Moment | None
    introduced_by: str | None = Field(description="A person, or an organisation for what its key did; null: the house.")


class Calendar(Introduced):
    id: str
    version: int
    effective_from: Moment
    zone: str
    country: str | None
    subdivision: str | None
    week: Hours
    closed: list[ShownDay]
    shortened: dict[str, list[list[str]]]


class Feed(Shown):
    address: str = Field(description="Empty for whoever may not set it: it may be a secret.")
    read_at: Moment | None = Field(description="When it was read last; it is read each day.")
    trouble: str = Field(
        description="Why it could not be read since: unreachable, status, forbidden, no_calendar or too_much. Empty: nothing is wrong."
    )
    closed: list[ShownDay] = Field(description="Its whole days to come.")
    new_days: int = Field(description="How many of them are not closed in the newest version of the working hours.")


class CalendarHistory(Shown):
    organisation: Organisation
    in_force: int = Field(description="The version that counts now.")
    versions: list[Calendar] = Field(description="The newest first.")
    feed: Feed | None = Field(description="The calendar that its closed days are read from.")


class MovedClock(Shown):
    clock: Clock
    would_be_due_at: Moment
    moved_seconds: int = Field(description="Negative: earlier.")


class Preview(Shown):
    running: int
    same: int
    later: int
    earlier: int
    furthest: list[MovedClock] = Field(description="Up to 20 that would move furthest. None of them is moved.")


class Policy(Introduced):
    promise: str
    version: int
    effective_from: Moment
    within: int
    unit: UnitName
    words: str = Field(description="Such as “48 business hours”.")
    warn_after: int


class Promise(Shown):
    promise: str
    label: str
    in_force: int = Field(description="The version that counts now.")
    versions: list[Policy] = Field(description="The newest first.")


class Policies(Shown):
    items: list[Promise]


class Tally(Shown):
    kept: int
    broken: int


class WeekTally(Tally):
    start: Moment
    end: Moment


class PromiseTally(Tally):
    promise: str


class OrganisationTally(Tally):
    organisation: Organisation


class CountryTally(Tally):
    country: str = Field(description="Of the debtor.")


class AnswerBar(Shown):
    up_to_hours: int | None = Field(description="null: longer than the one before.")
    answers: int


class AnswerTimes(Shown):
    median_seconds: int | None = Field(description="Working time, on the calendar of whoever owed the answer.")
    ninth_tenth_seconds: int | None = Field(description="Nine of ten answers took no longer.")
    bars: list[AnswerBar]


class OpenAt(Shown):
    at: Moment
    open: int
    overdue: int


class Keeping(Tally):
    start: Moment
    end: Moment
    zone: str = Field(description="In which weeks begin.")
    weeks: list[WeekTally]
    promises: list[PromiseTally]
    organisations: list[OrganisationTally] = Field(
        description="To whom it was owed; for what you are owed, and for the operator: who owed it."
    )
    countries: list[CountryTally]
    answer_times: AnswerTimes
    open: list[OpenAt]


# --- uploads ----------------------------------------------------------------------------------------------------------


class NewColumns(Given):
    columns: dict[str, int | Text] = Field(
        description="For each field of a claim, the heading of its column in the file or its number from 0."
    )
    decimal: Literal[",", "."] | None = Field(None, description="How an amount such as 1.234 is meant.")


class UploadDocuments(Shown):
    name: str
    files: int
    strays: list[str] = Field(description="Names of documents that fit no row, the first hundred; known once checked.")


class Upload(Shown):
    id: str
    name: str
    state: Annotated[str, Field(json_schema_extra={"enum": UploadModel.State.values})]
    state_label: str
    environment: EnvironmentName
    headings: list[str]
    columns: dict[str, str] = Field(description="For each field of a claim, the heading of its column.")
    decimal: str
    documents: UploadDocuments | None
    rows: int | None = Field(description="null while nobody has counted them.")
    done: int = Field(description="Rows gone through in this state.")
    ready: int = Field(description="Rows that can become cases.")
    known: int = Field(description="Rows whose reference has a case already.")
    wrong: int = Field(description="Rows with errors, which are left out.")
    created: int
    trouble: str | None = Field(description="Why the file cannot be gone on with.")
    same_as: str | None = Field(description="Id of an earlier upload of the very same file, whose rows became cases.")
    received_at: Moment
    finished_at: Moment | None
    report_url: str
    left_out_url: str


class UploadPage(Shown):
    items: list[Upload]
    next: str | None
