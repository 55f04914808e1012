"""What comes in and goes out of channels, requests and the policy. `schemas` says how these are used."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from trialogue.channels.rules import LONGEST, Who
from trialogue.conversations.messages import LONGEST_MESSAGE
from trialogue.doors.api.schemas import (
    Clock,
    EnvironmentName,
    Given,
    Message,
    Moment,
    Organisation,
    Person,
    Preview,
    Shown,
    Text,
)
from trialogue.lib.redact import Kind as Masking
from trialogue.requests.desk import LONGEST_ANSWER
from trialogue.requests.models import LONGEST_SUBJECT, MOST_TAGS, State

StateOfRequest = Annotated[str, Field(json_schema_extra={"enum": State.values})]
AuthorEmail = Annotated[Text | None, Field(description="Who does it: a member of the key's organisation.")]
Keep = Annotated[
    list[Text], Field(max_length=1000, description="Ids of what is found in your words and is to be left as it is.")
]


# --- in ---------------------------------------------------------------------------------------------------------------


class Question(Given):
    role: Text | None = Field(
        None, description="For whom: one of the roles of `GET /channels`. Usual: yourself. The operator names one."
    )
    situation: Text | None = Field(None, description="A key of `situations` in `GET /channels`.")
    text: Text | None = Field(
        None, max_length=LONGEST_MESSAGE, description="What somebody would write, instead of a situation: en, de or da."
    )
    case: Text | None = Field(None, description="Reference of the case it is about, if it is about one.")


class NewRequest(Given):
    channel: Text = Field(description="A channel whose `way` is `request`.")
    subject: Text = Field(description=f"In a few words, up to {LONGEST_SUBJECT} characters.")
    body: Text = Field(description=f"1 to {LONGEST_MESSAGE:,} characters of light Markdown.")
    situation: Text = Field("", max_length=20, description="A key of `situations` in `GET /channels`.")
    form: dict[str, Text] = Field(
        {}, max_length=50, description="What to include, by the keys of the channel's `include`."
    )
    case: Text | None = Field(None, description="Reference of the case it is about, if it is about one.")
    keep: Keep = []
    author_email: AuthorEmail = None


class NewRequestMessage(Given):
    body: Text = Field(description=f"1 to {LONGEST_MESSAGE:,} characters of light Markdown.")
    author_email: AuthorEmail = None
    expects_answer: StrictBool = Field(True, description="By who asked: false when nothing is to be answered.")
    keep: Keep = []
    asks: StrictBool = Field(False, description="By the operator: the sender is to say something first.")
    solves: StrictBool = Field(False, description="By the operator: with this it is solved.")
    seen: int | None = Field(
        None, ge=0, description="By the operator: number of the last message you have seen. If a colleague has answered since, nothing is sent."
    )  # fmt: skip


class Supplied(Given):
    form: dict[str, Text] = Field(max_length=50, description="What was missing, or some of it, by its keys.")
    keep: Keep = []


class NewVerdict(Given):
    helped: StrictBool
    words: Text = Field("", max_length=1000)


class NewAssignee(Given):
    email: Text | None = Field(description="Of an active member of the operator; null lays it back on the desk.")


class NewChannel(Given):
    channel: Text = Field(description="A channel whose `way` is `request`.")


class NewLink(Given):
    case: Text | None = Field(description="Reference of a case that the sender sees; null for none.")


class NewTags(Given):
    tags: list[Text] = Field(
        max_length=MOST_TAGS, description="These and no others; up to 40 characters each, no comma."
    )


class Merge(Given):
    into: Text = Field(description="Number of the request of the same sender that goes on.")


class Split(Given):
    message: Text = Field(description="Id of the message of the sender that asks the second question.")
    subject: Text = Field(description=f"Of the new request, up to {LONGEST_SUBJECT} characters.")
    channel: Text = Field("", description="Of the new request; usual: the same one.")
    author_email: AuthorEmail = None


class NewSavedAnswer(Given):
    title: Text = Field(description="1 to 100 characters, once.")
    body: Text = Field(
        description=f"1 to {LONGEST_ANSWER:,} characters; what is open stands in braces, such as {{name}}."
    )
    channel: Text = Field("", description="Where it is offered first; empty: everywhere.")


class SavedAnswerChange(Given):
    title: Text | None = None
    body: Text | None = None
    channel: Text | None = None


class NewTeam(Given):
    people: list[Text] = Field(max_length=200, description="Ids of people of the operator: these and no others.")


class NewManager(Given):
    person: Text = Field(description="Id of a person of the operator.")
    deputy: Text | None = Field(None, description="Id of another one, who stands in when the first is away.")
    since: Text = Field(
        "", description="The day of the launch, such as 2026-12-01, in the operator's zone; empty or past: now."
    )


class NewPlan(Given):
    plan: Literal["standard", "enterprise"]


class NewBrand(Given):
    name: Text = Field(max_length=40, description="In the head of each page and mail.")
    sender: Text = Field("", max_length=60, description="Of mails, before the name of the house; without it, `name`.")
    light: Text = Field(max_length=20, description="On light pages, such as `#105e83`. Contrast at least 4.5.")
    dark: Text = Field("", max_length=20, description="On dark pages; without it, it follows from `light`.")
    logo: str | None = Field(
        None,
        max_length=1_400_000,
        description="PNG, JPEG or WebP in Base64, at most 1 MB. Left out: as it is; null: none.",
    )


class PolicyText(Given):
    text: Text = Field(max_length=LONGEST, description="The whole policy, TOML.")


class NewEdition(PolicyText):
    why: Text = Field("", max_length=200, description="A line for the history.")
    replaces: int | None = Field(None, description="The edition you have seen; when another came between, 422.")


class Restore(Given):
    replaces: int | None = Field(None, description="The edition you have seen; when another came between, 422.")


# --- out --------------------------------------------------------------------------------------------------------------


class Promised(Shown):
    promise: str
    says: str
    within: str = Field(description="Such as “2 business days”.")
    note: str | None


class IncludeItem(Shown):
    """Something to include."""

    key: str
    says: str
    kind: Literal["line", "text", "payload", "number", "moment", "choice", "case"]
    choices: list[str]
    needed_for: list[str] = Field(description="Situations in which an answer cannot begin without it.")


class Channel(Shown):
    key: str
    way: Literal["case", "request", "site", "meeting", "person", "none"]
    name: str
    says: str = Field(description="What it is for, or how one gets there, for this role.")
    address: str | None
    open_to: list[Who]
    promise: Promised | None
    answers_at_once: bool
    include: list[IncludeItem]
    uses: list[str]
    avoid: list[str] = Field(description="What not to do there.")
    instead: str | None = Field(description="What to do instead of what is not offered.")
    further: str | None = Field(description="Key of the channel to turn to when this one does not serve.")


class Situation(Shown):
    key: str
    says: str
    channel: str | None = Field(description="Key of the channel where it belongs for this role; null without a role.")


class Channels(Shown):
    role: Who | None = Field(description="null for the operator, who sees the channels of all.")
    hours: str = Field(description="What is said of support hours.")
    items: list[Channel]
    situations: list[Situation]


class Needed(IncludeItem):
    needed: bool = Field(description="Whether an answer cannot begin without it.")


class Guess(Shown):
    situation: str
    confidence: float


class Advice(Shown):
    role: Who
    situation: str | None = Field(description="null when the text does not tell.")
    confidence: float | None = Field(description="Of the text: 0 to 1.")
    reasons: list[str] = Field(
        description="Of the text: the words that say so, letter for letter, the strongest first."
    )
    guesses: list[Guess] = Field(description="Of the text: the likeliest situations.")
    channel: Channel | None = Field(description="Where it belongs; null when the policy has no place for it.")
    due_at: Moment | None = Field(
        description="By when an answer is due if it is asked now; null where none is promised, or by whom is not known."
    )
    include: list[Needed]
    instead_of: str | None = Field(description="Key of the channel that is not for this role.")
    turned_away: str | None = Field(description="Why not there.")
    then: str | None = Field(description="What comes after.")
    further: str | None = Field(description="Key of the channel to turn to when this one does not serve.")


class Masked(Shown):
    field: str = Field(description="`subject`, `body`, or a key of `form`.")
    kind: str = Field(json_schema_extra={"enum": [*Masking]})
    hint: str = Field(description="Enough to tell which it is, never the whole.")
    id: str = Field(description="Give it in `keep` to leave this as it is.")
    instead: str = Field(description="What stands there now.")


class Request(Shown):
    number: str
    environment: EnvironmentName
    channel: str = Field(description="Key of the channel it belongs to.")
    intents: list[str] = Field(description="Keys of the channels it came by.")
    situation: str | None
    subject: str
    form: dict[str, str]
    missing: list[str] = Field(description="Keys of what an answer cannot begin without.")
    case: str | None = Field(description="Reference of the case it is about.")
    state: StateOfRequest
    state_label: str
    organisation: Organisation | None = Field(description="Who asks; null for somebody without an account.")
    sender: str = Field(description="Whoever asked, by name.")
    email: str | None = Field(description="Of somebody without an account.")
    assignee: Person | None = Field(description="Who takes care of it.")
    tags: list[str] | None = Field(description="For the operator alone.")
    merged_into: str | None = Field(description="Number of the request that goes on.")
    split_from: str | None = Field(description="Number of the request this was a part of.")
    messages: int = Field(description="How many there are; the number of the last.")
    opened_at: Moment
    moved_at: Moment
    settled_at: Moment | None
    helped: bool | None
    verdict: str | None
    clock: Clock | None = Field(description="The answer that is owed.")


class RequestPage(Shown):
    items: list[Request]
    next: str | None


class MaskedRequest(Request):
    masked: list[Masked] = Field(description="What was found and masked: it is kept nowhere.")


class MaskedMessage(Message):
    masked: list[Masked] = Field(
        description="What was found in the words of who asked, and masked: it is kept nowhere."
    )


class FailedCall(Shown):
    id: str
    environment: EnvironmentName
    method: str
    path: str
    status: int
    title: str | None = Field(description="Of the problem it was answered with.")
    body: str = Field(description="Of the answer: its beginning, masked.")
    at: Moment


class FailedCallPage(Shown):
    items: list[FailedCall]
    next: str | None


class RequestPreview(Shown):
    channel: str
    masked: list[Masked] = Field(description="What would be masked.")
    missing: list[IncludeItem] = Field(description="What an answer could not begin without.")
    due_at: Moment | None = Field(description="By when an answer would be due.")


class SavedAnswer(Shown):
    id: str
    title: str
    body: str
    channel: str | None
    filled: str | None = Field(description="Its words for the request you named.")


class SavedAnswerPage(Shown):
    items: list[SavedAnswer]
    next: str | None


class Team(Shown):
    channel: str
    people: list[Person] = Field(description="Who looks after it and hears of it first; none: everybody does.")


class Manager(Shown):
    id: str
    organisation: Organisation = Field(description="For whom.")
    person: Person
    deputy: Person | None
    since: Moment = Field(description="It may lie ahead: until then there is none, or another one.")
    ended_at: Moment | None


class ManagerPage(Shown):
    items: list[Manager]
    next: str | None


class NewStep(Given):
    step: Text = Field("", max_length=20, description="Key of the step; usual: the one that comes next.")
    reason: Text = Field(
        "", description="Up to 2,000 characters: what is blocked, and why. Needed where nothing is late."
    )
    keep: Keep = []
    author_email: AuthorEmail = None


class Escalation(Shown):
    id: str
    ladder: str = Field(description="Key of the ladder in the channel policy.")
    step: str = Field(description="Key of the step.")
    step_name: str
    organisation: Organisation = Field(description="Who climbs.")
    person: Person | None = Field(description="Who took the step; null: the house itself, or a program.")
    request: str | None = Field(
        description="Number of the request in which it is answered; null: a reminder in the conversation of the case."
    )
    case: str | None = Field(description="Reference of the case whose partner is silent.")
    manager: Person | None = Field(description="Who must answer; null: the operator's team.")
    reason: str | None
    state: Literal["open", "answered", "solved", "climbed"]
    begun_at: Moment
    acknowledged_at: Moment | None = Field(
        description="When somebody on duty said that they are on it, of a critical one."
    )
    ended_at: Moment | None
    clock: Clock | None = Field(description="What is owed now.")


class EscalationPage(Shown):
    items: list[Escalation]
    next: str | None


class LadderStep(Shown):
    step: str
    name: str
    says: str
    state: str = Field(
        description="Of asking: unasked, open, waiting, answered, solved, closed or climbed. Of one that was taken: open, answered, solved or climbed. Else `ahead` or `direct`."
    )
    at: Moment | None = Field(description="Since when it is taken.")
    escalation: str | None = Field(description="Its id, where it was climbed to.")
    may: bool = Field(description="Whether it may be taken now.")
    needs_reason: bool
    opens_at: Moment | None = Field(description="When it opens, if nobody answers until then.")
    why_not: str | None


class WholeLadder(Shown):
    ladder: str | None = Field(description="null: no ladder begins here.")
    says: str | None
    steps: list[LadderStep]


class BrandColour(Shown):
    colour: str
    contrast: float = Field(description="The least it has, to the grounds of the pages and to the words on it.")


class Brand(Shown):
    organisation: Organisation = Field(description="The referral partner.")
    name: str
    sender: str
    light: BrandColour
    dark: BrandColour
    logo: str | None = Field(description="Where the picture is, below the address of the house.")
    sign_in: str = Field(description="Where to send clients: the page to sign in has this look there.")


class AgreedPlan(Shown):
    organisation: Organisation
    plan: Literal["standard", "enterprise"]


class Edition(Shown):
    number: int
    why: str | None
    adopted_at: Moment
    adopted_by: str | None = Field(description="The person, or the organisation; null for the policy that was shipped.")


class WholeEdition(Edition):
    text: str = Field(description="TOML.")


class EditionPage(Shown):
    items: list[Edition]
    next: str | None


class PolicyProblem(Shown):
    line: int = Field(description="0: no line in particular.")
    message: str


class Difference(Shown):
    what: str = Field(description="Such as “channel sales address”.")
    old: str | None
    new: str | None


class Touched(Shown):
    promise: str | None = Field(description="null: the operator's hours.")
    words: str | None = Field(description="Such as “36 business hours”.")
    clocks: Preview


class PolicyPreview(Shown):
    problems: list[PolicyProblem] = Field(description="Why it cannot be adopted; then nothing else is told.")
    differences: list[Difference]
    touched: list[Touched] = Field(
        description="Promises and hours that would change, and how the clocks that run would stand."
    )
