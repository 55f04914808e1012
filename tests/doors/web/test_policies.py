"""Promises on a page: all see them, the operator's admins change them, and see before what a change would mean."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.clocks.models import Clock, Policy

TYPED = {"within": "36", "unit": "business_hours", "warn_after": "60", "replaces": "1"}


def preview(visitor: Visitor, **typed: Any) -> Page:
    return visitor.send("policy", "reply", do="preview", **TYPED | typed)


def seen(page: Page) -> str:
    return page.root.one("input", name="seen").get("value")


def error(page: Page, name: str) -> str:
    return page.root.one("p", id=f"id_{name}_error").words


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "olga", "otto"])
def test_everyone_sees_what_is_promised(cast: Cast, monday: Any, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    assert (
        "Answer in the conversation Collection Partner Client 48 business hours 75 %" in visitor.open("policies").main
    )
    page = visitor.open("policy", "reply")
    for reading in ("48 business hours in force", "48 office hours", "2 business days", "as shipped"):
        assert reading in page.main
    assert bool(page.root.all("form", id="promise-form")) == (who == "olga")


def test_only_the_operator_changes_one(cast: Cast, clara: Visitor) -> None:
    page = preview(clara)
    assert page.status == 403
    assert "Nothing was changed" in page.main
    assert Policy.objects.filter(promise="reply").count() == 1


def test_a_preview_counts_the_clocks_that_run(cast: Cast, olga: Visitor) -> None:
    cast.conversation().post(by=cast.clara, body="?")
    page = preview(olga)
    assert "Preview: 36 business hours" in page.main
    assert "1 of 1 running clock would be due at another time" in page.main
    assert "12 h earlier" in page.main
    assert Policy.objects.filter(promise="reply").count() == 1


def test_what_was_previewed_is_saved_and_moves_nothing(cast: Cast, olga: Visitor) -> None:
    cast.conversation().post(by=cast.clara, body="?")
    before = list(Clock.objects.order_by("pk").values())
    assert olga.send("policy", "reply", do="save", **TYPED, seen=seen(preview(olga))).status == 302
    assert list(Clock.objects.order_by("pk").values()) == before
    page = olga.open("policy", "reply")
    assert "Owed by the Collection Partner to the Client within 36 business hours." in page.main
    assert "Olga Lind · Trialogue Operations, Mon 9 Mar, 14:00" in page.main
    assert "48 business hours becomes → 36 business hours" in page.main


def test_nothing_is_saved_unseen(olga: Visitor) -> None:
    assert "Look again" in olga.send("policy", "reply", do="save", **TYPED).main
    other = olga.send("policy", "reply", do="save", **TYPED | {"within": "35"}, seen=seen(preview(olga)))
    assert "Look again" in other.main
    assert Policy.objects.filter(promise="reply").count() == 1


def test_one_may_begin_later(cast: Cast, olga: Visitor) -> None:
    page = preview(olga, effective_from="2026-04-01T00:00")
    assert (
        olga.send("policy", "reply", do="save", **TYPED, effective_from="2026-04-01T00:00", seen=seen(page)).status
        == 302
    )
    listed = olga.open("policies").main
    assert "48 business hours 36 business hours from Wed 1 Apr, 00:00" in listed


def test_someone_else_came_between(cast: Cast, olga: Visitor) -> None:
    page = preview(olga)
    Policy.introduce("reply", by=cast.olga, within=40, unit="business_hours", warn_after=75)
    refused = olga.send("policy", "reply", do="save", **TYPED, seen=seen(page))
    assert refused.status == 422
    assert "Someone else introduced version 2 meanwhile" in refused.main
    assert refused.root.one("input", name="within")["value"] == "36"


@pytest.mark.parametrize(
    ("typed", "name", "says"),
    [
        ({"within": "0"}, "within", "greater than or equal to 1"),
        ({"within": "many"}, "within", "whole number"),
        ({"within": "200", "unit": "business_days"}, "within", "from 1 to 125"),
        ({"unit": "moons"}, "unit", "valid choice"),
        ({"warn_after": "100"}, "warn_after", "99"),
        ({"effective_from": "2026-03-01T00:00"}, "effective_from", "do not judge what was"),
        ({"effective_from": "x"}, "effective_from", "is no moment"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(olga: Visitor, typed: dict[str, str], name: str, says: str) -> None:
    page = preview(olga, **typed)
    assert page.status == 422
    assert says in error(page, name)


def test_a_promise_nobody_knows_is_no_page(olga: Visitor) -> None:
    assert olga.open("policy", "nonsense").status == 404


def test_a_long_history_asks_no_more(cast: Cast, olga: Visitor) -> None:
    olga.open("policies")

    def asked(page: str, *args: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert olga.open(page, *args).status == 200
        return len(queries)

    Policy.introduce("reply", by=cast.olga, within=30, unit="hours", warn_after=75)
    few = asked("policies"), asked("policy", "reply")
    for hours in range(10, 18):
        Policy.introduce("reply", by=cast.olga, within=hours, unit="hours", warn_after=75)
    assert (asked("policies"), asked("policy", "reply")) == few
