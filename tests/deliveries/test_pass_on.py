"""A colleague who is named in a private note hears of it, and nobody of another organisation ever does, by any way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.deliveries.test_push import service as service  # the fixture
from tests.deliveries.test_push import turn_on
from tests.mails import Mails
from tests.pushes import Service
from trialogue.conversations.models import Conversation, Note
from trialogue.deliveries.models import Absence, Delivery
from trialogue.deliveries.notices import look_at, tell
from trialogue.deliveries.rounds import begin_digests, ring_due, send_due
from trialogue.deliveries.wishes import Mute, Wishes
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Actor, Membership, Person

SAID = "@Carl, do not tell them of the okapi"
OTHERS = ("paul", "petra", "rita", "olga", "otto", "pia")


@pytest.fixture
def talk(cast: Cast, mails: type[Mails]) -> Conversation:
    talk = cast.conversation(at=MONDAY - timedelta(days=1))
    Delivery.objects.all().delete()
    return talk


def minute(n: float) -> datetime:
    return MONDAY + timedelta(minutes=n)


def note(talk: Conversation, by: Actor, body: str = SAID) -> Note:
    return Note.write(talk, by=by, body=body, at=MONDAY)


def member(actor: Actor) -> Membership:
    found = Membership.objects.select_related("person", "organisation")
    return found.get(person=actor.person, organisation=actor.organisation)


def wish(actor: Actor, how: str, **more: Any) -> None:
    assert actor.person
    Wishes.choose(actor.person, how={"mention": how}, at=MONDAY, **more)


def test_it_stands_behind_the_bell_with_its_words(cast: Cast, talk: Conversation) -> None:
    note(talk, cast.clara)
    (delivery,) = Delivery.objects.notices_of(cast.carl, minute(1))
    (told,) = tell([delivery], cast.carl)
    assert (told.notice, told.sentences, told.words) == ("mention", ("Clara Holm named you in a private note.",), SAID)
    assert told.is_new


def test_the_mail_says_that_and_where_and_not_what(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    written = note(talk, cast.clara)
    assert send_due(minute(9)) == 0
    assert send_due(minute(10)) == 1
    (mail,) = mails.sent
    assert mail.to == ["Carl Dahl <carl@nordlys.example>"]
    assert mail.subject == f"Clara Holm named you in a private note on case {talk.case.reference}"
    assert f"/cases/{talk.case.reference}/notes/{written.public_id}/place/" in str(mail.body)
    assert "okapi" not in mail.message().as_string()
    assert Delivery.objects.get().state == "sent"


@pytest.mark.parametrize(
    ("author", "body", "hears"),
    [
        ("clara", "@Carl and @Paul and @Olga", ["carl"]), ("carl", "@Clara Holm", ["clara"]), ("paul", "@Petra and @Clara", ["petra"]),
        ("olga", "@Clara, @Paul, @Olga", []), ("clara", "@Clara", []), ("clara", "carl@nordlys.example", []),
    ],
)  # fmt: skip
def test_only_a_colleague_is_told_and_never_the_author(
    cast: Cast, talk: Conversation, author: str, body: str, hears: list[str]
) -> None:
    note(talk, getattr(cast, author), body)
    assert [told.person for told in Delivery.objects.all()] == [getattr(cast, who).person for who in hears]


def test_the_operator_s_own_colleagues_are_told_as_well(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    oda = Person.objects.create_user("oda@trialogue.example", None, name="Oda Berg")
    cast.olga.organisation.admit(oda)
    note(talk, cast.olga, "@Oda, an okapi")
    send_due(minute(10))
    assert [mail.to for mail in mails.sent] == [["Oda Berg <oda@trialogue.example>"]]


def test_nobody_else_learns_of_it_in_any_way(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    talk.refresh_from_db()
    talk.case.refresh_from_db()
    length = talk.log_length, talk.case.log_length
    note(talk, cast.clara)
    send_due(minute(10))
    talk.refresh_from_db()
    talk.case.refresh_from_db()
    assert (talk.log_length, talk.case.log_length) == length, "no gap in a chain that others see"
    events = list(Event.objects.filter(kind__startswith="note."))
    assert {event.kind for event in events} == {"note.written", "note.mentioned"}
    for who in OTHERS:
        actor: Actor = getattr(cast, who)
        assert not Event.objects.visible_to(actor).filter(kind__startswith="note.").exists(), who
        assert not any(event.is_visible_to(actor) for event in events), who
        assert not Delivery.objects.visible_to(actor).exists(), who
        assert not Delivery.objects.notices_of(actor, minute(10)).exists(), who
    assert not Event.objects.filter(kind="delivery.settled", at__gte=MONDAY).exists()
    assert first_broken_link(Note.objects.get()) is None


def test_it_comes_as_they_wish(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    wish(cast.carl, "at_once")
    note(talk, cast.clara)
    assert send_due(MONDAY) == 1
    assert len(mails.sent) == 1


def test_off_is_neither_mail_nor_bell(cast: Cast, talk: Conversation) -> None:
    wish(cast.carl, "off")
    note(talk, cast.clara)
    assert not Delivery.objects.exists()


def test_daily_it_stands_in_the_morning_summary_once(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    wish(cast.carl, "daily")
    written = note(talk, cast.clara)
    send_due(minute(10))
    assert mails.sent == []
    mornings = [datetime(2026, 3, day, 7, tzinfo=UTC) for day in (10, 11)]
    for morning in mornings:
        begin_digests(morning)
        send_due(morning)
    told = [str(mail.body) for mail in mails.sent if "Clara Holm named you" in str(mail.body)]
    assert len(told) == 1
    assert written.public_id in told[0]
    assert "okapi" not in told[0]


def test_seen_meanwhile_no_mail_is_sent(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    note(talk, cast.clara)
    assert look_at(cast.carl, talk.case) == 1
    send_due(minute(10))
    assert (mails.sent, Delivery.objects.get().state) == ([], "read")


def test_a_note_that_is_taken_away_is_told_no_more(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    note(talk, cast.clara).remove(by=cast.clara)
    send_due(minute(10))
    assert (mails.sent, Delivery.objects.count()) == ([], 0)


def test_a_muted_case_stays_silent(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    Mute.lay(talk.case, by=cast.carl, at=MONDAY)
    note(talk, cast.clara)
    send_due(minute(10))
    assert (mails.sent, Delivery.objects.get().state) == ([], "muted")


def test_who_left_meanwhile_is_not_told(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    note(talk, cast.clara)
    member(cast.carl).end(by=cast.clara)
    send_due(minute(10))
    assert (mails.sent, Delivery.objects.get().state) == ([], "moot")


def test_who_stands_in_for_the_named_hears_of_it_and_knows_for_whom(
    cast: Cast, talk: Conversation, mails: type[Mails]
) -> None:
    day = date(2026, 3, 9)
    talk.case.assign_owner(cast.paul.person, by=cast.paul)  # whose case it is makes no difference
    Absence.plan(member(cast.petra), by=cast.petra, first=day, last=day, colleague=member(cast.paul), at=MONDAY)
    oscar = Person.objects.create_user("oscar@brandt.example", None, name="Oscar Kern")
    note(talk, Actor.of(cast.paul.organisation.admit(oscar)), "@Petra, an okapi")
    send_due(minute(10))
    told = {mail.to[0]: str(mail.body) for mail in mails.sent}
    assert "For Petra Vogt, who is away" in told["Paul Brandt <paul@kanzlei.example>"]
    assert len(told) == 2


def test_it_rings_without_its_words(cast: Cast, talk: Conversation, service: Service) -> None:
    mine = service.browser()
    turn_on(cast.carl, mine)
    written = note(talk, cast.clara)
    send_due(minute(10))
    ring_due(minute(10))
    told = mine.read(service.rung[0])
    assert told["title"] == f"Clara Holm named you in a private note on case {talk.case.reference}"
    assert told["url"] == f"/cases/{talk.case.reference}/notes/{written.public_id}/place/"
    assert "okapi" not in str(told)


def test_it_stays_in_its_environment(cast: Cast, talk: Conversation) -> None:
    note(talk, cast.clara)
    assert not Delivery.objects.notices_of(replace(cast.carl, environment="test"), minute(1)).exists()
