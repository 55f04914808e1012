"""The operator joins by API, by a person of its own; what its programs read, both sides see."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller, errors, is_problem
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.conversations.models import Document, Presence
from trialogue.events.models import Event

WHY = {"reason": "Both sides asked us.", "author_email": "olga@trialogue.example"}


@pytest.fixture
def case(cast: Cast) -> Case:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="A gazelle", documents=[document("gazelle.txt")], at=MONDAY)
    return talk.case


def test_joined_written_and_left(case: Case, olga: Caller, clara: Caller, paul: Caller, rita: Caller) -> None:
    where = f"cases/{case.reference}"
    hello = {"body": "Hello both", "author_email": WHY["author_email"]}
    assert is_problem(olga.post(f"{where}/messages", hello), 403, "forbidden")
    joined = olga.post(f"{where}/presences", WHY)
    assert joined.status_code == 201
    told = joined.json()
    assert (told["case"], told["person"]["name"], told["reason"], told["left_at"]) == (
        case.reference, "Olga Lind", WHY["reason"], None,
    )  # fmt: skip
    for caller in (clara, paul, rita, olga):
        assert caller.get(f"{where}/presences").json() == {"items": [told], "next": None}
    said = olga.post(f"{where}/messages", hello).json()
    assert (said["organisation"]["name"], said["expects_answer"]) == ("Trialogue Operations", False)
    assert olga.post(f"{where}/presences", WHY).json() == told
    assert "Leave it first" in olga.post(f"{where}/presences", WHY | {"reason": "Another"}).json()["detail"]
    left = olga.client.post(f"/api/v1/presences/{told['id']}/leave?author_email={WHY['author_email']}")
    assert left.json()["left_at"] is not None
    assert is_problem(olga.post(f"{where}/messages", hello), 403, "forbidden")
    kinds = [one["kind"] for one in clara.get(f"{where}/timeline", limit=100).json()["items"]]
    assert ("operator.joined" in kinds, "operator.left" in kinds) == (True, True)


@pytest.mark.parametrize(("given", "field"), [({"reason": " "}, "reason"), ({"reason": "x" * 301}, "reason"), ({}, "reason"), ({"author_email": "clara@nordlys.example"}, "author_email")])  # fmt: skip
def test_what_does_not_fit_is_said_at_its_field(case: Case, olga: Caller, given: dict[str, str], field: str) -> None:
    told = {"author_email": WHY["author_email"], **given} if "reason" in given or not given else WHY | given
    answer = olga.post(f"cases/{case.reference}/presences", told)
    assert (answer.status_code, list(errors(answer))) == (422, [field])


def test_a_program_is_nobody_who_could_be_there(case: Case, olga: Caller, clara: Caller, otto: Caller) -> None:
    where = f"cases/{case.reference}/presences"
    assert is_problem(olga.post(where, {"reason": "I am a program"}), 403, "forbidden")
    assert is_problem(clara.post(where, {"reason": "Me, too"}), 403, "forbidden")
    assert otto.post(where, WHY).status_code == otto.get(where).status_code == 404
    assert not Presence.objects.exists()


def test_before_the_release_there_is_no_conversation(cast: Cast, olga: Caller) -> None:
    early = cast.submitted("EARLY")
    assert is_problem(olga.post(f"cases/{early.reference}/presences", WHY), 409, "not-open")


def test_each_operation_that_gives_their_words_or_files_is_a_reading(cast: Cast, case: Case) -> None:
    where, file = f"cases/{case.reference}", Document.objects.get()
    reads: list[tuple[str, dict[str, Any]]] = [
        (f"{where}/messages", {}), (f"{where}/pins", {}), (f"{where}/information", {}), (f"{where}/calls", {}),
        (f"{where}/documents.zip", {}), (f"documents/{file.public_id}", {}), ("search", {"q": "gazelle", "case": case.reference}),
    ]  # fmt: skip
    with time_machine.travel(MONDAY, tick=False) as monday:
        olga, clara = Caller(cast.olga), Caller(cast.clara)
        for caller, each in ((clara, 0), (olga, 1)):
            for count, (path, query) in enumerate(reads, 1):
                monday.shift(3600)
                for _twice in range(2):
                    answer = caller.get(path, **query)
                    assert answer.status_code == 200
                    b"".join(answer.streaming_content if answer.streaming else ())  # type: ignore[attr-defined]
                assert (Event.objects.filter(kind="operator.read").count(), path) == (count * each, path)
    last = Event.objects.filter(kind="operator.read").last()
    assert last is not None
    assert (last.facts, last.via, last.organisation) == ({"person": ""}, "api", cast.olga.acting_for)


def test_lists_the_feed_and_a_search_across_cases_give_the_operator_no_words(case: Case, olga: Caller) -> None:
    for path in (
        "cases", f"cases/{case.reference}", f"cases/{case.reference}/timeline", f"cases/{case.reference}/documents",
        f"cases/{case.reference}/presences", "events", "clocks", "search?q=gazelle",
    ):  # fmt: skip
        answer = olga.get(path)
        assert (answer.status_code, "A gazelle" in answer.content.decode()) == (200, False)
    (hit,) = olga.get("search", q="gazelle").json()["items"]
    assert (hit["text"], hit["marks"], hit["case"]) == ("", [], case.reference)
    assert not Event.objects.filter(kind="operator.read").exists()
