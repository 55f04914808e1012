"""Loading the demo's world at any moment, its papers, and the command."""

from __future__ import annotations

import socket
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import BytesIO
from typing import Any
from zlib import crc32

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from tests.cast import Cast
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Document
from trialogue.deliveries.carriers import mail
from trialogue.deliveries.models import Delivered
from trialogue.doors.console import demo_papers, demo_requests, demo_world
from trialogue.doors.console.management.commands import demo
from trialogue.events.models import Event
from trialogue.people.models import Actor, Membership, Organisation, Person
from trialogue.requests.models import FailedCall

# A Sunday morning, the first minute of a working day, Christmas, late on a Monday.
MOMENTS = [
    datetime(2026, 11, 22, 8, 16, tzinfo=UTC),
    datetime(2026, 7, 14, 22, 1, tzinfo=UTC),
    datetime(2026, 12, 26, 20, 0, tzinfo=UTC),
    datetime(2026, 11, 30, 22, 0, tzinfo=UTC),
]


@pytest.fixture
def _mails_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half the time of loading goes into their words, which other tests read."""
    monkeypatch.setattr(mail, "carry", lambda delivery, now: Delivered())


@pytest.mark.parametrize("now", MOMENTS, ids=str)
@pytest.mark.usefixtures("_mails_are_not_written")
def test_whenever_it_is_loaded_clocks_stand_in_every_way(db: None, now: datetime) -> None:
    demo_world.load(now)
    looks = Counter(clock.look(now) for clock in Clock.objects.select_related("policy", "calendar"))
    assert {"running", "at-risk", "broken", "late", "kept"} <= looks.keys()
    assert looks["broken"] >= 2
    assert not Clock.objects.due(now).exists()


def test_whenever_it_is_loaded_each_step_comes_after_the_one_before(db: None) -> None:
    told = tomllib.loads(files(demo_world.__package__ or "").joinpath("demo_world.toml").read_text("utf-8"))
    world = demo_world.World(told, MOMENTS[0])
    world._found()
    world._admit()
    asked = demo_requests.told()["request"]
    for hours in range(0, 14 * 24, 7):  # a fortnight, at each time of the day
        world.now = MOMENTS[-1] + timedelta(hours=hours)
        steps = [*world._steps(), *world._asked(asked)]
        assert all(step.at <= world.now for step in steps)


@pytest.mark.usefixtures("_mails_are_not_written")
def test_requests_have_documents_and_calls_that_failed_can_be_picked(db: None) -> None:
    now = timezone.now()
    demo_world.load(now)
    sent = Document.objects.filter(conversation__isnull=False)
    assert {one.organisation.name if one.organisation else "" for one in sent} == {
        "Falkenberg Maschinenbau GmbH", "Pinto Cobranças Lda", "Trialogue Operations"
    }  # fmt: skip
    rita = Membership.objects.get(person__email="rita@fintegra.example")
    assert [call.status for call in FailedCall.objects.visible_to(Actor.of(rita))] == [409, 404, 422]


def test_a_load_cut_short_leaves_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(demo_world.DOING, "submit", cut)
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
    monkeypatch.setattr(demo, "must_be_free", lambda port: None)
    monkeypatch.setattr(demo, "call_command", lambda *words, **options: calls.append((words, options)))
    return calls


def test_demo_tells_the_address_and_every_entrance_and_serves(
    trialogue, settings, served: list[Any], monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO, settings.BASE_URL = True, "http://127.0.0.1:8123"
    for number, (email, _about) in enumerate(demo_world.ENTRANCES):
        Person.objects.create_user(email, name=f"Entrance {number}")
    monkeypatch.setattr(demo_world, "load", lambda now: True)
    out, _err = trialogue("demo", port=8123)
    assert "Open http://127.0.0.1:8123 and enter with one click as" in out
    for number, (_email, about) in enumerate(demo_world.ENTRANCES):
        assert f"Entrance {number} · " in out
        assert str(about) in out
    assert served == [(("serve",), {"port": 8123})]


def test_demo_refuses_a_database_in_real_use(cast: Cast, trialogue, settings, served: list[Any]) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = True
    with pytest.raises(CommandError, match="in real use"):
        trialogue("demo")
    assert served == []


def test_a_port_that_is_taken_is_told_before_anything_is_made() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} cannot be used .* Give another"):
            demo.must_be_free(port)
    demo.must_be_free(port)


def test_demo_is_nothing_without_its_setting(trialogue, settings, served: list[Any]) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = False
    with pytest.raises(CommandError, match="Start it as `trialogue demo`"):
        trialogue("demo")
    assert served == []
