"""A folded template says what Django's own would, in each language, at each look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Engine
from django.template.base import NodeList, TextNode
from django.template.defaulttags import WithNode
from django.template.loader_tags import IncludeNode
from django.utils import translation

from trialogue.doors.web.folding import Loader, Name, Run, _within
from trialogue.settings import TEMPLATES

WRITTEN = {
    "page.html": '{% extends "frame.html" %}{% block inner %}<a href="{% url "cases" %}">{% translate "Cases" %}</a> {{ name }}{% endblock %}',
    "frame.html": '<h1>{% translate "Search" %}</h1>{% block inner %}{% endblock %}{% include "foot.html" with year=2026 %}',
    "foot.html": '<p>{% if year %}{% translate "Settings" %} {{ year }}{% endif %}{{ name }}</p>',
    "each.html": '{% for one in several %}{% include "line.html" %}{% endfor %}{{ left }}',
    "line.html": '{% translate "Cases" as left %}{{ one }} {{ left }}{% ifchanged one %}!{% endifchanged %} ',
    "plain.html": '{% for one in several %}{% include "set.html" %}{% endfor %}[{{ left }}]',
    "set.html": '{% translate "Cases" as left %}{% icon "search" %}{{ one }}{{ left }}',
    "count.html": "{% blocktranslate count n=n %}{{ n }} item{% plural %}{{ n }} items{% endblocktranslate %}{% translate name %}",
}
WORDS: dict[str, Any] = {"name": "<b>", "several": [1, 1, 2], "n": 2}


def engine(loader: str) -> Engine:
    inner = [("django.template.loaders.locmem.Loader", WRITTEN)]
    return Engine(loaders=[(loader, inner)], builtins=TEMPLATES[0]["OPTIONS"]["builtins"])  # type: ignore[index]


FOLDED, DJANGOS = engine("trialogue.doors.web.folding.Loader"), engine("django.template.loaders.cached.Loader")


def nodes(nodelist: NodeList) -> Iterator[Any]:
    for node in nodelist:
        yield node
        for inner in _within(node):
            yield from nodes(inner)


@pytest.mark.parametrize("name", ["page.html", "each.html", "plain.html", "count.html"])
def test_it_says_what_djangos_own_says(name: str) -> None:
    for language in ("en", "de", "da", "en"):
        with translation.override(language):
            said, told = (one.get_template(name).render(Context(WORDS)) for one in (FOLDED, DJANGOS))
            assert said == told
            assert FOLDED.get_template(name).render(Context(WORDS)) == told


def test_what_follows_from_the_language_is_one_piece() -> None:
    kinds = [type(node) for node in nodes(FOLDED.get_template("frame.html").nodelist)]
    assert kinds.count(Run) == 2
    assert TextNode in kinds  # with nothing beside it that follows from the language, it is a piece already


def test_what_is_included_stands_there_unless_it_keeps_something_for_itself() -> None:
    assert WithNode in [type(node) for node in nodes(FOLDED.get_template("plain.html").nodelist)]
    assert IncludeNode in [type(node) for node in nodes(FOLDED.get_template("each.html").nodelist)]


class Thing:
    """Something a template may look into, with all that can go wrong."""

    name, items = "<i>", {"one": 1, "items": "own"}
    several = ("first", "second")
    nothing = None

    def said(self) -> str:
        return "said"

    def wants(self, more: str) -> str:
        return more

    def save(self) -> str:
        raise AssertionError("a page must not change anything")

    save.alters_data = True  # type: ignore[attr-defined]

    @property
    def silent(self) -> str:
        raise ObjectDoesNotExist


LOOKED_FOR = (
    "name", "items.one", "items.items", "items.keys", "items.two", "several.1", "several.7", "nothing", "nothing.name", "said",
    "said.upper", "wants", "save", "silent", "absent", "absent.name",
)  # fmt: skip


@pytest.mark.parametrize("name", LOOKED_FOR)
@pytest.mark.parametrize(
    "written",
    [
        "{{ thing.NAME }}",
        "{% if not thing.NAME and thing.NAME != 1 %}!{% endif %}",
        "{% with it=thing.NAME %}{{ it|default:'?' }}{% endwith %}",
    ],
)
def test_a_name_finds_what_djangos_own_finds(written: str, name: str) -> None:
    folded = Loader(FOLDED, [])
    text = written.replace("NAME", name)
    quick, djangos = FOLDED.from_string(text), DJANGOS.from_string(text)
    folded.fold(quick.nodelist)
    for words in ({"thing": Thing()}, {}):
        assert quick.render(Context(words)) == djangos.render(Context(words))


def test_what_is_raised_is_raised() -> None:
    class Broken:
        @property
        def name(self) -> str:
            raise ZeroDivisionError

    quick = FOLDED.from_string("{{ thing.name }}")
    Loader(FOLDED, []).fold(quick.nodelist)
    assert isinstance(quick.nodelist[0].filter_expression.var, Name)  # type: ignore[attr-defined]
    with pytest.raises(ZeroDivisionError):
        quick.render(Context({"thing": Broken()}))
