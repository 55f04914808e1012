"""A promise breaks once, at the moment it was due, whoever notices and whenever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection

from tests.cast import MONDAY, Cast, gather
from tests.together import together
from trialogue import reactions
from trialogue.cases.models import Case
from trialogue.clocks import models
from trialogue.clocks.models import Clock, break_due, warn_due
from trialogue.conversations.models import Conversation
from trialogue.events.models import Event, first_broken_link

DUE = MONDAY + timedelta(hours=48)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    """A question of Clara's, due DUE."""
    talk = cast.conversation()
    talk.post(by=cast.clara, body="?", at=MONDAY)
    return talk


def clock() -> Clock:
    return Clock.objects.get(promise="reply")


def told(kind: str) -> list[datetime]:
    return [e.at for e in Event.objects.filter(kind=kind, facts__promise="reply").order_by("id")]


def test_it_breaks_once_it_is_past_due_and_not_before(talk: Conversation) -> None:
    assert [break_due(now) for now in (MONDAY, DUE - MOMENT, DUE)] == [0, 0, 0]
    assert clock().state == "running"
    assert break_due(DUE + MOMENT) == 1
    assert clock().state == "broken"


def test_it_breaks_once(talk: Conversation) -> None:
    assert [break_due(DUE + timedelta(days=n)) for n in (1, 2, 3)] == [1, 0, 0]
    assert told("clock.broken") == [DUE]


def test_the_event_is_of_the_moment_it_was_due_and_by_the_house(talk: Conversation) -> None:
    break_due(DUE + timedelta(hours=9))
    event = Event.objects.get(kind="clock.broken")
    assert (event.at, event.by, event.via) == (DUE, "", "system")
    assert event.recorded_at > event.at
    assert event.facts["owner"] == clock().owner.public_id


def test_an_answer_in_the_very_moment_it_is_due_is_in_time(cast: Cast, talk: Conversation) -> None:
    assert break_due(DUE) == 0
    talk.post(by=cast.paul, body="!", at=DUE)
    assert clock().state == "kept"
    assert told("clock.broken") == []


def test_an_answer_a_moment_later_is_late_though_no_worker_has_noticed(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.paul, body="!", at=DUE + MOMENT)
    assert (clock().state, clock().settled_at) == ("late", DUE + MOMENT)
    assert told("clock.broken") == [DUE]
    assert told("clock.answered") == [DUE + MOMENT]
    assert break_due(DUE + timedelta(days=1)) == 0
    assert first_broken_link(talk) is None


def test_an_answer_after_the_worker_noticed_is_late(cast: Cast, talk: Conversation) -> None:
    break_due(DUE + timedelta(hours=1))
    talk.post(by=cast.paul, body="!", at=DUE + timedelta(hours=2))
    assert clock().state == "late"
    assert told("clock.broken") == [DUE]


def test_a_broken_clock_stays_open_until_it_is_answered(cast: Cast, talk: Conversation) -> None:
    break_due(DUE + MOMENT)
    talk.post(by=cast.clara, body="Hello?", at=DUE + timedelta(hours=1))
    assert Clock.objects.open().get() == clock()


def test_a_kept_clock_does_not_break(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.paul, body="!", expects_answer=False, at=MONDAY)
    assert break_due(DUE + timedelta(days=9)) == 0


def test_a_late_confirmation_is_late(cast: Cast) -> None:
    case = cast.released()
    case.confirm(by=cast.paul, at=MONDAY + timedelta(hours=24) + MOMENT)
    assert Clock.objects.get(promise="confirm").state == "late"
    assert first_broken_link(case) is None


def test_oldest_first_and_no_more_than_asked_for(cast: Cast) -> None:
    for n in range(5):
        cast.released(f"C-{n}", at=MONDAY + timedelta(minutes=5 - n))
    assert break_due(MONDAY + timedelta(days=2), limit=2) == 2
    assert [c.case.client_reference for c in Clock.objects.filter(state="broken").order_by("due_at")] == ["C-4", "C-3"]
    assert break_due(MONDAY + timedelta(days=2)) == 3


def test_one_that_fails_never_stops_the_next(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = cast.released("BAD", at=MONDAY), cast.released("GOOD", at=MONDAY + timedelta(minutes=1))

    def fail(happening: object) -> None:
        if happening.things["clock"].case == bad:  # type: ignore[attr-defined]
            raise RuntimeError

    monkeypatch.setitem(reactions.REACTIONS, "clock.broken", (fail,))  # type: ignore[arg-type]
    assert break_due(MONDAY + timedelta(days=2)) == 1
    assert Clock.objects.get(case=good).state == "broken"
    assert Clock.objects.get(case=bad).state == "running"
    monkeypatch.undo()
    assert break_due(MONDAY + timedelta(days=2)) == 1


def test_a_database_that_is_away_is_told_to_the_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.released()

    def away(*_: object) -> bool:
        raise OperationalError

    monkeypatch.setattr(models.Clock, "break_", away)
    with pytest.raises(OperationalError):
        break_due(MONDAY + timedelta(days=2))


# --- the warning ------------------------------------------------------------------------------------------------------


def test_a_warning_is_given_once_when_three_quarters_have_passed(talk: Conversation) -> None:
    most = MONDAY + timedelta(hours=36)
    assert clock().warn_at == most
    assert [warn_due(now) for now in (MONDAY, most - MOMENT, most, most, DUE - MOMENT)] == [0, 0, 1, 0, 0]
    assert told("clock.warned") == [most]
    assert clock().warned_at == most


def test_a_warning_counts_working_time(cast: Cast) -> None:
    friday = MONDAY + timedelta(days=4)
    cast.conversation().post(by=cast.clara, body="?", at=friday)
    assert clock().warn_at == friday + timedelta(days=2, hours=36)


def test_three_quarters_of_two_business_days(cast: Cast) -> None:
    cast.confirmed().ask_for_information(by=cast.paul, message="?", at=MONDAY)
    assert Clock.objects.get(promise="supply").warn_at == MONDAY + timedelta(hours=36)


def test_too_late_for_a_warning_is_no_warning(talk: Conversation) -> None:
    assert warn_due(DUE) == 0
    assert break_due(DUE + MOMENT) == 1
    assert warn_due(DUE + MOMENT) == 0


def test_whoever_answered_is_not_warned(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.paul, body="!", expects_answer=False, at=MONDAY)
    assert warn_due(DUE - MOMENT) == 0


# --- at once ----------------------------------------------------------------------------------------------------------


def racing(work: Callable[[datetime], int], now: datetime) -> list[int]:
    return together(*[lambda: work(now)] * (8 if connection.vendor == "postgresql" else 3))


@pytest.mark.django_db(transaction=True)
def test_many_workers_break_and_warn_each_clock_once() -> None:
    cast = gather()
    cases = [cast.released(f"C-{n}") for n in range(6)]
    assert sum(racing(warn_due, MONDAY + timedelta(hours=20))) == 6
    assert sum(racing(break_due, MONDAY + timedelta(hours=25))) == 6
    for case in cases:
        told = list(Event.objects.about(case).filter(kind__startswith="clock.").values_list("kind", flat=True))
        assert told == ["clock.started", "clock.warned", "clock.broken"]
        assert first_broken_link(case) is None


@pytest.mark.django_db(transaction=True)
def test_an_answer_racing_the_worker_is_kept_or_late_and_broken_at_most_once() -> None:
    cast = gather()
    talks = [cast.conversation(f"C-{n}") for n in range(5)]
    for talk in talks:
        talk.post(by=cast.clara, body="?", at=MONDAY)
    now = DUE + timedelta(seconds=1)

    def answer() -> None:
        for talk in talks:
            Conversation.objects.get(pk=talk.pk).post(by=cast.paul, body="!", expects_answer=False, at=now)

    ends = together(lambda: break_due(now), answer, lambda: break_due(now))
    assert ends[1] is None
    for talk in talks:
        assert Clock.objects.get(promise="reply", conversation=talk).state == "late"
        kinds = list(Event.objects.about(talk).filter(kind__startswith="clock.").values_list("kind", flat=True))
        assert kinds == ["clock.started", "clock.broken", "clock.answered"]
        assert first_broken_link(talk) is None


@pytest.mark.django_db(transaction=True)
def test_a_case_that_closes_while_the_worker_breaks_ends_with_nothing_owed() -> None:
    cast = gather()
    cases = [cast.confirmed(f"C-{n}") for n in range(5)]
    for case in cases:
        case.conversation.post(by=cast.clara, body="?", at=MONDAY)
    now = DUE + timedelta(seconds=1)

    def close() -> None:
        for case in cases:
            Case.objects.get(pk=case.pk).close(by=cast.paul, code="Paid", at=now)

    assert together(lambda: break_due(now), close)[1] is None
    assert not Clock.objects.open().exists()
    assert (
        Event.objects.filter(kind="clock.broken").count() == Event.objects.filter(kind="clock.cancelled").count() == 5
    )


# --- how it looks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "look"),
    [
        (MONDAY, "running"),
        (MONDAY + timedelta(hours=36) - MOMENT, "running"),
        (MONDAY + timedelta(hours=36), "at-risk"),
        (DUE - MOMENT, "at-risk"),
        (DUE + MOMENT, "broken"),
    ],
)
def test_the_look_does_not_wait_for_the_worker(talk: Conversation, now: datetime, look: str) -> None:
    assert clock().look(now) == look


def test_what_is_left_is_working_time(cast: Cast, talk: Conversation) -> None:
    assert clock().left(MONDAY) == timedelta(hours=48)
    assert clock().left(DUE + timedelta(hours=1)) == -timedelta(hours=1)
    saturday = MONDAY + timedelta(days=5)
    assert clock().left(saturday) == clock().left(saturday + timedelta(hours=20))
