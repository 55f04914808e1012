"""Meetings by program: hosts and their free times, booked, asked for, agreed, moved, called off, noted."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import BASE, Caller
from tests.hosting import WEDNESDAY_TEN, booked
from trialogue.doors.api.meeting_examples import NEW_HOST
from trialogue.meetings.models import Host, Meeting
from trialogue.people.models import Actor
from trialogue.requests.models import Request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_monday")]
OLGA, PAUL, OTTO = (
    {"author_email": each} for each in ("olga@trialogue.example", "paul@kanzlei.example", "otto@elsewhere.example")
)


@pytest.fixture
def otto(enterprise: Actor) -> Caller:
    return Caller(enterprise)


def new(whose: Host, /, **told: Any) -> dict[str, Any]:
    about = {"host": whose.public_id, "starts_at": "2026-03-10T10:00:00+01:00", "subject": "How we go on"}
    return about | OTTO | told


def test_a_client_books_one_of_the_free_times(cast: Cast, host: Host, otto: Caller) -> None:
    hosts = otto.get("hosts").json()
    assert (hosts["you"], hosts["items"][0]["person"]["name"], hosts["items"][0]["link"]) == ("book", "Olga Lind", None)
    free = otto.get(f"hosts/{host.public_id}/free", minutes="60").json()["times"]
    assert "2026-03-10T09:00:00Z" in free
    asked = Request.open(by=cast.otto, channel="platform", subject="Sign in", body="How?", at=MONDAY)
    made = otto.post("meetings", new(host, request=asked.number.lower()))
    assert made.status_code == 201
    told = made.json()
    assert (told["state"], told["starts_at"], told["ends_at"], told["person"]["name"], told["request"]) == (
        "agreed", "2026-03-10T09:00:00Z", "2026-03-10T09:30:00Z", "Otto Payne", asked.number,
    )  # fmt: skip
    assert otto.get("meetings?state=agreed").json()["items"] == [otto.get(f"meetings/{told['number'].lower()}").json()]
    assert "2026-03-10T09:00:00Z" not in otto.get(f"hosts/{host.public_id}/free").json()["times"]


def test_what_is_taken_is_told_apart(host: Host, otto: Caller) -> None:
    assert otto.post("meetings", new(host)).status_code == 201
    again = otto.post("meetings", new(host))
    assert (again.status_code, again.json()["type"].rpartition("#")[2]) == (409, "problem-time-taken")


def test_a_partner_asks_and_the_operator_answers(cast: Cast, host: Host, paul: Caller, olga: Caller) -> None:
    assert paul.get("hosts").json()["you"] == "ask"
    made = paul.post("meetings", PAUL | {"subject": "A region", "wishes": ["2026-03-11T10:00:00+01:00"]}).json()
    assert (made["state"], made["proposals"], made["host"]) == ("asked", ["2026-03-11T09:00:00Z"], None)
    owed = paul.get(f"requests/{made['request']}").json()["clock"]
    assert (owed["due_at"], owed["state"]) == ("2026-03-11T11:00:00Z", "running")
    where = f"meetings/{made['number']}"
    assert olga.post(f"{where}/agree", {"starts_at": "2026-03-11T09:00:00Z"}).status_code == 403  # a key is nobody's
    offered = olga.post(f"{where}/offer", OLGA | {"times": ["2026-03-12T09:00:00Z"]}).json()
    assert (offered["state"], offered["proposals"], offered["host"]["name"]) == (
        "offered",
        ["2026-03-12T09:00:00Z"],
        "Olga Lind",
    )
    assert paul.post(f"{where}/agree", {"starts_at": "2026-03-11T09:00:00Z"}).status_code == 422
    assert paul.post(f"{where}/agree", {"starts_at": "2026-03-12T09:00:00Z"}).json()["state"] == "agreed"
    moved = olga.post(f"{where}/move", {"starts_at": "2026-03-12T19:00:00Z"}).json()
    assert (moved["starts_at"], moved["sequence"]) == ("2026-03-12T19:00:00Z", 1)
    assert paul.post(f"{where}/call-off", {"reason": "Done by mail"}).json()["state"] == "called_off"
    declined = paul.post("meetings", PAUL | {"subject": "Another"}).json()["number"]
    assert olga.post(f"meetings/{declined}/decline", {"reason": "In writing"}).json()["reason"] == "In writing"


def test_a_key_of_the_operators_names_the_host(cast: Cast, host: Host, olga: Caller) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    told = {"starts_at": "2026-03-11T09:00:00Z", "host": host.public_id}
    assert olga.post(f"meetings/{meeting.number}/agree", told).json()["host"]["name"] == "Olga Lind"
    with time_machine.travel(WEDNESDAY_TEN + timedelta(hours=1), tick=False):
        assert olga.post(f"meetings/{meeting.number}/notes", {"notes": "So it is."}).json()["notes"] == "So it is."


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"subject": ""}, "subject"), ({"minutes": 7}, "minutes"), ({"host": "hst_nobody"}, "host"), ({"host": None}, "host"), ({"author_email": None}, "author_email"),
        ({"case": "Q8XAXF3W"}, "case"), ({"request": "R-2026-000099"}, "request"), ({"starts_at": "2026-03-10T10:00:00"}, "starts_at"), ({"starts_at": "2026-03-29T02:30"}, "starts_at"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(host: Host, otto: Caller, told: dict[str, Any], field: str) -> None:
    answer = otto.post("meetings", new(host, **told))
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


def test_who_may_neither_book_nor_ask_is_told_why(cast: Cast, host: Host, clara: Caller) -> None:
    told = clara.get("hosts").json()
    assert (told["items"], told["you"]) == ([], "none")
    assert "Write to us instead" in told["why"]
    refused = clara.post("meetings", {"subject": "A word", "author_email": "clara@nordlys.example"})
    assert (refused.status_code, "Write to us instead" in refused.json()["detail"]) == (403, True)
    assert clara.get(f"hosts/{host.public_id}/free").status_code == 404


def test_others_find_nothing(cast: Cast, host: Host, otto: Caller, paul: Caller) -> None:
    number = booked(host, cast.otto).number
    assert paul.get(f"meetings/{number}").status_code == 404
    assert paul.get("meetings").json()["items"] == []
    for name in ("M-2026-000099", "R-2026-000001", "M-2026-１", "%00"):
        assert otto.get(f"meetings/{name}").status_code == 404
    assert otto.get("meetings?state=lost").status_code == 422


def test_the_operator_says_when_somebody_can_be_met(cast: Cast, olga: Caller) -> None:
    client = Client()
    client.force_login(cast.olga.person)  # type: ignore[arg-type]

    def put(person: Actor, **told: Any) -> Any:
        body = json.dumps(NEW_HOST | told)
        return client.put(f"{BASE}members/{person.by}/host", body, content_type="application/json")

    told = put(cast.olga).json()
    assert (told["lengths"], told["link"], told["week"]) == ([30, 60], NEW_HOST["link"], NEW_HOST["week"])
    assert put(cast.paul).status_code == 404
    for wrong, field in (({"meets": ["visitors"]}, "meets"), ({"week": {}}, "week"), ({"zone": "Mars"}, "zone")):
        answer = put(cast.olga, **wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    host = Host.objects.shown().get()
    host.busy.fail("too_much", MONDAY)
    assert olga.get("hosts").json()["items"][0]["calendar_trouble"] == "The calendar is too large to be read."
