"""Which process reads a mailbox, and how far it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from trialogue.doors.mail.models import LEASE_SECONDS, Mailbox

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=LEASE_SECONDS + 1)


@pytest.fixture
def names() -> list[str]:
    for _time in range(2):
        Mailbox.introduce(["help", "legal"])
    return ["help", "legal"]


def test_a_mailbox_is_held_by_one_until_it_lets_go_or_is_gone(names: list[str]) -> None:
    assert Mailbox.hold(["help"], "one", NOW) == {"help"}
    assert Mailbox.hold(names, "other", NOW) == {"legal"}
    assert Mailbox.hold(names, "one", NOW) == {"help"}
    Mailbox.hold(["help"], "one", LATER - timedelta(seconds=2))
    assert Mailbox.hold(names, "other", LATER) == {"legal"}  # one lives, and holds on
    Mailbox.let_go("one")
    assert Mailbox.hold(names, "other", LATER) == {"help", "legal"}
    assert Mailbox.hold(names, "one", LATER + timedelta(hours=1)) == {"help", "legal"}


def test_holding_on_to_hundreds_takes_two_queries(
    names: list[str], django_assert_num_queries: CaptureQueriesContext
) -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        Mailbox.hold(names, "one", NOW)


def test_who_has_lost_a_mailbox_notes_nothing_of_it_any_more(names: list[str]) -> None:
    Mailbox.hold(names, "one", NOW)
    mine = Mailbox.objects.get(name="help")
    Mailbox.hold(names, "other", LATER)
    mine.reached(5)
    assert Mailbox.objects.get(name="help").last_uid == 0


def test_what_was_there_before_is_known_by_its_number_and_then_by_its_date(names: list[str]) -> None:
    box = Mailbox.objects.get(name="help")
    box.begin(1, 10, oldest=False, now=NOW)
    assert (box.last_uid, box.may_be_old(5)) == (9, False)
    box.begin(1, 20, oldest=False, now=LATER)
    assert box.last_uid == 9
    box.begin(2, 20, oldest=False, now=LATER)
    assert (box.last_uid, box.renumbered_to, box.began_at) == (0, 19, NOW)
    assert [box.may_be_old(19), box.may_be_old(20)] == [True, False]
    dates = NOW - timedelta(days=1), NOW + timedelta(minutes=1), None
    assert [box.was_there_before(date) for date in dates] == [True, False, False]


def test_a_mailbox_read_from_its_oldest_letter_leaves_none_when_it_is_numbered_anew(names: list[str]) -> None:
    box = Mailbox.objects.get(name="help")
    box.begin(1, 10, oldest=True, now=NOW)
    box.begin(2, 20, oldest=True, now=LATER)
    assert (box.last_uid, box.may_be_old(3)) == (0, False)
