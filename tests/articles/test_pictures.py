"""`Picture.add`, `picture.remove`: pictures of an article, drawn anew, seen by whoever reads it, kept while any version shows them."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from tests.articles.written import Writer
from tests.cast import Cast
from tests.lib.test_drawing import bomb, moving, picture
from trialogue.articles import pictures
from trialogue.articles.models import Article
from trialogue.articles.pictures import Picture
from trialogue.events.models import Event
from trialogue.people.models import Environment, Refused

pytestmark = pytest.mark.django_db


def add(article: Article, by: Any, name: str = "Clock.PNG", content: bytes = b"") -> Picture:
    return Picture.add(article, BytesIO(content or picture(size=(600, 300))), name, by=by)


def stored() -> list[str]:
    return default_storage.listdir("articles")[1]


def shows(name: str = "clock.png") -> str:
    return f"Look:\n\n![A clock]({name})"


def test_it_is_called_in_small_letters_and_ends_as_what_it_is(cast: Cast, written: Writer) -> None:
    article = written("clocks").article
    jpeg = picture("JPEG")
    assert str(add(article, cast.olga, "C:\\Bilder\\Ü_Uhr (1).png", jpeg)) == "u-uhr-1.jpg"
    assert str(add(article, cast.olga, "../../etc/pass wd.gif", picture(size=(5, 5)))) == "pass-wd.png"
    assert str(add(article, cast.olga, "時計", picture("WEBP", (5, 5)))) == "picture.webp"
    assert str(add(article, cast.olga, "x" * 300 + ".png", picture(size=(6, 6)))) == "x" * 60 + ".png"
    event = Event.objects.filter(kind="article.picture_added").latest("pk")
    assert set(event.facts) == {"article", "picture", "sha256"}


def test_the_same_file_again_is_there_already_and_another_has_another_name(cast: Cast, written: Writer) -> None:
    article = written("clocks").article
    first = add(article, cast.olga)
    assert add(article, cast.olga) == first
    with first.open() as kept:  # what we have drawn of it is the same as well
        assert add(article, cast.olga, content=kept.read()) == first
    assert len(stored()) == 3
    with pytest.raises(ValidationError) as caught:
        add(article, cast.olga, content=picture(size=(9, 9)))
    assert "Another picture here is called “clock.png”" in caught.value.message_dict["picture"][0]
    assert add(written("other").article, cast.olga, content=picture(size=(9, 9))).name == "clock.png"
    assert len(stored()) == 5


def test_it_is_shown_in_every_language_with_its_measures(cast: Cast, written: Writer) -> None:
    article = written("clocks").article
    made = add(article, cast.olga)
    for language in ("en", "de"):
        html = written("clocks", body=shows(), language=language).html
        assert f'src="/articles/clocks/pictures/{made.sha256}-600.webp"' in html
        assert f'srcset="/articles/clocks/pictures/{made.sha256}-400.webp 400w, ' in html
        assert 'width="600" height="300" loading="lazy"' in html
        assert 'alt="A clock"' in html


def test_a_picture_that_is_not_there_is_told_with_its_line_and_nothing_is_written(cast: Cast, written: Writer) -> None:
    told = written("clocks")
    add(written("other").article, cast.olga)
    with pytest.raises(ValidationError) as caught:
        written("clocks", body=shows())
    assert caught.value.message_dict == {"body": ["Line 3: There is no picture called “clock.png”. Add it to the article first."]}  # fmt: skip
    assert told.versions.count() == 1


def test_whoever_may_read_what_is_live_sees_what_stands_in_it(cast: Cast, written: Writer) -> None:
    readers = {"nobody": None, "clara": cast.clara, "paul": cast.paul, "olga": cast.olga}

    def see(made: Picture) -> set[str]:
        return {name for name, one in readers.items() if made in Picture.objects.visible_to(one)}

    told = written("clocks")
    made, spare = add(told.article, cast.olga), add(told.article, cast.olga, "spare.png")
    assert see(made) == {"olga"}  # no words show it
    told.article.write("en", by=cast.olga, title="clocks", summary="x", body=shows())
    assert see(made) == {"olga"}  # a draft does
    told.publish(by=cast.olga)
    assert see(made) == set(readers)
    assert see(spare) == {"olga"}
    about = {"collection": told.article.collection, "kind": "how-to", "audience": ["client"]}
    for visible, seeing in (("client", {"clara", "olga"}), ("signed-in", {"clara", "paul", "olga"}), ("operator", {"olga"})):  # fmt: skip
        told.article.describe(by=cast.olga, visible=visible, **about)
        assert see(made) == seeing
    told.article.describe(by=cast.olga, visible="public", **about)
    written("clocks", body="Without it.")
    assert see(made) == {"olga"}  # an old version alone shows it
    written("clocks", body=shows(), language="de")
    assert see(made) == set(readers)
    told.article.translations.get(language="de").take_back(by=cast.olga)
    assert see(made) == {"olga"}


def test_an_old_version_keeps_its_picture_and_comes_back_with_it(cast: Cast, written: Writer) -> None:
    told = written("clocks")
    made = add(told.article, cast.olga)
    written("clocks", body=shows())
    written("clocks", body="Without it.")
    with pytest.raises(Refused, match="A version of the article shows this picture"):
        made.remove(by=cast.olga)
    told.roll_back(2, by=cast.olga)
    told.refresh_from_db()
    assert made.sha256 in told.html
    assert told.newest_version().pictures.get() == made  # type: ignore[union-attr]
    with made.open(400) as drawn:
        assert drawn.read(4) == b"RIFF"


def test_one_that_no_version_shows_goes_with_its_files(cast: Cast, written: Writer) -> None:
    made = add(written("clocks").article, cast.olga)
    assert f"{made.public_id}.400.webp" in stored()
    made.remove(by=cast.olga)
    assert not Picture.objects.exists()
    assert stored() == []
    assert Event.objects.filter(kind="article.picture_removed").count() == 1


def test_what_is_too_large_is_refused_before_any_of_it_is_read(cast: Cast, written: Writer) -> None:
    class Huge(BytesIO):
        def seek(self, offset: int, whence: int = 0, /) -> int:
            return 200 * 2**20 if whence == 2 else 0

        def read(self, *_size: Any) -> bytes:
            raise AssertionError("read")

    with pytest.raises(ValidationError) as caught:
        Picture.add(written("clocks").article, Huge(), "huge.png", by=cast.olga)
    assert caught.value.message_dict == {"picture": ["“huge.png” has 200 MB, and a picture may have at most 10. Save it smaller."]}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "save an SVG as PNG first"),
        (b"GIF89a<script>alert(1)</script>", "is no picture"), (b"", "is no picture"), (bomb(), "is no picture"),
        (moving("GIF"), "pictures here stand still"), (picture(size=(8000, 8000)), "too many pixels"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused_with_what_to_do(
    cast: Cast, written: Writer, content: bytes, said: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Picture.add(written("clocks").article, BytesIO(content), "x.png", by=cast.olga)
    assert said in caught.value.message_dict["picture"][0]
    assert not Picture.objects.exists()


def test_what_comes_into_nothing_leaves_no_file(cast: Cast, written: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST", 1)
    article = written("clocks").article
    kept = add(article, cast.olga)
    with pytest.raises(ValidationError, match="An article holds 1 pictures"):
        add(article, cast.olga, "other.png")
    assert {name.partition(".")[0] for name in stored()} == {kept.public_id}


def test_only_who_writes_articles_adds_and_removes(cast: Cast, written: Writer) -> None:
    article = written("clocks").article
    made = add(article, replace(cast.olga, role="member"))
    for other in (cast.clara, cast.paul, cast.rita, replace(cast.olga, person=None, via="api", environment=Environment.TEST)):  # fmt: skip
        with pytest.raises(Refused):
            add(article, other)
        with pytest.raises(Refused):
            made.remove(by=other)
