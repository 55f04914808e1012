from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from zlib import crc32

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from tests.cast import Cast
from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation, Document, Message
from trialogue.deliveries.models import Delivery
from trialogue.doors.console import demo_papers, demo_world
from trialogue.doors.console.evidence import examine
from trialogue.doors.console.management.commands import demo
from trialogue.events.models import Event
from trialogue.people.models import Actor, Organisation, Person, Side

# A Sunday morning, a Wednesday noon, Christmas, Easter Monday, the first minute of a year, a night of clock change.
MOMENTS = [
    datetime(2026, 11, 22, 8, 16, tzinfo=UTC),
    datetime(2026, 7, 15, 11, 0, tzinfo=UTC),
    datetime(2026, 12, 26, 20, 0, tzinfo=UTC),
    datetime(2027, 3, 29, 6, 30, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
]


@pytest.fixture
def world(db: None, settings) -> datetime:  # type: ignore[no-untyped-def]
    settings.QUIET_SECONDS = 60
    now = timezone.now()
    assert demo_world.load(now)
    return now


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_whenever_it_is_loaded_clocks_stand_in_every_way(db: None, now: datetime) -> None:
    demo_world.load(now)
    looks = Counter(clock.look(now) for clock in Clock.objects.select_related("policy", "calendar"))
    assert {"running", "at-risk", "broken", "late", "kept"} <= looks.keys()
    assert looks["broken"] >= 2
    assert not Clock.objects.due(now).exists()


def test_cases_are_in_every_state_that_can_be_reached(world: datetime) -> None:
    cases = Case.objects.filter(environment="production")
    assert cases.count() >= 12
    reachable = {State.VALIDATION, State.PENDING, State.MORE_INFO, State.ACTIVE, State.PAUSED, State.CLOSED}
    assert set(cases.values_list("state", flat=True)) == reachable
    assert set(cases.filter(state=State.CLOSED).values_list("close_code", flat=True)) == {
        "Paid",
        "DebtorInsolventBankrupt",
    }


def test_test_cases_stand_apart(world: datetime) -> None:
    assert Case.objects.filter(environment="test").count() == 2


def test_all_four_sides_are_there(world: datetime) -> None:
    kinds = Counter(Organisation.objects.values_list("kind", flat=True))
    assert kinds == {Side.OPERATOR: 1, Side.REFERRER: 1, Side.CLIENT: 2, Side.PARTNER: 3}


def test_somebody_belongs_to_a_client_and_to_a_partner_who_share_no_case(world: datetime) -> None:
    lotte = Person.objects.get(name="Lotte Friis")
    client, partner = (m.organisation for m in lotte.memberships.order_by("pk"))
    assert (client.kind, partner.kind) == (Side.CLIENT, Side.PARTNER)
    assert not Case.objects.filter(client=client, partner=partner).exists()


def test_every_entrance_is_somebody_and_every_side_has_one(world: datetime) -> None:
    people = [Person.objects.get(email=email) for email, _about in demo_world.ENTRANCES]
    sides = {membership.organisation.kind for person in people for membership in person.memberships.all()}
    assert sides == set(Side.values)
    assert not any(person.has_usable_password() for person in people)


def test_people_live_where_their_organisation_is(world: datetime) -> None:
    for person in Person.objects.all():
        first = person.memberships.order_by("pk")[0].organisation
        assert person.zone == first.zone


def test_nothing_happens_after_the_moment_of_loading(world: datetime) -> None:
    assert Event.objects.filter(at__gt=world).count() == 0
    assert Message.objects.filter(at__gt=world).count() == 0


def test_messages_of_a_case_follow_each_other(world: datetime) -> None:
    for conversation in Conversation.objects.all():
        moments = list(conversation.messages.order_by("number").values_list("at", flat=True))
        assert moments == sorted(moments)


def test_a_question_came_in_just_now_and_is_unread(world: datetime) -> None:
    soeren = Person.objects.get(name="Søren Bech")
    actor = Actor.of(soeren.memberships.select_related("person", "organisation").get())
    assert Conversation.objects.visible_to(actor).unread_by(soeren) > 0
    assert world - Message.objects.order_by("at").last().at < timedelta(hours=1)  # type: ignore[union-attr]


def test_people_write_in_three_languages(world: datetime) -> None:
    said = " ".join(Message.objects.values_list("body", flat=True))
    for words in ("the answer is overdue", "Mit freundlichen Grüßen", "Undskyld, at svaret kommer så sent"):
        assert words in said
    assert "{" not in said


def test_documents_of_every_kind_are_there_and_the_record_is_whole(world: datetime) -> None:
    kinds = Counter(document.mime.split(";")[0] for document in Document.objects.all())
    assert {"application/pdf", "image/png", "text/csv"} <= kinds.keys()
    for case in Case.objects.all():
        conversation = Conversation.objects.filter(case=case).first()
        assert all(finding.holds for finding in examine(case, conversation)), case


def test_mails_went_out_at_their_time_and_none_is_waiting(world: datetime) -> None:
    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert states["sent"] > 50
    assert states["read"] > 0
    assert states.keys() <= {"sent", "read", "moot"}


def test_a_second_load_keeps_the_world(world: datetime) -> None:
    before = Event.objects.count()
    assert demo_world.load(world) is False
    assert Event.objects.count() == before


def test_a_load_cut_short_leaves_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_world.Story, "_submit", cut)
    with pytest.raises(KeyboardInterrupt):
        demo_world.load(timezone.now())
    assert not Organisation.objects.exists()
    assert not Event.objects.exists()


def test_a_database_in_real_use_is_left_alone(cast: Cast) -> None:
    with pytest.raises(demo_world.AnotherWorld, match="--data DIR"):
        demo_world.load(timezone.now())


def test_a_story_out_of_order_is_an_error(db: None) -> None:
    steps = [{"at": "-2 10:00", "by": "a"}, {"at": "-3 10:00", "by": "a"}]
    told = {"reference": "X", "client": "c", "step": steps}
    world = demo_world.World({"people": {}}, timezone.now())
    world.people = {"a": Person(zone="Europe/Berlin")}
    world.organisations = {"c": Organisation.found(name="C", kind="client", country="DE", zone="Europe/Berlin")}
    with pytest.raises(ValueError, match="X: “-3 10:00” comes before the step above it"):
        list(demo_world.Story(world, told).steps())


# --- papers -----------------------------------------------------------------------------------------------------------


def test_a_drawn_pdf_says_where_each_of_its_objects_begins() -> None:
    page = demo_papers.pdf("Heading (1)\nfor Müller & Søn, 5 €")
    start = int(page.rsplit(b"startxref\n", 1)[1].split()[0])
    assert page[start : start + 4] == b"xref"
    places = [int(line[:10]) for line in page[start:].splitlines()[3:] if line.endswith(b" n ")]
    assert [page[place:].split()[0] for place in places] == [b"1", b"2", b"3", b"4", b"5", b"6"]
    assert "(for Müller & Søn, 5 €)".encode("cp1252") in page
    assert rb"(Heading \(1\))" in page


def test_a_drawn_picture_is_a_png_with_right_sums() -> None:
    picture = demo_papers.signed_note()
    at = 8
    while at < len(picture):
        length = int.from_bytes(picture[at : at + 4])
        chunk, total = picture[at + 4 : at + 8 + length], picture[at + 8 + length : at + 12 + length]
        assert crc32(chunk) == int.from_bytes(total)
        at += 12 + length
    assert len(picture) < 20_000


@pytest.mark.parametrize("name", ["a.pdf", "a.png", "a.csv"])
def test_what_is_drawn_is_received_as_what_it_is_called(db: None, name: str) -> None:
    document = Document.receive(BytesIO(demo_papers.draw(name, "Heading\n1;2")), name)
    assert document.name == name


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr(demo, "call_command", lambda *words, **options: calls.append((words, options)))
    return calls


def test_demo_tells_the_address_and_every_entrance_and_serves(trialogue, settings, served: list[Any]) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO, settings.BASE_URL = True, "http://127.0.0.1:8123"
    out, _err = trialogue("demo", port=8123)
    assert "Open http://127.0.0.1:8123 and enter with one click as" in out
    for email, _about in demo_world.ENTRANCES:
        assert Person.objects.get(email=email).name in out
    assert served == [(("serve",), {"port": 8123})]


def test_demo_refuses_a_database_in_real_use(cast: Cast, trialogue, settings, served: list[Any]) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = True
    with pytest.raises(CommandError, match="in real use"):
        trialogue("demo")
    assert served == []


def test_demo_is_nothing_without_its_setting(trialogue, settings, served: list[Any]) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = False
    with pytest.raises(CommandError, match="Start it as `trialogue demo`"):
        trialogue("demo")
    assert served == []
