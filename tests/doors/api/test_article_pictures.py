"""Pictures of articles by program: listed and fetched by whoever may read, added and removed by the operator."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from tests.articles.written import Writer
from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller, errors, is_problem
from tests.lib.test_drawing import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(cast: Cast) -> Writer:
    return Writer(cast)


def test_one_is_added_listed_fetched_and_removed(written: Writer, olga: Caller) -> None:
    written("clocks")
    added = olga.upload("articles/clocks/pictures", ("The Clock.PNG", picture(size=(600, 300))), field="file")
    assert added.status_code == 201
    told = added.json()
    assert (told["name"], told["width"], told["used"]) == ("the-clock.png", 600, False)
    assert [one["width"] for one in told["sizes"]] == [400, 600]
    assert olga.get("articles/clocks/pictures").json()["items"] == [told]  # type: ignore[attr-defined]
    content = b"".join(olga.get("articles/clocks/pictures/the-clock.png").streaming_content)  # type: ignore[attr-defined]
    with Image.open(BytesIO(content)) as kept:
        assert (kept.format, kept.size) == ("PNG", (600, 300))
    assert olga.client.delete(f"{BASE}articles/clocks/pictures/the-clock.png").status_code == 200
    assert olga.get("articles/clocks/pictures").json()["items"] == []  # type: ignore[attr-defined]


def test_readers_get_what_stands_in_live_words_and_it_stays_while_it_does(
    written: Writer, olga: Caller, clara: Caller
) -> None:
    written("clocks")
    for name in ("clock.png", "spare.png"):
        olga.upload("articles/clocks/pictures", (name, picture()), field="file")
    assert clara.get("articles/clocks/pictures").json()["items"] == []  # type: ignore[attr-defined]
    written("clocks", body="![A clock](clock.png)")
    shown = clara.get("articles/clocks/pictures").json()["items"]  # type: ignore[attr-defined]
    assert [(one["name"], one["used"]) for one in shown] == [("clock.png", True)]
    assert clara.get("articles/clocks/pictures/spare.png").status_code == 404
    assert is_problem(olga.client.delete(f"{BASE}articles/clocks/pictures/clock.png"), 403, "forbidden")
    assert clara.upload("articles/clocks/pictures", ("x.png", picture()), field="file").status_code == 403


def test_what_cannot_be_used_is_said_with_its_status(written: Writer, olga: Caller) -> None:
    written("clocks")
    refused = olga.upload("articles/clocks/pictures", ("x.svg", b"<svg/>"), field="file")
    assert (refused.status_code, "save an SVG as PNG" in errors(refused)["file"]) == (422, True)
    assert olga.upload("articles/clocks/pictures", ("x.png", picture())).status_code == 422
    assert olga.upload("articles/nothing/pictures", ("x.png", picture()), field="file").status_code == 404
    length = str(200 * 2**20)
    answer = olga.client.post(f"{BASE}articles/clocks/pictures", {"file": BytesIO(b"x")}, CONTENT_LENGTH=length)
    assert is_problem(answer, 413, "too-large")


def test_markdown_that_shows_what_is_not_there_is_refused_by_line(written: Writer, olga: Caller) -> None:
    written("clocks")
    words = {"title": "T", "summary": "S", "body": "x\n\n![A clock](clock.png)"}
    answer = olga.client.put(f"{BASE}articles/clocks/en", words, content_type="application/json")
    assert "Line 3: There is no picture called “clock.png”" in errors(answer)["body"]
