"""A policy is adopted as the next edition, whole or not at all, with what it promises."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.channels.models import Edition, Unreadable, advise
from trialogue.channels.rules import shipped
from trialogue.clocks.models import Calendar, Clock, Policy
from trialogue.events.models import Event
from trialogue.people.models import Actor, Refused, Role

pytestmark = pytest.mark.django_db
FASTER = shipped().replace("within = 48", "within = 24", 1)


def test_the_first_edition_is_the_one_that_is_shipped(cast: Cast) -> None:
    assert (Edition.in_force().number, Edition.in_force().text) == (1, shipped())
    assert Policy.in_force("answer", MONDAY).words == "2 business days"


def test_what_is_adopted_is_in_force_and_in_the_log(cast: Cast) -> None:
    edition = Edition.adopt(FASTER, by=cast.olga, why=" Partners agreed ", at=MONDAY)
    assert (edition.number, edition.why, Edition.in_force()) == (2, "Partners agreed", edition)
    event = Event.objects.get(kind="policy.adopted")
    assert (event.subject, event.facts["edition"]) == (cast.olga.organisation.public_id, 2)


def test_its_promises_bind_what_begins_later_and_nothing_that_runs(cast: Cast) -> None:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="Any news?", at=MONDAY)
    running = Clock.objects.get(promise="reply")
    Edition.adopt(FASTER, by=cast.olga, at=MONDAY)
    assert Policy.in_force("reply", MONDAY).within == 24
    assert Clock.objects.get(pk=running.pk).due_at == running.due_at
    assert Policy.objects.filter(promise="confirm").count() == 1


def test_a_promise_nobody_has_made_yet_begins_with_its_policy(cast: Cast) -> None:
    promise = (
        '[promise.vip]\nsays = "answer at once"\nowed_by = "operator"\nwithin = 1\nunit = "hours"\n\n[promise.confirm]'
    )
    Edition.adopt(shipped().replace("[promise.confirm]", promise), by=cast.olga, at=MONDAY)
    assert Policy.in_force("vip", MONDAY).words == "1 hour"


def test_its_hours_are_the_operators_calendar(cast: Cast) -> None:
    hours = '[hours]\nzone = "Europe/Copenhagen"\ncountry = "DK"\nweek = { 0 = [["09:00", "16:00"]] }'
    text = shipped().replace("[hours]", hours)
    Edition.adopt(text, by=cast.olga, at=MONDAY)
    assert Calendar.in_force(cast.olga.organisation, MONDAY).week == {"0": [["09:00", "16:00"]]}
    Edition.adopt(text.replace("within = 48", "within = 47"), by=cast.olga, at=MONDAY)
    assert cast.olga.organisation.calendars.count() == 2  # type: ignore[attr-defined]


def test_going_back_is_another_edition(cast: Cast) -> None:
    Edition.adopt(FASTER, by=cast.olga, at=MONDAY)
    back = Edition.roll_back(1, by=cast.olga, at=MONDAY)
    assert (back.number, back.text, back.why) == (3, shipped(), "As edition 1")
    assert Policy.in_force("reply", MONDAY).within == 48


def test_there_is_no_going_back_to_what_never_was(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="no edition 9"):
        Edition.roll_back(9, by=cast.olga)


def test_what_cannot_be_read_changes_nothing(cast: Cast) -> None:
    with pytest.raises(Unreadable):
        Edition.adopt(FASTER + "\n[[", by=cast.olga)
    assert Edition.in_force().number == 1


def test_only_admins_of_the_operator_adopt_a_policy(cast: Cast) -> None:
    member = Actor(cast.olga.organisation, person=cast.olga.person, role=Role.MEMBER)
    for actor in (
        cast.clara,
        cast.paul,
        cast.rita,
        cast.otto,
        member,
        Actor(cast.olga.organisation, environment="test", via="api"),
    ):
        with pytest.raises(Refused):
            Edition.adopt(FASTER, by=actor)
    assert Edition.in_force().number == 1


def test_whoever_has_not_seen_the_latest_edition_adopts_nothing(cast: Cast) -> None:
    Edition.adopt(FASTER, by=cast.olga, replaces=1)
    with pytest.raises(ValidationError, match="edition 2 meanwhile"):
        Edition.adopt(shipped(), by=cast.olga, replaces=1)


@pytest.mark.django_db(transaction=True)
def test_of_two_adopted_at_once_one_comes_after_the_other(cast: Cast) -> None:
    ends = together(*[lambda: Edition.adopt(FASTER, by=cast.olga)] * 2)
    assert sorted(end.number for end in ends) == [2, 3]


def test_advice_follows_whoever_asks(cast: Cast) -> None:
    asked = {name: advise(actor, "platform") for name, actor in (("clara", cast.clara), ("paul", cast.paul), ("rita", cast.rita), ("nobody", None))}  # fmt: skip
    assert {name: told.channel.key for name, told in asked.items() if told} == {
        "clara": "platform", "paul": "platform", "rita": "technical", "nobody": "sales",
    }  # fmt: skip
    assert asked["clara"].who == "referred_client"
    assert advise(cast.olga, "platform") is None
    assert advise(cast.clara, "the weather") is None
