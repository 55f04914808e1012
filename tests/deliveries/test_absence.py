"""Someone is away: a colleague hears of what they would have heard of, and everyone in their cases sees it at their name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.mails import Mails
from trialogue.cases.models import Case
from trialogue.clocks.models import break_due
from trialogue.conversations.models import Conversation
from trialogue.deliveries.models import Absence
from trialogue.deliveries.rounds import send_due
from trialogue.deliveries.wishes import Wishes
from trialogue.events.models import Event
from trialogue.people.models import Actor, Membership, Refused

TODAY, FRIDAY = date(2026, 3, 9), date(2026, 3, 13)


def member(actor: Actor) -> Membership:
    return Membership.objects.select_related("person", "organisation").get(
        person=actor.person, organisation=actor.organisation
    )


def away(actor: Actor, colleague: Actor | None = None, first: date = TODAY, last: date = FRIDAY) -> Absence:
    stands_in = member(colleague) if colleague else None
    return Absence.plan(member(actor), by=actor, first=first, last=last, colleague=stands_in, at=MONDAY)


def minute(n: float) -> datetime:
    return MONDAY + timedelta(minutes=n)


@pytest.fixture
def case(cast: Cast, mails: type[Mails]) -> Case:
    """Clara's own."""
    case = cast.confirmed(at=minute(-60))
    send_due(minute(-40))
    mails.sent.clear()
    case.assign_owner(cast.clara.person, by=cast.clara)
    return case


def say(cast: Cast, case: Case, at: datetime, body: str = "Zebra?") -> None:
    Conversation.objects.get(case=case).post(by=cast.paul, body=body, at=at)
    send_due(at + timedelta(minutes=10))


def mail_to(mails: type[Mails], actor: Actor) -> list[str]:
    assert actor.person
    return [str(mail.body) for mail in mails.sent if actor.person.email in mail.to[0]]


def test_it_lasts_from_the_first_morning_to_the_last_midnight_where_the_person_is(cast: Cast) -> None:
    absence = away(cast.clara)
    assert (absence.begins_at, absence.ends_at) == (
        datetime(2026, 3, 8, 23, tzinfo=UTC),
        datetime(2026, 3, 13, 23, tzinfo=UTC),
    )
    assert (absence.first_day, absence.last_day) == (TODAY, FRIDAY)


def test_while_the_owner_is_away_a_colleague_hears_of_it_as_well_and_knows_for_whom(
    cast: Cast, case: Case, mails: type[Mails]
) -> None:
    away(cast.clara, cast.carl)
    say(cast, case, minute(0))
    assert len(mail_to(mails, cast.clara)) == 1
    (text,) = mail_to(mails, cast.carl)
    assert "For Clara Holm, who is away until Friday, 13 March 2026." in text
    assert "Zebra?" in text
    assert "who is away" not in mail_to(mails, cast.clara)[0]


def test_it_ends_by_itself(cast: Cast, case: Case, mails: type[Mails]) -> None:
    away(cast.clara, cast.carl)
    say(cast, case, datetime(2026, 3, 13, 23, tzinfo=UTC))
    assert mail_to(mails, cast.carl) == []


def test_before_it_begins_nothing_is_handed_over(cast: Cast, case: Case, mails: type[Mails]) -> None:
    away(cast.clara, cast.carl, first=date(2026, 3, 10))
    say(cast, case, minute(0))
    assert mail_to(mails, cast.carl) == []


def test_who_hears_of_it_anyway_gets_one_mail_that_says_for_whom_too(
    cast: Cast, case: Case, mails: type[Mails]
) -> None:
    case.assign_owner(None, by=cast.clara)
    away(cast.clara, cast.carl)
    say(cast, case, minute(0))
    (text,) = mail_to(mails, cast.carl)
    assert "For Clara Holm, who is away" in text


def test_of_a_case_of_another_owner_nothing_is_said_to_be_for_who_is_away(
    cast: Cast, case: Case, mails: type[Mails]
) -> None:
    case.assign_owner(cast.carl.person, by=cast.clara)
    away(cast.clara, cast.carl)
    say(cast, case, minute(0))
    assert "who is away" not in mail_to(mails, cast.carl)[0]


def test_clocks_and_mentions_are_handed_over_too(cast: Cast, case: Case, mails: type[Mails]) -> None:
    away(cast.clara, cast.carl, last=date(2026, 3, 31))
    say(cast, case, minute(0), "@Clara, please")
    mails.sent.clear()
    break_due(MONDAY + timedelta(days=7))
    send_due(MONDAY + timedelta(days=7))
    (text,) = mail_to(mails, cast.carl)
    assert "was due" in text
    assert "For Clara Holm" in text


def test_who_stands_in_hears_of_it_though_they_want_none_of_their_own(
    cast: Cast, case: Case, mails: type[Mails]
) -> None:
    assert cast.carl.person
    Wishes.choose(cast.carl.person, how={"message": "off"})
    away(cast.clara, cast.carl)
    say(cast, case, minute(0))
    assert len(mail_to(mails, cast.carl)) == 1


def test_a_colleague_who_leaves_stands_in_no_more_and_the_absence_stays(
    cast: Cast, case: Case, mails: type[Mails]
) -> None:
    away(cast.clara, cast.carl)
    member(cast.carl).end(by=cast.clara)
    say(cast, case, minute(0))
    assert mail_to(mails, cast.carl) == []
    assert Absence.objects.get().colleague is None


def test_who_leaves_the_organisation_is_not_away_from_it(cast: Cast) -> None:
    away(cast.carl)
    member(cast.carl).end(by=cast.clara)
    assert not Absence.objects.exists()


def test_another_plan_replaces_the_first_and_each_is_recorded(cast: Cast) -> None:
    away(cast.clara)
    away(cast.clara, cast.carl, last=TODAY)
    assert Absence.objects.get().last_day == TODAY
    away(cast.clara).end(by=cast.clara)
    assert not Absence.objects.exists()
    kinds = Event.objects.filter(kind__in=("member.away", "member.back")).order_by("pk")
    assert [(event.kind, event.facts["person"]) for event in kinds] == [
        (kind, cast.clara.by) for kind in ("member.away", "member.away", "member.away", "member.back")
    ]


def test_nobody_of_another_organisation_reads_of_it_in_the_log(cast: Cast) -> None:
    away(cast.clara)
    for other in (cast.paul, cast.otto, cast.rita):
        assert not Event.objects.visible_to(other).filter(kind="member.away").exists()


def test_an_admin_says_it_for_a_member_and_nobody_else_does(cast: Cast) -> None:
    absence = Absence.plan(member(cast.carl), by=cast.clara, first=TODAY, last=FRIDAY, at=MONDAY)
    for other in (cast.paul, cast.otto):
        with pytest.raises(Refused):
            absence.end(by=other)
    with pytest.raises(Refused):
        Absence.plan(member(cast.clara), by=cast.carl, first=TODAY, last=FRIDAY, at=MONDAY)
    absence.end(by=cast.carl)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (FRIDAY, TODAY, "last"),
        (date(2026, 3, 1), date(2026, 3, 2), "last"),
        (TODAY, date(2027, 12, 31), "last"),
    ],
)
def test_days_that_cannot_be_are_told_at_their_field(cast: Cast, first: date, last: date, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        away(cast.clara, first=first, last=last)
    assert list(refused.value.message_dict) == [field]


def test_only_a_colleague_who_is_there_stands_in(cast: Cast) -> None:
    away(cast.carl)
    for nobody in (cast.carl, cast.clara, cast.paul):
        with pytest.raises(ValidationError) as refused:
            away(cast.clara, nobody)
        assert list(refused.value.message_dict) == ["colleague"]
