"""How people want to be told: each notice at once, bundled, in the morning or not; and when to be left alone."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.mails import Mails
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.clocks.models import break_due, warn_due
from trialogue.conversations.models import Conversation, Document
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import send_due
from trialogue.deliveries.wishes import How, Notice, Wishes
from trialogue.lib.quiethours import QuietHours
from trialogue.people.models import Actor

NIGHT = (time(20), time(7))
SECOND = timedelta(seconds=1)


def minute(n: float) -> datetime:
    return MONDAY + timedelta(minutes=n)


@pytest.fixture
def talk(cast: Cast, mails: type[Mails]) -> Conversation:
    """Of a confirmed case, all of whose first mails are gone."""
    case = cast.confirmed(at=minute(-60))
    send_due(minute(-40))
    mails.sent.clear()
    return case.conversation


@pytest.fixture
def case(talk: Conversation) -> Case:
    return talk.case


def want(actor: Actor, quiet: QuietHours | None = None, let_through: bool = True, **how: str) -> Wishes:
    assert actor.person
    return Wishes.choose(actor.person, how=how, quiet=quiet, let_through=let_through, at=MONDAY)


def told(mails: type[Mails], actor: Actor) -> list[str]:
    assert actor.person
    return [mail.subject for mail in mails.sent if actor.person.email in mail.to[0]]


def state(actor: Actor) -> str:
    return Delivery.objects.filter(person=actor.person).latest("pk").state


# --- at once, bundled, daily, off -------------------------------------------------------------------------------------


def test_where_nothing_is_chosen_everything_is_as_it_was(cast: Cast) -> None:
    assert cast.clara.person
    wishes = Wishes.of(cast.clara.person)
    at_once = {Notice.MEETING, Notice.WARNED, Notice.OVERDUE, Notice.AWAITED}
    assert {notice for notice in Notice if wishes.how(notice) == How.AT_ONCE} == at_once
    assert {notice for notice in Notice if wishes.how(notice) == How.BUNDLED} == set(Notice) - at_once


def test_at_once_is_at_once_and_the_others_still_wait(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    want(cast.paul, message=How.AT_ONCE)
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    assert send_due(minute(0) + SECOND) == 1
    assert len(told(mails, cast.paul)) == 1
    assert told(mails, cast.petra) == []


def test_what_is_told_at_once_takes_along_what_gathers(
    cast: Cast, case: Case, talk: Conversation, mails: type[Mails]
) -> None:
    want(cast.clara, message=How.AT_ONCE)
    case.pause(by=cast.paul, reason="Resting ibex", at=minute(0))
    send_due(minute(0) + SECOND)
    assert len(told(mails, cast.clara)) == 1
    assert "paused the case" in str(mails.sent[0].body)


def test_off_makes_no_delivery(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    want(cast.paul, message=How.OFF)
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    assert not Delivery.objects.filter(person=cast.paul.person, through=1).exists()
    send_due(minute(10))
    assert told(mails, cast.paul) == []
    assert len(told(mails, cast.petra)) == 1


def test_daily_is_set_aside_after_its_quiet_time(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    want(cast.paul, message=How.DAILY)
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    send_due(minute(10))
    assert told(mails, cast.paul) == []
    assert state(cast.paul) == "digest"


def test_a_mail_leaves_out_what_is_not_to_be_in_it(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.paul, document=How.DAILY)
    Document.add(case, [document()], by=cast.clara, at=minute(0))
    case.conversation.post(by=cast.clara, body="Zebra", at=minute(1))
    send_due(minute(12))
    (mail,) = [mail for mail in mails.sent if "paul@" in mail.to[0]]
    assert "Zebra" in mail.body
    assert "added “" not in mail.body
    (other,) = [mail for mail in mails.sent if "petra@" in mail.to[0]]
    assert "added “" in other.body


@pytest.mark.parametrize("notice", ["move", "information", "document"])
def test_each_kind_of_news_is_chosen_by_itself(cast: Cast, case: Case, mails: type[Mails], notice: str) -> None:
    want(cast.clara, **{notice: How.AT_ONCE, "message": How.OFF})
    happen = {
        "move": lambda: case.pause(by=cast.paul, reason="Resting ibex", at=minute(0)),
        "information": lambda: case.ask_for_information(by=cast.paul, message="Which quagga?", at=minute(0)),
        "document": lambda: Document.add(case, [document()], by=cast.paul, at=minute(0)),
    }
    for name, happens in happen.items():
        if name != notice:
            continue
        happens()
    send_due(minute(0) + SECOND)
    assert len(told(mails, cast.clara)) == 1
    assert told(mails, cast.carl) == []


def test_a_mention_reaches_who_wants_no_messages(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    want(cast.petra, message=How.OFF, mention=How.AT_ONCE)
    talk.post(by=cast.clara, body="What does @Petra think?", at=minute(0))
    talk.post(by=cast.clara, body="Zebra", at=minute(1))
    send_due(minute(1) + SECOND)
    (mail,) = mails.sent
    assert "petra@" in mail.to[0]
    assert "@Petra" in mail.body
    assert "Zebra" not in mail.body


def test_a_colleague_who_is_named_hears_of_words_of_their_own_side(
    cast: Cast, talk: Conversation, mails: type[Mails]
) -> None:
    talk.post(by=cast.clara, body="@Carl has the contract.", at=minute(0))
    send_due(minute(10))
    assert len(told(mails, cast.carl)) == 1
    assert told(mails, cast.clara) == []


@pytest.mark.parametrize(
    ("how", "mails_at", "final"), [("daily", [], "digest"), ("off", [], ""), ("bundled", [10], "sent")]
)
def test_clocks_are_told_as_wished(
    cast: Cast, talk: Conversation, mails: type[Mails], how: str, mails_at: list[int], final: str
) -> None:
    want(cast.paul, warned=how)
    talk.post(by=cast.clara, body="?", at=minute(0))
    send_due(minute(10))
    mails.sent.clear()
    at = minute(36 * 60)
    warn_due(at)
    send_due(at)
    assert told(mails, cast.paul) == []
    assert len(told(mails, cast.petra)) == 1
    send_due(at + timedelta(minutes=10))
    assert len(told(mails, cast.paul)) == len(mails_at)
    assert list(Delivery.objects.filter(person=cast.paul.person, kind="clock").values_list("state", flat=True)) == (
        [final] if final else []
    )


def test_what_is_overdue_and_ours_cannot_be_off(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        want(cast.paul, overdue=How.OFF)
    assert list(refused.value.message_dict) == ["overdue"]
    assert not Wishes.objects.exists()
    want(cast.paul, awaited=How.OFF)


@pytest.mark.parametrize(("notice", "how"), [("message", "loudly"), ("earthquake", "off"), ("message", "")])
def test_what_is_no_choice_is_told_at_its_field(cast: Cast, notice: str, how: str) -> None:
    with pytest.raises(ValidationError) as refused:
        want(cast.paul, **{notice: how})
    assert list(refused.value.message_dict) == [notice]


def test_choosing_again_replaces_all_of_it(cast: Cast) -> None:
    want(cast.paul, message=How.OFF, quiet=QuietHours(NIGHT, NIGHT))
    wishes = want(cast.paul, move=How.OFF)
    assert (wishes.message, wishes.move, wishes.quiet) == ("bundled", "off", QuietHours())
    assert Wishes.objects.count() == 1


def test_wishes_are_ones_own(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    want(cast.otto, message=How.OFF)
    want(cast.clara, message=How.OFF)
    talk.post(by=cast.clara, body="Zebra", at=minute(0))
    send_due(minute(10))
    assert len(mails.sent) == 2


# --- quiet hours ------------------------------------------------------------------------------------------------------


def test_in_quiet_hours_a_mail_waits_and_gathers_until_they_end(
    cast: Cast, talk: Conversation, mails: type[Mails]
) -> None:
    """Noon in Copenhagen is 11 in UTC; the night begins at 20:00 there."""
    want(cast.paul, quiet=QuietHours(NIGHT, NIGHT))
    evening, morning = MONDAY + timedelta(hours=8), MONDAY + timedelta(hours=19)
    talk.post(by=cast.clara, body="Zebra", at=evening)
    assert send_due(evening + timedelta(minutes=10)) == 2
    talk.post(by=cast.clara, body="Okapi", at=evening + timedelta(hours=3))
    send_due(evening + timedelta(hours=4))
    assert told(mails, cast.paul) == []
    send_due(morning - SECOND)
    assert told(mails, cast.paul) == []
    send_due(morning)
    (mail,) = [mail for mail in mails.sent if "paul@" in mail.to[0]]
    assert "Zebra" in mail.body
    assert "Okapi" in mail.body
    assert Delivery.objects.filter(person=cast.paul.person, through__gt=0).count() == 1


def test_at_once_waits_for_the_end_of_quiet_hours_as_well(cast: Cast, talk: Conversation, mails: type[Mails]) -> None:
    want(cast.paul, message=How.AT_ONCE, quiet=QuietHours(NIGHT, NIGHT))
    evening = MONDAY + timedelta(hours=8)
    talk.post(by=cast.clara, body="Zebra", at=evening)
    send_due(evening + SECOND)
    assert told(mails, cast.paul) == []


@pytest.mark.parametrize("let_through", [True, False])
def test_what_is_overdue_and_ours_breaks_the_quiet_unless_told_not_to(
    cast: Cast, talk: Conversation, mails: type[Mails], let_through: bool
) -> None:
    for actor in (cast.paul, cast.clara):
        want(actor, quiet=QuietHours(NIGHT, NIGHT), let_through=let_through)
    evening = MONDAY + timedelta(hours=8)
    talk.post(by=cast.clara, body="?", at=evening)
    due = talk.clocks.get().due_at
    break_due(due + SECOND)
    send_due(due + SECOND)
    assert any("overdue" in subject for subject in told(mails, cast.paul)) == let_through
    assert told(mails, cast.clara) == [], "she owes nothing"


@pytest.mark.parametrize(("day", "hours"), [(datetime(2026, 3, 28), 10), (datetime(2026, 10, 24), 12)])  # noqa: DTZ001
def test_the_nights_on_which_clocks_move_end_at_the_same_hour(
    cast: Cast, talk: Conversation, mails: type[Mails], day: datetime, hours: int
) -> None:
    from zoneinfo import ZoneInfo

    want(cast.paul, quiet=QuietHours(NIGHT, NIGHT))
    evening = day.replace(hour=20, tzinfo=ZoneInfo("Europe/Berlin"))
    talk.post(by=cast.clara, body="Zebra", at=evening)
    send_due(evening + timedelta(minutes=10))
    morning = Delivery.objects.get(person=cast.paul.person, state="waiting").due_at
    assert morning.astimezone(ZoneInfo("Europe/Berlin")).hour == 7
    assert (morning - evening.astimezone(ZoneInfo("UTC"))) == timedelta(hours=hours)


def test_letters_know_no_quiet(cast: Cast, mails: type[Mails], db: None) -> None:
    want(cast.paul, quiet=QuietHours((time(0), time(0)), NIGHT))
    Delivery.write_letter(to="paul@kanzlei.example", subject="Your link", text="x", person=cast.paul.person)
    now = Delivery.objects.latest("pk").due_at
    assert send_due(now) == 1
    assert len(mails.sent) == 1


def test_hours_that_never_end_are_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        want(cast.paul, quiet=QuietHours((time(0), time(0)), (time(9), time(9))))


# --- the owner of a case ----------------------------------------------------------------------------------------------


def test_notices_of_a_case_go_to_its_owner_alone(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.assign_owner(cast.petra.person, by=cast.paul)
    case.conversation.post(by=cast.clara, body="?", at=minute(0))
    send_due(minute(10))
    assert [len(told(mails, actor)) for actor in (cast.paul, cast.petra)] == [0, 1]
    break_due(minute(60 * 49))
    send_due(minute(60 * 49))
    assert [len(told(mails, actor)) for actor in (cast.paul, cast.petra)] == [0, 2]
    assert len(told(mails, cast.carl)) == 1, "the other side has no owner"


def test_when_the_owner_leaves_everyone_hears_of_it_again(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.assign_owner(cast.petra.person, by=cast.paul)
    cast.paul.organisation.memberships.get(person=cast.petra.person).end(by=cast.paul)
    Conversation.objects.get(case=case).post(by=cast.clara, body="?", at=minute(0))
    send_due(minute(10))
    assert len(told(mails, cast.paul)) == 1


def test_an_owner_who_may_not_sign_in_any_more_is_none(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.assign_owner(cast.petra.person, by=cast.paul)
    type(cast.petra.person).objects.filter(pk=cast.petra.person.pk).update(is_active=False)  # type: ignore[union-attr]
    Conversation.objects.get(case=case).post(by=cast.clara, body="?", at=minute(0))
    send_due(minute(10))
    assert len(told(mails, cast.paul)) == 1


def test_whoever_is_named_hears_of_it_though_another_looks_after_the_case(
    cast: Cast, case: Case, mails: type[Mails]
) -> None:
    case.assign_owner(cast.petra.person, by=cast.paul)
    Conversation.objects.get(case=case).post(by=cast.clara, body="@Paul, please", at=minute(0))
    send_due(minute(10))
    assert [len(told(mails, actor)) for actor in (cast.paul, cast.petra)] == [1, 1]
