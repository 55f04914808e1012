"""What comes in and goes out of complaints. `schemas` says how these are used."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from trialogue.complaints.models import LONGEST, LONGEST_OUTCOME, MOST_DOCUMENTS, Category, Severity, State
from trialogue.doors.api.request_schemas import AuthorEmail
from trialogue.doors.api.schemas import Clock, Given, Moment, Organisation, Person, Shown, Text

CategoryOfComplaint = Annotated[str, Field(json_schema_extra={"enum": Category.values})]
StateOfComplaint = Annotated[str, Field(json_schema_extra={"enum": State.values})]
Documents = Annotated[
    list[Text], Field(default_factory=list, max_length=MOST_DOCUMENTS, description="Ids of documents of the case.")
]


class NewComplaint(Given):
    category: Text = Field(description=f"One of {', '.join(Category.values)}.")
    description: Text = Field(description=f"What happened: 1 to {LONGEST} characters.")
    wanted: Text = Field("", description=f"What is to come of it, up to {LONGEST_OUTCOME} characters.")
    documents: Documents
    author_email: AuthorEmail = None


class NewResponse(Given):
    response: Text = Field(description=f"1 to {LONGEST} characters.")
    documents: Documents
    author_email: AuthorEmail = None


class NewDecision(Given):
    outcome: Literal["upheld", "declined"]
    severity: Text = Field("", description=f"When upheld: one of {', '.join(Severity.values)}.")
    reasons: Text = Field(description=f"1 to {LONGEST} characters.")
    author_email: AuthorEmail = None


class OnComplaint(Given):
    author_email: AuthorEmail = None


class Complaint(Shown):
    number: str
    case: str = Field(description="Reference of the case.")
    client: Organisation
    partner: Organisation
    category: CategoryOfComplaint
    category_label: str
    description: str
    wanted: str | None
    documents: list[str] = Field(description="Ids of those you may see.")
    state: StateOfComplaint
    state_label: str
    filed_at: Moment
    filed_by: Person | None
    reviewer: Person | None = Field(description="Who looks after it at the operator.")
    passed_on_at: Moment | None = Field(
        description="When the partner was asked to respond; it knows of it from then on."
    )
    response: str | None
    responded_at: Moment | None
    responded_by: Person | None
    response_documents: list[str]
    reasons: str | None = Field(description="Of the decision.")
    severity: str | None
    ended_at: Moment | None
    clock: Clock | None = Field(description="The response that is owed.")


class ComplaintPage(Shown):
    items: list[Complaint]
    next: str | None
