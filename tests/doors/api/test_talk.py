"""What a program does in a conversation besides posting: editing, deleting, excusing, pinning, noting, searching."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller, errors, is_problem
from tests.walk import document
from trialogue.conversations.models import Conversation, Message, Note, Pin
from trialogue.people.models import Actor
from trialogue.requests.models import Request

CLARA = "clara@nordlys.example"


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


def patch(caller: Caller, message: Message, **told: Any) -> Any:
    return caller.client.patch(f"{BASE}messages/{message.public_id}", json.dumps(told), content_type="application/json")


def delete(caller: Caller, path: str) -> Any:
    return caller.client.delete(BASE + path)


def test_an_edit_is_told_with_what_was_said_before(cast: Cast, clara: Caller, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="Any gnus?")
    told = patch(clara, message, body="Any news?", author_email=CLARA).json()
    assert (told["body"], [one["body"] for one in told["wordings"]]) == ("Any news?", ["Any gnus?"])
    assert told["edited_at"]
    (listed,) = clara.get(f"cases/{talk.case.reference}/messages").json()["items"]
    assert listed == told


def test_what_a_program_said_a_program_edits(cast: Cast, clara: Caller, talk: Conversation) -> None:
    message = talk.post(by=Actor(cast.clara.organisation, via="api"), body="Any gnus?")
    assert patch(clara, message, body="Any news?").status_code == 200


def test_too_late_is_said(cast: Cast, clara: Caller, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="Any gnus?")
    Message.objects.update(at=message.at - timedelta(minutes=11))
    response = patch(clara, message, body="Any news?", author_email=CLARA)
    assert is_problem(response, 403, "forbidden")
    assert "10 minutes" in response.json()["detail"]


def test_a_deleted_message_keeps_its_place(cast: Cast, clara: Caller, paul: Caller, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="Any gnus?")
    told = delete(clara, f"messages/{message.public_id}?author_email={CLARA}").json()
    assert (told["body"], told["number"], bool(told["deleted_at"])) == ("", 1, True)
    assert "gnus" not in paul.get(f"cases/{talk.case.reference}/messages").content.decode()


def test_the_owing_side_excuses_itself_and_both_see_it(cast: Cast, paul: Caller, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="Thanks, bye")
    told = paul.post(f"messages/{message.public_id}/excuse", {}).json()
    assert (told["expects_answer"], bool(told["excused_at"])) == (False, True)
    assert message.conversation.clocks.get().state == "cancelled"


def test_a_message_quotes_one_of_its_own_conversation_only(cast: Cast, paul: Caller, talk: Conversation) -> None:
    asked = talk.post(by=cast.clara, body="Any news?")
    told = paul.post(f"cases/{talk.case.reference}/messages", {"body": "Not yet.", "answers": asked.public_id})
    assert told.json()["answers"] == asked.public_id
    elsewhere = cast.conversation("OTHER").post(by=cast.clara, body="Elsewhere")
    refused = paul.post(f"cases/{talk.case.reference}/messages", {"body": "x", "answers": elsewhere.public_id})
    assert list(errors(refused)) == ["answers"]


def test_whom_a_message_names_is_told(cast: Cast, clara: Caller, talk: Conversation) -> None:
    told = clara.post(f"cases/{talk.case.reference}/messages", {"body": "@Paul Brandt, any news?"}).json()
    assert told["mentions"] == [{"person": cast.paul.by, "name": "Paul Brandt"}]


@pytest.mark.parametrize("who", ["otto", "pia"])
def test_outsiders_find_nothing_to_change(cast: Cast, talk: Conversation, who: str) -> None:
    message, pin = talk.post(by=cast.clara, body="Okapi"), Pin.add(talk, by=cast.clara, fact="Okapi")
    note, caller = Note.write(talk, by=cast.clara, body="Okapi"), Caller(getattr(cast, who))
    answers = [
        patch(caller, message, body="x"),
        delete(caller, f"messages/{message.public_id}"),
        caller.post(f"messages/{message.public_id}/excuse", {}),
        delete(caller, f"pins/{pin.public_id}"),
        delete(caller, f"notes/{note.public_id}"),
    ]
    assert [response.status_code for response in answers] == [404] * 5
    assert caller.get("search", q="okapi").json()["items"] == []


# --- pins and notes ---------------------------------------------------------------------------------------------------


def test_either_side_pins_and_takes_off(cast: Cast, clara: Caller, paul: Caller, talk: Conversation) -> None:
    message = talk.post(by=cast.paul, body="The judge is Okapi")
    pinned = clara.post(f"cases/{talk.case.reference}/pins", {"message": message.public_id}).json()
    assert paul.get(f"cases/{talk.case.reference}/pins").json()["items"] == [pinned]
    assert pinned["text"] == "The judge is Okapi"
    assert delete(paul, f"pins/{pinned['id']}").json() == pinned
    assert paul.get(f"cases/{talk.case.reference}/pins").json()["items"] == []


@pytest.mark.parametrize(
    "told", [{}, {"message": "msg_0000000000000000"}, {"message": "x", "fact": "y"}, {"fact": "x" * 201}]
)
def test_a_pin_of_nothing_is_refused(cast: Cast, clara: Caller, talk: Conversation, told: dict[str, str]) -> None:
    assert is_problem(clara.post(f"cases/{talk.case.reference}/pins", told), 422, "invalid")


def test_a_note_is_read_by_its_own_keys_alone(cast: Cast, clara: Caller, paul: Caller, talk: Conversation) -> None:
    path = f"cases/{talk.case.reference}/notes"
    note = clara.post(path, {"body": "An okapi", "author_email": CLARA}).json()
    assert clara.get(path).json()["items"] == [note]
    for other in (paul, Caller(cast.olga)):
        assert other.get(path).json()["items"] == []
        assert "note." not in json.dumps(other.get("events", limit=100).json())
        assert is_problem(delete(other, f"notes/{note['id']}"), 404, "not-found")
    assert is_problem(delete(clara, f"notes/{note['id']}"), 403, "forbidden")  # not the key's own, but Clara's
    assert delete(clara, f"notes/{note['id']}?author_email={CLARA}").json() == note


def test_a_note_sent_again_is_one_note(cast: Cast, clara: Caller, talk: Conversation) -> None:
    path, key = f"cases/{talk.case.reference}/notes", {"Idempotency-Key": "k"}
    first, again = (clara.post(path, {"body": "An okapi"}, key) for _ in range(2))
    assert first.json() == again.json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers.get("Idempotent-Replayed")) == (None, "true")


def test_before_the_release_there_is_nothing_to_note_or_pin_in(cast: Cast, clara: Caller) -> None:
    case = cast.submitted("EARLY")
    assert is_problem(clara.post(f"cases/{case.reference}/notes", {"body": "x"}), 409, "not-open")
    assert is_problem(clara.post(f"cases/{case.reference}/pins", {"fact": "x"}), 409, "not-open")


# --- search -----------------------------------------------------------------------------------------------------------


def test_a_hit_says_what_where_and_which_words(cast: Cast, clara: Caller, talk: Conversation) -> None:
    message = talk.post(by=cast.paul, body="Die überfällige Rechnung")
    (hit,) = clara.get("search", q="uberf").json()["items"]
    assert hit == {
        "kind": "messages",
        "id": message.public_id,
        "case": talk.case.reference,
        "request": None,
        "relationship": None,
        "number": 1,
        "at": hit["at"],
        "organisation": {"id": cast.paul.acting_for, "name": "Kanzlei Brandt & Partner"},
        "text": "Die überfällige Rechnung",
        "marks": ["überfällige"],
    }


@pytest.mark.parametrize("kind", ["messages", "notes", "documents", "cases"])
def test_each_kind_is_searched(cast: Cast, clara: Caller, talk: Conversation, kind: str) -> None:
    talk.post(by=cast.clara, body="Bergmann")
    Note.write(talk, by=cast.clara, body="Bergmann")
    clara.upload(f"cases/{talk.case.reference}/documents", ("bergmann.txt", b"So it was said."))
    (hit,) = clara.get("search", q="bergmann", kind=kind).json()["items"]
    assert (hit["kind"], hit["case"], hit["marks"]) == (kind, talk.case.reference, hit["marks"])


def test_a_document_of_a_request_is_found_and_says_of_which(cast: Cast, clara: Caller) -> None:
    asked = Request.open(
        by=cast.clara, channel="platform", subject="White page", body="See", documents=[document("okapi.txt")]
    )
    (hit,) = clara.get("search", q="okapi", kind="documents").json()["items"]
    assert (hit["case"], hit["request"], hit["text"]) == (None, asked.number, "okapi.txt")


def test_pages_of_hits_follow_without_gap_or_double(cast: Cast, clara: Caller, talk: Conversation) -> None:
    for number in range(5):
        talk.post(by=cast.clara, body=f"Zebra {number}")
    seen: list[str] = []
    query: dict[str, Any] = {"q": "zebra", "limit": 2}
    while True:
        page = clara.get("search", **query).json()
        seen += [hit["text"] for hit in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == [f"Zebra {number}" for number in (4, 3, 2, 1, 0)]


def test_within_a_case_or_none(cast: Cast, clara: Caller, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Zebra")
    cast.conversation("OTHER").post(by=cast.clara, body="Zebra")
    assert len(clara.get("search", q="zebra").json()["items"]) == 2
    assert len(clara.get("search", q="zebra", case=talk.case.reference).json()["items"]) == 1
    assert list(errors(clara.get("search", q="zebra", case="NOSUCHCA"))) == ["case"]
    assert is_problem(clara.get("search", q="zebra", kind="people"), 422, "invalid")
    assert clara.get("search").json() == {"items": [], "next": None}
