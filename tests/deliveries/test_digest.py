"""The morning summary: at 08:00 where the reader is, once a day, and only with something to say."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from tests.cast import MONDAY, Cast, gather
from tests.mails import Mails
from tests.together import together
from trialogue.cases.models import Case
from trialogue.clocks.models import break_due
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import begin_digests, send_due
from trialogue.deliveries.wishes import Mute, Wishes
from trialogue.lib.quiethours import QuietHours
from trialogue.people.models import Actor, Person

# Tuesday, 08:00 in Copenhagen and Berlin.
MORNING = datetime(2026, 3, 10, 7, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def case(cast: Cast, mails: type[Mails]) -> Case:
    """Of Monday noon: Clara has asked, and Paul owes an answer."""
    case = cast.confirmed(at=MONDAY - timedelta(hours=2))
    send_due(MONDAY - timedelta(hours=1))
    case.conversation.post(by=cast.clara, body="Any news, zebra?", at=MONDAY)
    send_due(MONDAY + timedelta(minutes=10))
    mails.sent.clear()
    return case


def want(actor: Actor, at: datetime = MONDAY, **told: object) -> Wishes:
    assert actor.person
    return Wishes.choose(actor.person, **({"how": {}, "digest": True, "at": at} | told))  # type: ignore[arg-type]


def morning(at: datetime) -> None:
    begin_digests(at)
    send_due(at)


def summaries(mails: type[Mails], actor: Actor) -> list[str]:
    assert actor.person
    mine = [mail for mail in mails.sent if actor.person.email in mail.to[0]]
    return [str(mail.body) for mail in mine if mail.subject == "Your morning summary"]


def test_it_says_what_needs_the_reader_what_is_owed_to_them_and_what_they_have_not_read(
    cast: Cast, case: Case, mails: type[Mails]
) -> None:
    want(cast.paul)
    want(cast.clara)
    morning(MORNING)
    (paul,), (clara,) = summaries(mails, cast.paul), summaries(mails, cast.clara)
    assert "What needs you" in paul
    assert "an answer to Nordlys Energi A/S by Wed 11 Mar, 12:00" in paul
    assert "Unread" in paul
    assert "1 message" in paul
    assert "Owed to you" not in paul
    assert "an answer of Kanzlei Brandt & Partner by Wed 11 Mar, 12:00" in clara
    assert f"/cases/{case.reference}/" in clara


def test_it_comes_at_eight_where_the_reader_is(cast: Cast, case: Case, mails: type[Mails]) -> None:
    Person.objects.filter(pk=cast.clara.person.pk).update(zone="America/New_York")  # type: ignore[union-attr]
    cast.clara.person.refresh_from_db()  # type: ignore[union-attr]
    want(cast.paul)
    want(cast.clara)
    morning(MORNING - SECOND)
    assert mails.sent == []
    morning(MORNING)
    assert (len(summaries(mails, cast.paul)), len(summaries(mails, cast.clara))) == (1, 0)
    morning(datetime(2026, 3, 10, 12, tzinfo=UTC))
    assert len(summaries(mails, cast.clara)) == 1


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, 6, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)])
def test_it_is_eight_on_the_days_on_which_clocks_move_too(
    cast: Cast, case: Case, mails: type[Mails], day: datetime
) -> None:
    want(cast.paul, at=day - timedelta(hours=12))
    morning(day - SECOND)
    assert summaries(mails, cast.paul) == []
    morning(day)
    assert len(summaries(mails, cast.paul)) == 1


def test_with_nothing_to_say_no_mail_comes(cast: Cast, mails: type[Mails]) -> None:
    want(cast.paul)
    morning(MORNING)
    assert mails.sent == []
    assert Delivery.objects.get(kind="digest").state == "moot"


def test_it_comes_once_a_day_and_again_on_the_next(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.paul)
    for minutes in range(0, 24 * 60, 60):
        morning(MORNING + timedelta(minutes=minutes))
    assert len(summaries(mails, cast.paul)) == 1
    morning(MORNING + DAY)
    assert len(summaries(mails, cast.paul)) == 2


def test_of_two_workers_one_begins_it(cast: Cast, case: Case) -> None:
    want(cast.paul)
    first, second = (Wishes.objects.select_related("person").get() for _worker in range(2))
    assert [Delivery.begin_digest(wishes, MORNING) for wishes in (first, second)] == [True, False]
    assert Delivery.objects.filter(kind="digest").count() == 1


def test_a_worker_that_died_while_sending_leaves_it_to_another(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.paul)
    begin_digests(MORNING)
    assert Delivery.objects.get(kind="digest").claim(MORNING)  # and no more is heard of it
    send_due(MORNING + timedelta(seconds=10))
    assert mails.sent == []
    send_due(MORNING + timedelta(minutes=5))
    assert len(summaries(mails, cast.paul)) == 1


def test_a_worker_that_was_away_sends_one_when_it_is_back(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.paul)
    morning(MORNING + 3 * DAY + timedelta(hours=3))
    morning(MORNING + 3 * DAY + timedelta(hours=4))
    assert len(summaries(mails, cast.paul)) == 1


def test_choosing_again_on_the_same_day_brings_no_second(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.paul)
    morning(MORNING)
    want(cast.paul, at=MORNING - SECOND)
    morning(MORNING + SECOND)
    assert len(summaries(mails, cast.paul)) == 1


def test_whoever_wants_none_gets_none(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.paul)
    want(cast.paul, digest=False)
    morning(MORNING)
    assert mails.sent == []


def test_quiet_hours_hold_it_back_until_they_end_on_that_day(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.paul, quiet=QuietHours((time(20), time(9, 30)), None))
    morning(MORNING)
    assert mails.sent == []
    send_due(MORNING + timedelta(minutes=90))
    assert len(summaries(mails, cast.paul)) == 1


def test_on_a_day_that_is_quiet_to_its_end_there_is_none(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.paul, quiet=QuietHours(None, (time(0), time(0))))
    saturday = MORNING + 4 * DAY
    for day in range(4):
        morning(saturday - 3 * DAY + day * DAY)
    assert len(summaries(mails, cast.paul)) == 3
    mails.sent.clear()
    for hours in range(24, 24 * 3):
        morning(saturday + timedelta(hours=hours - 24))
    morning(saturday + 2 * DAY)
    assert len(summaries(mails, cast.paul)) == 1, "Monday's"


def test_what_is_told_daily_comes_with_it(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.clara, how={"move": "daily", "message": "daily"}, digest=False)
    case.pause(by=cast.paul, reason="Resting ibex", at=MONDAY + timedelta(hours=1))
    send_due(MONDAY + timedelta(hours=2))
    assert not any("clara@" in mail.to[0] for mail in mails.sent)
    morning(MORNING)
    (text,) = summaries(mails, cast.clara)
    assert "Paul Brandt paused the case." in text
    assert "1 message" in text
    mails.sent.clear()
    morning(MORNING + DAY)
    assert all("paused the case" not in text for text in summaries(mails, cast.clara)), "told once"


def test_a_muted_case_is_not_in_it_but_for_what_is_overdue(cast: Cast, case: Case, mails: type[Mails]) -> None:
    want(cast.paul)
    Mute.lay(case, by=cast.paul, at=MONDAY)
    morning(MORNING)
    assert mails.sent == []
    break_due(MORNING + 2 * DAY - SECOND)
    mails.sent.clear()
    morning(MORNING + 2 * DAY)
    (text,) = summaries(mails, cast.paul)
    assert "your answer to Nordlys Energi A/S was due" in text
    assert "Unread" not in text


def test_a_case_that_a_colleague_looks_after_is_left_to_them(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.assign_owner(cast.petra.person, by=cast.paul)
    want(cast.paul)
    want(cast.petra)
    morning(MORNING)
    assert (len(summaries(mails, cast.paul)), len(summaries(mails, cast.petra))) == (0, 1)


def test_nothing_of_others_is_in_it(cast: Cast, case: Case, mails: type[Mails]) -> None:
    for outsider in (cast.otto, cast.pia, cast.rita, cast.olga):
        want(outsider)
    morning(MORNING)
    assert mails.sent == []


def test_who_belongs_to_two_organisations_gets_one_with_both(cast: Cast, case: Case, mails: type[Mails]) -> None:
    assert cast.clara.person
    cast.paul.organisation.admit(cast.clara.person, by=cast.paul)
    want(cast.clara)
    morning(MORNING)
    (text,) = summaries(mails, cast.clara)
    assert "== Nordlys Energi A/S ==" in text
    assert "== Kanzlei Brandt & Partner ==" in text


def test_it_is_in_the_readers_language_and_html_as_well(cast: Cast, case: Case, mails: type[Mails]) -> None:
    Person.objects.filter(pk=cast.paul.person.pk).update(language="de")  # type: ignore[union-attr]
    want(cast.paul)
    morning(MORNING)
    (mail,) = mails.sent
    html, kind = mail.alternatives[0]  # type: ignore[attr-defined]
    assert kind == "text/html"
    assert '<html lang="de"' in html
    assert case.reference in html


@pytest.mark.parametrize("size", [3, 25])
def test_it_costs_as_much_for_many_cases_as_for_few(
    cast: Cast, mails: type[Mails], size: int, django_assert_num_queries
) -> None:  # type: ignore[no-untyped-def]
    from trialogue.deliveries import digest

    want(cast.paul, how={"move": "daily"})
    for n in range(size):
        case = cast.confirmed(f"N-{n}", at=MONDAY)
        case.conversation.post(by=cast.clara, body="?", at=MONDAY)
    person = Person.objects.select_related("wishes").get(pk=cast.paul.person.pk)  # type: ignore[union-attr]
    with django_assert_num_queries(9):
        (part,) = digest.gather(person, MONDAY - DAY, MORNING, ("case.released", "case.confirmed"))
    assert len(part.mine) == min(size, digest.MOST)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_begins_it_and_one_sends_it(mails: type[Mails]) -> None:
    cast = gather()
    case = cast.confirmed(at=MONDAY - timedelta(hours=2))
    case.conversation.post(by=cast.clara, body="Any news?", at=MONDAY)
    send_due(MONDAY + timedelta(hours=1))
    mails.sent.clear()
    for actor in (cast.paul, cast.petra):
        want(actor)
    ends = together(*[lambda: morning(MORNING)] * 4)
    assert ends == [None] * 4
    assert (len(summaries(mails, cast.paul)), len(summaries(mails, cast.petra))) == (1, 1)
    assert Delivery.objects.filter(kind="digest", state="sent").count() == 2


@pytest.mark.django_db(transaction=True)
def test_wishes_chosen_twice_at_once_are_one_row() -> None:
    cast = gather()
    ends = together(*[lambda: want(cast.paul)] * 4)
    assert not [end for end in ends if isinstance(end, Exception)]
    assert Wishes.objects.count() == 1
