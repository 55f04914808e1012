"""GET /events"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller, is_problem
from trialogue.cases.feed import event_shape, with_references
from trialogue.clocks.models import break_due, warn_due
from trialogue.events import tail
from trialogue.events.models import Event

# On PostgreSQL a tail reads only what is committed, so these tests commit.
pytestmark = pytest.mark.django_db(transaction=True)


def events(caller: Caller, **query: Any) -> Any:
    """The page, once the tail has caught up: it waits for every open transaction of the server, also other tests'."""
    newest = Event.objects.filter(pk=Event.objects.order_by("-pk").values("pk")[:1])
    for _patience in range(400):
        if tail.after(tail.START, newest):
            break
        time.sleep(0.05)
    return caller.get("events", **query).json()


def kinds(caller: Caller, **query: Any) -> list[str]:
    return [event["kind"] for event in events(caller, **query)["items"]]


def test_an_event_is_told_whole(cast: Cast, clara: Caller) -> None:
    case = cast.submitted()
    told = events(clara)["items"][-1]
    event = Event.objects.get(subject=case.public_id)
    assert told == {
        "position": tail.position_of(event),
        "kind": "case.submitted",
        "at": "2026-03-09T11:00:00Z",
        "recorded_at": told["recorded_at"],
        "subject": case.public_id,
        "number": 1,
        "case": case.reference,
        "environment": "production",
        "by": cast.clara.by,
        "organisation": cast.clara.organisation.public_id,
        "via": "web",
        "facts": {"client": cast.clara.organisation.public_id},
        "explanation_url": None,
        "digest": event.digest,
    }


def test_moments_among_the_facts_are_utc_too(cast: Cast, clara: Caller) -> None:
    cast.released()
    started = next(event for event in events(clara)["items"] if event["kind"] == "clock.started")
    assert started["facts"]["due_at"] == "2026-03-10T11:00:00Z"


def test_a_clock_says_by_its_event_when_an_answer_is_due_and_where_that_is_explained(
    cast: Cast, clara: Caller, paul: Caller
) -> None:
    cast.conversation().post(by=cast.clara, body="When?", at=MONDAY)
    warn_due(MONDAY + timedelta(hours=40))
    break_due(MONDAY + timedelta(days=7))
    for caller in (clara, paul):
        told = {event["kind"]: event for event in events(caller)["items"]}
        for kind in (
            "clock.kept",
            "clock.warned",
            "clock.broken",
        ):  # the case was confirmed in time, her question was not answered
            event = told[kind]
            explained = caller.get(event["explanation_url"].split("/api/v1/")[1]).json()
            assert explained["clock"]["id"] == event["facts"]["clock"]
            assert explained["clock"]["due_at"] == event["facts"]["due_at"]


def test_what_people_wrote_is_not_told(cast: Cast, clara: Caller) -> None:
    cast.conversation().post(by=cast.paul, body="Strictly between us")
    assert "message.posted" in kinds(clara)
    assert "between us" not in str(events(clara))


def test_each_is_told_what_concerned_it(
    cast: Cast, clara: Caller, paul: Caller, otto: Caller, rita: Caller, olga: Caller
) -> None:
    case = cast.confirmed()
    case.conversation.post(by=cast.paul, body="Hello")
    about = {name: {event["case"] for event in events(caller)["items"]} for name, caller in
             {"clara": clara, "paul": paul, "otto": otto, "rita": rita, "olga": olga}.items()}  # fmt: skip
    assert about == {
        "clara": {None, case.reference}, "paul": {None, case.reference}, "rita": {None, case.reference},
        "olga": {None, case.reference}, "otto": {None},
    }  # fmt: skip
    assert "clock.started" not in kinds(rita)
    assert "case.submitted" not in kinds(paul)


def test_a_key_is_told_only_of_its_environment(cast: Cast) -> None:
    cast.submitted()
    assert "case.submitted" not in kinds(Caller(cast.clara, "test"))


def test_next_is_the_position_to_go_on_from_even_when_there_is_nothing(cast: Cast, clara: Caller) -> None:
    first = events(clara)
    again = events(clara, after=first["next"])
    assert first["next"] == first["items"][-1]["position"]
    assert again == {"items": [], "next": first["next"]}
    cast.submitted()
    assert kinds(clara, after=again["next"]) == ["case.submitted"]


def test_pages_follow_each_other_without_loss_or_double(cast: Cast, clara: Caller) -> None:
    cast.confirmed().conversation.post(by=cast.clara, body="Hello", at=MONDAY + timedelta(hours=1))
    whole = events(clara)["items"]
    seen: list[Any] = []
    after = ""
    while page := clara.get("events", after=after, limit=3).json():
        seen += page["items"]
        after = page["next"]
        if not page["items"]:
            break
    assert seen == whole
    assert len(whole) > 6


@pytest.mark.parametrize(
    "position", ["x", "1", "1.2.3", "-1.0", "1.99999999999999999999", "9" * 21 + ".0", "١.٢", "0.0\n", "\x00"]
)
def test_a_position_that_is_not_ours_is_refused(clara: Caller, position: str) -> None:
    response = clara.get("events", after=position)
    assert is_problem(response, 400, "malformed")
    assert "position" in response.json()["detail"]


def test_it_takes_two_queries_however_many(cast: Cast, clara: Caller, django_assert_num_queries: Any) -> None:
    cast.confirmed("INV-1")
    cast.confirmed("INV-2")
    events(clara)
    with django_assert_num_queries(2):
        assert len(clara.get("events").json()["items"]) > 6


def test_the_stream_tells_an_event_just_so(cast: Cast, clara: Caller, django_assert_num_queries: Any) -> None:
    cast.released()
    items = events(clara)["items"]
    told_live = list(with_references(Event.objects.visible_to(cast.clara)).order_by("id"))
    with django_assert_num_queries(0):
        told = [event_shape(event) for event in told_live]
    assert json.loads(json.dumps(told)) == items
    assert [event_shape(event) for event in Event.objects.visible_to(cast.clara).order_by("id")] == items
