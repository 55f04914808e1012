"""Account managers: assigned from a day on, one at a time, ended, and handed over when they leave."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.escalations.models import AccountManager
from trialogue.events.models import Event
from trialogue.people.models import Actor, Organisation, Person, Refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def person(actor: Actor) -> Person:
    assert actor.person is not None
    return actor.person


def now_for(organisation: Organisation, at: datetime = MONDAY) -> str:
    found = AccountManager.of(organisation, at)
    return found.person.name if found else ""


# --- assign -----------------------------------------------------------------------------------------------------------


def test_from_now_on_unless_told_otherwise(cast: Cast) -> None:
    made = AccountManager.assign(cast.rita.organisation, person(cast.olga), by=cast.olga, at=MONDAY)
    assert (made.since, made.ended_at, now_for(cast.rita.organisation)) == (MONDAY, None, "Olga Lind")
    assert now_for(cast.rita.organisation, MONDAY - DAY) == ""


def test_before_the_launch_there_is_none_and_a_day_that_has_passed_is_now(cast: Cast) -> None:
    ours = cast.rita.organisation
    AccountManager.assign(ours, person(cast.olga), by=cast.olga, since=MONDAY + DAY, at=MONDAY)
    assert (now_for(ours), now_for(ours, MONDAY + DAY)) == ("", "Olga Lind")
    assert AccountManager.assign(ours, person(cast.olga), by=cast.olga, since=MONDAY - DAY, at=MONDAY).since == MONDAY


def test_the_earlier_one_stands_until_the_next_begins(cast: Cast, oscar: Actor) -> None:
    ours = cast.rita.organisation
    AccountManager.assign(ours, person(cast.olga), by=cast.olga, at=MONDAY)
    AccountManager.assign(ours, person(oscar), by=cast.olga, since=MONDAY + 3 * DAY, at=MONDAY)
    assert [now_for(ours, MONDAY + day * DAY) for day in range(5)] == ["Olga Lind"] * 3 + ["Oscar Berg"] * 2


def test_whoever_was_to_follow_does_not_when_another_begins_before(cast: Cast, oscar: Actor) -> None:
    ours = cast.rita.organisation
    AccountManager.assign(ours, person(cast.olga), by=cast.olga, at=MONDAY)
    AccountManager.assign(ours, person(oscar), by=cast.olga, since=MONDAY + 3 * DAY, at=MONDAY)
    AccountManager.assign(ours, person(cast.olga), by=cast.olga, deputy=person(oscar), since=MONDAY + DAY, at=MONDAY)
    assert [now_for(ours, MONDAY + day * DAY) for day in range(5)] == ["Olga Lind"] * 5
    assert AccountManager.objects.standing(MONDAY).count() == 2
    assert AccountManager.objects.standing(MONDAY + DAY).count() == 1


def test_only_referral_partners_and_enterprise_clients_have_one(cast: Cast) -> None:
    for actor in (cast.clara, cast.paul, cast.olga):
        with pytest.raises(ValidationError) as refused:
            AccountManager.assign(actor.organisation, person(cast.olga), by=cast.olga)
        assert list(refused.value.message_dict) == ["organisation"]
    cast.clara.organisation.set_plan("enterprise", by=cast.olga)
    AccountManager.assign(cast.clara.organisation, person(cast.olga), by=cast.olga)


def test_only_people_of_the_operator_and_not_one_for_both(cast: Cast) -> None:
    for told in ({"person": cast.paul.person}, {"deputy": cast.paul.person}, {"deputy": cast.olga.person}):
        (field,) = told
        with pytest.raises(ValidationError) as refused:
            AccountManager.assign(cast.rita.organisation, by=cast.olga, **{"person": person(cast.olga), **told})  # type: ignore[arg-type]
        assert list(refused.value.message_dict) == [field]


def test_only_an_admin_of_the_operator_does_it(cast: Cast, oscar: Actor) -> None:
    made = AccountManager.assign(cast.rita.organisation, person(cast.olga), by=cast.olga)
    for actor in (cast.rita, cast.paul, oscar):
        with pytest.raises(Refused):
            AccountManager.assign(cast.rita.organisation, person(oscar), by=actor)
        with pytest.raises(Refused):
            made.end(by=actor)
        with pytest.raises(Refused):
            cast.clara.organisation.set_plan("enterprise", by=actor)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one(cast: Cast, oscar: Actor) -> None:
    ours = cast.rita.organisation

    def assign(who: Actor) -> None:
        AccountManager.assign(Organisation.objects.get(pk=ours.pk), person(who), by=cast.olga)

    together(lambda: assign(cast.olga), lambda: assign(oscar))
    assert AccountManager.objects.filter(organisation=ours, ended_at=None).count() == 1


# --- end and hand over ------------------------------------------------------------------------------------------------


def test_ended_there_is_none_and_twice_is_once(cast: Cast) -> None:
    made = AccountManager.assign(cast.rita.organisation, person(cast.olga), by=cast.olga, at=MONDAY)
    made.end(by=cast.olga, at=MONDAY + DAY)
    made.end(by=cast.olga, at=MONDAY + 2 * DAY)
    assert now_for(cast.rita.organisation, MONDAY + DAY) == ""
    assert made.ended_at == AccountManager.objects.get().ended_at == MONDAY + DAY
    assert Event.objects.filter(kind="manager.ended").count() == 1


def test_ended_before_it_began_it_never_does(cast: Cast) -> None:
    made = AccountManager.assign(cast.rita.organisation, person(cast.olga), by=cast.olga, since=MONDAY + DAY, at=MONDAY)
    made.end(by=cast.olga, at=MONDAY)
    assert not AccountManager.objects.standing(MONDAY).exists()
    assert now_for(cast.rita.organisation, MONDAY + 2 * DAY) == ""


def test_who_leaves_hands_over_to_the_deputy(cast: Cast, oscar: Actor) -> None:
    ours = cast.rita.organisation
    AccountManager.assign(ours, person(oscar), by=cast.olga, deputy=person(cast.olga))
    cast.olga.organisation.memberships.get(person=oscar.person).end(by=cast.olga)
    left, heir = AccountManager.objects.order_by("pk")
    assert (left.ended_at, heir.person, heir.deputy, heir.ended_at) == (heir.since, cast.olga.person, None, None)


def test_who_leaves_without_a_deputy_leaves_it_to_the_team(cast: Cast, oscar: Actor) -> None:
    made = AccountManager.assign(cast.rita.organisation, person(oscar), by=cast.olga)
    cast.olga.organisation.memberships.get(person=oscar.person).end(by=cast.olga)
    made.refresh_from_db()
    assert made.ended_at is not None


def test_a_deputy_who_leaves_is_none_any_more(cast: Cast, oscar: Actor) -> None:
    AccountManager.assign(cast.rita.organisation, person(cast.olga), by=cast.olga, deputy=person(oscar))
    cast.olga.organisation.memberships.get(person=oscar.person).end(by=cast.olga)
    only = AccountManager.objects.get()
    assert (only.person, only.deputy, only.ended_at) == (cast.olga.person, None, None)


def test_who_leaves_before_the_next_one_begins_hands_over_until_then(cast: Cast, oscar: Actor) -> None:
    ours = cast.rita.organisation
    AccountManager.assign(ours, person(oscar), by=cast.olga, deputy=person(cast.olga))
    AccountManager.assign(ours, person(cast.olga), by=cast.olga, since=MONDAY + 10_000 * DAY)
    cast.olga.organisation.memberships.get(person=oscar.person).end(by=cast.olga)
    assert now_for(ours, MONDAY + 9_999 * DAY) == now_for(ours, MONDAY + 10_000 * DAY) == "Olga Lind"
    assert AccountManager.objects.filter(ended_at=None).get().since == MONDAY + 10_000 * DAY


def test_who_leaves_another_organisation_hands_over_nothing(cast: Cast) -> None:
    AccountManager.assign(cast.rita.organisation, person(cast.olga), by=cast.olga)
    ours = cast.clara.organisation
    ours.admit(person(cast.olga))
    ours.memberships.get(person=cast.olga.person).end(by=cast.clara)
    assert AccountManager.objects.get().ended_at is None


def test_a_client_that_is_no_enterprise_client_any_more_has_none(cast: Cast) -> None:
    ours = cast.clara.organisation
    ours.set_plan("enterprise", by=cast.olga)
    AccountManager.assign(ours, person(cast.olga), by=cast.olga)
    ours.set_plan("standard", by=cast.olga)
    assert AccountManager.objects.get().ended_at is not None
    assert Event.objects.filter(kind="manager.ended").count() == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_is_assigned_who_leaves_at_the_same_moment(cast: Cast, oscar: Actor) -> None:
    ours, home = cast.rita.organisation, cast.olga.organisation

    def assign() -> None:
        by = Actor.of(home.memberships.select_related("person", "organisation").get(person=cast.olga.person))
        AccountManager.assign(Organisation.objects.get(pk=ours.pk), person(oscar), by=by)

    membership = home.memberships.get(person=oscar.person)
    together(assign, lambda: membership.end(by=cast.olga))
    assert not AccountManager.objects.filter(person=oscar.person, ended_at=None).exists()


# --- visible_to and the plan ------------------------------------------------------------------------------------------


def test_one_sees_ones_own_and_the_operator_all(cast: Cast) -> None:
    AccountManager.assign(cast.rita.organisation, person(cast.olga), by=cast.olga)
    seen = [AccountManager.objects.visible_to(actor).count() for actor in (cast.rita, cast.olga, cast.clara, cast.otto)]
    assert seen == [1, 1, 0, 0]


def test_a_plan_is_a_clients_and_one_of_two(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        cast.rita.organisation.set_plan("enterprise", by=cast.olga)
    with pytest.raises(ValidationError):
        cast.clara.organisation.set_plan("golden", by=cast.olga)
    cast.clara.organisation.set_plan("enterprise", by=cast.olga)
    cast.clara.organisation.set_plan("enterprise", by=cast.olga)
    assert Event.objects.filter(kind="organisation.plan_set").count() == 1
