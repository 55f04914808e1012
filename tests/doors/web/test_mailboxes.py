"""How the mailboxes are that letters are fetched from: what ails is on top, and the list of letters says how many are not well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.cast import Cast
from tests.doors.web.visitor import Visitor
from trialogue.doors.mail.models import GONE, LATE, Health, Mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def boxes(monday: Any) -> dict[str, Mailbox]:
    now = timezone.now()
    held = {"holder": "w", "held_until": now + timedelta(seconds=30)}
    told: dict[str, dict[str, Any]] = {
        "a fine one": {**held, "last_ok_at": now - timedelta(seconds=12), "last_uid": 7},
        "a late one": {**held, "last_ok_at": now - LATE - timedelta(minutes=3)},
        "a new one": held,
        "an ailing one": {
            **held,
            "last_ok_at": now - timedelta(hours=2),
            "trouble": "mx: <no> answer",
            "trouble_since": now,
        },
        "one without a worker": {"last_ok_at": now - timedelta(minutes=5), "left": [5, 6]},
        "one long gone": {"last_ok_at": now - GONE - timedelta(days=1)},
    }
    return {name: Mailbox.objects.create(name=name, **values) for name, values in told.items()}


def test_each_is_told_with_what_ails_it_and_that_stands_on_top(boxes: dict[str, Mailbox], olga: Visitor) -> None:
    page = olga.open("mailboxes")
    rows = [row.words for row in page.root.one("tbody").all("tr")]
    assert rows[-1].startswith("a fine one Read")
    assert "12 seconds ago · read to letter 7" in rows[-1]
    told = " ".join(rows[:-1])
    for words in (
        "a late one Late A worker holds it", "5 min ago", "a new one Late", "not yet",
        "an ailing one In trouble It is tried again by itself", "mx: <no> answer since Mon 9 Mar",
        "one without a worker Read by nobody No worker runs", "Letters 5, 6 could not be fetched, and are still there.",
    ):  # fmt: skip
        assert words in told


def test_the_list_of_letters_says_how_many_are_not_well(boxes: dict[str, Mailbox], olga: Visitor) -> None:
    assert "Mailboxes 4 not well" in olga.open("letters").main
    unwell = set(Mailbox.objects.unwell(timezone.now()))
    ailing = {box for box in boxes.values() if box.health(timezone.now()) != Health.FINE}
    assert unwell == ailing - {boxes["one long gone"]}
    Mailbox.objects.exclude(name="a fine one").delete()
    assert "not well" not in olga.open("letters").main


def test_where_none_is_read_it_is_said_how(cast: Cast, olga: Visitor) -> None:
    assert "TRIALOGUE_MAILBOXES" in olga.open("mailboxes").main
