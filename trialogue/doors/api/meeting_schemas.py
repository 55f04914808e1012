"""What comes in and goes out of meetings and hosts. `schemas` says how these are used."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from trialogue.doors.api.request_schemas import AuthorEmail
from trialogue.doors.api.schemas import Given, Moment, Organisation, Person, Shown, Text
from trialogue.meetings.given import LONGEST, LONGEST_SUBJECT, MOST_PROPOSALS
from trialogue.meetings.hosts import LENGTHS, MEETS
from trialogue.meetings.models import State

StateOfMeeting = Annotated[str, Field(json_schema_extra={"enum": State.values})]
Start = Annotated[AwareDatetime, Field(description="A moment with its offset from UTC.")]
HostId = Annotated[
    Text | None, Field(description="Id of the host; for the operator: without it, the host who was asked or does it.")
]
Lengths = Annotated[list[int], Field(description=f"Minutes: some of {', '.join(map(str, LENGTHS))}.")]
Reason = Annotated[Text, Field(description=f"1 to {LONGEST} characters; the other side reads it.")]
Week = Annotated[
    dict[str, list[list[Text]]], Field(description="By weekday, 0 (Monday) to 6: pairs of HH:MM on the host's clocks.")
]


class NewHost(Given):
    is_open: bool = Field(True, description="Whether they can be met at present.")
    zone: Text = Field(description="Time zone, such as Europe/Copenhagen.")
    week: Week
    lengths: Lengths
    before: int = Field(0, description="Minutes free before a meeting.")
    after: int = Field(0, description="Minutes free after it.")
    notice: int = Field(24, description="Hours from booking to the meeting, at least.")
    ahead: int = Field(30, description="Days ahead, at most.")
    most_a_day: int = Field(0, description="Meetings a day at most; 0 is any number.")
    meets: list[Text] = Field(list(MEETS), description=f"Some of {', '.join(MEETS)}.")
    link: Text = Field(
        "", description="Where one meets, https; `{number}` and `{token}` stand for what each meeting has of its own."
    )
    busy_address: Text = Field(
        "", description="Secret address of the host's own calendar (iCalendar), https or webcal."
    )


class Host(Shown):
    id: str
    person: Person
    is_open: bool
    zone: str
    lengths: list[int]
    before: int
    after: int
    notice: int
    ahead: int
    most_a_day: int
    meets: list[str]
    week: dict[str, list[list[str]]] | None = Field(
        description="The operator's affair, as is what follows: null for others."
    )
    link: str | None
    calendar_read_at: Moment | None
    calendar_trouble: str | None = Field(
        description="Why the host's own calendar cannot be read; what it said last counts."
    )


class Hosts(Shown):
    items: list[Host]
    you: str = Field(description="What you do: `book`, `ask`, `agree` (the operator), or `none`.")
    why: str | None = Field(description="Why you cannot, and what to do instead.")
    elsewhere: str | None = Field(description="The page of others where meetings are booked instead.")


class FreeTimes(Shown):
    minutes: int
    zone: str = Field(description="The host's.")
    times: list[Moment] = Field(description="When a meeting may begin.")


class NewMeeting(Given):
    host: Text | None = Field(None, description="Id of the host: needed to book; who asks may leave it out.")
    starts_at: AwareDatetime | None = Field(None, description="To book: one of the host's free times.")
    wishes: list[AwareDatetime] = Field(
        [], description=f"To ask: up to {MOST_PROPOSALS} times that would suit you, or none."
    )
    minutes: int = Field(30, description="One of the host's lengths.")
    subject: Text = Field(description=f"What it is about: 1 to {LONGEST_SUBJECT} characters.")
    about: Text = Field("", description=f"What the host should know before, up to {LONGEST} characters.")
    case: Text | None = Field(None, description="Reference of a case that it is about.")
    request: Text | None = Field(None, description="Or number of a request: notes are kept there, too.")
    author_email: AuthorEmail = None


class NewAgreement(Given):
    starts_at: Start
    host: HostId = None
    author_email: AuthorEmail = None


class NewOffer(Given):
    times: list[AwareDatetime] = Field(description=f"One to {MOST_PROPOSALS} moments, with their offset from UTC.")
    host: HostId = None
    author_email: AuthorEmail = None


class NewTime(Given):
    starts_at: Start
    author_email: AuthorEmail = None


class NewEnd(Given):
    reason: Reason
    author_email: AuthorEmail = None


class NewNotes(Given):
    notes: Text = Field("", description=f"What there is to remember, up to {LONGEST} characters; both sides read it.")
    missed: bool = Field(False, description="Whether nobody came.")
    author_email: AuthorEmail = None


class Meeting(Shown):
    number: str
    state: StateOfMeeting
    state_label: str
    subject: str
    about: str | None
    organisation: Organisation | None = Field(
        description="Null for somebody from a page of others whom nobody knows here."
    )
    person: Person | None = Field(description="Who comes.")
    guest: str = Field(description="The same by name.")
    host: Person | None
    minutes: int
    starts_at: Moment | None
    ends_at: Moment | None
    proposals: list[Moment] = Field(description="Times that are asked for, or (`offered`) offered.")
    link: str | None = Field(description="Where one meets.")
    sequence: int = Field(description="How often calendars were told another time.")
    case: str | None = Field(description="Reference of the case that it is about.")
    request: str | None = Field(
        description="Number of the request in which it is asked for, or that it is about: it says by when the answer is owed."
    )
    reason: str | None = Field(description="Why it was declined or called off.")
    notes: str | None
    asked_at: Moment
    external: bool = Field(description="Whether it was booked on a page of others, where it is changed as well.")


class MeetingPage(Shown):
    items: list[Meeting]
    next: str | None
