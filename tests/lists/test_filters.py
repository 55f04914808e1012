"""What an address asks for, and which cases that finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import translation

from tests.cast import MONDAY, Cast
from trialogue.lists.filters import Filter
from trialogue.people.models import Actor


def found(actor: Actor, query: str) -> list[str]:
    return sorted(case.client_reference for case in Filter.read(query).cases(actor))


@pytest.mark.parametrize(
    "query",
    [
        "", "state=open", "state=Active&state=Paused", "owner=me", "country=DE&country=FR", "amount_from=10&amount_to=20.50",
        "currency=EUR&clock=mine&clock=broken", "unread=1&q=Berg&sort=-amount",
    ],
)  # fmt: skip
def test_what_was_read_says_the_same_again(query: str) -> None:
    assert Filter.read(query).query == query
    assert not Filter.read(query).problems


def test_several_come_repeated_or_with_commas_and_each_once() -> None:
    assert Filter.read("country=de,FR&country=DE").country == ("DE", "FR")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=Sleeping", "state"), ("owner=paul", "owner"), ("country=XX", "country"), ("amount_from=much", "amount_from"),
        ("amount_to=-5", "amount_to"), ("amount_to=1e9", "amount_to"), ("amount_from=9&amount_to=8", "amount_to"), ("currency=EURO", "currency"),
        ("clock=late", "clock"), ("sort=name", "sort"), ("q=a%00b", "q"), ("amount_from=NaN", "amount_from"), ("amount_from=%D9%A3", "amount_from"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_told_at_its_field(query: str, field: str) -> None:
    assert set(Filter.read(query).problems) == {field}


@pytest.mark.parametrize("said", ["1200.50", "1 200,50", "1200,50", "1'200.50", "1.200,50", "1,200.50"])
def test_amounts_are_read_as_people_write_them(said: str) -> None:
    assert Filter.read(f"amount_from={said}").amount_from == Decimal("1200.50")


def test_an_amount_that_could_be_two_is_read_as_its_reader_writes() -> None:
    with translation.override("de"):
        assert Filter.read("amount_from=1.200").amount_from == Decimal(1200)
    assert Filter.read("amount_from=1.200").problems
    long = Filter.read("amount_from=" + "1" * 100_000 + "x")
    assert set(long.problems) == {"amount_from"}


def test_states_open_ones_and_all(cast: Cast) -> None:
    cast.submitted("NEW"), cast.confirmed("ACTIVE")
    cast.confirmed("CLOSED").close(by=cast.paul, code="Paid")
    assert found(cast.clara, "state=open") == ["ACTIVE", "NEW"]
    assert found(cast.clara, "state=all") == found(cast.clara, "") == ["ACTIVE", "CLOSED", "NEW"]
    assert found(cast.clara, "state=Active&state=Closed") == ["ACTIVE", "CLOSED"]


def test_country_amount_and_currency_narrow_together(cast: Cast) -> None:
    cast.submitted("DE", debtor_country="DE", amount=Decimal(100), currency="EUR")
    cast.submitted("FR", debtor_country="FR", amount=Decimal(200), currency="EUR")
    cast.submitted("DK", debtor_country="DK", amount=Decimal(300), currency="DKK")
    assert found(cast.clara, "country=DE&country=DK") == ["DE", "DK"]
    assert found(cast.clara, "amount_from=200") == ["DK", "FR"]
    assert found(cast.clara, "amount_from=100&amount_to=200") == ["DE", "FR"]
    assert found(cast.clara, "currency=EUR&amount_from=150") == ["FR"]


def test_the_owner_of_ones_own_side(cast: Cast) -> None:
    mine, carls = cast.confirmed("MINE"), cast.confirmed("CARLS")
    cast.confirmed("NOBODYS")
    mine.assign_owner(cast.clara.person, by=cast.clara)
    carls.assign_owner(cast.carl.person, by=cast.clara)
    assert found(cast.clara, "owner=me") == ["MINE"]
    assert found(cast.clara, f"owner={cast.carl.by}") == ["CARLS"]
    assert found(cast.clara, "owner=nobody") == ["NOBODYS"]
    assert found(cast.paul, "owner=nobody") == ["CARLS", "MINE", "NOBODYS"], "who looks after it on her side is not his"
    assert found(cast.paul, f"owner={cast.clara.by}") == []


def test_clocks_by_whose_they_are_and_how_they_stand(cast: Cast) -> None:
    asked, answered = cast.conversation("ASKED"), cast.conversation("ANSWERED")
    asked.post(by=cast.clara, body="Any news?", at=MONDAY)  # Paul owes an answer
    answered.post(by=cast.paul, body="Who is it?", at=MONDAY)  # Clara owes one, within 2 business days
    with time_machine.travel(MONDAY + timedelta(hours=1), tick=False):
        assert found(cast.paul, "clock=mine") == found(cast.clara, "clock=theirs") == ["ASKED"]
        assert found(cast.clara, "clock=mine") == ["ANSWERED"]
        assert found(cast.clara, "clock=mine&clock=theirs") == found(cast.clara, "clock=any") == ["ANSWERED", "ASKED"]
        assert found(cast.clara, "clock=broken") == found(cast.clara, "clock=at-risk") == []
    with time_machine.travel(MONDAY + timedelta(hours=40), tick=False):
        assert found(cast.paul, "clock=at-risk") == ["ANSWERED", "ASKED"]
        assert found(cast.paul, "clock=at-risk&clock=mine") == ["ASKED"]
    with time_machine.travel(MONDAY + timedelta(days=5), tick=False):
        assert found(cast.olga, "clock=broken") == ["ANSWERED", "ASKED"], "even before the worker has noticed"
        assert found(cast.rita, "clock=broken") == []


def test_unread_is_what_the_person_has_not_read(cast: Cast) -> None:
    talk = cast.conversation("TALK")
    cast.conversation("SILENT")
    talk.post(by=cast.paul, body="Hello")
    assert found(cast.clara, "unread=1") == found(cast.carl, "unread=1") == ["TALK"]
    talk.mark_read(by=cast.clara, through=1)
    assert found(cast.clara, "unread=1") == []
    assert found(cast.carl, "unread=1") == ["TALK"]
    assert found(cast.olga, "unread=1") == [], "overseeing leaves no mark"


def test_nobody_finds_what_they_do_not_see(cast: Cast) -> None:
    cast.confirmed("HERS")
    for query in (
        "",
        "state=all",
        "state=open",
        "state=former",
        "country=DE",
        "q=Bergmann",
        "clock=any",
        "owner=nobody",
        "unread=1",
    ):
        for actor in (
            cast.otto,
            cast.pia,
            replace(cast.clara, environment="test"),
            replace(cast.paul, environment="test"),
        ):
            assert found(actor, query) == [], (query, actor)


def test_a_partner_does_not_learn_how_a_case_goes_on_without_it(cast: Cast) -> None:
    case = cast.confirmed("GONE")
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Too slow")
    case.confirm(by=cast.pia)
    assert found(cast.pia, "state=Active") == ["GONE"]
    assert found(cast.paul, "state=Active") == found(cast.paul, "state=open") == []
    assert found(cast.paul, "state=former") == ["GONE"]
    assert found(cast.paul, "state=former&owner=nobody") == []
