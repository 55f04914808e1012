"""Who sees which clocks: those who owe, those who are owed, and whoever oversees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cast import MONDAY, Cast
from trialogue.clocks.models import Clock
from trialogue.people.models import Actor


def seen(actor: Actor) -> set[str]:
    return set(Clock.objects.visible_to(actor).values_list("promise", flat=True))


@pytest.fixture
def world(cast: Cast) -> Cast:
    cast.conversation().post(by=cast.paul, body="?", at=MONDAY)  # confirm (kept) and supply
    case = cast.submitted("T", by=replace(cast.clara, environment="test"))
    case.release(cast.paul.organisation, by=replace(cast.olga, environment="test"), at=MONDAY)
    return cast


@pytest.mark.parametrize("name", ["clara", "carl", "paul", "petra", "olga"])
def test_those_concerned_and_the_operator_see_them(world: Cast, name: str) -> None:
    assert seen(getattr(world, name)) == {"confirm", "supply"}
    assert seen(replace(getattr(world, name), environment="test")) == {"confirm"}


@pytest.mark.parametrize("name", ["otto", "pia", "rita"])
def test_nobody_else_does(world: Cast, name: str) -> None:
    for environment in ("production", "test"):
        assert seen(replace(getattr(world, name), environment=environment)) == set()


def test_what_one_owes_and_what_one_is_owed(world: Cast) -> None:
    mine = Clock.objects.visible_to(world.clara).open()
    assert [c.promise for c in mine.owed_by(world.clara.organisation)] == ["supply"]
    assert [c.promise for c in mine.owed_to(world.clara.organisation)] == []
    assert [c.promise for c in Clock.objects.open().owed_to(world.paul.organisation)] == ["supply"]


@pytest.mark.only_on("sqlite")
def test_what_is_open_is_found_by_its_own_index(cast: Cast) -> None:
    """Told as bound values, the two states would not match the partial index, and each page's counter would read all clocks."""
    asked = Clock.objects.visible_to(cast.paul).open().owed_by(cast.paul.organisation)
    assert "clock_owed_by" in asked.explain()
    told = asked.model._default_manager.filter(owner=cast.paul.organisation, state__in=("running", "broken"))
    assert "clock_owed_by" not in told.explain()
