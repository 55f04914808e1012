"""Saved views: whose they are, who sees them, what becomes of them when someone leaves."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import Cast
from trialogue.events.models import Event
from trialogue.lists import views
from trialogue.lists.filters import Filter
from trialogue.lists.views import View
from trialogue.people.models import Actor, Person, Refused, Role

LARGE = Filter.read("state=open&amount_from=10000")


def names(actor: Actor) -> list[str]:
    return [view.name for view in View.objects.visible_to(actor).shown(actor)]


def keep(by: Actor, name: str = "Large", **more: Any) -> View:
    return View.keep(by=by, name=name, filter=LARGE, **more)


def told(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


def test_ones_own_is_seen_by_nobody_else_and_told_to_nobody(cast: Cast) -> None:
    keep(cast.clara)
    assert names(cast.clara) == ["Large"]
    for actor in (cast.carl, cast.paul, cast.olga, cast.otto, Actor(cast.clara.organisation)):
        assert names(actor) == []
    assert not Event.objects.filter(kind__startswith="view.").exists()


def test_a_shared_one_is_seen_by_the_organisation_alone(cast: Cast) -> None:
    keep(cast.clara, shared=True)
    assert names(cast.clara) == names(cast.carl) == names(Actor(cast.clara.organisation)) == ["Large"]
    assert names(cast.paul) == names(cast.olga) == names(cast.otto) == []
    event = Event.objects.get(kind="view.shared")
    assert "Large" not in str(event.facts)
    assert not Event.objects.visible_to(cast.paul).filter(pk=event.pk).exists()


def test_it_keeps_the_filter(cast: Cast) -> None:
    assert View.objects.get(pk=keep(cast.clara).pk).filter == LARGE


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\0b"])
def test_a_name_that_is_none_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        keep(cast.clara, name)
    assert set(refused.value.message_dict) == {"name"}


def test_there_is_an_end_to_them(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 2)
    keep(cast.clara, "1"), keep(cast.clara, "2"), keep(cast.clara, "3", shared=True)
    with pytest.raises(ValidationError):
        keep(cast.clara, "4")
    keep(cast.carl, "1")


def test_only_its_maker_or_an_admin_changes_a_shared_one(cast: Cast) -> None:
    view = keep(cast.carl, shared=True)
    view.describe(by=cast.clara, name="Larger")
    assert names(cast.carl) == ["Larger"]
    assert told("view.changed") == 1
    other = keep(cast.clara, "Mine", shared=True)
    for verb in (
        lambda: other.describe(by=cast.carl, name="x"),
        lambda: other.remove(by=cast.carl),
        lambda: other.move_to(1, by=cast.carl),
    ):
        with pytest.raises(Refused):
            verb()
    with pytest.raises(Refused):
        view.describe(by=cast.paul, name="x")


def test_an_admin_does_not_make_anothers_view_private(cast: Cast) -> None:
    view = keep(cast.carl, shared=True)
    with pytest.raises(Refused):
        view.describe(by=cast.clara, shared=False)


def test_sharing_and_keeping_are_told(cast: Cast) -> None:
    view = keep(cast.clara)
    view.describe(by=cast.clara, shared=True)
    view.describe(by=cast.clara, shared=False)
    assert (told("view.shared"), told("view.removed")) == (1, 1)
    view.remove(by=cast.clara)
    assert told("view.removed") == 1, "what only she saw goes without a word"


def test_they_stand_in_the_order_they_are_put_in(cast: Cast) -> None:
    one, _two, three = (keep(cast.clara, name) for name in ("1", "2", "3"))
    keep(cast.clara, "S", shared=True)
    three.move_to(1, by=cast.clara)
    one.move_to(99, by=cast.clara)
    assert names(cast.clara) == ["3", "2", "1", "S"]


def test_each_has_a_default_of_their_own(cast: Cast) -> None:
    view = keep(cast.clara, shared=True)
    view.make_default(by=cast.carl)
    assert [each.is_default for each in View.objects.visible_to(cast.carl).shown(cast.carl)] == [True]
    assert [each.is_default for each in View.objects.visible_to(cast.clara).shown(cast.clara)] == [False]
    view.describe(by=cast.clara, shared=False)
    assert not view.pk or not views.DefaultView.objects.filter(person=cast.carl.person).exists()
    with pytest.raises(Refused):
        view.make_default(by=Actor(cast.clara.organisation))


def test_who_leaves_takes_their_own_along_and_leaves_what_they_shared(cast: Cast) -> None:
    home = cast.clara.organisation
    newt = Actor.of(home.admit(Person.objects.create_user("newt@nordlys.example", name="Newt"), Role.MEMBER))
    keep(newt, "Own"), keep(newt, "Shared", shared=True).make_default(by=newt)
    home.memberships.get(person=newt.person).end(by=cast.clara)
    (left,) = View.objects.visible_to(cast.clara).shown(cast.clara)
    assert (left.name, left.is_here, left.person) == ("Shared", False, newt.person)
    assert View.objects.count() == 1
    assert not views.DefaultView.objects.exists()
    left.remove(by=cast.clara)
    assert names(cast.clara) == []


def test_a_key_has_only_shared_ones(cast: Cast) -> None:
    key = Actor(cast.clara.organisation)
    with pytest.raises(ValidationError):
        keep(key)
    view = keep(key, shared=True)
    view.describe(by=key, name="Renamed")
    assert names(cast.carl) == ["Renamed"]


def test_what_someone_else_removed_meanwhile_cannot_be_changed_and_is_removed_once(cast: Cast) -> None:
    view = keep(cast.clara, shared=True)
    stale = View.objects.get(pk=view.pk)
    view.remove(by=cast.clara)
    for act in (lambda: stale.describe(by=cast.clara, name="x"), lambda: stale.make_default(by=cast.carl)):
        with pytest.raises(Refused, match="removed meanwhile"):
            act()
    stale.remove(by=cast.clara)
    assert told("view.removed") == 1
