"""GET /cases/{reference}/messages"""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller, is_problem
from trialogue.cases.models import Case
from trialogue.conversations.models import Document


def bodies(caller: Caller, case: Case) -> list[str]:
    return [message["body"] for message in caller.get(f"cases/{case.reference}/messages").json()["items"]]


def test_both_sides_read_what_was_said_oldest_first(cast: Cast, clara: Caller, paul: Caller, olga: Caller) -> None:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="Any news?")
    talk.post(by=cast.paul, body="**Good** ones.")
    for caller in (clara, paul, olga):
        assert bodies(caller, talk.case) == ["Any news?", "**Good** ones."]


def test_a_message_is_told_whole(cast: Cast, clara: Caller) -> None:
    talk = cast.conversation()
    document = Document.receive(BytesIO(b"So it was said."), "note.txt")
    message = talk.post(
        by=cast.paul, body="See this", documents=[document], expects_answer=False, at=MONDAY + timedelta(hours=1)
    )
    (told,) = clara.get(f"cases/{talk.case.reference}/messages").json()["items"]
    assert told == {
        "id": message.public_id,
        "number": 1,
        "at": "2026-03-09T12:00:00Z",
        "author": {"id": cast.paul.by, "name": "Paul Brandt"},
        "organisation": {"id": cast.paul.organisation.public_id, "name": "Kanzlei Brandt & Partner"},
        "body": "See this",
        "expects_answer": False,
        "answers": None,
        "mentions": [],
        "edited_at": None,
        "wordings": [],
        "deleted_at": None,
        "excused_at": None,
        "via": "web",
        "documents": [
            {
                "id": document.public_id, "name": "note.txt", "mime": "text/plain; charset=utf-8", "size": 15,
                "kind": "PartnerDocuments", "description": "", "version": 1, "check": "none", "removed_at": None,
                "sha256": document.sha256, "url": f"http://127.0.0.1:8000/api/v1/documents/{document.public_id}",
            }
        ],
    }  # fmt: skip


def test_nothing_is_told_of_someone_elses_address(cast: Cast, clara: Caller) -> None:
    talk = cast.conversation()
    talk.post(by=cast.paul, body="Hello")
    assert "@" not in clara.get(f"cases/{talk.case.reference}/messages").content.decode()


def test_before_release_there_is_nothing_to_read(cast: Cast, clara: Caller) -> None:
    assert clara.get(f"cases/{cast.submitted().reference}/messages").json() == {"items": [], "next": None}


def test_a_referral_partner_reads_along(cast: Cast, rita: Caller) -> None:
    talk = cast.conversation()
    talk.post(by=cast.paul, body="Between us")
    assert bodies(rita, talk.case) == ["Between us"]


def test_someone_elses_conversation_looks_like_none_at_all(
    cast: Cast, clara: Caller, otto: Caller, pia: Caller
) -> None:
    talk = cast.conversation()
    talk.post(by=cast.paul, body="Between us")
    assert bodies(clara, talk.case)
    for caller in (otto, pia):
        response = caller.get(f"cases/{talk.case.reference}/messages")
        assert is_problem(response, 404, "not-found")
        assert response.content == caller.get("cases/AAAAAAAA/messages").content


def test_pages_follow_each_other(cast: Cast, clara: Caller) -> None:
    talk = cast.conversation()
    for number in range(5):
        talk.post(by=cast.clara, body=str(number))
    path = f"cases/{talk.case.reference}/messages"
    first = clara.get(path, limit=3).json()
    rest = clara.get(path, after=first["next"]).json()
    assert [message["body"] for message in first["items"] + rest["items"]] == list("01234")
    assert rest["next"] is None


def test_it_takes_four_queries_however_many(cast: Cast, clara: Caller, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    talk = cast.conversation()
    for number in range(5):
        talk.post(
            by=(cast.clara, cast.paul)[number % 2], body="", documents=[Document.receive(BytesIO(b"text"), "a.txt")]
        )
    with django_assert_num_queries(4):
        assert len(bodies(clara, talk.case)) == 5
