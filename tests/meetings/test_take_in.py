"""What pages of others tell is taken in once: booked, moved, called off, known or not; and only from who they are."""

from __future__ import annotations

import hmac
import itertools
import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.cast import MONDAY, Cast
from tests.hosting import TUESDAY_TEN, WEDNESDAY_TEN, booked
from tests.together import together
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event
from trialogue.meetings.models import Gone, Host, Meeting, State, Taken
from trialogue.meetings.outside import Booking
from trialogue.people.models import Actor, Refused

pytestmark = pytest.mark.django_db
KEY = "a-signing-key"


@pytest.fixture(autouse=True)
def pages(settings: Any, at_monday: None) -> None:
    settings.BOOKING_PAGES = {"calendly": KEY, "cal": KEY}


def calendly(event: str, invitee: str = "INV1", starts_at: datetime = TUESDAY_TEN, **told: Any) -> dict[str, Any]:
    return {
        "event": f"invitee.{event}", "created_at": MONDAY.isoformat(), "created_by": "https://api.calendly.com/users/AAA",
        "payload": {
            "uri": f"https://api.calendly.com/scheduled_events/EV/invitees/{invitee}", "email": "otto@elsewhere.example", "name": "Otto P.",
            "old_invitee": None, "rescheduled": False,
            "scheduled_event": {
                "uri": "https://api.calendly.com/scheduled_events/EV", "name": "Quarterly talk",
                "start_time": starts_at.strftime("%Y-%m-%dT%H:%M:%S.000000Z"), "end_time": (starts_at + timedelta(minutes=45)).isoformat(),
                "location": {"type": "zoom", "join_url": "https://zoom.example.org/j/1"},
                "event_memberships": [{"user_email": "olga@trialogue.example"}],
            },
        } | told,
    }  # fmt: skip


def cal(kind: str, uid: str = "bFJeNb", starts_at: datetime = TUESDAY_TEN, **told: Any) -> dict[str, Any]:
    return {
        "triggerEvent": f"BOOKING_{kind}", "createdAt": MONDAY.isoformat(),
        "payload": {
            "uid": uid, "title": "Quarterly talk", "startTime": starts_at.isoformat(), "endTime": (starts_at + timedelta(minutes=30)).isoformat(),
            "organizer": {"email": "olga@trialogue.example"}, "attendees": [{"email": "otto@elsewhere.example", "name": "Otto"}],
            "metadata": {"videoCallUrl": "https://cal.example.org/video/1"},
        } | told,
    }  # fmt: skip


def post(
    told: Any, *, name: str = "calendly", key: str = KEY, at: datetime = MONDAY, header: str | None = None
) -> tuple[int, str]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    stamp = int(at.timestamp())
    signed = hmac.new(key.encode(), f"{stamp}.".encode() + body, "sha256").hexdigest()
    headers = {"Calendly-Webhook-Signature": f"t={stamp},v1={signed}"}
    if name == "cal":
        headers = {"X-Cal-Signature-256": hmac.new(key.encode(), body, "sha256").hexdigest()}
    if header is not None:
        headers = {"Calendly-Webhook-Signature": header} if header else {}
    answer = Client().post(f"/hooks/meetings/{name}/", body, content_type="application/json", headers=headers)
    return answer.status_code, answer.content.decode()


def test_what_is_booked_there_stands_here_and_takes_the_hosts_time(cast: Cast, host: Host, enterprise: Actor) -> None:
    assert post(calendly("created"))[0] == 200
    meeting = Meeting.objects.shown().get()
    assert (meeting.person, meeting.host, meeting.starts_at, meeting.minutes, meeting.subject, meeting.link) == (
        enterprise.person, host, TUESDAY_TEN, 45, "Quarterly talk", "https://zoom.example.org/j/1",
    )  # fmt: skip
    assert [Meeting.objects.visible_to(actor).count() for actor in (enterprise, cast.paul, cast.olga)] == [1, 0, 1]
    assert not Delivery.objects.filter(kind="meeting").exists(), "that page has told them"
    with pytest.raises(Taken):
        booked(host, enterprise)


def test_twice_is_once(host: Host) -> None:
    assert [post(calendly("created"))[0], post(calendly("created"))[0]] == [200, 200]
    assert Meeting.objects.count() == 1
    assert [post(calendly("canceled", cancellation={"reason": "Ill"}))[0] for _twice in range(2)] == [200, 200]
    assert (Meeting.objects.get().state, Meeting.objects.get().reason) == (State.CALLED_OFF, "Ill")
    assert list(Event.objects.filter(kind__startswith="meeting.").order_by("pk").values_list("kind", flat=True)) == [
        "meeting.agreed",
        "meeting.called_off",
    ]


@pytest.mark.parametrize("first", ["created", "canceled"])
def test_a_move_is_one_meeting_in_whichever_order_its_halves_come(host: Host, first: str) -> None:
    post(calendly("created"))
    halves = {
        "created": calendly("created", "INV2", WEDNESDAY_TEN, old_invitee=calendly("created")["payload"]["uri"]),
        "canceled": calendly("canceled", rescheduled=True, new_invitee="x"),
    }
    assert post(halves.pop(first))[0] == 200
    assert post(next(iter(halves.values())))[0] == 200
    meeting = Meeting.objects.get()
    assert (meeting.state, meeting.starts_at) == (State.AGREED, WEDNESDAY_TEN)
    assert str(meeting.external_id).endswith("INV2")
    post(calendly("canceled", "INV2"))
    assert Meeting.objects.get().state == State.CALLED_OFF


def test_a_booking_that_does_not_exist_is_logged_and_thanked_for(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        status, words = post(calendly("canceled", "GHOST"))
    assert (status, "not known here" in words) == (200, True)
    assert "GHOST" in caplog.text
    assert not Meeting.objects.exists()


def test_called_off_before_its_booking_came_it_is_off_when_that_comes(host: Host) -> None:
    for _twice in range(2):
        assert "not known here" in post(calendly("canceled", cancellation={"reason": "Ill"}))[1]
    assert not Meeting.objects.exists()
    for _twice in range(2):
        assert post(calendly("created")) == (200, "Thank you.")
        meeting = Meeting.objects.get()
        assert (meeting.state, meeting.reason, meeting.starts_at) == (State.CALLED_OFF, "Ill", TUESDAY_TEN)
    assert post(calendly("canceled")) == (200, "Thank you.")
    assert list(Event.objects.filter(kind__startswith="meeting.").order_by("pk").values_list("kind", flat=True)) == [
        "meeting.agreed",
        "meeting.called_off",
    ]
    assert not Gone.objects.exists()
    assert TUESDAY_TEN in host.free(30, "production", MONDAY)


def test_what_never_came_or_was_replaced_is_kept_for_two_months(host: Host) -> None:
    post(calendly("canceled", "GHOST"))
    post(calendly("created"))
    post(calendly("created", "INV2", WEDNESDAY_TEN, old_invitee=calendly("created")["payload"]["uri"]))
    Gone.forget(MONDAY + timedelta(days=60))
    assert Gone.objects.count() == 2
    Gone.forget(MONDAY + timedelta(days=60, seconds=1))
    assert not Gone.objects.exists()
    assert Meeting.objects.get().starts_at == WEDNESDAY_TEN


def test_called_off_on_one_page_another_page_has_its_own(host: Host) -> None:
    post(cal("CANCELLED", "same"), name="cal")
    post(calendly("created", uri="same"))
    assert Meeting.objects.get().state == State.AGREED


FIRST, SECOND, THIRD = (
    calendly("created", name, at, old_invitee=former and calendly("created", former)["payload"]["uri"])
    for name, at, former in (
        ("INV1", TUESDAY_TEN, None),
        ("INV2", TUESDAY_TEN + timedelta(hours=1), "INV1"),
        ("INV3", WEDNESDAY_TEN, "INV2"),
    )
)


@pytest.mark.parametrize("order", [*itertools.permutations((FIRST, SECOND, THIRD))])
def test_moved_twice_it_is_one_meeting_in_whichever_order_that_is_told(host: Host, order: Iterable[Any]) -> None:
    for told in (*order, *order):
        assert post(told)[0] == 200
    meeting = Meeting.objects.get(state=State.AGREED)
    assert (meeting.starts_at, str(meeting.external_id).endswith("INV3")) == (WEDNESDAY_TEN, True)
    assert set(Meeting.objects.exclude(pk=meeting.pk).values_list("state", flat=True)) <= {State.CALLED_OFF}
    post(calendly("canceled", "INV3"))
    assert not Meeting.objects.filter(state=State.AGREED).exists()


@pytest.mark.parametrize("order", [*itertools.permutations((FIRST, SECOND, calendly("canceled", "INV2")))])
def test_moved_and_then_called_off_it_is_off_in_whichever_order_that_is_told(host: Host, order: Iterable[Any]) -> None:
    for told in order:
        post(told)
    assert [meeting.state for meeting in Meeting.objects.all()] == [State.CALLED_OFF]


def test_whom_nobody_knows_is_kept_by_name_for_the_operator(cast: Cast) -> None:
    assert post(calendly("created", email="vera@example.com", name="Vera\x00 V."))[0] == 200
    meeting = Meeting.objects.get()
    assert (meeting.organisation, meeting.guest, meeting.email, meeting.host) == (
        None,
        "Vera V.",
        "vera@example.com",
        None,
    )
    client = Client()
    client.force_login(cast.olga.person)  # type: ignore[arg-type]
    page = client.get(f"/meetings/{meeting.number}/").content.decode()
    assert "Vera V." in page
    assert "booked on another page" in page
    assert client.get("/meetings/").status_code == 200


def test_what_was_booked_there_is_changed_there(cast: Cast, host: Host, enterprise: Actor) -> None:
    post(calendly("created"))
    meeting = Meeting.objects.shown().get()
    for verb in (
        lambda: meeting.move(WEDNESDAY_TEN, by=enterprise),
        lambda: meeting.call_off(by=cast.olga, reason="Ill"),
    ):
        with pytest.raises(Refused, match="booked on another page"):
            verb()


def test_two_bookings_at_once_stand_beside_each_other_as_they_do_there(host: Host, enterprise: Actor) -> None:
    booked(host, enterprise)
    assert post(calendly("created"))[0] == 200
    assert Meeting.objects.filter(starts_at=TUESDAY_TEN).count() == 2


def test_the_other_page_speaks_its_own_way(host: Host) -> None:
    assert post(cal("CREATED"), name="cal")[0] == 200
    assert post(cal("RESCHEDULED", "new", WEDNESDAY_TEN, rescheduleUid="bFJeNb"), name="cal")[0] == 200
    meeting = Meeting.objects.get()
    assert (meeting.starts_at, meeting.link) == (WEDNESDAY_TEN, "https://cal.example.org/video/1")
    assert post(cal("CANCELLED", "new", cancellationReason="Ill"), name="cal")[0] == 200
    assert Meeting.objects.get().state == State.CALLED_OFF
    assert post({"triggerEvent": "PING"}, name="cal")[0] == 200
    assert post(cal("CREATED"), name="cal", key="wrong")[0] == 403


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"key": "wrong"}, 403), ({"header": ""}, 403), ({"header": "t=,v1="}, 403), ({"header": "t=x,v1=y"}, 403), ({"header": "v1=é"}, 403),
        ({"at": MONDAY - timedelta(minutes=6)}, 403), ({"at": MONDAY + timedelta(minutes=6)}, 403), ({"at": MONDAY - timedelta(minutes=4)}, 200),
        ({"name": "zoom"}, 404),
    ],
)  # fmt: skip
def test_only_they_are_heard_and_only_now(host: Host, how: dict[str, Any], status: int) -> None:
    assert post(calendly("created"), **how)[0] == status
    assert Meeting.objects.exists() == (status == 200)


def test_a_house_that_knows_no_such_page_has_no_such_door(settings: Any) -> None:
    settings.BOOKING_PAGES = {}
    assert post(calendly("created"))[0] == 404
    assert Client().get("/hooks/meetings/calendly/").status_code == 405


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff", 400), (b"[" * 5000, 400), (b"[]", 200), (b"7", 200), ({"event": "routing_form_submission.created"}, 200), ({"event": "invitee.created"}, 400),
        ({"event": "invitee.created", "payload": []}, 400), (calendly("created", uri=7), 400), (calendly("created", scheduled_event={"start_time": "soon"}), 400),
        (calendly("created", scheduled_event={"start_time": "2026-03-10T09:00:00"}), 400), (calendly("created", uri="x" * 300), 400), (calendly("canceled", uri=None), 400), (calendly("created", old_invitee="x" * 300), 400),
        (b" " * 300_000, 413),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_so_and_never_breaks(told: Any, status: int) -> None:
    assert post(told)[0] == status
    assert not Meeting.objects.exists()


def test_what_is_odd_but_can_be_read_is_taken_as_it_is(host: Host) -> None:
    odd = calendly("created", email="x" * 300, name="N" * 400)
    odd["payload"]["scheduled_event"] |= {
        "name": "",
        "location": None,
        "event_memberships": ["x"],
        "end_time": TUESDAY_TEN.isoformat(),
    }
    assert post(odd)[0] == 200
    meeting = Meeting.objects.get()
    assert (meeting.email, len(meeting.name), meeting.minutes, meeting.link, meeting.host) == ("", 200, 1, "", None)
    assert meeting.subject


@pytest.mark.django_db(transaction=True)
def test_the_same_at_the_same_moment_is_one(cast: Cast) -> None:
    told = Booking("INV1", starts_at=TUESDAY_TEN, ends_at=WEDNESDAY_TEN, title="Talk")
    ends = together(*(lambda: Meeting.take_in(told, source="calendly") for _ in range(4)))
    assert {end.pk for end in ends} == {Meeting.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_booked_and_called_off_at_the_same_moment_it_is_off(cast: Cast) -> None:
    booking, off = Booking("INV1", starts_at=TUESDAY_TEN, ends_at=WEDNESDAY_TEN), Booking("INV1", is_off=True)
    together(*(lambda told=told: Meeting.take_in(told, source="calendly") for told in (booking, off)))
    assert Meeting.objects.get().state == State.CALLED_OFF
