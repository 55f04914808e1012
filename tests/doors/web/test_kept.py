"""A stretch of a page is remembered by all that it depends on, and by nothing less; and never more than a few bytes of them."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from trialogue.doors.web.templatetags.kept import Kept, Shelf

WORDS = Template('{% kept name %}{% translate "Cases" %} {{ name }}{% endkept %}')


@pytest.fixture(autouse=True)
def _as_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kept, "proving", False)


def test_other_values_are_told_anew() -> None:
    assert [WORDS.render(Context({"name": name})) for name in ("A", "B", "A")] == ["Cases A", "Cases B", "Cases A"]


def test_it_is_drawn_once() -> None:
    drawn: list[int] = []
    page = Template("{% kept 1 %}{{ draw }}{% endkept %}")
    for _time in range(2):
        page.render(Context({"draw": lambda: drawn.append(1)}))
    assert len(drawn) == 1


def test_what_depends_on_more_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kept, "proving", True)
    page = Template("{% kept 1 %}{{ name }}{% endkept %}")
    page.render(Context({"name": "Clara"}))
    with pytest.raises(AssertionError, match="depends on more"):
        page.render(Context({"name": "Otto"}))


def test_what_changes_from_look_to_look_is_put_into_its_hole() -> None:
    page = Template("{% kept name left=left %}{{ name }}: {{ left }}{% endkept %}")
    said = [page.render(Context({"name": "<!left>", "left": left})) for left in ("2 h", "<1 h")]
    assert said == ["&lt;!left&gt;: 2 h", "&lt;!left&gt;: &lt;1 h"]


def test_another_zone_is_another_stretch() -> None:
    page, at = Template("{% kept at %}{{ at|hour }}{% endkept %}"), timezone.now().replace(hour=12, minute=0)
    with timezone.override("UTC"), translation.override("en"):
        assert page.render(Context({"at": at})) == "12:00"
    with timezone.override("Asia/Tokyo"), translation.override("en"):
        assert page.render(Context({"at": at})) == "21:00"


def test_words_are_escaped_as_ever() -> None:
    assert WORDS.render(Context({"name": "<b>"})) == "Cases &lt;b&gt;"


def test_the_longest_unused_go_first_when_it_is_full() -> None:
    shelf, html = Shelf(3000), SafeString("x" * 1000)
    for digest in (b"1", b"2"):
        shelf.keep(digest, html)
    assert shelf.get(b"1")
    shelf.keep(b"3", html)
    assert [shelf.get(digest) is not None for digest in (b"1", b"2", b"3")] == [True, False, True]
    assert shelf.bytes <= 3000
