"""What comes in and goes out of webhooks. `schemas` says how these are used."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from trialogue.deliveries.models import Delivery
from trialogue.deliveries.models import Endpoint as Row
from trialogue.doors.api.schemas import Given, Moment, Organisation, Shown, Text

_WANTS = "Kinds of event (docs/events.md), such as `case.closed`; all of a noun, `case.*`; or `all`. For the operator also `pages`."


class NewEndpoint(Given):
    url: Text = Field(description="Where we post to, beginning with https://.")
    name: Text = Field("", description="Up to 80 characters.")
    wants: list[Text] = Field(description=_WANTS, max_length=500)


class EndpointChange(Given):
    url: Text | None = None
    name: Text | None = None
    wants: list[Text] | None = Field(None, description=_WANTS, max_length=500)
    on: bool | None = Field(None, description="Turns it on or off.")


class Endpoint(Shown):
    id: str
    url: str
    name: str
    environment: str
    wants: list[str] = Field(description=_WANTS)
    state: str = Field(json_schema_extra={"enum": [*Row.State.values]})
    state_label: str
    added_at: Moment
    reached_at: Moment | None = Field(description="When something last arrived there.")
    failures: int = Field(description="Tries that failed since, one after the other.")
    trouble: str = Field(description="Why the last one failed; empty when it did not.")
    rests_until: Moment | None = Field(description="Until then nothing but a test is sent there.")
    former_secret_until: Moment | None = Field(description="Until then the secret before the last is valid, too.")


class EndpointWithSecret(Shown):
    endpoint: Endpoint
    secret: str = Field(
        description="Shown here and never again. Begins with whsec_; what follows is the key in base64."
    )


class EndpointPage(Shown):
    items: list[Endpoint]
    next: str | None


class Posted(Shown):
    id: str = Field(description="Its `webhook-id`, the same at every try.")
    kind: str = Field(description="Of the event that it carries; or `test`, or `page`.")
    state: str = Field(json_schema_extra={"enum": [*Delivery.State.values]})
    state_label: str
    tries: int
    answered: int | None = Field(description="The status that your system answered last.")
    why: str = Field(description="Why the last try failed; empty when it did not.")
    made_at: Moment
    due_at: Moment | None = Field(description="When it is tried next; null once it is over.")
    settled_at: Moment | None
    body: Any = Field(description="What is posted.")


class PostedPage(Shown):
    items: list[Posted]
    next: str | None


class Page(Shown):
    """What calls those on duty."""

    kind: str
    at: Moment
    environment: str
    escalation: str
    request: str = Field(description="Its number.")
    from_: Organisation = Field(alias="from")
    subject: str
    facts: dict[str, str] = Field(description="What was asked for there, as far as it was said.")
    due_at: Moment = Field(description="By when somebody has to be on it.")
    acknowledge_url: str
