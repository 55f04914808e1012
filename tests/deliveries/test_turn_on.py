"""A browser is turned on by its person, with what the browser told of itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.deliveries.test_push import service as service  # the fixture
from tests.pushes import FakeBrowser, Service
from trialogue.deliveries.browsers import BrowserQuerySet
from trialogue.deliveries.models import Browser, Delivery
from trialogue.deliveries.rounds import ring_due
from trialogue.people.models import Person, Refused

FINE = FakeBrowser("https://push.example/one").told


@pytest.fixture(autouse=True)
def _switched_on(settings: Any) -> None:
    settings.PUSH = True


def turn_on(person: Person | None, told: dict[str, str] = FINE, name: str = "Firefox", session: str = "s") -> Browser:
    assert person
    return Browser.turn_on(person, name=name, session=session, at=MONDAY, **told)


def test_it_begins_with_a_greeting_in_the_person_s_language(cast: Cast, service: Service) -> None:
    assert cast.paul.person
    Person.objects.filter(pk=cast.paul.person.pk).update(language="da")
    mine = service.browser()
    turn_on(Person.objects.get(pk=cast.paul.person.pk), mine.told)
    assert ring_due(MONDAY) == 1
    told = mine.read(service.rung[0])
    assert (told["url"], told["lang"]) == ("/settings/notices/#browsers", "da")
    assert told["title"]


def test_turned_on_again_it_stands_in_the_list_once(cast: Cast) -> None:
    turn_on(cast.paul.person)
    turn_on(cast.paul.person, name="Firefox again")
    assert [str(browser) for browser in Browser.objects.all()] == ["Firefox again"]


def test_a_browser_rings_for_the_last_person_alone_who_turned_it_on(cast: Cast) -> None:
    turn_on(cast.paul.person)
    turn_on(cast.petra.person)
    assert Browser.objects.get().person == cast.petra.person


def test_what_was_on_its_way_to_the_one_before_reaches_nobody(cast: Cast, service: Service) -> None:
    mine = service.browser()
    turn_on(cast.paul.person, mine.told)  # its greeting has not rung yet
    turn_on(cast.petra.person, mine.told)
    ring_due(MONDAY)
    assert len(service.rung) == 1
    assert sorted(Delivery.objects.values_list("person__name", "state")) == [
        ("Paul Brandt", "moot"),
        ("Petra Vogt", "sent"),
    ]


def test_of_two_at_once_one_is_told_to_look_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_on(cast.paul.person)
    monkeypatch.setattr(BrowserQuerySet, "delete", lambda _self: (0, {}))  # the other came after we looked
    with pytest.raises(ValidationError, match="Load the page again"):
        turn_on(cast.paul.person)


def test_of_the_session_only_a_digest_is_kept(cast: Cast) -> None:
    browser = turn_on(cast.paul.person, session="a-secret-session-key")
    assert "a-secret" not in str(vars(browser))
    assert list(Browser.objects.of_session("a-secret-session-key")) == [browser]
    assert not Browser.objects.of_session("").exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"endpoint": "http://push.example/one"}, "endpoint"), ({"endpoint": ""}, "endpoint"), ({"endpoint": "https://a b/"}, "endpoint"),
        ({"endpoint": "https://push.example/" + "x" * 1000}, "endpoint"), ({"p256dh": "AAAA"}, "p256dh"), ({"auth": ""}, "p256dh"),
        ({"p256dh": "\0"}, "p256dh"), ({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"name": "\0"}, "name"),
    ],
)  # fmt: skip
def test_what_no_browser_tells_is_refused_at_its_field(cast: Cast, wrong: dict[str, str], field: str) -> None:
    told = {"name": "Firefox", **FINE, **wrong}
    with pytest.raises(ValidationError) as refused:
        turn_on(cast.paul.person, told, name=told.pop("name"))
    assert list(refused.value.message_dict) == [field]


def test_ten_are_enough(cast: Cast) -> None:
    for n in range(10):
        turn_on(cast.paul.person, FakeBrowser(f"https://push.example/{n}").told)
    turn_on(cast.paul.person, FakeBrowser("https://push.example/0").told)  # the same again
    with pytest.raises(ValidationError, match="At most 10"):
        turn_on(cast.paul.person)
    turn_on(cast.petra.person)


def test_where_it_is_switched_off_none_is_turned_on(cast: Cast, settings: Any) -> None:
    settings.PUSH = False
    with pytest.raises(Refused, match="switched off"):
        turn_on(cast.paul.person)
