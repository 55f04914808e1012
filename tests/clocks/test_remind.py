"""The operator reminds whoever is late: once a day, seen by both sides, told at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import MONDAY, Cast
from trialogue.clocks import keeping
from trialogue.clocks.models import Clock, break_due
from trialogue.deliveries.carriers import mail
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event
from trialogue.people.models import Refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = MONDAY + 7 * DAY


@pytest.fixture
def clock(cast: Cast) -> Clock:
    """Paul owes Clara an answer."""
    talk = cast.conversation()
    talk.post(by=cast.clara, body="Any news?", at=MONDAY)
    return talk.case.clocks.open().get(promise="reply")


def test_the_owner_is_told_at_once_and_both_sides_see_it(cast: Cast, clock: Clock) -> None:
    break_due(LATER)
    Delivery.objects.all().delete()
    clock.remind(by=cast.olga, at=LATER)
    told = list(Delivery.objects.shown("clock"))
    assert {one.organisation for one in told} == {cast.paul.organisation}
    content = mail.worth_telling(told[0], LATER)
    assert isinstance(content, mail.Content)
    assert content.subject == f"A reminder: your answer is overdue in case {clock.case}"
    seen = Event.objects.filter(kind="clock.reminded")
    assert [seen.visible_to(actor).count() for actor in (cast.clara, cast.paul, cast.rita, cast.pia)] == [1, 1, 0, 0]


def test_what_no_worker_has_noticed_is_broken_first(cast: Cast, clock: Clock) -> None:
    clock.remind(by=cast.olga, at=LATER)
    assert Clock.objects.get(pk=clock.pk).state == "broken"
    kinds = (
        Event.objects.filter(kind__in=("clock.broken", "clock.reminded"))
        .order_by("number")
        .values_list("kind", flat=True)
    )
    assert list(kinds) == ["clock.broken", "clock.reminded"]


def test_once_a_day(cast: Cast, clock: Clock) -> None:
    clock.remind(by=cast.olga, at=LATER)
    with pytest.raises(Refused, match="within the last day"):
        Clock.objects.get(pk=clock.pk).remind(by=cast.olga, at=LATER + DAY / 2)
    Clock.objects.get(pk=clock.pk).remind(by=cast.olga, at=LATER + DAY)


def test_only_of_what_is_overdue(cast: Cast, clock: Clock) -> None:
    with pytest.raises(Refused, match="Nothing is overdue"):
        clock.remind(by=cast.olga, at=clock.due_at)
    clock.case.conversation.post(by=cast.paul, body="Here.", at=LATER)
    with pytest.raises(Refused, match="Nothing is overdue"):
        clock.remind(by=cast.olga, at=LATER)


def test_only_the_operator_and_not_itself(cast: Cast, clock: Clock) -> None:
    for actor in (cast.clara, cast.paul):
        with pytest.raises(Refused):
            clock.remind(by=actor, at=LATER)
    assert Clock.objects.get(pk=clock.pk).reminded_at is None


def test_who_breaks_promises_often_is_counted_from_the_clocks(cast: Cast, clock: Clock) -> None:
    break_due(LATER)
    other = cast.conversation("INV-2")
    other.post(by=cast.clara, body="And here?", at=MONDAY)
    other.post(by=cast.paul, body="Late.", at=LATER)
    ((who, tally, still),) = keeping.breakers(Clock.objects.all(), MONDAY, LATER, 5)
    assert (who, tally.broken, still) == (cast.paul.organisation, 2, 1)
    settled = Clock.objects.filter(settled_at__isnull=False)
    assert tally.kept == settled.filter(state="kept", owner=cast.paul.organisation).count() > 0
    assert keeping.breakers(Clock.objects.filter(owner=cast.clara.organisation), MONDAY, LATER, 5) == []
