"""Pictures on the pages of articles: added and removed beside the words, which stay as they are typed; shown to who may read."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.articles.written import Writer
from tests.cast import Cast
from tests.doors.web.visitor import Page, Visitor
from tests.lib.test_drawing import picture
from trialogue.articles.models import Translation
from trialogue.articles.pictures import Picture

pytestmark = pytest.mark.django_db
WORDS = {"title": "Typed and not saved", "summary": "S", "body": "B", "replaces": "1"}


@pytest.fixture
def written(cast: Cast) -> Writer:
    return Writer(cast)


@pytest.fixture
def told(written: Writer) -> Translation:
    return written("clocks")


def send(visitor: Visitor, do: str = "picture", name: str = "Clock.png", content: bytes = b"", **more: str) -> Page:
    file = {"file": SimpleUploadedFile(name, content or picture(size=(600, 300)))} if do == "picture" else {}
    headers = {"HX-Request": "true"} if more.pop("script", "") else {}
    return visitor.send("article-desk", "clocks", "en", headers=headers, do=do, **WORDS, **file, **more)


def lines(page: Page) -> list[str]:
    return [one.words for one in page.root.one("section", id="pictures").all("code")]


def test_one_is_added_and_the_words_come_back_as_they_were_typed(told: Translation, olga: Visitor) -> None:
    page = send(olga)
    assert (page.status, lines(page)) == (200, ["![](clock.png)"])
    assert "clock.png is here." in page.main
    assert page.root.one("input", id="title")["value"] == "Typed and not saved"
    assert told.versions.count() == 1


def test_a_script_gets_the_list_alone_and_knows_what_came(told: Translation, olga: Visitor) -> None:
    page = send(olga, script="yes")
    assert not page.root.all("main")
    assert [one["data-insert"] for one in page.root.all("button") if "data-added" in one.given] == ["![](clock.png)"]


@pytest.mark.parametrize("script", ["", "yes"])
def test_what_is_no_picture_is_told_beside_the_list(told: Translation, olga: Visitor, script: str) -> None:
    page = send(olga, name="x.svg", content=b"<svg/>", script=script)
    assert page.status == 422
    assert "save an SVG as PNG first" in page.root.one("section", id="pictures").words
    nothing = olga.send("article-desk", "clocks", "en", do="picture", **WORDS)
    assert (nothing.status, "Choose a picture first." in nothing.main) == (422, True)


def test_one_that_is_in_use_has_no_button_and_stays(told: Translation, olga: Visitor) -> None:
    send(olga)
    send(olga, name="spare.png")
    olga.send("article-desk", "clocks", "en", do="save", **WORDS | {"body": "![A clock](clock.png)"})
    page = olga.open("article-desk", "clocks", "en")
    assert [one["value"] for one in page.root.all("button", name="do") if one["value"].startswith("remove")] == ["remove spare.png"]  # fmt: skip
    assert "in use" in page.root.one("section", id="pictures").words
    refused = send(olga, "remove clock.png")
    assert (refused.status, "so it stays" in refused.main) == (422, True)
    assert lines(send(olga, "remove spare.png")) == ["![](clock.png)"]
    assert send(olga, "remove spare.png").status == 404


def test_a_preview_shows_it_and_what_is_missing_is_told_by_line(told: Translation, olga: Visitor) -> None:
    send(olga)

    def preview(body: str) -> Page:
        return olga.send("article-desk", "clocks", "en", do="preview", **WORDS | {"body": body})

    assert preview("![A clock](clock.png)").root.one("section", class_="preview").one("img")["alt"] == "A clock"
    assert "Line 3: Say what “clock.png” shows" in preview("x\n\n![](clock.png)").main
    assert "Line 1: There is no picture called “gone.png”" in preview("![A clock](gone.png)").main


def test_it_is_served_by_its_content_to_anybody_who_reads_the_article(told: Translation, olga: Visitor) -> None:
    send(olga)
    made = Picture.objects.get()
    send(olga, name="the-same.png")
    for visitor, status in ((olga, 200), (Visitor(), 404)):
        assert visitor.open(made.address(400)).status == status  # no words show it yet
    assert olga.open(made.address(400)).answer["Cache-Control"] == "private, max-age=3600"
    olga.send("article-desk", "clocks", "en", do="save", **WORDS | {"body": "![A clock](clock.png)"})
    olga.send("article-desk", "clocks", "en", do="publish", replaces="2")
    page = Visitor().open(made.address(400))
    assert (page.status, page.answer["Content-Type"], page.content[8:12]) == (200, "image/webp", b"WEBP")
    assert page.answer["Cache-Control"] == "public, max-age=2592000, immutable"
    assert page.answer["X-Content-Type-Options"] == "nosniff"
    assert page.answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert Visitor().open(made.address(401)).status == 404
    assert Visitor().open(made.address(400).replace("clocks", "other")).status == 404


def test_of_one_side_it_is_kept_in_no_place_that_others_share(
    cast: Cast, written: Writer, clara: Visitor, paul: Visitor, olga: Visitor
) -> None:
    article = written("clocks", visible="client").article
    send(olga)
    written("clocks", body="![A clock](clock.png)")
    place = article.pictures.get().address(600)
    assert clara.open(place).answer["Cache-Control"] == "private, max-age=3600"
    assert [one.open(place).status for one in (paul, Visitor())] == [404, 404]
