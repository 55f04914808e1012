"""An event is never changed and never deleted, and whoever may see it is fixed when it happens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cast import Cast
from tests.walk import walk
from trialogue.events.kinds import KINDS
from trialogue.events.models import Event


@pytest.fixture
def event(cast: Cast) -> Event:
    return Event.objects.get(subject=cast.submitted().public_id)


def test_it_refuses_to_be_saved_again(event: Event) -> None:
    with pytest.raises(TypeError, match="never changed"):
        event.save()


def test_it_refuses_to_be_deleted(event: Event) -> None:
    with pytest.raises(TypeError, match="never deleted"):
        event.delete()


def test_many_refuse_to_be_changed_or_deleted_too(event: Event) -> None:
    for refused in (
        lambda: Event.objects.all().delete(),
        lambda: Event.objects.update(via="mail"),
        lambda: Event.objects.bulk_update([event], ["via"]),
    ):
        with pytest.raises(TypeError, match=r"never (changed|deleted)"):
            refused()


def kinds_seen(actor: object) -> set[str]:
    return set(Event.objects.visible_to(actor).exclude(case_id=None).values_list("kind", flat=True))


def test_client_and_partner_see_what_concerned_them(cast: Cast) -> None:
    walk(cast)
    clara, paul = kinds_seen(cast.clara), kinds_seen(cast.paul)
    assert clara == set(Event.objects.exclude(case_id=None).values_list("kind", flat=True))
    # It was not theirs yet; and whom Clara's note named is her organisation's own.
    assert paul == clara - {"case.submitted", "note.mentioned"}


def test_a_referral_partner_sees_the_moves_and_what_is_said_but_no_clock_that_is_not_its_own(cast: Cast) -> None:
    walk(cast)
    seen = kinds_seen(cast.rita)
    assert seen == {
        "case.submitted", "case.released", "case.confirmed", "case.information_requested", "case.resumed", "case.paused", "case.closed", "case.reminded",
        "consent.given", "consent.withdrawn", "conversation.opened", "message.posted", "message.edited", "message.excused",
        "message.mentioned", "message.withdrawn", "operator.joined", "operator.left", "pin.added", "pin.removed",
    }  # fmt: skip


def test_outsiders_see_nothing_of_it_and_the_operator_all(cast: Cast) -> None:
    walk(cast)
    assert Event.objects.exclude(case_id=None).exists()  # for this test to mean anything
    assert kinds_seen(cast.otto) == kinds_seen(cast.pia) == set()
    assert kinds_seen(cast.olga) == kinds_seen(cast.clara) - {"note.mentioned"}


def test_an_organisations_own_events_are_for_itself_and_the_operator(cast: Cast) -> None:
    walk(cast)
    about_home = Event.objects.about(cast.clara.organisation)
    assert about_home.visible_to(cast.clara).count() == about_home.count() > 5
    shown = about_home.exclude(kind__in=[name for name, kind in KINDS.items() if kind.private])
    assert about_home.visible_to(cast.olga).count() == shown.count() > 5
    for other in (cast.paul, cast.rita, cast.otto, cast.pia):
        assert not about_home.visible_to(other).exists()


def test_events_of_the_other_environment_are_not_seen(cast: Cast) -> None:
    case = cast.submitted(by=replace(cast.clara, environment="test"))
    assert not Event.objects.about(case).visible_to(cast.clara).exists()
    assert Event.objects.about(case).visible_to(replace(cast.clara, environment="test")).exists()
    assert not Event.objects.about(case).visible_to(cast.olga).exists()
