"""Working hours by program: read, previewed and set with a key, by the same verb as on the page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import BASE, Caller, errors, is_problem
from trialogue.clocks.models import Calendar, Clock, Feed
from trialogue.people.models import Environment

pytestmark = pytest.mark.usefixtures("at_monday")
WEEK = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("monday", "tuesday", "wednesday", "thursday")}
NEW = {"zone": "Europe/Berlin", "country": "DE", "week": WEEK, "closed": [{"date": "2026-12-28", "name": "Break"}]}
MINE = "organisations/me/calendar"


def test_an_organisation_reads_its_own(paul: Caller) -> None:
    told: Any = paul.get(MINE).json()
    assert told["organisation"]["name"] == "Kanzlei Brandt & Partner"
    assert told["in_force"] == 1
    assert told["versions"][0]["week"]["monday"] == [["00:00", "24:00"]]
    assert told["versions"][0]["introduced_by"] is None


def test_it_sets_them_and_the_log_says_so(cast: Cast, paul: Caller) -> None:
    response = paul.post(MINE, NEW | {"shortened": {"2026-12-23": [["08:00", "12:00"]]}, "subdivision": "by"})
    assert response.status_code == 201
    told: Any = response.json()
    assert (told["version"], told["week"], told["closed"], told["subdivision"]) == (2, WEEK, NEW["closed"], "BY")
    assert told["introduced_by"] == "Kanzlei Brandt & Partner"
    made = Calendar.in_force(cast.paul.organisation, MONDAY)
    assert made.closed == {"2026-12-28": "Break"}
    versions: Any = paul.get(MINE).json()
    assert (versions["in_force"], [one["version"] for one in versions["versions"]]) == (2, [2, 1])
    assert versions["versions"][0] == told


def test_a_later_one_waits(paul: Caller) -> None:
    told: Any = paul.post(MINE, NEW | {"effective_from": "2026-04-01T00:00:00+02:00"}).json()
    assert told["effective_from"] == "2026-03-31T22:00:00Z"
    assert paul.get(MINE).json()["in_force"] == 1  # type: ignore[attr-defined]


def test_a_preview_stores_nothing(cast: Cast, paul: Caller) -> None:
    cast.released()
    told: Any = paul.post(f"{MINE}/preview", NEW | {"closed": [{"date": "2026-03-10"}]}).json()
    assert (told["running"], told["later"], told["earlier"], told["same"]) == (1, 1, 0, 0)
    assert told["furthest"][0]["moved_seconds"] == 24 * 3600
    assert told["furthest"][0]["clock"]["id"] == Clock.objects.get().public_id
    assert cast.paul.organisation.calendars.count() == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"), ({"country": "XX"}, "country"), ({"subdivision": "ZZ"}, "subdivision"),
        ({"week": {}}, "week"), ({"week": {"moonday": [["08:00", "12:00"]]}}, "week"), ({"week": {"monday": [["12:00", "08:00"]]}}, "week"),
        ({"week": {"monday": [["8", "12"]]}}, "week"), ({"week": {"monday": [["08:00"]]}}, "week"), ({"week": {"monday": [["08:00", "08:01"]]}}, "week"),
        ({"closed": [{"date": "2026-02-30"}]}, "closed"), ({"shortened": {"24 December": [["08:00", "12:00"]]}}, "shortened"),
        ({"effective_from": "2026-03-01T00:00:00Z"}, "effective_from"), ({"effective_from": "2026-04-01"}, "effective_from"),
        ({"effective_from": "soon"}, "effective_from"), ({"effective_from": "2026-13-01T00:00:00Z"}, "effective_from"), ({"replaces": 7}, ""),
        ({"zone": "Europe/Berlin\x00"}, "zone"), ({"hours": 1}, "hours"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(cast: Cast, paul: Caller, told: dict[str, Any], field: str) -> None:
    response = paul.post(MINE, NEW | told)
    assert is_problem(response, 422, "invalid")
    assert list(errors(response)) == [field]
    assert cast.paul.organisation.calendars.count() == 1  # type: ignore[attr-defined]


def test_the_operator_sets_those_of_anyone(cast: Cast, olga: Caller) -> None:
    there = f"organisations/{cast.paul.acting_for}/calendar"
    assert olga.get(there).status_code == 200
    assert olga.post(there, NEW).json()["introduced_by"] == "Trialogue Operations"  # type: ignore[attr-defined]
    assert olga.post(f"{there}/preview", NEW).status_code == 200


def test_others_find_nothing_there(cast: Cast, clara: Caller) -> None:
    there = f"organisations/{cast.paul.acting_for}/calendar"
    for response in (clara.get(there), clara.post(there, NEW), clara.post(f"{there}/preview", NEW)):
        assert is_problem(response, 404, "not-found")
    assert is_problem(clara.get("organisations/nonsense/calendar"), 404, "not-found")


def test_a_test_key_reads_and_does_not_set(cast: Cast) -> None:
    key = Caller(cast.paul, Environment.TEST)
    assert key.get(MINE).status_code == 200
    assert is_problem(key.post(MINE, NEW), 403, "forbidden")
    assert is_problem(key.post(f"{MINE}/preview", NEW), 403, "forbidden")


def follow(caller: Caller, address: str) -> Any:
    return caller.client.put(f"{BASE}{MINE}/feed", json.dumps({"address": address}), content_type="application/json")


def test_closed_days_are_read_from_a_calendar(cast: Cast, paul: Caller) -> None:
    assert paul.get(MINE).json()["feed"] is None  # type: ignore[attr-defined]
    told: Any = follow(paul, "webcal://calendar.example.org/closed.ics").json()
    assert told["feed"] == {
        "address": "https://calendar.example.org/closed.ics", "read_at": None, "trouble": "", "closed": [], "new_days": 0
    }  # fmt: skip
    refused = follow(paul, "calendar.ics")
    assert (refused.status_code, list(errors(refused))) == (422, ["address"])
    assert follow(paul, "").json()["feed"] is None


def test_its_address_is_told_to_whoever_may_set_it(cast: Cast, paul: Caller) -> None:
    Feed.follow(cast.paul.organisation, "https://calendar.example.org/secret.ics", by=cast.paul)
    assert paul.get(MINE).json()["feed"]["address"].endswith("secret.ics")  # type: ignore[attr-defined]
    testing: Any = Caller(cast.paul, Environment.TEST).get(MINE).json()
    assert testing["feed"]["address"] == ""
