"""Many cases by the API: filters and orders of GET /cases, the list as CSV, views, batches."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import BASE, Caller, errors, is_problem
from trialogue.lists.batches import carry_on

NOW = MONDAY + timedelta(hours=3)


def listed(caller: Caller, **query: Any) -> list[str]:
    response = caller.get("cases", **query)
    assert response.status_code == 200, response.content
    return [case["client_reference"] for case in response.json()["items"]]


@pytest.fixture
def three(cast: Cast) -> Cast:
    cast.confirmed("A", debtor_country="DE", amount=Decimal(100))
    cast.confirmed("B", debtor_country="FR", amount=Decimal(300), at=MONDAY + timedelta(hours=1))
    cast.submitted("C", debtor_country="DE", amount=Decimal(200), at=MONDAY + timedelta(hours=2))
    return cast


def test_it_filters_and_sorts_as_the_page_does(three: Cast, clara: Caller) -> None:
    assert listed(clara, country=["DE"]) == ["C", "A"]
    assert listed(clara, amount_from="150", sort="amount") == ["B", "C"]
    assert listed(clara, sort="-amount") == ["A", "C", "B"]
    assert listed(clara, sort="age") == ["A", "B", "C"]
    assert listed(clara, state="open", owner="nobody", currency="eur") == ["C", "B", "A"]
    assert listed(clara, state="former") == ["C", "B", "A"], "only a partner has former cases"
    assert listed(clara, unread="true") == []


@pytest.mark.parametrize("sort", ["amount", "-age", "due"])
def test_pages_follow_each_other_in_every_order(three: Cast, clara: Caller, sort: str) -> None:
    for case in three.clara.organisation.cases.filter(state="Active"):
        case.conversation.post(by=three.clara, body="Any news?", at=MONDAY + timedelta(hours=3))
    seen, after = [], ""
    while True:
        page = clara.get("cases", sort=sort, limit=1, after=after).json()
        seen += [case["client_reference"] for case in page["items"]]
        if not (after := page["next"] or ""):
            break
    assert seen == listed(clara, sort=sort)
    assert len(seen) == (2 if sort == "due" else 3)


@pytest.mark.parametrize(
    "query",
    [{"country": "XX"}, {"amount_from": "much"}, {"currency": "EURO"}, {"clock": "late"}, {"sort": "name"}, {"owner": "paul"}, {"unread": "maybe"}],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_at_its_field(clara: Caller, query: dict[str, str]) -> None:
    for path in ("cases", "cases.csv"):
        response = clara.get(path, **query)
        assert is_problem(response, 422, "invalid")
        assert set(errors(response)) == set(query)


def test_a_cursor_of_another_order_is_refused(three: Cast, clara: Caller) -> None:
    after = clara.get("cases", limit=1, sort="amount").json()["next"]
    assert is_problem(clara.get("cases", after=after), 400, "malformed")


def test_a_former_partner_lists_a_case_as_it_left_it(three: Cast, paul: Caller) -> None:
    case = three.paul.organisation.cases_received.get(client_reference="A")
    case.reassign(three.pia.organisation, by=three.olga, reason="Too slow")
    case.confirm(by=three.pia)
    (shown,) = paul.get("cases", state="former").json()["items"]
    assert (shown["client_reference"], shown["state"]) == ("A", "Active")
    assert shown["partner"]["id"] == three.paul.acting_for


# --- CSV --------------------------------------------------------------------------------------------------------------


def rows(caller: Caller, **query: Any) -> list[dict[str, str]]:
    response = caller.get("cases.csv", **query)
    assert response.headers["Content-Type"].startswith("text/csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


def test_it_is_the_list_in_its_order_with_plain_values(three: Cast, clara: Caller) -> None:
    found = rows(clara, sort="amount")
    assert [row["client_reference"] for row in found] == ["B", "C", "A"]
    assert (found[0]["amount"], found[0]["currency"], found[0]["created_at"]) == (
        "300.00",
        "EUR",
        "2026-03-09T12:00:00Z",
    )
    assert [row["client_reference"] for row in rows(clara, client_reference="A")] == ["A"]


def test_what_would_be_a_formula_is_text(cast: Cast, clara: Caller) -> None:
    cast.submitted("-1", debtor_name='=HYPERLINK("http://evil.example","x")')
    (row,) = rows(clara)
    assert (row["client_reference"], row["debtor_name"][:3]) == ("'-1", "'=H")


def test_it_holds_more_than_a_page_and_only_what_one_sees(
    three: Cast, clara: Caller, otto: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trialogue.lists.pages.each.__kwdefaults__", {"size": 1, "only": None})
    assert len(rows(clara)) == 3
    assert rows(otto) == []


# --- views ------------------------------------------------------------------------------------------------------------


def send(caller: Caller, method: str, path: str, told: Any = None) -> Any:
    return getattr(caller.client, method)(BASE + path, json.dumps(told), content_type="application/json")


def test_a_view_is_saved_changed_listed_and_removed(cast: Cast, clara: Caller, paul: Caller) -> None:
    response = clara.post("views", {"name": "Large", "query": "amount_from=1000&state=open", "shared": True})
    assert response.status_code == 201
    view = response.json()
    assert (view["query"], view["person"], view["has_left"]) == ("state=open&amount_from=1000", None, False)
    assert [one["id"] for one in clara.get("views").json()["items"]] == [view["id"]]
    assert paul.get("views").json()["items"] == []
    assert send(clara, "patch", f"views/{view['id']}", {"name": "Larger"}).json()["name"] == "Larger"
    for method in ("patch", "delete"):
        assert send(paul, method, f"views/{view['id']}", {"name": "x"}).status_code == 404
    assert send(clara, "delete", f"views/{view['id']}").status_code == 200
    assert clara.get("views").json()["items"] == []


def test_a_query_that_says_nothing_sensible_is_refused(clara: Caller) -> None:
    response = clara.post("views", {"name": "Bad", "query": "country=XX", "shared": True})
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {"country"}
    assert is_problem(clara.post("views", {"name": "Own", "query": ""}), 422, "invalid")


# --- batches ----------------------------------------------------------------------------------------------------------


def test_a_batch_is_prepared_confirmed_and_done(three: Cast, paul: Caller, clara: Caller) -> None:
    batch = paul.post("batches", {"what": "pause", "query": "state=Active", "reason": "Court"}).json()
    assert batch["counts"] == {"all": 2, "waiting": 2, "done": 0, "refused": 0}
    address = f"batches/{batch['id']}"
    assert clara.get(address).status_code == clara.post(f"{address}/confirm", None).status_code == 404
    for _twice in range(2):
        assert paul.post(f"{address}/confirm", None).json()["state"] == "running"
    while carry_on(NOW):
        pass
    assert (paul.get(address).json()["state"], paul.get(address).json()["counts"]["done"]) == ("done", 2)
    assert {item["state"] for item in paul.get(f"{address}/items").json()["items"]} == {"done"}
    assert paul.get(f"{address}/items", state="refused").json()["items"] == []
    assert [one["id"] for one in paul.get("batches").json()["items"]] == [batch["id"]]


def test_many_are_handed_to_a_colleague(three: Cast, paul: Caller) -> None:
    assert three.petra.person
    told = {"what": "owner", "query": "state=Active", "owner": three.petra.person.public_id}
    batch = paul.post("batches", told).json()
    assert (batch["label"], batch["counts"]["waiting"]) == ("Hand to a colleague", 2)
    assert set(errors(paul.post("batches", told | {"owner": "per_0000000000000000"}))) == {"owner"}


def test_a_case_one_does_not_see_is_told(three: Cast, clara: Caller, otto: Caller) -> None:
    reference = three.clara.organisation.cases.get(client_reference="A").reference
    response = otto.post("batches", {"what": "message", "cases": [reference], "body": "Hello"})
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {"cases"}


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"what": "message", "query": ""}, "body"), ({"what": "message", "body": "x"}, "cases"), ({"what": "close", "query": ""}, "what"),
        ({"what": "message", "body": "x", "query": "", "cases": ["AAAAAAAA"]}, "query"), ({"what": "message", "body": "x", "query": "sort=x"}, "sort"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_at_its_field(
    three: Cast, clara: Caller, told: dict[str, Any], field: str
) -> None:
    response = clara.post("batches", told)
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {field}


def test_stopping_throws_away_what_was_not_confirmed(three: Cast, clara: Caller) -> None:
    batch = clara.post("batches", {"what": "message", "query": "", "body": "Hello"}).json()
    assert clara.post(f"batches/{batch['id']}/stop", None).json()["state"] == "stopped"
    assert clara.get(f"batches/{batch['id']}").status_code == 404
