"""Asking the operator by a program, and what the operator's programs do with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import BASE, PDF, Caller, errors, is_problem
from tests.doors.web.visitor import a_file
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Document
from trialogue.people.models import Visitor
from trialogue.requests.models import Request

ASKED = {"channel": "platform", "subject": "Cannot sign in", "body": "The page stays white."}


@pytest.fixture
def asked(cast: Cast) -> Request:
    return Request.open(by=cast.clara, at=MONDAY, **ASKED)


def opened(caller: Caller, **told: Any) -> Any:
    response = caller.post("requests", ASKED | told)
    assert response.status_code == 201, response.content
    return response.json()


def send(caller: Any, method: str, path: str, told: Any) -> Any:
    return caller.client.generic(method, BASE + path, json.dumps(told), content_type="application/json")


# --- POST /requests ---------------------------------------------------------------------------------------------------


def test_a_request_has_a_number_a_state_and_a_clock(clara: Caller, cast: Cast) -> None:
    response = clara.post("requests", ASKED)
    told = response.json()
    assert response.headers["Location"].endswith(f"/api/v1/requests/{told['number']}")
    assert (told["state"], told["channel"], told["messages"], told["tags"]) == ("open", "platform", 1, None)
    assert (told["clock"]["request"], told["clock"]["case"], told["clock"]["promise"]) == (
        told["number"],
        None,
        "answer",
    )
    assert told["clock"]["owner"]["name"] == cast.olga.organisation.name
    assert clara.get(f"requests/{told['number'].lower()}").json() == {
        name: value for name, value in told.items() if name != "masked"
    }


def test_a_repeat_with_the_same_key_is_the_same_request(clara: Caller) -> None:
    first, again = (clara.post("requests", ASKED, {"Idempotency-Key": "k"}) for _time in range(2))
    assert again.json()["number"] == first.json()["number"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Request.objects.count() == 1


def test_what_is_masked_is_told_as_kinds_and_hints_and_never_as_values(clara: Caller) -> None:
    form = {"response_body": '{"iban": "DE89370400440532013000"}', "http_status": "500"}
    words = {"subject": "Iban DE89370400440532013000", "body": "Write to anna.lund@mail.example"}
    response = clara.post("requests", ASKED | words | {"form": form})
    told = response.json()
    assert {(one["field"], one["kind"]) for one in told["masked"]} == {
        ("subject", "IBAN"), ("body", "e-mail"), ("response_body", "IBAN"),
    }  # fmt: skip
    assert "anna.lund" not in response.content.decode()
    assert "DE8937" not in response.content.decode()
    assert told["form"]["http_status"] == "500"


def test_what_is_kept_by_its_id_stays(clara: Caller) -> None:
    written = {"body": "Write to anna.lund@mail.example"}
    (found,) = clara.post("requests/preview", ASKED | written).json()["masked"]
    told = opened(clara, **written, keep=[found["id"]])
    assert told["masked"] == []
    (message,) = clara.get(f"requests/{told['number']}/messages").json()["items"]
    assert message["body"] == written["body"]


def test_what_is_not_theirs_is_turned_with_where_it_belongs(clara: Caller) -> None:
    for path in ("requests", "requests/preview"):
        response = clara.post(path, ASKED | {"channel": "technical"})
        assert is_problem(response, 409, "turned")
        advice = response.json()["advice"]
        assert (advice["channel"]["key"], advice["instead_of"]) == ("platform", "technical")
        assert advice["turned_away"] == response.json()["detail"]
        assert advice["due_at"]
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"channel": "case_chat"}, "channel"), ({"subject": " "}, "subject"), ({"body": ""}, "body"), ({"form": {"shoe": "42"}}, "shoe"),
        ({"form": {"http_status": "many"}}, "http_status"), ({"case": "AAAAAAAA"}, "case"), ({"colour": "red"}, "colour"),
        ({"author_email": "paul@kanzlei.example"}, "author_email"), ({"body": "\x00"}, "body"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(clara: Caller, wrong: dict[str, Any], field: str) -> None:
    response = clara.post("requests", ASKED | wrong)
    assert is_problem(response, 422, "invalid")
    assert list(errors(response)) == [field]
    assert not Request.objects.exists()


def test_the_operator_asks_nobody(olga: Caller) -> None:
    assert is_problem(olga.post("requests", ASKED), 403, "forbidden")


def test_a_case_of_ones_own_is_linked_and_no_others(cast: Cast, clara: Caller, otto: Caller) -> None:
    case = cast.released()
    assert opened(clara, case=case.reference)["case"] == case.reference
    assert list(errors(otto.post("requests", ASKED | {"case": case.reference}))) == ["case"]


def test_a_member_is_named_as_who_asks(clara: Caller) -> None:
    assert opened(clara, author_email="carl@nordlys.example")["sender"] == "Carl Dahl"
    assert opened(clara)["sender"] == "Nordlys Energi A/S"


# --- POST /requests/{number}/documents --------------------------------------------------------------------------------


def test_files_are_said_by_either_side_and_stand_in_the_conversation(
    asked: Request, clara: Caller, olga: Caller, otto: Caller
) -> None:
    path = f"requests/{asked.number}/documents"
    said = clara.upload(path, ("a.pdf", PDF), ("b.txt", b"Words"), body="Mail anna@mail.example")
    assert said.status_code == 201
    assert [one["name"] for one in said.json()["documents"]] == ["a.pdf", "b.txt"]
    assert (said.json()["body"], [one["kind"] for one in said.json()["masked"]]) == ("Mail [e-mail]", ["e-mail"])
    assert clara.get(f"requests/{asked.number}").json()["state"] == "open"
    assert (
        olga.upload(path, ("c.pdf", PDF), author_email="olga@trialogue.example").json()["author"]["name"] == "Olga Lind"
    )
    assert olga.get(f"requests/{asked.number}").json()["state"] == "answered"
    listed = clara.get(f"requests/{asked.number}/messages").json()["items"]
    assert [len(one["documents"]) for one in listed] == [0, 2, 1]
    there = f"documents/{listed[2]['documents'][0]['id']}"
    assert b"".join(clara.get(there).streaming_content) == PDF
    assert is_problem(otto.get(there), 404, "not-found")
    assert is_problem(otto.upload(path, ("a.pdf", PDF)), 404, "not-found")


def test_files_sent_again_with_the_same_key_come_once(asked: Request, clara: Caller) -> None:
    for again in (None, "true"):
        told = clara.client.post(
            f"{BASE}requests/{asked.number}/documents", {"documents": a_file("a.pdf")}, headers={"Idempotency-Key": "k"}
        )
        assert (told.status_code, told.headers.get("Idempotent-Replayed")) == (201, again)
        assert [one["name"] for one in told.json()["documents"]] == ["a.pdf"]
    assert asked.conversation.documents.count() == 1


@pytest.mark.parametrize(
    ("files", "about", "status", "kind"),
    [
        ([("a.exe", b"MZ")], {}, 415, "unsupported-media-type"), ([], {"body": "Hello"}, 422, "invalid"),
        ([("a.pdf", PDF)], {"kind": "DemandLetter"}, 422, "invalid"), ([("a.pdf", PDF)], {"body": "x" * 10_001}, 422, "invalid"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_are_refused_and_none_is_kept(
    asked: Request, clara: Caller, files: Any, about: dict[str, str], status: int, kind: str
) -> None:
    assert is_problem(clara.upload(f"requests/{asked.number}/documents", *files, **about), status, kind)
    assert not Document.objects.exists()


def test_a_document_of_a_request_is_changed_by_its_side(asked: Request, clara: Caller, olga: Caller) -> None:
    (kept,) = clara.upload(f"requests/{asked.number}/documents", ("a.pdf", PDF)).json()["documents"]
    newer = clara.upload(f"documents/{kept['id']}", ("b.pdf", PDF), method="put").json()
    assert (newer["version"], newer["kind"]) == (2, "Miscellaneous")
    assert is_problem(olga.client.delete(f"{BASE}documents/{newer['id']}"), 403, "forbidden")
    assert clara.client.delete(f"{BASE}documents/{newer['id']}").json()["removed_at"]


def test_a_message_is_masked_but_for_what_is_kept(asked: Request, clara: Caller) -> None:
    body = {"body": "Mail anna@mail.example"}
    path = f"requests/{asked.number}/messages"
    told = clara.post(path, body).json()
    assert told["body"] == "Mail [e-mail]"
    kept = clara.post(path, body | {"keep": [told["masked"][0]["id"]]}).json()
    assert (kept["body"], kept["masked"]) == ("Mail anna@mail.example", [])


# --- POST /requests/preview -------------------------------------------------------------------------------------------


def test_a_preview_tells_what_is_missing_and_opens_nothing(rita: Caller) -> None:
    told = ASKED | {"channel": "technical", "situation": "integration", "form": {"error_message": "500"}}
    shown = rita.post("requests/preview", told).json()
    assert [item["key"] for item in shown["missing"]] == ["environment", "endpoint", "steps_tried", "happened_at"]
    assert shown["due_at"]
    assert not Request.objects.exists()
    assert opened(rita, **told)["missing"] == [item["key"] for item in shown["missing"]]


# --- GET /requests ----------------------------------------------------------------------------------------------------


def test_each_sees_its_own_and_the_operator_all(
    cast: Cast, asked: Request, clara: Caller, otto: Caller, olga: Caller
) -> None:
    visited = Request.open(
        by=Visitor(), channel="sales", subject="Prices", body="How much?", name="Vera", email="vera@example.com"
    )
    assert [one["number"] for one in clara.get("requests").json()["items"]] == [asked.number]
    assert otto.get("requests").json()["items"] == []
    shown = olga.get("requests").json()["items"]
    assert [one["number"] for one in shown] == [visited.number, asked.number]
    assert (shown[0]["organisation"], shown[0]["sender"], shown[0]["clock"]["owed_to"]) == (None, "Vera", None)
    (message,) = olga.get(f"requests/{visited.number}/messages").json()["items"]
    assert (message["organisation"], message["author"]) == (None, None)


def test_others_find_nothing(asked: Request, otto: Caller, paul: Caller, rita: Caller) -> None:
    for caller in (otto, paul, rita):
        for path in ("", "/messages"):
            assert is_problem(caller.get(f"requests/{asked.number}{path}"), 404, "not-found")
        for path in ("messages", "supply", "rate"):
            told = {"messages": {"body": "x"}, "supply": {"form": {}}, "rate": {"helped": True}}[path]
            assert is_problem(caller.post(f"requests/{asked.number}/{path}", told), 404, "not-found")


@pytest.mark.parametrize("number", ["R-2026-999999", "R-1", "x", "R-2026-00000١"])
def test_a_wrong_number_is_not_found(asked: Request, clara: Caller, number: str) -> None:
    assert is_problem(clara.get(f"requests/{number}"), 404, "not-found")


def test_a_number_typed_wrongly_is_answered_with_the_nearest_that_one_may_see(
    clara: Caller, otto: Caller, olga: Caller, asked: Request
) -> None:
    near = [{"number": asked.number, "subject": asked.subject}]
    for caller, path in ((clara, ""), (olga, "/messages")):
        response = caller.get(f"requests/{asked.number[:-1]}9{path}")
        assert is_problem(response, 404, "not-found")
        assert response.json()["near"] == near
    assert "near" not in otto.get(f"requests/{asked.number[:-1]}9").json()


def test_filters_hold_and_pages_go_on(cast: Cast, clara: Caller, olga: Caller) -> None:
    for number in range(3):
        Request.open(by=cast.clara, **ASKED | {"channel": "legal" if number == 1 else "platform"})
    numbers = [one["number"] for one in clara.get("requests").json()["items"]]
    first = clara.get("requests", limit=2).json()
    rest = clara.get("requests", limit=2, after=first["next"]).json()
    assert [one["number"] for one in first["items"] + rest["items"]] == numbers
    assert rest["next"] is None
    olga.post(f"requests/{numbers[0]}/assign", {"email": "olga@trialogue.example"})
    olga.post(f"requests/{numbers[1]}/tags", {"tags": ["Legal March"]})
    olga.post(f"requests/{numbers[2]}/solve", {})
    assert found(olga, channel="legal") == [numbers[1]]
    assert found(olga, state="solved") == [numbers[2]]
    assert sorted(found(olga, state=["open", "solved"])) == sorted(numbers)
    assert found(olga, assignee=cast.olga.by) == [numbers[0]]
    assert sorted(found(olga, assignee="none")) == sorted(numbers[1:])
    assert found(olga, tag="legal march") == [numbers[1]]
    assert is_problem(clara.get("requests", tag="legal march"), 403, "forbidden")
    assert list(errors(olga.get("requests", state="lost"))) == ["state"]


def found(caller: Caller, **filters: Any) -> list[str]:
    return [one["number"] for one in caller.get("requests", **filters).json()["items"]]


@pytest.mark.parametrize("size", [1, 5])
def test_it_takes_four_queries_however_many(
    cast: Cast, olga: Caller, size: int, django_assert_num_queries: Any
) -> None:
    for _each in range(size):
        Request.open(by=cast.clara, **ASKED)
    olga.get("requests")
    with django_assert_num_queries(4):  # the key, the requests, their tags, their clocks
        assert len(olga.get("requests").json()["items"]) == size


# --- messages ---------------------------------------------------------------------------------------------------------


def test_the_operator_answers_and_a_reply_opens_it_again(asked: Request, clara: Caller, olga: Caller) -> None:
    where = f"requests/{asked.number}/messages"
    said = olga.post(where, {"body": "Try again.", "author_email": "olga@trialogue.example", "solves": True, "seen": 1})
    assert (said.status_code, said.json()["number"], said.json()["author"]["name"]) == (201, 2, "Olga Lind")
    told = clara.get(f"requests/{asked.number}").json()
    assert (told["state"], told["clock"], told["assignee"]["name"]) == ("solved", None, "Olga Lind")
    assert clara.post(where, {"body": "Still white."}).status_code == 201
    assert clara.get(f"requests/{asked.number}").json()["state"] == "open"
    assert [one["number"] for one in clara.get(where).json()["items"]] == [1, 2, 3]


def test_the_operator_asks_and_it_waits(asked: Request, olga: Caller) -> None:
    olga.post(f"requests/{asked.number}/messages", {"body": "Which browser?", "asks": True})
    assert olga.get(f"requests/{asked.number}").json()["state"] == "waiting"


def test_thanks_need_no_answer(cast: Cast, asked: Request, clara: Caller) -> None:
    asked.answer(by=cast.olga, body="Try again.")
    clara.post(f"requests/{asked.number}/messages", {"body": "Thanks.", "expects_answer": False})
    assert clara.get(f"requests/{asked.number}").json()["clock"] is None


def test_a_repeated_message_is_said_once(asked: Request, clara: Caller, olga: Caller) -> None:
    for caller in (clara, olga):
        first, again = (
            caller.post(f"requests/{asked.number}/messages", {"body": "Hello"}, {"Idempotency-Key": "k"})
            for _time in range(2)
        )
        assert again.json()["id"] == first.json()["id"]
        assert again.headers["Idempotent-Replayed"] == "true"
        other = caller.post(f"requests/{asked.number}/messages", {"body": "Bye"}, {"Idempotency-Key": "k"})
        assert is_problem(other, 422, "key-reused")


def test_what_only_the_operator_says_is_refused_to_others(asked: Request, clara: Caller) -> None:
    response = clara.post(f"requests/{asked.number}/messages", {"body": "x", "solves": True, "seen": 1})
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {"solves", "seen"}


def test_a_colleague_who_answered_meanwhile_is_named(cast: Cast, asked: Request, olga: Caller) -> None:
    asked.answer(by=cast.olga, body="I am at it.")
    response = olga.post(f"requests/{asked.number}/messages", {"body": "Try again.", "seen": 1})
    assert is_problem(response, 403, "forbidden")
    assert "Olga Lind" in response.json()["detail"]
    assert asked.conversation.messages.count() == 2


# --- the other verbs --------------------------------------------------------------------------------------------------


def test_what_was_missing_is_supplied_and_masked(cast: Cast, rita: Caller) -> None:
    told = opened(rita, channel="technical", situation="integration", form={"error_message": "500"})
    form = {"endpoint": "POST /clients", "steps_tried": "Sent it as anna.lund@mail.example"}
    now = rita.post(f"requests/{told['number']}/supply", {"form": form}).json()
    assert now["missing"] == ["environment", "happened_at"]
    assert [(one["field"], one["kind"]) for one in now["masked"]] == [("steps_tried", "e-mail")]
    assert now["form"]["error_message"] == "500"
    assert "anna.lund" not in str(now)


def test_it_is_rated_by_who_asked_alone(asked: Request, clara: Caller, olga: Caller) -> None:
    told = clara.post(f"requests/{asked.number}/rate", {"helped": False, "words": "Too slow"}).json()
    assert (told["helped"], told["verdict"]) == (False, "Too slow")
    assert is_problem(olga.post(f"requests/{asked.number}/rate", {"helped": True}), 403, "forbidden")


def test_either_side_closes_it(cast: Cast, asked: Request, clara: Caller, olga: Caller) -> None:
    assert clara.post(f"requests/{asked.number}/close", {}).json()["state"] == "closed"
    other = Request.open(by=cast.clara, **ASKED)
    assert olga.post(f"requests/{other.number}/close", {}).json()["state"] == "closed"


def test_the_desk_gives_moves_links_and_tags(cast: Cast, asked: Request, clara: Caller, olga: Caller) -> None:
    case, where = cast.released(), f"requests/{asked.number}"
    assert olga.post(f"{where}/assign", {"email": "OLGA@trialogue.example"}).json()["assignee"]["name"] == "Olga Lind"
    assert olga.post(f"{where}/assign", {"email": None}).json()["assignee"] is None
    moved = olga.post(f"{where}/move", {"channel": "legal"}).json()
    assert (moved["channel"], moved["intents"], moved["clock"]["promise"]) == (
        "legal",
        ["platform", "legal"],
        "acknowledge",
    )
    assert olga.post(f"{where}/link", {"case": case.reference}).json()["case"] == case.reference
    assert olga.post(f"{where}/tags", {"tags": ["B", "a"]}).json()["tags"] == ["a", "b"]
    assert olga.post(f"{where}/solve", {}).json()["state"] == "solved"
    told = clara.get(where).json()
    assert (told["case"], told["tags"]) == (case.reference, None)
    assert not Clock.objects.open().filter(conversation=asked.conversation).exists()


@pytest.mark.parametrize(
    ("path", "told", "field"),
    [
        ("assign", {"email": "paul@kanzlei.example"}, "email"), ("move", {"channel": "phone"}, "channel"), ("link", {"case": "AAAAAAAA"}, "case"),
        ("tags", {"tags": ["a,b"]}, "tags"), ("merge", {"into": "R-2026-999999"}, "into"), ("split", {"message": "x", "subject": "y"}, "message"),
    ],
)  # fmt: skip
def test_what_the_desk_cannot_do_is_told_at_its_field(
    asked: Request, olga: Caller, path: str, told: dict[str, Any], field: str
) -> None:
    response = olga.post(f"requests/{asked.number}/{path}", told)
    assert is_problem(response, 422, "invalid")
    assert list(errors(response)) == [field]


def test_duplicates_are_merged_and_second_questions_split(cast: Cast, asked: Request, olga: Caller) -> None:
    other = Request.open(by=cast.clara, **ASKED)
    merged = olga.post(f"requests/{other.number}/merge", {"into": asked.number}).json()
    assert (merged["state"], merged["merged_into"]) == ("closed", asked.number)
    second = asked.write(by=cast.clara, body="And who pays?")
    told = {"message": second.public_id, "subject": "Who pays", "channel": "sales"}
    new = olga.post(f"requests/{asked.number}/split", told)
    assert (new.status_code, new.json()["split_from"], new.json()["channel"]) == (201, asked.number, "sales")
    assert new.headers["Location"].endswith(new.json()["number"])


# --- saved answers and teams ------------------------------------------------------------------------------------------


def test_saved_answers_are_kept_filled_changed_and_removed(asked: Request, olga: Caller, clara: Caller) -> None:
    kept = olga.post("saved-answers", {"title": "Signing in", "body": "Dear {name}, about {number}: …"}).json()
    (shown,) = olga.get("saved-answers", **{"for": asked.number}).json()["items"]
    assert shown["filled"] == f"Dear Clara Holm, about {asked.number}: …"
    changed = send(olga, "PATCH", f"saved-answers/{kept['id']}", {"channel": "platform"}).json()
    assert changed == {**kept, "channel": "platform"}
    assert list(errors(olga.post("saved-answers", {"title": "Signing in", "body": "x"}))) == ["title"]
    assert list(errors(olga.post("saved-answers", {"title": "Other", "body": "{shoe}"}))) == ["body"]
    assert list(errors(olga.get("saved-answers", **{"for": "R-1"}))) == ["for"]
    assert clara.get("saved-answers").json()["items"] == []
    assert olga.client.delete(f"{BASE}saved-answers/{kept['id']}").json() == changed
    assert olga.get("saved-answers").json()["items"] == []


def test_an_admin_of_the_operator_says_who_looks_after_a_channel(cast: Cast, olga: Caller) -> None:
    signed_in = Client()
    signed_in.force_login(cast.olga.person)  # type: ignore[arg-type]
    told = json.dumps({"people": [cast.olga.by]})
    response = signed_in.put(f"{BASE}teams/platform", told, content_type="application/json")
    assert response.json() == {"channel": "platform", "people": [{"id": cast.olga.by, "name": "Olga Lind"}]}
    assert olga.get("teams/platform").json() == response.json()
    assert olga.get("teams/sales").json()["people"] == []
    assert is_problem(send(olga, "PUT", "teams/platform", {"people": []}), 403, "forbidden")
    for channel in ("phone", "nowhere"):
        assert is_problem(olga.get(f"teams/{channel}"), 404, "not-found")
    strangers = json.dumps({"people": [cast.clara.by]})
    response = signed_in.put(f"{BASE}teams/platform", strangers, content_type="application/json")
    assert list(errors(response)) == ["people"]


# --- elsewhere --------------------------------------------------------------------------------------------------------


def test_clocks_and_search_tell_the_request(asked: Request, clara: Caller) -> None:
    (clock,) = clara.get("clocks", owner="them").json()["items"]
    assert (clock["case"], clock["request"]) == (None, asked.number)
    (hit,) = clara.get("search", q="white").json()["items"]
    assert (hit["case"], hit["request"]) == (None, asked.number)
