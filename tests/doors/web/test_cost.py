"""How many questions a page asks the database: a number that is known, and the same for five of a thing as for fifty."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor
from tests.walk import document
from trialogue.conversations.models import Document

# Four of each are in every page: session, person, memberships, and what its head counts. One of the case and its timeline: the
# names of older documents, which the log does not keep.
COSTS = {
    ("home", "clara"): 11, ("home", "paul"): 10, ("home", "olga"): 14,
    ("cases", "clara"): 11, ("cases", "paul"): 11, ("cases", "rita"): 9, ("cases", "olga"): 9,
    ("case", "clara"): 29, ("case", "paul"): 30, ("case", "rita"): 24, ("case", "olga"): 27,
    ("case-live", "clara"): 31, ("case-live", "paul"): 32, ("case-live", "olga"): 30, ("search", "clara"): 10, ("message", "paul"): 8, ("writing", "clara"): 5,
    ("timeline", "clara"): 9, ("new-case", "clara"): 5, ("clock", "clara"): 5, ("document", "clara"): 4,
    ("documents", "clara"): 8, ("documents", "olga"): 8, ("document-page", "clara"): 7, ("document-card", "clara"): 4,
    ("move", "paul"): 5, ("clients", "rita"): 9, ("client", "rita"): 9, ("organisation", "clara"): 9,
    ("working-hours", "paul"): 8, ("working-hours", "olga"): 8, ("policies", "clara"): 5, ("policy", "olga"): 8,
    ("promises", "paul"): 13, ("promises", "clara"): 13, ("promises", "olga"): 13,
}  # fmt: skip
# What the operator did is further up then: neither its name nor its person's is asked for.
# And the search, which finds none of the newest documents, goes on to older ones.
COSTS_OF_FIFTY = COSTS | {("case", "clara"): 27, ("search", "clara"): 11, ("case", "paul"): 28, ("case", "olga"): 26}


class World:
    """One long case, and as many others."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.size = cast, 0
        self.talk = cast.conversation("LONG", at=MONDAY - timedelta(hours=1))

    def grow(self, size: int) -> None:
        for n in range(self.size, size):
            at = MONDAY + timedelta(minutes=n)
            author = (self.cast.clara, self.cast.paul, self.cast.carl, self.cast.petra)[n % 4]
            self.talk.post(by=author, body=f"Message {n}", documents=[document(f"{n}.txt")], at=at)
            Document.add(self.talk.case, [document(f"evidence-{n}.txt")], by=self.cast.clara, at=at)
            self.cast.released(f"N-{n}", at=at)
        self.size = size

    def address(self, page: str) -> tuple[str, ...]:
        case = self.talk.case
        return {
            "clock": (case.clocks.first().public_id,), "client": (self.cast.clara.acting_for,), "move": (case.reference, "close"), "home": (), "cases": (), "clients": (), "new-case": (), "working-hours": (), "policies": (), "policy": ("reply",), "promises": (),
            "search": (), "organisation": (), "message": (case.reference, "1"),
            "document": tuple(getattr(case.documents.first(), name) for name in ("public_id", "pass_word")),
            "document-page": (case.documents.first().public_id,), "document-card": (case.documents.first().public_id,),
        }.get(page, (case.reference,))  # type: ignore[return-value, union-attr]  # fmt: skip


def cost(visitor: Visitor, page: str, address: tuple[str, ...], **query: Any) -> int:
    visitor.open(page, *address, **query)  # the first look reads, and notes the session
    with CaptureQueriesContext(connection) as asked:
        assert visitor.open(page, *address, **query).status == 200
    return len(asked)


def test_each_page_asks_as_much_for_fifty_as_for_five(cast: Cast, monday: Any) -> None:
    world, visitors = World(cast), {who: Visitor(getattr(cast, who)) for who in ("clara", "paul", "rita", "olga")}

    def measured() -> dict[tuple[str, str], int]:
        query = {"case-live": {"after": world.size - 2, "looking": 1}, "search": {"q": "message"}}
        return {
            (page, who): cost(visitors[who], page, world.address(page), **query.get(page, {})) for page, who in COSTS
        }

    world.grow(5)
    assert measured() == COSTS
    world.grow(53)  # the same author is the last, so the same answer is foreseen
    assert measured() == COSTS_OF_FIFTY


@pytest.mark.parametrize("earlier", [10, 30])
def test_a_page_of_earlier_messages_costs_one_more(
    cast: Cast, monday: Any, monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    monkeypatch.setattr("trialogue.doors.web.thread.PAGE", 5)
    world, clara = World(cast), Visitor(cast.clara)
    world.grow(40)
    there = world.address("case")
    assert cost(clara, "case", there, before=earlier) <= cost(clara, "case", there) + 1
