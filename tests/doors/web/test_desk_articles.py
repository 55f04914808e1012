"""Writing articles on a page: drafts, previews, two editors, review, publishing, what changed, going back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.articles.written import Writer
from tests.cast import PASSWORD, Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.articles.models import Article, Collection, Translation
from trialogue.people.models import Actor, Person, Role

pytestmark = pytest.mark.django_db
WORDS = {"title": "Confirm a case", "summary": "Within a day", "body": "Press **[Confirm case]**."}


@pytest.fixture
def written(cast: Cast) -> Writer:
    return Writer(cast)


@pytest.fixture
def oda(cast: Cast, monday: object) -> Visitor:
    """A member of the operator, no admin."""
    person = Person.objects.create_user("oda@trialogue.example", PASSWORD, name="Oda Ny")
    return Visitor(Actor.of(cast.olga.organisation.admit(person, Role.MEMBER)))


def save(visitor: Visitor, slug: str = "confirm", **told: Any) -> Page:
    return visitor.send("article-desk", slug, "en", **{"do": "save", "replaces": "1", **WORDS, **told})


def differences(page: Page, tag: str) -> list[str]:
    return [one.words for one in page.root.one("main").all(tag)]


def test_an_article_begins_with_its_first_words_as_a_draft(written: Writer, oda: Visitor) -> None:
    told = {
        "slug": "confirm",
        "language": "en",
        "collection": str(written.collection.pk),
        "kind": "how-to",
        "audience": ["partner"],
        "visible": "public",
        "related": "",
    }
    assert oda.send("article-new", do="save", **told, **WORDS).status == 302
    draft = Translation.objects.get()
    assert (draft.state, draft.article.audience, draft.newest_version().editor) == ("draft", ["partner"], "Oda Ny")  # type: ignore[union-attr]
    assert "Confirm a case confirm Cases English Draft" in oda.open("articles-desk").main


@pytest.mark.parametrize(
    ("field", "told"),
    [("slug", {"slug": "Not A Slug"}), ("collection", {"collection": "999"}), ("related", {"related": "nothing"}), ("body", {"body": "[x](javascript:x)"}), ("audience", {"audience": []})],
)  # fmt: skip
def test_what_is_wrong_is_said_and_the_words_are_kept(
    written: Writer, olga: Visitor, field: str, told: dict[str, Any]
) -> None:
    right: dict[str, Any] = {
        "slug": "confirm",
        "language": "en",
        "collection": str(written.collection.pk),
        "kind": "how-to",
        "audience": ["client"],
        "visible": "public",
    }
    page = olga.send("article-new", do="save", **{**right, **WORDS, **told})
    assert (page.status, Article.objects.count()) == (422, 0)
    assert page.root.one("div", class_="wrong").words
    assert page.root.one("input", id="title")["value"] == "Confirm a case"


def test_a_preview_shows_how_it_reads_and_saves_nothing(written: Writer, olga: Visitor) -> None:
    written("confirm", live=False)
    page = save(olga, do="preview")
    assert page.root.one("section", class_="preview").one("span", class_="named").words == "Confirm case"
    assert page.root.one("textarea", id="body").words == WORDS["body"]
    assert Translation.objects.get().newest == 1
    assert save(olga, do="preview", body="![x](y)").status == 422


def test_the_second_of_two_editors_keeps_their_words_and_sees_what_differs(
    written: Writer, olga: Visitor, oda: Visitor
) -> None:
    written("confirm", body="Old.", live=False)
    save(olga, body="Old.\n\nOlga's line.")
    page = save(oda, body="Old.\n\nOda's line.")
    assert page.status == 409
    assert "Olga Lind saved version 2 while you wrote. Your words are kept here" in page.main
    assert "Olga's line." in differences(page, "del")
    assert "Oda's line." in differences(page, "ins")
    assert page.root.one("textarea", id="body").words == "Old. Oda's line."
    assert page.root.one("form", class_="form--wide").one("input", name="replaces")["value"] == "2"
    assert save(oda, body="Old.\n\nOda's line.", replaces="2").status == 302
    assert Translation.objects.get().newest == 3


def test_a_member_sends_to_review_and_an_admin_publishes(written: Writer, olga: Visitor, oda: Visitor) -> None:
    written("confirm", live=False)
    page = oda.open("article-desk", "confirm", "en")
    assert not page.root.all("button", value="publish")
    oda.send("article-desk", "confirm", "en", do="review")
    assert "In review" in olga.open("articles-desk", state="in_review").main
    assert oda.send("article-desk", "confirm", "en", do="publish", replaces="1").status == 302
    assert Translation.objects.get().state == "in_review"
    olga.send("article-desk", "confirm", "en", do="publish", replaces="1")
    assert Visitor().open("article", "confirm").status == 200
    olga.send("article-desk", "confirm", "en", do="take_back")
    assert Visitor().open("article", "confirm").status == 404


def test_a_moment_to_come_is_in_the_readers_own_zone(written: Writer, olga: Visitor) -> None:
    written("confirm", live=False)
    for wrong in ("", "soon", "2026-03-09T11:00"):
        page = olga.send("article-desk", "confirm", "en", do="schedule", replaces="1", publish_at=wrong)
        assert page.status == 422
    olga.send("article-desk", "confirm", "en", do="schedule", replaces="1", publish_at="2026-03-10T08:15")
    told = Translation.objects.get()
    assert (told.state, told.publish_at.isoformat()) == ("scheduled", "2026-03-10T07:15:00+00:00")  # type: ignore[union-attr]
    assert "Scheduled" in olga.open("articles-desk").main


def test_a_version_shows_what_it_changed_and_is_gone_back_to(written: Writer, olga: Visitor, oda: Visitor) -> None:
    written("confirm", "First", "One line.")
    written("confirm", "Second", "Another line.")
    page = olga.open("article-version", "confirm", "en", "2")
    assert differences(page, "del") == ["First", "One line."]
    assert differences(page, "ins") == ["Second", "Another line."]
    assert not olga.open("article-version", "confirm", "en", "2").root.one("main").all("form")
    assert not oda.open("article-version", "confirm", "en", "1").root.one("main").all("form")
    olga.send("article-version", "confirm", "en", "1")
    assert Visitor().open("article", "confirm").root.one("h1").words == "First"
    assert olga.open("article-version", "confirm", "en", "9").status == 404


def test_where_it_stands_is_kept_without_touching_its_words(written: Writer, olga: Visitor) -> None:
    told = written("confirm")
    form = {
        "do": "describe",
        "collection": str(written.collection.pk),
        "kind": "reference",
        "audience": ["client", "partner"],
        "visible": "client",
        "related": "",
    }
    olga.send("article-desk", "confirm", "en", **form)
    told.article.refresh_from_db()
    assert (told.article.kind, told.article.audience, told.article.visible) == (
        "reference",
        ["client", "partner"],
        "client",
    )
    assert Translation.objects.get().newest == 1


def test_another_language_begins_empty(written: Writer, olga: Visitor) -> None:
    written("confirm")
    page = olga.open("article-desk", "confirm", "de")
    assert page.root.one("input", id="title")["value"] == ""
    olga.send("article-desk", "confirm", "de", do="save", replaces="0", **WORDS)
    assert Translation.objects.filter(language="de", state="draft").exists()
    assert olga.open("article-desk", "confirm", "xx").status == 404
    assert olga.open("article-desk", "nothing", "en").status == 404


def test_a_collection_is_made_and_called_in_each_language(olga: Visitor, cast: Cast) -> None:
    page = olga.send("collection-new", slug="cases", title_en="", audience="client")
    assert page.status == 422
    olga.send("collection-new", slug="cases", title_en="Cases", title_de="Fälle", audience="client", order="3")
    olga.send("collection-desk", "cases", title_en="Your cases", audience=["client", "partner"], order="x")
    told = Collection.objects.get()
    assert (told.words["en"]["title"], told.words.get("de"), told.audience, told.order) == (
        "Your cases",
        None,
        ["client", "partner"],
        0,
    )


def test_each_page_asks_as_much_for_fifty_as_for_five(written: Writer, olga: Visitor) -> None:
    def cost(page: str, *args: str) -> int:
        olga.open(page, *args)
        with CaptureQueriesContext(connection) as asked:
            assert olga.open(page, *args).status == 200
        return len(asked)

    def measured() -> list[int]:
        return [
            cost("articles-desk"),
            cost("article-desk", "a-0", "en"),
            cost("article-version", "a-0", "en", "1"),
            cost("articles-readers"),
        ]

    for number in range(5):
        written(f"a-{number}")
    few = measured()
    for number in range(5, 50):
        written(f"a-{number}")
    assert measured() == few == [8, 10, 7, 9]
