"""GET /notices, /me/notices, /me/mutes, /me/absence and what changes them: for people, not for keys."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import BASE, Caller, errors, is_problem
from tests.pushes import FakeBrowser
from trialogue.cases.models import Case
from trialogue.deliveries.models import Absence, Browser, Delivery
from trialogue.deliveries.wishes import Mute, Wishes
from trialogue.events.models import Event
from trialogue.lib import webpush
from trialogue.people.models import Actor
from trialogue.requests.models import Request


class Person:
    """Someone signed in, who asks the API."""

    def __init__(self, actor: Actor) -> None:
        self.client = Client()
        self.client.force_login(actor.person)  # type: ignore[arg-type]

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(BASE + path, query)

    def send(self, method: str, path: str, told: Any = None) -> Any:
        return getattr(self.client, method)(BASE + path, json.dumps(told or {}), content_type="application/json")


@pytest.fixture
def paul(cast: Cast) -> Person:
    return Person(cast.paul)


@pytest.fixture
def case(cast: Cast) -> Case:
    now = timezone.now()
    case = cast.confirmed(at=now - timedelta(hours=2))
    Delivery.objects.all().delete()
    case.conversation.post(by=cast.clara, body="Any news, zebra?", at=now - timedelta(hours=1))
    return case


# --- notices ----------------------------------------------------------------------------------------------------------


def test_notices_are_what_stands_behind_the_bell(cast: Cast, case: Case, paul: Person) -> None:
    (notice,) = paul.get("notices").json()["items"]
    delivery = Delivery.objects.get(person=cast.paul.person)
    assert notice == {
        "id": delivery.public_id, "notice": "message", "case": case.reference, "request": None, "relationship": None, "meeting": None, "message": 1, "note": None, "sentences": ["Clara Holm wrote."],
        "words": "Any news, zebra?", "at": notice["at"], "seen_at": None, "mail": "waiting",
    }  # fmt: skip


def test_they_come_in_pages(cast: Cast, paul: Person) -> None:
    for n in range(3):
        cast.confirmed(f"N-{n}").conversation.post(by=cast.clara, body=f"{n}")
    first = paul.get("notices", limit=2).json()
    second = paul.get("notices", limit=2, after=first["next"]).json()
    ids = [one["id"] for page in (first, second) for one in page["items"]]
    assert len(ids) == len(set(ids)) == 3
    assert second["next"] is None


def test_seen_is_seen_up_to_a_moment(cast: Cast, case: Case, paul: Person) -> None:
    at = paul.get("notices").json()["items"][0]["at"]
    cast.confirmed("Later").conversation.post(by=cast.clara, body="Okapi?")
    assert paul.send("post", "notices/seen", {"through": at}).json() == {"seen": 1}
    assert len(paul.get("notices", unseen="true").json()["items"]) == 1
    assert paul.send("post", "notices/seen").json() == {"seen": 1}
    assert paul.get("notices", unseen="true").json()["items"] == []
    assert len(paul.get("notices").json()["items"]) == 2


def test_a_case_is_seen_by_itself(cast: Cast, case: Case, paul: Person) -> None:
    assert paul.send("post", f"cases/{case.reference}/seen").json() == {"seen": 1}
    assert paul.send("post", f"cases/{case.reference}/seen").json() == {"seen": 0}


@pytest.mark.parametrize("through", ["yesterday", "2026-03-09T11:00:00", "0001-01-01T00:00:00Z", "\x00"])
def test_what_is_no_moment_is_told(cast: Cast, paul: Person, through: str) -> None:
    response = paul.send("post", "notices/seen", {"through": through})
    assert is_problem(response, 422, "invalid")
    assert list(errors(response)) == ["through"]


def test_nobody_reads_notices_of_others(cast: Cast, case: Case) -> None:
    for other in (cast.clara, cast.otto, cast.pia, cast.olga, cast.rita):
        assert Person(other).get("notices").json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "notices"), ("post", "notices/seen"), ("get", "me/notices"), ("put", "me/notices"), ("get", "me/mutes"),
        ("put", "cases/{}/mute"), ("delete", "cases/{}/mute"), ("post", "cases/{}/seen"), ("get", "me/absence"),
        ("put", "me/absence"), ("delete", "me/absence"), ("get", "me/browsers"), ("delete", "me/browsers/brw_0000000000000000"),
    ],
)  # fmt: skip
def test_a_key_is_no_person(cast: Cast, case: Case, clara: Caller, method: str, path: str) -> None:
    body = {"first": "2030-01-01", "last": "2030-01-02"} if path == "me/absence" else {}
    send: Any = getattr(clara.client, method)
    address = BASE + path.format(case.reference)
    response = send(address) if method == "get" else send(address, json.dumps(body), content_type="application/json")
    assert is_problem(response, 403, "forbidden")
    assert not Mute.objects.exists()


# --- how I am told ----------------------------------------------------------------------------------------------------


def test_wishes_are_replaced_whole(cast: Cast, paul: Person) -> None:
    told = {
        "how": {"message": "at_once", "document": "off"},
        "quiet": {"weekdays": {"start": "20:00", "until": "07:00"}, "weekends": None},
        "let_through": False,
    }
    answer = paul.send("put", "me/notices", told).json()
    assert answer == paul.get("me/notices").json()
    assert (answer["how"]["message"], answer["how"]["document"], answer["how"]["move"]) == ("at_once", "off", "bundled")
    assert (answer["quiet"], answer["let_through"], answer["digest"]) == (told["quiet"], False, False)
    answer = paul.send("put", "me/notices").json()
    assert (answer["how"]["message"], answer["quiet"], answer["let_through"]) == (
        "bundled", {"weekdays": None, "weekends": None}, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"how": {"overdue": "off"}}, "overdue"),
        ({"how": {"earthquake": "off"}}, "earthquake"),
        ({"how": {"message": "loudly"}}, "message"),
        ({"quiet": {"weekdays": {"start": "25:00", "until": "07:00"}}}, "quiet.weekdays"),
        ({"quiet": {"weekends": {"start": "20:00"}}}, "quiet.weekends.until"),
        ({"quiet": {days: {"start": "00:00", "until": "00:00"} for days in ("weekdays", "weekends")}}, "weekdays"),
        ({"let_through": "yes"}, "let_through"),
        ({"loud": True}, "loud"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(cast: Cast, paul: Person, told: dict[str, Any], field: str) -> None:
    response = paul.send("put", "me/notices", told)
    assert is_problem(response, 422, "invalid")
    assert list(errors(response)) == [field]
    assert not Wishes.objects.exists()


# --- muted cases ------------------------------------------------------------------------------------------------------


def test_a_case_is_muted_listed_and_unmuted(cast: Cast, case: Case, paul: Person) -> None:
    until = "2099-01-01T00:00:00Z"
    muted = paul.send("put", f"cases/{case.reference}/mute", {"until": until}).json()
    assert muted == {
        "case": case.reference,
        "request": None,
        "relationship": None,
        "muted": True,
        "until": until,
        "overdue_too": False,
    }
    assert paul.get("me/mutes").json() == {"items": [muted]}
    assert Person(cast.petra).get("me/mutes").json() == {"items": []}
    assert paul.send("delete", f"cases/{case.reference}/mute").json()["muted"] is False
    assert paul.get("me/mutes").json() == {"items": []}


def test_a_moment_that_has_passed_or_is_none_is_told(cast: Cast, case: Case, paul: Person) -> None:
    for until in (MONDAY.isoformat(), "soon"):
        response = paul.send("put", f"cases/{case.reference}/mute", {"until": until})
        assert list(errors(response)) == ["until"]


def test_a_request_is_muted_listed_and_unmuted(cast: Cast) -> None:
    asked = Request.open(by=cast.clara, channel="platform", subject="White page", body="It stays white.")
    clara, there = Person(cast.clara), f"requests/{asked.number}/mute"
    muted = clara.send("put", there, {"overdue_too": True}).json()
    assert muted == {
        "case": None,
        "request": asked.number,
        "relationship": None,
        "muted": True,
        "until": None,
        "overdue_too": True,
    }
    assert clara.get("me/mutes").json() == {"items": [muted]}
    assert Person(cast.otto).send("put", there, {}).status_code == 404
    assert clara.send("delete", there).json()["muted"] is False
    assert clara.get("me/mutes").json() == {"items": []}


def test_a_stranger_mutes_and_sees_nothing(cast: Cast, case: Case) -> None:
    otto = Person(cast.otto)
    for method, path in (("put", "mute"), ("delete", "mute"), ("post", "seen")):
        assert otto.send(method, f"cases/{case.reference}/{path}").status_code == 404


# --- absence ----------------------------------------------------------------------------------------------------------


def test_an_absence_is_planned_shown_and_ended(cast: Cast, paul: Person) -> None:
    assert paul.get("me/absence").json() == {"absence": None}
    told = {"first": "2099-12-21", "last": "2099-12-31", "colleague": cast.petra.by}
    absence = paul.send("put", "me/absence", told).json()["absence"]
    assert absence == {
        "first": "2099-12-21", "last": "2099-12-31", "colleague": {"id": cast.petra.by, "name": "Petra Vogt"}, "is_now": False, "said_by": None,
    }  # fmt: skip
    assert paul.get("me/absence").json() == {"absence": absence}
    assert paul.send("delete", "me/absence").json() == {"absence": None}
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"first": "soon"}, "first"),
        ({"last": "2099-12-01"}, "last"),
        ({"last": "0001-01-01"}, "last"),
        ({"colleague": "per_0000000000000000"}, "colleague"),
        ({"colleague": ""}, "colleague"),
    ],
)
def test_an_absence_that_cannot_be_is_told(cast: Cast, paul: Person, wrong: dict[str, str], field: str) -> None:
    response = paul.send("put", "me/absence", {"first": "2099-12-21", "last": "2099-12-31"} | wrong)
    assert list(errors(response)) == [field]


def test_a_colleague_of_others_is_none(cast: Cast, paul: Person) -> None:
    told = {"first": "2099-12-21", "last": "2099-12-31", "colleague": cast.clara.by}
    assert list(errors(paul.send("put", "me/absence", told))) == ["colleague"]


@pytest.mark.parametrize("size", [2, 20])
def test_the_list_costs_as_much_for_many_as_for_few(
    cast: Cast, paul: Person, size: int, django_assert_num_queries: Any
) -> None:
    for n in range(size):
        cast.confirmed(f"N-{n}").conversation.post(by=cast.clara, body="Zebra")
    paul.get("notices")
    with django_assert_num_queries(
        4 + 5
    ):  # session, person, membership, wishes; notices, messages, moves, two of names
        paul.get("notices")


# --- absence of a colleague -------------------------------------------------------------------------------------------


def test_an_admin_says_it_for_a_colleague_and_it_is_recorded(cast: Cast, paul: Person) -> None:
    where, told = f"members/{cast.petra.by}/absence", {"first": "2099-12-21", "last": "2099-12-31"}
    absence = paul.send("put", where, told).json()["absence"]
    assert absence["said_by"] == {"id": cast.paul.by, "name": "Paul Brandt"}
    assert paul.get(where).json() == {"absence": absence}
    assert [one["absence"] for one in paul.get("members").json()["items"]] == [None, absence]
    assert Event.objects.get(kind="member.away").by == cast.paul.by
    assert Person(cast.petra).get("me/absence").json() == {"absence": absence}
    assert paul.send("delete", where).json() == {"absence": None}
    assert not Absence.objects.exists()


def test_a_member_says_it_for_nobody_else_and_no_program_does(cast: Cast, clara: Caller) -> None:
    told = {"first": "2099-12-21", "last": "2099-12-31"}
    assert is_problem(Person(cast.petra).send("put", f"members/{cast.paul.by}/absence", told), 403, "forbidden")
    assert is_problem(Person(cast.otto).send("put", f"members/{cast.paul.by}/absence", told), 404, "not-found")
    answer = clara.client.put(
        BASE + f"members/{cast.carl.by}/absence", json.dumps(told), content_type="application/json"
    )
    assert is_problem(answer, 403, "forbidden")
    assert not Absence.objects.exists()


# --- browsers ---------------------------------------------------------------------------------------------------------


def test_a_browser_is_turned_on_listed_and_taken_away(cast: Cast, paul: Person, settings: Any) -> None:
    settings.PUSH, settings.PUSH_KEY = True, webpush.new_key()
    told = {"name": "Kiosk", **FakeBrowser("https://push.example/one").told}
    response = paul.send("post", "me/browsers", told)
    made = response.json()
    assert (response.status_code, made["name"], made["rang_at"], made["trouble"]) == (201, "Kiosk", None, "")
    assert paul.get("me/browsers").json() == {"key": webpush.public(settings.PUSH_KEY), "items": [made]}
    assert is_problem(Person(cast.petra).send("delete", f"me/browsers/{made['id']}"), 404, "not-found")
    assert paul.send("delete", f"me/browsers/{made['id']}").json() == made
    assert not Browser.objects.exists()


def test_a_browser_that_cannot_be_is_told_at_its_field(paul: Person, settings: Any) -> None:
    settings.PUSH, settings.PUSH_KEY = True, webpush.new_key()
    told = {"name": "Kiosk", **FakeBrowser("http://inside/").told}
    assert list(errors(paul.send("post", "me/browsers", told))) == ["endpoint"]


def test_where_it_is_switched_off_there_is_no_key_and_no_way(paul: Person) -> None:
    assert paul.get("me/browsers").json() == {"key": None, "items": []}
    told = {"name": "Kiosk", **FakeBrowser("https://push.example/one").told}
    assert is_problem(paul.send("post", "me/browsers", told), 403, "forbidden")
