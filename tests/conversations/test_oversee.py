"""The operator in the conversation of a case: joined with a reason, where both sides see it; or reading, which they see as well."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast, gather
from tests.together import together
from tests.walk import document
from trialogue.cases import timeline
from trialogue.clocks.models import Clock
from trialogue.conversations import relationships
from trialogue.conversations.models import Bookmark, Conversation, Presence, Reading
from trialogue.deliveries import notices
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Actor, Membership, Person, Refused, Role

WHY = "Both sides asked what happens next."


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


@pytest.fixture
def oscar(cast: Cast) -> Actor:
    """A colleague of Olga's."""
    person = Person.objects.create_user("oscar@trialogue.example", "a b c d e f", name="Oscar Lund")
    return Actor.of(cast.olga.organisation.admit(person, Role.MEMBER))


def join(talk: Conversation, by: Actor, reason: str = WHY, at: datetime = MONDAY) -> Presence:
    return Presence.join(talk, by=by, reason=reason, at=at)


def heard(talk: Conversation, actor: Actor) -> list[str]:
    """What the actor hears of the operator in this case, in sentences."""
    found = Event.objects.visible_to(actor).filter(case_id=talk.case.pk, kind__startswith="operator.").order_by("pk")
    return [line.sentence for line in timeline.tell(list(found))]


# --- joining ----------------------------------------------------------------------------------------------------------


def test_joined_it_stands_there_with_who_why_and_since_when(cast: Cast, talk: Conversation) -> None:
    there = join(talk, cast.olga, reason="  Both sides\nasked what happens next. ")
    assert (there.person, there.reason, there.joined_at, there.left_at) == (cast.olga.person, WHY, MONDAY, None)
    for actor in (cast.clara, cast.paul, cast.rita, cast.olga):
        assert Presence.objects.visible_to(actor).get() == there
        assert heard(talk, actor) == [f"Olga Lind joined the conversation for the operator (“{WHY}”)."]
    for outsider in (cast.otto, cast.pia, replace(cast.olga, environment="test")):
        assert not Presence.objects.visible_to(outsider).exists()


@pytest.mark.parametrize(("reason", "says"), [("", "Say why"), (" \n\x00", "Say why"), ("x" * 301, "up to 300 characters; this one has 301")])  # fmt: skip
def test_it_takes_a_reason_that_fits(cast: Cast, talk: Conversation, reason: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        join(talk, cast.olga, reason=reason)
    assert list(refused.value.message_dict) == ["reason"]
    assert not Presence.objects.exists()


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "otto"])
def test_only_the_operators_people_join(cast: Cast, talk: Conversation, who: str) -> None:
    for actor in (getattr(cast, who), replace(cast.olga, person=None)):
        with pytest.raises(Refused, match="Only somebody of the operator"):
            join(talk, actor)


def test_there_is_nothing_to_join_where_nobody_works_the_case(cast: Cast, talk: Conversation) -> None:
    talk.case.close(by=cast.paul, code="Paid", at=MONDAY)
    with pytest.raises(Refused, match="while a partner works it"):
        join(talk, cast.olga)


def test_outside_cases_nobody_joins_and_its_documents_are_read_as_what_is_said(cast: Cast, talk: Conversation) -> None:
    outside = relationships.between(cast.clara, cast.paul.organisation)
    with pytest.raises(Refused, match="Only somebody of the operator joins the conversation of a case"):
        join(outside, cast.olga)
    said = outside.post(by=cast.clara, body="", documents=[document("terms.txt")])
    for what in (said.documents.get(), outside):
        Reading.note(what, by=cast.olga)
    assert Event.objects.about(outside).filter(kind="operator.read").count() == 1


def test_joined_already_the_same_reason_is_the_same_and_another_one_is_refused(cast: Cast, talk: Conversation) -> None:
    assert join(talk, cast.olga) == join(talk, cast.olga, at=MONDAY + timedelta(hours=1))
    with pytest.raises(Refused, match="Leave it first"):
        join(talk, cast.olga, reason="Something else")
    assert len(heard(talk, cast.clara)) == 1


def test_two_of_the_operator_join_each_by_themselves(cast: Cast, talk: Conversation, oscar: Actor) -> None:
    first, second = join(talk, cast.olga), join(talk, oscar, reason="I speak Danish")
    with pytest.raises(Refused, match="Only who has joined"):
        first.leave(by=oscar)
    first.leave(by=cast.olga)
    assert list(Presence.objects.open()) == [second]


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_once_it_is_one() -> None:
    cast = gather()
    talk = cast.conversation()

    def one() -> None:
        join(Conversation.objects.select_related("case").get(pk=talk.pk), cast.olga)

    together(one, one)
    assert Presence.objects.count() == 1
    assert len(heard(talk, cast.clara)) == 1


def test_both_sides_are_told_of_it_as_of_a_move(cast: Cast, talk: Conversation) -> None:
    Delivery.objects.all().delete()
    join(talk, cast.olga)
    mails = Delivery.objects.select_related("case", "person", "organisation")
    assert {mail.person for mail in mails} == {one.person for one in (cast.clara, cast.carl, cast.paul, cast.petra)}
    for actor in (cast.clara, cast.paul):
        (notice,) = notices.tell([mails.get(person=actor.person)], actor)
        assert (str(notice.notice), notice.sentences) == (
            "move",
            (f"Olga Lind joined the conversation for the operator (“{WHY}”).",),
        )


# --- writing ----------------------------------------------------------------------------------------------------------


def test_who_has_not_joined_writes_nothing_and_is_told_how(cast: Cast, talk: Conversation, oscar: Actor) -> None:
    join(talk, oscar)
    with pytest.raises(Refused, match="Join it, with a reason"):
        talk.post(by=cast.olga, body="Hello")
    with pytest.raises(Refused, match="Join it, with a reason"):
        talk.post(by=replace(cast.olga, person=None), body="A program")
    join(talk, cast.olga).leave(by=cast.olga)
    with pytest.raises(Refused, match="Join it, with a reason"):
        talk.post(by=cast.olga, body="Hello")


def test_joined_it_writes_under_the_operators_name_and_may_put_it_right(cast: Cast, talk: Conversation) -> None:
    there = join(talk, cast.olga)
    said = talk.post(by=cast.olga, body="Let us see", documents=[document("terms.txt")], at=MONDAY)
    assert (said.author, said.organisation) == (cast.olga.person, cast.olga.organisation)
    assert said.documents.get().kind == "Miscellaneous"
    for reader in (cast.clara, cast.paul, cast.rita):
        assert [m.body for m in talk.messages_for(reader)] == ["Let us see"]
    said.edit(by=cast.olga, body="Let us look", at=MONDAY)
    there.leave(by=cast.olga)
    with pytest.raises(Refused):
        said.withdraw(by=cast.olga, at=MONDAY)


def owed(talk: Conversation) -> list[tuple[str, str | None]]:
    clocks = Clock.objects.open().filter(conversation=talk).select_related("owner", "owed_to")
    return [(clock.owner.name, clock.owed_to and clock.owed_to.name) for clock in clocks]


def test_what_it_says_starts_no_clock_and_meets_none(cast: Cast, talk: Conversation) -> None:
    join(talk, cast.olga)
    said = talk.post(by=cast.olga, body="Any news?", expects_answer=True)
    assert not said.expects_answer
    assert owed(talk) == []
    talk.post(by=cast.clara, body="And from you, Paul?")
    waiting = [("Kanzlei Brandt & Partner", "Nordlys Energi A/S")]
    assert owed(talk) == waiting
    talk.post(by=cast.olga, body="Please, Paul")
    assert owed(talk) == waiting
    talk.post(by=cast.paul, body="Here", expects_answer=False)
    assert owed(talk) == []


def test_a_repeat_of_what_it_said_is_the_same_message(cast: Cast, talk: Conversation) -> None:
    join(talk, cast.olga)
    first, again = (talk.post(by=cast.olga, body="Once", key="k") for _ in range(2))
    assert (first.pk, again.replayed) == (again.pk, True)


def test_both_sides_are_told_of_its_words_and_it_leaves_no_mark(cast: Cast, talk: Conversation) -> None:
    join(talk, cast.olga)
    Delivery.objects.all().delete()
    talk.post(by=cast.olga, body="Hello both")
    assert set(Delivery.objects.values_list("organisation__name", flat=True)) == {
        cast.clara.organisation.name, cast.paul.organisation.name,
    }  # fmt: skip
    talk.mark_read(by=cast.olga, through=1)
    assert not Bookmark.objects.filter(person=cast.olga.person).exists()


# --- leaving ----------------------------------------------------------------------------------------------------------


def test_left_it_is_seen_and_told_once(cast: Cast, talk: Conversation) -> None:
    there = join(talk, cast.olga)
    for _ in range(2):
        there.leave(by=cast.olga, at=MONDAY + timedelta(hours=1))
    assert there.left_at == MONDAY + timedelta(hours=1)
    for actor in (cast.clara, cast.paul, cast.rita):
        assert heard(talk, actor)[1:] == ["Olga Lind, of the operator, left the conversation."]
    assert join(talk, cast.olga, reason="Once more") != there
    assert Presence.objects.visible_to(cast.paul).count() == 2


@pytest.mark.parametrize("move", ["close", "reassign"])
def test_where_the_partners_part_ends_the_operator_has_left_and_that_partner_hears_of_it(
    cast: Cast, talk: Conversation, move: str
) -> None:
    join(talk, cast.olga)
    if move == "close":
        talk.case.close(by=cast.paul, code="Paid", at=MONDAY)
    else:
        talk.case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent", at=MONDAY)
    assert not Presence.objects.open().exists()
    assert heard(talk, cast.paul)[1:] == ["Olga Lind, of the operator, left the conversation."]
    assert heard(talk, cast.pia) == []
    talk.refresh_from_db()
    assert not talk.may_post(cast.olga)
    assert first_broken_link(talk.case) is None


def test_the_new_partner_hears_why_the_operator_joins_anew(cast: Cast, talk: Conversation) -> None:
    join(talk, cast.olga)
    talk.case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent", at=MONDAY)
    talk.case.confirm(by=cast.pia, at=MONDAY)
    join(talk, cast.olga, reason="A new beginning")
    assert [one.reason for one in Presence.objects.visible_to(cast.pia)] == ["A new beginning"]
    assert [one.reason for one in Presence.objects.visible_to(cast.paul)] == [WHY]


def test_who_belongs_to_the_operator_no_more_has_left(cast: Cast, talk: Conversation, oscar: Actor) -> None:
    there = join(talk, oscar)
    Membership.objects.get(person=oscar.person).end(by=cast.olga)
    there.refresh_from_db()
    assert there.left_at is not None
    assert heard(talk, cast.clara)[1:] == ["Oscar Lund, of the operator, left the conversation."]


# --- reading ----------------------------------------------------------------------------------------------------------


def read_after(talk: Conversation, by: Actor, minutes: int) -> None:
    with time_machine.travel(MONDAY + timedelta(minutes=minutes), tick=False):
        Reading.note(talk, by=by)


def test_what_the_operator_reads_both_sides_see_once_in_an_hour(cast: Cast, talk: Conversation) -> None:
    for minutes in (0, 1, 59):
        read_after(talk, cast.olga, minutes)
    sentence = "Olga Lind read messages or documents here for the operator, without joining."
    assert heard(talk, cast.clara) == heard(talk, cast.paul) == [sentence]
    assert heard(talk, cast.rita) == heard(talk, cast.otto) == []
    read_after(talk, cast.olga, 60)
    assert (len(heard(talk, cast.clara)), Reading.objects.count()) == (2, 1)


def test_each_person_and_the_operators_programs_are_told_of_by_themselves_and_each_case(
    cast: Cast, talk: Conversation, oscar: Actor
) -> None:
    program, other = replace(cast.olga, person=None, via="api"), cast.conversation("INV-2")
    for by in (cast.olga, oscar, program) * 2:
        Reading.note(talk, by=by)
    Reading.note(other.case, by=cast.olga)
    assert [line.split(" read ")[0] for line in heard(talk, cast.paul)] == [
        "Olga Lind", "Oscar Lund", "Trialogue Operations",
    ]  # fmt: skip
    assert len(heard(other, cast.paul)) == 1
    vias = Event.objects.filter(kind="operator.read").values_list("facts__person", "via").order_by("pk")
    assert list(vias)[:3] == [(cast.olga.by, "web"), (oscar.by, "web"), ("", "api")]


def test_a_repeat_writes_nothing_and_who_else_reads_is_not_even_asked(
    cast: Cast, talk: Conversation, django_assert_num_queries: Any
) -> None:
    Reading.note(talk, by=cast.olga)
    with django_assert_num_queries(1):
        Reading.note(talk, by=cast.olga)
    for actor in (cast.clara, cast.paul, cast.rita):
        with django_assert_num_queries(0):
            Reading.note(talk, by=actor)


def test_where_it_has_joined_no_reading_is_told(cast: Cast, talk: Conversation) -> None:
    there = join(talk, cast.olga)
    Reading.note(talk, by=cast.olga)
    assert len(heard(talk, cast.clara)) == 1
    there.leave(by=cast.olga)
    Reading.note(talk, by=cast.olga)
    assert heard(talk, cast.clara)[2].endswith("without joining.")


@pytest.mark.django_db(transaction=True)
def test_two_pages_opened_at_once_are_one_reading() -> None:
    cast = gather()
    talk = cast.conversation()
    together(*[lambda: Reading.note(talk.case, by=cast.olga)] * 2)
    assert len(heard(talk, cast.clara)) == Reading.objects.count() == 1
