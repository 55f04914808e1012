"""What the log keeps: public ids, small values and digests; never a word that a person wrote, never a name."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from tests.cast import Cast
from tests.walk import WORDS, lives, walk
from trialogue.articles.models import Visible
from trialogue.cases.lifecycle import MOVES, CallOutcome, CloseCode, DeclineReason, Recommendation, State
from trialogue.channels.rules import shipped_rules
from trialogue.clocks.models import CANCELLED, PROMISES, Unit
from trialogue.complaints.models import Category
from trialogue.complaints.models import State as ComplaintState
from trialogue.conversations.consents import Scope
from trialogue.conversations.documents import DocumentKind
from trialogue.conversations.models import Message
from trialogue.deliveries.models import Endpoint
from trialogue.escalations.models import Escalation
from trialogue.events.change import digest_of
from trialogue.events.models import Event
from trialogue.letters.route import REASONS
from trialogue.meetings.models import State as MeetingState
from trialogue.people import places
from trialogue.people.models import Environment, Organisation, Person, Plan, Role, Side
from trialogue.requests.models import State as RequestState
from trialogue.settings import LANGUAGES

SMALL = {*Unit.values, *DocumentKind.values, *DeclineReason.values, *CallOutcome.values, *Recommendation.values}
SMALL |= {
    *CloseCode.values,
    *State.values,
    *PROMISES,
    *CANCELLED,
    *Environment.values,
    *Role.values,
    *Side.values,
    *Plan.values,
    *Scope.values,
    *shipped_rules().channels,
    *shipped_rules().situations,
    *shipped_rules().ladders,
    *(step.key for ladder in shipped_rules().ladder for step in ladder.step),
    *Escalation.State.values,
    *RequestState.values,
    *REASONS,
    *Category.values,
    *ComplaintState.values,
    *MeetingState.values,
    *Endpoint.State.values,
    *Visible.values,
    *dict(LANGUAGES),
    "pipe",
    "",
    "true",
    "yes",
    "no",
    "sent",
    "failed",
    "done",
    "stopped",
}
ID, DIGEST = re.compile(r"[a-z]{3}_[0-9a-z]{16}"), re.compile(r"[0-9a-f]{64}|")


@pytest.fixture
def events(cast: Cast) -> list[Event]:
    walk(cast)
    lives(cast)
    return list(Event.objects.all())


def test_no_event_holds_a_word_a_name_or_an_address(events: list[Event]) -> None:
    log = json.dumps([[e.facts, e.by, e.organisation, e.subject, e.via] for e in events], ensure_ascii=False).lower()
    names = [*Person.objects.values_list("name", flat=True), *Person.objects.values_list("email", flat=True)]
    names += [
        *Organisation.objects.values_list("name", flat=True),
        *Message.objects.exclude(body="").values_list("body", flat=True),
    ]
    assert len(names) > 20  # for this test to mean anything
    assert [word for word in (*names, *WORDS) if word.lower() in log] == []


def test_every_fact_is_of_the_form_its_kind_promises(events: list[Event]) -> None:
    def fits(form: str, name: str, value: Any) -> bool:
        match form:
            case "id":
                return value == "" or bool(ID.fullmatch(value))
            case "ids":
                return all(ID.fullmatch(each) for each in value)
            case "number":
                return isinstance(value, int)
            case "moment":
                return datetime.fromisoformat(value).tzinfo is not None
            case "digest":
                return bool(DIGEST.fullmatch(value))
        match name:
            case "sha256":
                return bool(DIGEST.fullmatch(value))
            case "what":
                return value == "message" or value in MOVES
            case "into" | "merged":
                return bool(re.fullmatch("[A-Z0-9]{8}", value))
            case "country" | "zone":
                return value in places.country_names() or value in places.zones()
        return value in SMALL

    for event in events:
        assert set(event.facts) == set(event.spoken.fields), event
        wrong = [n for n, form in event.spoken.fields.items() if not fits(form, n, event.facts[n])]
        assert wrong == [], f"{event}: {event.facts}"


def test_a_message_is_kept_as_its_digest(events: list[Event]) -> None:
    messages = {m.public_id: m for m in Message.objects.all()}
    posted = [e for e in events if e.kind in ("message.posted", "message.copied")]
    assert len(posted) == len(messages) > 3
    for event in posted:
        message = messages[event.facts["message"]]
        if not message.withdrawn_at:  # its words are gone, and the log says only which they were
            assert event.facts["body"] == digest_of(message.body)
