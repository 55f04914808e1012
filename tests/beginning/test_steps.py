"""The first steps of each side: a step is ticked by what is there, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from tests.articles.written import Writer
from tests.cast import MONDAY, Cast
from tests.letters.post import SUPPORT, post, written
from trialogue.beginning.steps import STEPS, first_steps
from trialogue.channels.models import Edition
from trialogue.channels.rules import shipped
from trialogue.clocks.models import Calendar
from trialogue.deliveries.models import Endpoint
from trialogue.deliveries.wishes import How, Notice, Wishes
from trialogue.lib.quiethours import QuietHours
from trialogue.people.brands import Brand
from trialogue.people.models import Actor, Environment, Organisation, Person, Role, Side
from trialogue.requests.desk import Duty

pytestmark = pytest.mark.django_db
WEEK = {0: [("09:00", "17:00")]}


def made(actor: Actor) -> set[str]:
    return {step.key for step in first_steps(actor) if step.done}


def person(actor: Actor) -> Person:
    assert actor.person
    return actor.person


def _answers(cast: Cast, asks: Actor, answers: Actor) -> None:
    talk = cast.conversation()
    talk.post(by=asks, body="Which invoice?", at=MONDAY)
    talk.post(by=answers, body="The second one.", at=MONDAY)


def _second_step(actor: Actor) -> None:
    Authenticator.objects.create(user=actor.person, type=Authenticator.Type.TOTP, data={})


# Who makes which step, and by what.
DEEDS: list[tuple[str, str, Callable[[Cast], Any]]] = [
    ("clara", "case", lambda cast: cast.submitted()),
    ("clara", "answer", lambda cast: _answers(cast, cast.paul, cast.clara)),
    ("clara", "notices", lambda cast: Wishes.choose(person(cast.clara), how={Notice.MESSAGE: How.DAILY}, quiet=QuietHours())),
    ("clara", "sign_in", lambda cast: _second_step(cast.clara)),
    ("otto", "colleague", lambda cast: cast.otto.organisation.invite("new@elsewhere.example", Role.MEMBER, by=cast.otto)),
    ("paul", "hours", lambda cast: Calendar.introduce(cast.paul.organisation, by=cast.paul, zone="Europe/Berlin", week=WEEK)),
    ("paul", "confirm", lambda cast: cast.confirmed()),
    ("paul", "answer", lambda cast: _answers(cast, cast.clara, cast.paul)),
    ("rita", "brand", lambda cast: Brand.proposed(cast.rita.organisation, name="Quokka", light="#0f5c4a").put_on(by=cast.rita)),
    ("rita", "key", lambda cast: cast.rita.organisation.issue_key(Environment.TEST, by=cast.rita)),
    ("rita", "webhook", lambda cast: Endpoint.add(by=cast.rita, url="https://zebu.example/in", wants=["all"])),
    ("olga", "addresses", lambda cast: Edition.adopt(shipped().replace("@trialogue.example", "@house.test"), by=cast.olga)),
    ("olga", "mail", lambda cast: post(written(cast.clara, SUPPORT))),
    ("olga", "teams", lambda cast: Duty.give("legal", [person(cast.olga)], by=cast.olga)),
    ("olga", "hours", lambda cast: Calendar.introduce(cast.olga.organisation, by=cast.olga, zone="Europe/Copenhagen", week=WEEK)),
    ("olga", "articles", lambda cast: Writer(cast)("ours")),
]  # fmt: skip


@pytest.mark.parametrize(("who", "key", "deed"), DEEDS, ids=[f"{who} {key}" for who, key, _deed in DEEDS])
def test_a_step_is_ticked_once_it_is_made(cast: Cast, who: str, key: str, deed: Callable[[Cast], Any]) -> None:
    actor: Actor = getattr(cast, who)
    before = made(actor)
    assert key not in before
    deed(cast)
    assert key in made(actor)


def test_each_step_but_what_is_there_to_be_read_can_be_made() -> None:
    told = {step.key for steps in STEPS.values() for step in steps if step.done is not None}
    assert told == {key for _who, key, _deed in DEEDS} | {"client"}


def test_a_client_who_came_by_a_referral_partner_is_its_first(cast: Cast) -> None:
    alone = Organisation.found(name="Quagga", kind=Side.REFERRER, country="NL", zone="Europe/Amsterdam", at=MONDAY)
    assert made(Actor(alone)) == set()
    assert "client" in made(cast.rita)


def test_a_member_is_not_led_to_what_only_an_admin_may_do(cast: Cast) -> None:
    assert {step.key for step in first_steps(cast.petra)} == {"confirm", "answer", "notices", "sign_in"}
    assert {step.key for step in first_steps(cast.paul)} >= {"hours", "colleague"}


def test_what_is_anothers_ticks_nothing(cast: Cast) -> None:
    for _who, _key, deed in DEEDS[1:4]:
        deed(cast)
    assert made(cast.otto) == made(cast.pia) == set()
    assert not {"notices", "sign_in"} & made(cast.carl)


def test_they_take_one_query_and_the_operators_one_more(cast: Cast, django_assert_num_queries: Any) -> None:
    for actor, queries in ((cast.clara, 1), (cast.paul, 1), (cast.rita, 1), (cast.olga, 2)):
        with django_assert_num_queries(queries):
            first_steps(actor)
