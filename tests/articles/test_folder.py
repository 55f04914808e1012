"""Articles as a folder: laid in once, told by file and line where it is wrong, written out as it can be laid in again."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.lib.test_drawing import picture
from trialogue.articles.folder import Unreadable, pull, push
from trialogue.articles.models import Article, Collection, Translation
from trialogue.articles.pictures import Picture
from trialogue.events.models import Event
from trialogue.people.models import Refused

pytestmark = pytest.mark.django_db
COLLECTIONS = """[cases]
title = "Cases"
summary = "From hand-over to the end"
audience = ["client", "partner"]
order = 10
[cases.de]
title = "Fälle"
"""
CONFIRM = """+++
title = "Confirm a case"
summary = "Within a day"
audience = ["partner"]
kind = "how-to"
related = ["decline"]
updated = 2026-11-30
+++

See [how to decline](page:cases).
"""
Laid = Callable[[str, str], Path]


@pytest.fixture
def lay(tmp_path: Path) -> Laid:
    def lay(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return tmp_path

    lay("collections.toml", COLLECTIONS)
    lay("en/cases/confirm.md", CONFIRM)
    lay("en/cases/decline.md", CONFIRM.replace('related = ["decline"]\n', "draft = true\n"))
    return lay


def wrong(place: Path, cast: Cast) -> list[str]:
    with pytest.raises(Unreadable) as caught:
        push(place, by=cast.olga)
    return [one.replace(f"{place}/", "") for one in caught.value.problems]


def test_a_folder_is_laid_in_and_what_is_no_draft_is_live(cast: Cast, lay: Laid) -> None:
    place = lay(
        "de/cases/confirm.md", '+++\ntitle = "Fall bestätigen"\nsummary = "Binnen eines Tages"\n+++\n\nSo geht es.\n'
    )
    assert push(place, by=cast.olga) == {"begun": 2, "written": 3, "published": 2}
    confirm = Article.objects.get(slug="confirm")
    assert (confirm.kind, confirm.audience, confirm.related, confirm.visible) == ("how-to", ["partner"], ["decline"], "public")  # fmt: skip
    assert str(confirm.collection) == "Cases"
    live = Translation.objects.visible_to(None).order_by("language")
    assert [(one.language, one.title, str(one.updated)) for one in live if one.language == "en"] == [("en", "Confirm a case", "2026-11-30")]  # fmt: skip
    assert [one.title for one in live] == ["Fall bestätigen", "Confirm a case"]


def test_laid_in_twice_nothing_happens(cast: Cast, lay: Laid) -> None:
    place = lay("en/cases/confirm.md", CONFIRM)
    push(place, by=cast.olga)
    events = Event.objects.count()
    assert not any(push(place, by=cast.olga).values())
    assert Event.objects.count() == events


def test_only_what_differs_is_written(cast: Cast, lay: Laid) -> None:
    push(lay("en/cases/confirm.md", CONFIRM), by=cast.olga)
    place = lay("en/cases/confirm.md", CONFIRM.replace("Within a day", "Within 24 hours"))
    assert push(place, by=cast.olga) == {"written": 1, "published": 1}
    assert Translation.objects.get(article__slug="confirm").live.number == 2


def test_what_is_written_out_lays_in_as_it_was(cast: Cast, lay: Laid, tmp_path: Path) -> None:
    push(lay("en/cases/confirm.md", CONFIRM), by=cast.olga)
    out = tmp_path / "out"
    assert pull(out) == 2
    assert "draft = true" in (out / "en/cases/decline.md").read_text()
    events = Event.objects.count()
    push(out, by=cast.olga)
    assert Event.objects.count() == events
    assert Collection.objects.get().words["de"] == {"title": "Fälle"}


def test_pictures_lie_by_the_name_of_their_article_and_come_out_as_they_went_in(
    cast: Cast, lay: Laid, tmp_path: Path
) -> None:
    place = lay("en/cases/confirm.md", CONFIRM + "\n![The clock](clock.jpg)\n")
    lay_picture(place, "confirm/clock.jpg", picture("JPEG"))
    push(place, by=cast.olga)
    kept = Picture.objects.get()
    assert kept.sha256 in Translation.objects.get(article__slug="confirm").html
    events = Event.objects.count()
    assert not any(push(place, by=cast.olga).values())
    out = tmp_path / "out"
    pull(out)
    assert [path.name for path in (out / "pictures/confirm").iterdir()] == ["clock.jpg"]
    assert not any(push(out, by=cast.olga).values())
    assert (Event.objects.count(), Picture.objects.get()) == (events, kept)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("confirm/clock.png", picture("JPEG"), "pictures/confirm/clock.png: Call it “clock.jpg”"),
        ("confirm/The Clock.png", picture(), "pictures/confirm/The Clock.png: Call it “the-clock.png”"),
        ("confirm/clock.svg", b"<svg/>", "pictures/confirm/clock.svg: “clock.svg” is no picture"),
        ("nothing/clock.png", picture(), "pictures/nothing/clock.png: A picture lies at pictures/SLUG/NAME"),
        ("clock.png", picture(), "pictures/clock.png: A picture lies at pictures/SLUG/NAME"),
        ("confirm/other.png", picture(), "en/cases/confirm.md:12: There is no picture called “clock.png”"),
        ("confirm/taken.png", picture(), "pictures/confirm/taken.png: Another picture here is called “taken.png”"),
    ],
)
def test_what_is_wrong_with_a_picture_is_told_before_anything_is_laid_in(
    cast: Cast, lay: Laid, name: str, content: bytes, said: str
) -> None:
    place = lay("en/cases/confirm.md", CONFIRM)
    push(place, by=cast.olga)
    Picture.add(Article.objects.get(slug="confirm"), BytesIO(picture(size=(9, 9))), "taken.png", by=cast.olga)
    lay("en/cases/confirm.md", CONFIRM + "\n![x](clock.png)" if "other" in name else CONFIRM)
    lay_picture(place, name, content)
    events = Event.objects.count()
    assert [one for one in wrong(place, cast) if one.startswith(said)]
    assert Event.objects.count() == events


def lay_picture(place: Path, name: str, content: bytes) -> None:
    path = place / "pictures" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_only_the_operator_lays_in(cast: Cast, lay: Laid) -> None:
    with pytest.raises(Refused):
        push(lay("en/cases/confirm.md", CONFIRM), by=cast.clara)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("en/cases/x.md", "No front matter.", "en/cases/x.md:1: The file must begin"),
        ("en/cases/x.md", "+++\ntitle = \n+++\n", "en/cases/x.md:2: Invalid value."),
        ("en/cases/x.md", CONFIRM.replace("how-to", "essay"), "en/cases/x.md:5: “kind” must be one of"),
        ("en/cases/x.md", CONFIRM.replace('["partner"]', '["aliens"]'), "en/cases/x.md:4: “audience” must be one"),
        ("en/cases/x.md", CONFIRM.replace('["decline"]', '["none"]'), "en/cases/x.md:6: “related” names no other"),
        ("en/cases/x.md", CONFIRM.replace("2026-11-30", '"soon"'), "en/cases/x.md:7: “updated” must be a day"),
        ("en/cases/x.md", CONFIRM.replace("related", "relatd"), "en/cases/x.md:6: “relatd” is unknown"),
        ("en/cases/x.md", CONFIRM.replace("page:cases", "page:nowhere"), "en/cases/x.md:10: There is no page called"),
        (
            "en/cases/x.md",
            CONFIRM.replace("page:cases", "article:none"),
            "en/cases/x.md:10: There is no article called",
        ),
        ("en/cases/x.md", CONFIRM.replace("page:cases", "javascript:x"), "en/cases/x.md:10: The link “javascript:x”"),
        ("en/cases/x.md", CONFIRM.replace("Within a day", ""), "en/cases/x.md:3: summary: This cannot be empty."),
        ("en/cases/x.md", CONFIRM.replace("Within a day", "x" * 301), "en/cases/x.md:3: summary: This holds 301"),
        ("en/x.md", CONFIRM, "en/x.md:1: An article lies at LANGUAGE/COLLECTION/SLUG.md"),
        ("xx/cases/x.md", CONFIRM, "xx/cases/x.md:1: “xx” is no language of ours"),
        ("en/other/x.md", CONFIRM, "en/other/x.md:1: collections.toml has no [other]."),
        ("de/cases/confirm.md", CONFIRM.replace("how-to", "reference"), "de/cases/confirm.md:5: "),
        ("collections.toml", "[cases]\ntitle =", "collections.toml:2: Invalid value."),
        ("collections.toml", "[cases]\n", "collections.toml: [cases] has no title."),
        ("collections.toml", '[cases]\ntitle = "x"\n', "collections.toml: [cases] needs an audience"),
    ],
)
def test_what_is_wrong_is_told_with_its_file_and_line_and_nothing_is_laid_in(
    cast: Cast, lay: Laid, name: str, text: str, said: str
) -> None:
    told = wrong(lay(name, text), cast)
    assert [one for one in told if one.startswith(said)], told
    assert not Article.objects.exists()
    assert not Collection.objects.exists()


def test_everything_that_is_wrong_is_told_at_once(cast: Cast, lay: Laid) -> None:
    lay("en/cases/x.md", CONFIRM.replace("how-to", "essay").replace("2026-11-30", "1"))
    assert len(wrong(lay("en/cases/y.md", "nothing"), cast)) == 3


def test_a_folder_that_is_none_is_said_so(cast: Cast, tmp_path: Path) -> None:
    assert wrong(tmp_path / "missing", cast)[0].endswith("There is no such folder.")
    (tmp_path / "bytes.md").write_bytes(b"\xff\xfe")
    assert any("no text in UTF-8" in one or "lies at" in one for one in wrong(tmp_path, cast))
