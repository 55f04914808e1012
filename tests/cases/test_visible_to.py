"""Who finds which cases: everyone of the cast, in both environments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cast import Cast
from trialogue.cases.models import Case
from trialogue.people.models import Actor

EVERYONE = ("clara", "carl", "paul", "petra", "pia", "rita", "olga", "otto")


def found(actor: Actor) -> set[str]:
    return set(Case.objects.visible_to(actor).values_list("client_reference", flat=True))


@pytest.fixture
def world(cast: Cast) -> Cast:
    cast.submitted("new")
    cast.confirmed("paul's")
    cast.submitted("pia's").release(cast.pia.organisation, by=cast.olga)
    cast.submitted("otto's", by=cast.otto)
    test = {"by": replace(cast.clara, environment="test")}
    cast.submitted("test-new", **test)
    cast.submitted("test-paul's", **test).release(cast.paul.organisation, by=replace(cast.olga, environment="test"))
    return cast


PRODUCTION = {
    "clara": {"new", "paul's", "pia's"}, "carl": {"new", "paul's", "pia's"}, "paul": {"paul's"}, "petra": {"paul's"},
    "pia": {"pia's"}, "rita": {"new", "paul's", "pia's"}, "olga": {"new", "paul's", "pia's", "otto's"}, "otto": {"otto's"},
}  # fmt: skip
TEST = {
    "clara": {"test-new", "test-paul's"}, "carl": {"test-new", "test-paul's"}, "paul": {"test-paul's"}, "petra": {"test-paul's"},
    "pia": set(), "rita": {"test-new", "test-paul's"}, "olga": {"test-new", "test-paul's"}, "otto": set(),
}  # fmt: skip


@pytest.mark.parametrize("name", EVERYONE)
def test_in_production(world: Cast, name: str) -> None:
    assert found(getattr(world, name)) == PRODUCTION[name]


@pytest.mark.parametrize("name", EVERYONE)
def test_in_the_test_environment(world: Cast, name: str) -> None:
    assert found(replace(getattr(world, name), environment="test")) == TEST[name]


def test_an_unknown_environment_shows_nothing(world: Cast) -> None:
    assert found(replace(world.olga, environment="")) == set()


def test_a_partner_does_not_find_a_case_before_it_is_released_to_them(cast: Cast) -> None:
    case = cast.submitted()
    assert not Case.objects.visible_to(cast.paul).exists()
    case.release(cast.paul.organisation, by=cast.olga)
    assert Case.objects.visible_to(cast.paul).get() == case


def test_a_closed_case_stays_visible_to_both(cast: Cast) -> None:
    case = cast.confirmed()
    case.close(by=cast.paul, code="Paid")
    assert Case.objects.visible_to(cast.paul).get() == Case.objects.visible_to(cast.clara).get() == case


def test_counters_count_what_one_sees(world: Cast) -> None:
    counted = Case.objects.visible_to(world.clara).counted_by_state()
    assert counted == {"PendingVerificationInternal": 1, "Active": 1, "PendingVerification": 1}
    assert Case.objects.visible_to(world.pia).counted_by_state() == {"PendingVerification": 1}
    assert Case.objects.visible_to(world.otto).counted_by_state() == {"PendingVerificationInternal": 1}
    assert Case.objects.none().counted_by_state() == {}
