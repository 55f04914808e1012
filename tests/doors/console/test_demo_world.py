"""The demo's world as it is after loading; loaded once, and only looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from trialogue.cases.lifecycle import State
from trialogue.cases.models import Call, Case, Engagement
from trialogue.clocks import keeping
from trialogue.clocks.models import Clock
from trialogue.conversations.information import InformationTemplate, Item
from trialogue.conversations.models import Conversation, Document, Message, Note, Pin
from trialogue.deliveries.absences import Absence
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.wishes import Mute, Wishes
from trialogue.doors.console import demo_world
from trialogue.doors.console.evidence import examine
from trialogue.events.models import Event
from trialogue.lists.views import View
from trialogue.people.models import Actor, Organisation, Person, Side
from trialogue.uploads.models import Upload

pytestmark = pytest.mark.django_db


@dataclass
class World:
    """When it was loaded, and which cases had a broken record then (asked while their documents were at hand)."""

    now: datetime
    broken: list[Case]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:  # type: ignore[no-untyped-def]
    now = timezone.now()
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(QUIET_SECONDS=60):
            assert demo_world.load(now)
        # The uploaded file went its way while the world was loaded.
        yield World(timezone.now(), [case for case in Case.objects.all() if not _is_whole(case)])
        transaction.set_rollback(True)


def _is_whole(case: Case) -> bool:
    return all(finding.holds for finding in examine(case, Conversation.objects.filter(case=case).first()))


def test_cases_are_in_every_state_and_ended_in_many_ways(world: World) -> None:
    cases = Case.objects.filter(environment="production")
    assert set(cases.values_list("state", flat=True)) == set(State)
    codes = set(cases.filter(state=State.CLOSED).values_list("close_code", flat=True))
    assert {"Paid", "PartiallyPaid", "DebtorInsolventBankrupt", "DebtorUntraceable"} <= codes
    ended = dict(Engagement.objects.exclude(ended_at=None).values_list("ended_why", "case__client_reference"))
    assert {"declined": "NE-11358", "reassigned": "NE-10871"}.items() <= ended.items()
    assert cases.exclude(closure_requested_at=None).get().client_reference == "FM/2175"


def test_a_list_of_items_is_answered_accepted_asked_again_and_open(world: World) -> None:
    items = Item.objects.filter(request__case__client_reference="NE-11265").order_by("position")
    assert list(items.values_list("state", flat=True)) == ["open", "accepted", "open", "answered"]
    assert items[0].again
    assert items[0].document


def test_a_conversation_shows_all_that_can_be_done_in_it(world: World) -> None:
    said = Message.objects.filter(conversation__case__environment="production")
    for what in (
        said.exclude(edited_at=None), said.exclude(withdrawn_at=None), said.exclude(answers=None), said.exclude(mentions=None),
        Note.objects.all(), Pin.objects.filter(message=None), Pin.objects.exclude(message=None), Call.objects.all(),
        Document.objects.filter(version=2),
    ):  # fmt: skip
        assert what.exists(), what.query


def test_partners_owe_every_promise_there_is(world: World) -> None:
    owed = set(Clock.objects.open().values_list("promise", flat=True))
    assert owed == {
        "confirm",
        "reply",
        "supply",
        "follow_up",
        "update",
        "answer",
        "acknowledge",
        "respond",
        "escalation",
    }
    assert Event.objects.filter(kind="case.progress_reported").exists()


def test_months_of_promises_are_told_in_the_report(world: World) -> None:
    told = keeping.report(Clock.objects.all(), keeping.weeks(13, world.now, "Europe/Berlin"), world.now)
    assert told.total.decided > 80
    assert 0.7 < (told.total.share or 0) < 0.95
    assert sum(1 for _week, tally in told.weeks if tally.decided) >= 11


def test_people_have_arranged_their_work(world: World) -> None:
    assert View.objects.filter(shared=True).exists()
    assert View.objects.filter(shared=False).exists()
    assert InformationTemplate.objects.exists()
    assert Wishes.objects.filter(digest=True).exists()
    assert Absence.objects.in_force(world.now).exclude(colleague=None).exists()
    assert Mute.objects.in_force(world.now).exists()


def test_a_file_was_uploaded_and_told_what_is_wrong_in_it(world: World) -> None:
    upload = Upload.objects.get()
    assert (upload.state, upload.created, upload.wrong, upload.known) == (Upload.State.DONE, 6, 3, 1)


def test_test_cases_stand_apart(world: World) -> None:
    assert Case.objects.filter(environment="test").count() == 2


def test_all_four_sides_are_there(world: World) -> None:
    kinds = Counter(Organisation.objects.values_list("kind", flat=True))
    assert kinds == {Side.OPERATOR: 1, Side.REFERRER: 1, Side.CLIENT: 2, Side.PARTNER: 3}


def test_somebody_belongs_to_a_client_and_to_a_partner_who_share_no_case(world: World) -> None:
    lotte = Person.objects.get(name="Lotte Friis")
    client, partner = (m.organisation for m in lotte.memberships.order_by("pk"))
    assert (client.kind, partner.kind) == (Side.CLIENT, Side.PARTNER)
    assert not Case.objects.filter(client=client, partner=partner).exists()


def test_every_entrance_is_somebody_and_every_side_has_one(world: World) -> None:
    people = [Person.objects.get(email=email) for email, _about in demo_world.ENTRANCES]
    sides = {membership.organisation.kind for person in people for membership in person.memberships.all()}
    assert sides == set(Side.values)
    assert not any(person.has_usable_password() for person in people)


def test_people_live_where_their_organisation_is(world: World) -> None:
    for person in Person.objects.all():
        first = person.memberships.order_by("pk")[0].organisation
        assert person.zone == first.zone


def test_nothing_happens_after_the_moment_of_loading(world: World) -> None:
    assert Event.objects.filter(at__gt=world.now).count() == 0
    assert Message.objects.filter(at__gt=world.now).count() == 0


def test_messages_of_a_case_follow_each_other(world: World) -> None:
    for conversation in Conversation.objects.all():
        moments = list(conversation.messages.order_by("number").values_list("at", flat=True))
        assert moments == sorted(moments)


def test_a_question_came_in_just_now_and_is_unread(world: World) -> None:
    soeren = Person.objects.get(name="Søren Bech")
    actor = Actor.of(soeren.memberships.select_related("person", "organisation").get())
    assert any(Message.objects.unread_keys(actor))
    assert world.now - Message.objects.order_by("at").last().at < timedelta(hours=1)  # type: ignore[union-attr]


def test_people_write_in_three_languages(world: World) -> None:
    said = " ".join(Message.objects.values_list("body", flat=True))
    for words in ("the answer is overdue", "Mit freundlichen Grüßen", "Undskyld, at svaret kommer så sent"):
        assert words in said
    assert "{" not in said


def test_documents_of_every_kind_are_there_and_the_record_is_whole(world: World) -> None:
    kinds = Counter(document.mime.split(";")[0] for document in Document.objects.all())
    assert {"application/pdf", "image/png", "text/csv"} <= kinds.keys()
    assert world.broken == []


def test_mails_went_out_at_their_time_and_none_is_waiting(world: World) -> None:
    due = Delivery.objects.filter(due_at__lte=world.now)  # a meeting that is agreed is reminded of in time
    states = Counter(due.values_list("state", flat=True))
    assert states["sent"] > 50
    assert states["read"] > 0
    assert states.keys() <= {"sent", "read", "moot", "digest", "muted"}


def test_a_second_load_keeps_the_world(world: World) -> None:
    before = Event.objects.count()
    assert demo_world.load(world.now) is False
    assert Event.objects.count() == before
