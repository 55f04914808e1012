"""A question about a case is put into its conversation by whoever asked it, and loses no time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation, Document
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event
from trialogue.people.models import Actor, Refused, Visitor
from trialogue.requests.models import Request, State

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=3)
TOLD = {"channel": "platform", "subject": "The invoice", "body": "Which invoice do you mean?"}


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed(at=MONDAY - timedelta(days=3))


@pytest.fixture
def asked(cast: Cast, case: Case) -> Request:
    return Request.open(by=cast.clara, case=case, at=MONDAY, documents=[document()], **TOLD)


def test_what_was_said_stands_in_the_case_and_is_owed_an_answer_from_when_it_arrived(
    cast: Cast, case: Case, asked: Request
) -> None:
    asked.write(by=cast.clara, body="The second one?", at=MONDAY + timedelta(hours=1))
    asked.answer(by=cast.olga, body="Ask your partner.", at=MONDAY + timedelta(hours=2))
    asked.hand_over(by=cast.clara, at=LATER)
    said = case.conversation.messages.order_by("number")
    assert [message.body for message in said] == ["Which invoice do you mean?", "The second one?"]
    assert {message.at for message in said} == {LATER}
    clock = Clock.objects.open().get(conversation=case.conversation)
    assert (clock.owner, clock.owed_to, clock.started_at) == (cast.paul.organisation, cast.clara.organisation, MONDAY)


def test_its_documents_come_along_and_stay(cast: Cast, case: Case, asked: Request) -> None:
    message = asked.hand_over(by=cast.clara, at=LATER)
    (there,) = Document.objects.filter(case=case)
    (here,) = Document.objects.filter(conversation=asked.conversation)
    assert (there.message, there.sha256, there.name) == (message, here.sha256, here.name)
    assert there.stored != here.stored


def test_it_ends_and_both_sides_show_a_trace(cast: Cast, case: Case, asked: Request) -> None:
    message = asked.hand_over(by=cast.clara, at=LATER)
    asked.refresh_from_db()
    assert asked.state == State.CLOSED
    assert not Clock.objects.open().filter(conversation=asked.conversation).exists()
    assert Event.objects.get(kind="request.handed").facts == {
        "request": asked.public_id, "case": case.public_id, "message": message.public_id,
    }  # fmt: skip
    assert Event.objects.get(kind="message.handed").subject == case.conversation.public_id


def test_the_other_side_of_the_case_and_the_desk_are_told(cast: Cast, case: Case, asked: Request) -> None:
    Delivery.objects.all().delete()
    asked.hand_over(by=cast.clara, at=LATER)
    told = {(one.person, one.reference) for one in Delivery.objects.filter(kind="bundle")}
    assert told == {
        (cast.paul.person, case.reference), (cast.petra.person, case.reference), (cast.olga.person, asked.number),
    }  # fmt: skip


def test_nobody_but_its_sender_hands_it_over(cast: Cast, asked: Request) -> None:
    for stranger in (cast.olga, cast.paul, cast.otto):
        with pytest.raises(Refused):
            asked.hand_over(by=stranger)
        assert not asked.may_hand_over(stranger)
    assert not asked.may_hand_over(Visitor())


@pytest.mark.parametrize("how", ["of no case", "closed", "merged", "of a case that nobody works"])
def test_where_there_is_no_place_for_it_it_stays(cast: Cast, asked: Request, how: str) -> None:
    other = Request.open(by=cast.clara, at=MONDAY, **TOLD)
    if how == "of no case":
        asked = other
    elif how == "closed":
        asked.close(by=cast.clara, at=LATER)
    elif how == "merged":
        asked.merge_into(other, by=cast.olga, at=LATER)
    else:
        asked = Request.open(by=cast.clara, case=cast.submitted("INV-2"), at=MONDAY, **TOLD)
    assert not asked.may_hand_over(cast.clara)
    with pytest.raises(Refused):
        asked.hand_over(by=cast.clara)


def test_what_was_kept_for_it_is_thrown_away_when_it_fails(
    cast: Cast, case: Case, asked: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    thrown: list[str] = []
    monkeypatch.setattr(Document, "discard", lambda document: thrown.append(document.name))

    def refuse(*_args: object, **_told: object) -> None:
        raise Refused("x")

    monkeypatch.setattr(Conversation, "post", refuse)
    with pytest.raises(Refused):
        asked.hand_over(by=cast.clara)
    assert thrown == ["evidence.txt"]


# --- another matter ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clara", "visitor"])
def test_its_sender_makes_another_matter_a_request_of_its_own(cast: Cast, who: str) -> None:
    by: Actor | Visitor = cast.clara if who == "clara" else Visitor()
    told = {"name": "Vera", "email": "vera@example.com"} if who == "visitor" else {}
    asked = Request.open(by=by, at=MONDAY, **TOLD | {"channel": "sales"} | told)
    more = asked.write(by=by, body="And the prices?", at=LATER)
    Delivery.objects.all().delete()
    new = asked.split(more, by=by, subject="Prices", at=LATER + timedelta(hours=1))
    assert (new.opened_at, new.channel, new.split_from, new.email) == (LATER, "sales", asked, asked.email)
    assert [one.person for one in Delivery.objects.filter(request=new)] == [cast.olga.person]
    with pytest.raises(Refused):
        asked.split(more, by=by, subject="Prices", channel="legal")


def test_nobody_else_does(cast: Cast) -> None:
    asked = Request.open(by=cast.clara, at=MONDAY, **TOLD)
    for stranger in (cast.otto, Visitor()):
        with pytest.raises(Refused):
            asked.split(asked.conversation.messages.get(), by=stranger, subject="x")
