"""Articles by program: read and searched by everyone who may, written and published by the operator."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.articles.written import Writer
from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller, errors, is_problem
from trialogue.articles.models import Article, Collection

pytestmark = pytest.mark.django_db
WORDS = {"title": "Confirm a case", "summary": "Within a day", "body": "Press it."}


@pytest.fixture
def written(cast: Cast) -> Writer:
    return Writer(cast)


def put(caller: Caller, where: str, told: dict[str, Any]) -> Any:
    return caller.client.put(BASE + where, json.dumps(told), content_type="application/json")


def names(answer: Any) -> list[str]:
    return [one["name"] for one in answer.json()["items"]]


def test_what_is_live_is_listed_page_by_page_to_whoever_may_read_it(
    written: Writer, clara: Caller, paul: Caller
) -> None:
    for slug, told in (("a", {}), ("b", {"visible": "partner"}), ("c", {}), ("d", {"live": False})):
        written(slug, **told)
    assert names(clara.get("articles")) == ["a", "c"]
    first = paul.get("articles", limit=2)
    assert names(first) == ["a", "b"]
    assert names(paul.get("articles", limit=2, after=first.json()["next"])) == ["c"]  # type: ignore[attr-defined]


def test_words_are_found_with_a_letter_mistyped(written: Writer, clara: Caller) -> None:
    written("confirm", "Confirm a case")
    assert names(clara.get("articles", q="confrim")) == ["confirm"]
    assert names(clara.get("articles", q="giraffe")) == []


def test_an_article_comes_in_ones_language_or_in_english(written: Writer, clara: Caller) -> None:
    written("confirm", "Confirm a case", "Press **[Confirm case]**.")
    written("confirm", "Fall bestätigen", language="de")
    told = clara.get("articles/confirm", language="da").json()  # type: ignore[attr-defined]
    assert (told["title"], told["languages"], told["draft"]) == ("Confirm a case", ["de", "en"], None)
    assert told["html"] == '<p>Press <span class="named">Confirm case</span>.</p>'
    assert clara.get("articles/confirm", {"Accept-Language": "de"}).json()["title"] == "Fall bestätigen"  # type: ignore[attr-defined]
    assert is_problem(clara.get("articles/nothing"), 404, "not-found")


def test_the_operator_writes_and_publishes(written: Writer, olga: Caller, clara: Caller) -> None:
    about = {"collection": "cases", "kind": "how-to", "audience": ["client"]}
    made = put(olga, "articles/confirm/en", WORDS | about).json()
    assert (made["title"], made["languages"], made["draft"]["version"], made["draft"]["state"]) == (
        "Confirm a case",
        [],
        1,
        "draft",
    )
    assert is_problem(clara.get("articles/confirm"), 404, "not-found")
    assert olga.post("articles/confirm/en/moves", {"move": "publish", "version": 1}).json()["languages"] == ["en"]  # type: ignore[attr-defined]
    assert clara.get("articles/confirm").status_code == 200
    again = put(olga, "articles/confirm/en", WORDS | {"body": "Press it now.", "replaces": 1}).json()
    assert (again["body"], again["draft"]["body"], again["draft"]["live_version"]) == (
        "Press it.\n",
        "Press it now.\n",
        1,
    )
    late = put(olga, "articles/confirm/en", WORDS | {"body": "Mine.", "replaces": 1})
    assert is_problem(late, 422, "invalid")
    assert "saved version 2 while you wrote" in late.json()["detail"]


def test_a_moment_to_come_going_back_and_taking_back(written: Writer, olga: Caller) -> None:
    written("confirm", body="First.")
    written("confirm", body="Second.")
    move = "articles/confirm/en/moves"
    assert olga.post(move, {"move": "roll_back", "version": 1}).json()["body"] == "First.\n"  # type: ignore[attr-defined]
    assert errors(olga.post(move, {"move": "schedule"})).keys() == {"publish_at"}
    told = olga.post(move, {"move": "schedule", "publish_at": "2099-12-01T08:00:00Z"}).json()["draft"]  # type: ignore[attr-defined]
    assert (told["state"], told["publish_at"]) == ("scheduled", "2099-12-01T08:00:00Z")
    taken = olga.post(move, {"move": "take_back"}).json()  # type: ignore[attr-defined]
    assert (taken["languages"], taken["body"], taken["draft"]["state"]) == ([], None, "taken_back")
    assert is_problem(olga.post(move, {"move": "take_back"}), 403, "forbidden")
    assert is_problem(olga.post("articles/confirm/de/moves", {"move": "publish"}), 404, "not-found")


def test_what_cannot_be_is_told_at_its_field(written: Writer, olga: Caller) -> None:
    for field, told in (("collection", {}), ("kind", {"collection": "cases", "audience": ["client"]}), ("body", {"collection": "cases", "kind": "how-to", "audience": ["client"], "body": "[x](javascript:x)"})):  # fmt: skip
        assert errors(put(olga, f"articles/{field}/en", WORDS | told)).keys() == {field}
    assert not Article.objects.exists()


def test_a_collection_is_made_and_listed_where_one_may_read_something(
    written: Writer, olga: Caller, clara: Caller
) -> None:
    told = {"words": {"en": {"title": "Empty"}}, "audience": ["client"], "order": 5}
    assert put(olga, "collections/empty", told).json()["title"] == "Empty"
    written("confirm")
    assert names(olga.get("collections")) == ["cases", "empty"]
    assert names(clara.get("collections")) == ["cases"]
    assert is_problem(put(clara, "collections/mine", told), 403, "forbidden")
    assert Collection.objects.count() == 2


def test_a_list_asks_as_much_for_fifty_as_for_five(written: Writer, clara: Caller) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            clara.get("articles")
        return len(asked)

    for number in range(5):
        written(f"a-{number}")
    few = cost()
    for number in range(5, 50):
        written(f"a-{number}")
    assert cost() == few == 3  # the key, the articles, their words
