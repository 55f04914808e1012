"""Pages by key in every order, and counts that stay right."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from trialogue.lists import pages
from trialogue.lists.filters import Filter
from trialogue.people.models import Actor


@pytest.fixture
def seven(cast: Cast) -> Cast:
    """Seven cases: some moved at one moment, some of one amount, two currencies, four with an answer owed."""
    for n in range(7):
        amount, currency = Decimal(100 * (n % 3 + 1)), "EUR" if n < 5 else "DKK"
        case = cast.released(f"N-{n}", at=MONDAY + timedelta(minutes=n // 2), amount=amount, currency=currency)
        if n >= 4:
            case.confirm(by=cast.paul, at=MONDAY + timedelta(hours=n))
    talk = case.conversation
    talk.post(by=cast.clara, body="Any news?", at=MONDAY + timedelta(hours=8))
    talk.post(by=cast.paul, body="Which one?", at=MONDAY + timedelta(hours=8))
    return cast


def walk(actor: Actor, query: str, size: int = 2) -> list[list[str]]:
    chosen, key, found = Filter.read(query), "", []
    while True:
        page = pages.page(actor, chosen, before=key, size=size)
        found.append([case.client_reference for case in page.cases])
        key = page.further
        if not key:
            return found


def back(actor: Actor, query: str, size: int = 2) -> list[list[str]]:
    chosen, key = Filter.read(query), ""
    while further := pages.page(actor, chosen, before=key, size=size).further:
        key = further
    page = pages.page(actor, chosen, before=key, size=size)
    found = [[case.client_reference for case in page.cases]]
    while page.back:
        page = pages.page(actor, chosen, after=page.back, size=size)
        found.insert(0, [case.client_reference for case in page.cases])
    return found


SORTS = ["moved", "-moved", "due", "-due", "amount", "-amount", "age", "-age"]


@pytest.mark.parametrize("who", ["clara", "paul", "olga"])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_meet_each_case_once_both_ways(seven: Cast, sort: str, who: str) -> None:
    actor = getattr(seven, who)
    forward = [one for page in walk(actor, f"sort={sort}") for one in page]
    whole = walk(actor, f"sort={sort}", size=50)[0]
    assert forward == whole
    assert len(set(whole)) == len(whole) == (5 if "due" in sort else 7)
    assert [one for page in back(actor, f"sort={sort}") for one in page] == whole


@pytest.mark.parametrize("sort", SORTS[::2])
def test_a_minus_turns_an_order_round(seven: Cast, sort: str) -> None:
    (whole,) = walk(seven.olga, f"sort={sort}", size=50)
    (turned,) = walk(seven.olga, f"sort=-{sort}", size=50)
    if sort != "due":  # of a case with two answers owed, the first one counts either way
        assert turned == whole[::-1]
    assert sorted(turned) == sorted(whole)


def test_the_largest_come_first_within_their_currency(seven: Cast) -> None:
    page = pages.page(seven.clara, Filter.read("sort=amount"), size=50)
    assert [(case.currency, int(case.amount)) for case in page.cases] == [
        ("EUR", 300), ("EUR", 200), ("EUR", 200), ("EUR", 100), ("EUR", 100), ("DKK", 300), ("DKK", 100),
    ]  # fmt: skip


def test_by_due_time_only_cases_with_an_answer_owed_stand_the_soonest_first(seven: Cast) -> None:
    assert walk(seven.clara, "sort=due", size=50)[0] == ["N-0", "N-1", "N-2", "N-3", "N-6"]
    assert walk(seven.clara, "sort=due&clock=mine", size=50)[0] == ["N-6"]
    assert walk(seven.clara, "sort=due&state=Active", size=50)[0] == ["N-6"]
    assert walk(seven.clara, "sort=due&amount_from=300", size=50)[0] == ["N-2"]


KEYS = [
    "x",
    "~",
    "EUR~1~1",
    "EUR~NaN~1",
    "EUR~1e400~1",
    "EUR~-1~1",
    "EURO~1~1",
    "EUR~1.001~1",
    "\0~\0~\0",
    "EUR~Infinity~2",
    "~~",
]


@pytest.mark.parametrize("key", KEYS)
def test_keys_that_are_none_show_the_first_page(seven: Cast, key: str) -> None:
    for sort in ("amount", "due", "age"):
        page = pages.page(seven.clara, Filter.read(f"sort={sort}"), before=key, size=50)
        assert key == "EUR~1~1" or page.cases == pages.page(seven.clara, Filter.read(f"sort={sort}"), size=50).cases


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "olga"])
@pytest.mark.parametrize("query", ["", "country=DE", "q=Bergmann", "amount_to=200", "sort=due"])
def test_counts_say_what_the_lists_hold(seven: Cast, who: str, query: str) -> None:
    actor = getattr(seven, who)
    counted = pages.counts(actor, Filter.read(query))
    for state, number in counted.by_state.items():
        assert number == Filter.read(f"{query}&state={state}").cases(actor).count(), state


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "olga"])
@pytest.mark.parametrize(
    "query", ["", "state=all&country=DE", "q=Bergmann", "q=N-", "q=nobody", "state=Active", "sort=due"]
)
def test_a_first_page_that_is_all_there_is_says_the_same_counts(seven: Cast, who: str, query: str) -> None:
    case = Filter.read("state=Active").cases(seven.paul)[0]
    case.reassign(seven.pia.organisation, by=seven.olga, reason="Too slow")
    actor, chosen = getattr(seven, who), Filter.read(query)
    counted = pages.counts(actor, chosen)
    for size in (2, 50):
        told = pages.counts(actor, chosen, pages.page(actor, chosen, size=size))
        assert told.by_state == counted.by_state
        assert told.total() == counted.total()


def test_such_a_page_is_not_counted_again(seven: Cast, django_assert_num_queries: Any) -> None:
    chosen = Filter.read("q=Bergmann")
    page = pages.page(seven.paul, chosen, size=50)
    with django_assert_num_queries(0):
        assert pages.counts(seven.paul, chosen, page).total() == len(page.cases) == 7


def test_beyond_what_is_counted_they_say_more_and_never_a_wrong_number(
    seven: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "COUNTED", 3)
    for query in ("", "country=DE"):
        counted = pages.counts(seven.clara, Filter.read(query))
        assert counted.by_state["PendingVerification"] is None
        assert counted.total() is None
    assert pages.counts(seven.clara, Filter.read("")).by_state["Active"] == 3


def test_a_page_beside_a_partners_former_cases_is_counted_apart(seven: Cast) -> None:
    case = Filter.read("state=Active").cases(seven.paul)[0]
    case.reassign(seven.pia.organisation, by=seven.olga, reason="Too slow")
    counted = pages.counts(seven.paul, Filter.read(""))
    assert (counted.by_state["Active"], counted.by_state["former"]) == (2, 1)
