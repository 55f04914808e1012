"""A meeting is asked for in a request: its answer has a clock, which the verbs that answer meet, and no other way of telling it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import MONDAY, Cast
from tests.hosting import TUESDAY_TEN, WEDNESDAY_TEN, hosting
from trialogue.channels.models import Edition
from trialogue.channels.rules import shipped
from trialogue.clocks.models import Clock
from trialogue.deliveries.appointments import REMINDERS
from trialogue.deliveries.models import Delivery
from trialogue.escalations.models import AccountManager
from trialogue.meetings.models import Host, Meeting, State, admission
from trialogue.people.models import Actor, Refused
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=1)


def asked(by: Actor, **told: object) -> Meeting:
    about = {"subject": "A new region", "about": "Two clients ask", "wishes": [WEDNESDAY_TEN]}
    return Meeting.ask(by=by, at=MONDAY, **(about | told))  # type: ignore[arg-type]


def clock(meeting: Meeting) -> Clock:
    assert meeting.request
    return Clock.objects.get(conversation=meeting.request.conversation)


def states(meeting: Meeting) -> tuple[str, str, str]:
    """Of the meeting, of its request, and of what was owed."""
    found = Meeting.objects.shown().get(pk=meeting.pk)
    assert found.request
    return found.state, found.request.state, clock(found).state


def test_it_opens_a_request_on_the_channel_of_that_side_whose_clock_runs(cast: Cast, host: Host) -> None:
    meeting = asked(cast.paul)
    request = meeting.request
    assert request
    assert (request.channel, request.subject, request.person, request.assignee) == (
        "partnerships", "A new region", cast.paul.person, None,
    )  # fmt: skip
    owed = clock(meeting)
    assert (owed.owner, owed.promise, owed.due_at) == (cast.olga.organisation, "answer", MONDAY + timedelta(days=2))
    assert meeting.question
    assert meeting.question.body == (
        f"I ask for a meeting ({meeting.number}): “A new region”, 30 minutes.\n\nTwo clients ask\n\n"
        "These times would suit me (Europe/Berlin):\n- Wed 11 Mar 2026, 10:00"
    )
    told = Delivery.objects.filter(kind="bundle", organisation=cast.olga.organisation)
    assert {one.request for one in told} == {request}
    assert not Delivery.objects.filter(kind="meeting").exists(), "the request tells the desk"
    assert Delivery.objects.filter(kind="receipt", person=cast.paul.person, request=request).exists()


def test_a_referral_partner_asks_its_account_manager_and_a_host_who_is_named_takes_it(cast: Cast, host: Host) -> None:
    assert asked(cast.rita).asked_of is None
    AccountManager.assign(cast.rita.organisation, cast.olga.person, by=cast.olga, at=MONDAY)
    meeting = asked(cast.rita)
    assert meeting.request
    assert (meeting.request.channel, meeting.asked_of) == ("business", cast.olga.person)
    assert asked(cast.paul, host=host).asked_of == cast.olga.person


@pytest.mark.parametrize("how", ["agree", "offer", "decline", "call_off"])
def test_whatever_the_operator_says_answers_it_once(cast: Cast, host: Host, how: str) -> None:
    meeting = asked(cast.paul)
    assert meeting.request
    Delivery.objects.all().delete()
    match how:
        case "agree":
            meeting.agree(WEDNESDAY_TEN, by=cast.olga, at=LATER)
            said = f"Agreed: meeting {meeting.number}, Wed 11 Mar 2026, 10:00 (Europe/Berlin), with Olga Lind."
        case "offer":
            meeting.offer([TUESDAY_TEN], by=cast.olga, at=LATER)
            said = f"For meeting {meeting.number} Olga Lind offers these times (Europe/Berlin). Choose one on the page of the meeting:\n- Tue 10 Mar 2026, 10:00"
        case _:
            getattr(meeting, how)(by=cast.olga, reason="Better in writing", at=LATER)
            said = f"Meeting {meeting.number} is not to be:\n\nBetter in writing"
    assert states(meeting)[1:] == ("answered", "kept")
    last = meeting.request.conversation.messages.get(number=2)
    assert (last.body, last.author) == (said, cast.olga.person)
    assert meeting.asked_of == cast.olga.person
    told = Delivery.objects.filter(person=cast.paul.person).exclude(event_kind__in=REMINDERS)
    assert [one.kind for one in told] == ["meeting"], "one mail, that which calendars read"


def test_who_asked_takes_an_offered_time_and_nothing_more_is_owed(cast: Cast, host: Host) -> None:
    meeting = asked(cast.paul)
    meeting.offer([TUESDAY_TEN], by=cast.olga, at=LATER)
    meeting.agree(TUESDAY_TEN, by=cast.paul, at=LATER)
    assert states(meeting) == (State.AGREED, "answered", "kept")


def test_called_off_by_who_asked_nothing_is_owed_and_its_request_is_closed(cast: Cast, host: Host) -> None:
    meeting, other = asked(cast.paul), asked(cast.paul)
    meeting.call_off(by=cast.paul, reason="By mail", at=LATER)
    assert states(meeting) == (State.CALLED_OFF, "closed", "cancelled")
    assert other.request
    other.request.write(by=cast.paul, body="And what of the fee?", at=MONDAY)
    other.call_off(by=cast.paul, reason="By mail", at=LATER)
    assert states(other) == (State.CALLED_OFF, "open", "running"), "something else waits there"


def test_about_a_request_it_is_asked_there(cast: Cast, host: Host) -> None:
    request = Request.open(by=cast.paul, channel="partnerships", subject="The fee", body="How much?", at=MONDAY)
    request.answer(by=cast.olga, body="Ten per cent", at=MONDAY)
    meeting = asked(cast.paul, conversation=request.conversation)
    assert (Request.objects.count(), meeting.request) == (1, request)
    owed = Clock.objects.get(conversation=request.conversation, state="running")
    assert owed.due_at == MONDAY + timedelta(days=2)
    meeting.call_off(by=cast.paul, reason="Clear now", at=LATER)
    owed.refresh_from_db()
    request.refresh_from_db()
    assert (owed.state, request.state) == ("cancelled", "open")


def test_about_a_request_that_was_merged_it_is_asked_where_that_goes_on(cast: Cast, host: Host) -> None:
    first, second = (
        Request.open(by=cast.rita, channel="business", subject="The fee", body="How much?", at=MONDAY) for _ in range(2)
    )
    first.merge_into(second, by=cast.olga, at=MONDAY)
    AccountManager.assign(cast.rita.organisation, cast.olga.person, by=cast.olga, at=MONDAY)
    meeting = asked(cast.rita, conversation=first.conversation)
    assert (meeting.request, meeting.asked_of) == (second, cast.olga.person)


def test_about_a_case_it_is_asked_of_the_operator_all_the_same(cast: Cast, host: Host) -> None:
    talk = cast.conversation()
    meeting = asked(cast.paul, conversation=talk)
    assert meeting.question
    assert f"It is about case {talk.case}." in meeting.question.body
    assert meeting.conversation == talk
    assert not talk.messages.exists(), "the case's client has not asked for it"


@pytest.mark.parametrize("how", ["close", "solve", "answer"])
def test_with_its_request_done_it_is_not_waited_for(cast: Cast, host: Host, how: str) -> None:
    meeting, offered = asked(cast.paul), asked(cast.paul)
    offered.offer([TUESDAY_TEN], by=cast.olga, at=MONDAY)
    for one in (meeting, offered):
        assert one.request
        if how == "answer":
            one.request.answer(by=cast.olga, body="It is all in the guide.", solves=True, at=LATER)
        else:
            getattr(one.request, how)(by=cast.olga, at=LATER)
    assert (states(meeting)[0], states(offered)[0]) == (State.CALLED_OFF, State.OFFERED)
    offered.call_off(by=cast.paul, reason="By mail", at=LATER)
    assert states(offered)[0] == State.CALLED_OFF


def test_merged_its_request_goes_on_elsewhere_and_so_does_it(cast: Cast, host: Host) -> None:
    meeting = asked(cast.paul)
    other = Request.open(by=cast.paul, channel="partnerships", subject="The fee", body="How much?", at=MONDAY)
    assert meeting.request
    meeting.request.merge_into(other, by=cast.olga, at=MONDAY)
    meeting = Meeting.objects.shown().get()
    assert (meeting.state, meeting.request) == (State.ASKED, other)
    meeting.agree(WEDNESDAY_TEN, by=cast.olga, at=LATER)
    assert states(meeting) == (State.AGREED, "answered", "kept")


def test_merged_and_then_done_it_is_not_waited_for_either(cast: Cast, host: Host) -> None:
    meeting = asked(cast.paul)
    other = Request.open(by=cast.paul, channel="partnerships", subject="The fee", body="How much?", at=MONDAY)
    assert meeting.request
    meeting.request.merge_into(other, by=cast.olga, at=MONDAY)
    other.solve(by=cast.olga, at=LATER)
    assert Meeting.objects.get().state == State.CALLED_OFF


def test_its_question_is_not_split_off_and_others_are(cast: Cast, host: Host) -> None:
    meeting = asked(cast.paul)
    request, question = meeting.request, meeting.question
    assert request
    assert question
    for by in (cast.olga, cast.paul):
        with pytest.raises(Refused, match=f"asks for meeting {meeting}, which is answered in this request"):
            request.split(question, by=by, subject="A region", at=LATER)
    assert Request.objects.count() == 1
    more = request.write(by=cast.paul, body="And what is the fee?", at=LATER)
    assert request.split(more, by=cast.olga, subject="The fee", at=LATER).split_from == request
    assert states(meeting) == (State.ASKED, "open", "running")


def test_a_policy_without_a_place_for_the_answer_takes_no_wish(cast: Cast) -> None:
    assert admission(cast.paul).may_ask
    told = shipped().replace(
        'collection_partner = "partnerships"\nreferral_partner = "account_manager"\npublic', "public"
    )
    Edition.adopt(told, by=cast.olga, at=MONDAY)
    assert not admission(cast.paul).may_ask
    with pytest.raises(Refused, match="names no place"):
        asked(cast.paul)


def test_who_hosts_nobody_is_asked_all_the_same(cast: Cast) -> None:
    meeting = asked(cast.paul)
    hosting(cast.olga)
    meeting.agree(WEDNESDAY_TEN, by=cast.olga, at=LATER)
    assert states(meeting) == (State.AGREED, "answered", "kept")
