"""Afterwards the operator notes that it was held, or that nobody came, and what there is to remember of it."""

from __future__ import annotations

import pytest

from tests.cast import MONDAY, Cast
from tests.hosting import TUESDAY_TEN, booked
from trialogue.conversations.models import Presence
from trialogue.meetings.models import Host, Meeting, State
from trialogue.people.models import Actor, Refused
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db


def test_it_was_held_and_its_notes_answer_the_request_that_it_is_about(
    cast: Cast, host: Host, enterprise: Actor
) -> None:
    request = Request.open(by=enterprise, channel="platform", subject="Sign in", body="How?", at=MONDAY)
    meeting = booked(host, enterprise, conversation=request.conversation)
    with pytest.raises(Refused, match="not begun"):
        meeting.hold(by=cast.olga, notes="Early", at=MONDAY)
    meeting.hold(by=cast.olga, notes="We go on with passkeys.", at=TUESDAY_TEN)
    assert (meeting.state, meeting.notes) == (State.HELD, "We go on with passkeys.")
    last = request.conversation.messages.order_by("number").last()
    assert last is not None
    assert last.body == "Notes of meeting M-2026-000001, “How we go on”:\n\nWe go on with passkeys."
    assert last.author == cast.olga.person


def test_where_the_request_was_merged_notes_follow_it(cast: Cast, host: Host, enterprise: Actor) -> None:
    first, second = (
        Request.open(by=enterprise, channel="platform", subject="Sign in", body="How?", at=MONDAY) for _ in range(2)
    )
    booked(host, enterprise, conversation=first.conversation)
    first.merge_into(second, by=cast.olga, at=MONDAY)
    Meeting.objects.shown().get().hold(by=cast.olga, notes="Passkeys.", at=TUESDAY_TEN)
    assert second.conversation.messages.filter(body__endswith="Passkeys.").exists()


def test_in_a_case_it_is_said_by_who_has_joined_and_else_where_it_was_asked_for(cast: Cast, host: Host) -> None:
    talk = cast.conversation()
    for joined in (False, True):
        if joined:
            Presence.join(talk, by=cast.olga, reason="Both asked for it", at=MONDAY)
        meeting = Meeting.ask(by=cast.paul, subject="The case", conversation=talk, at=MONDAY)
        meeting.agree(TUESDAY_TEN, by=cast.olga, at=MONDAY)
        meeting.hold(by=cast.olga, notes="So it is.", at=TUESDAY_TEN)
        assert meeting.notes == "So it is."
        assert meeting.request
        for place, here in ((talk, joined), (meeting.request.conversation, not joined)):
            assert place.messages.filter(body__endswith="So it is.").exists() == here


def test_nobody_came(cast: Cast, host: Host, enterprise: Actor) -> None:
    meeting = booked(host, enterprise)
    with pytest.raises(Refused):
        meeting.hold(by=enterprise, at=TUESDAY_TEN)
    meeting.hold(by=cast.olga, missed=True, at=TUESDAY_TEN)
    assert meeting.state == State.MISSED
