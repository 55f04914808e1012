"""Templates: each can be read, each address in it exists, none holds script or style of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template import Template, engines
from django.template.base import Node, NodeList
from django.template.defaulttags import URLNode
from django.urls import URLPattern, URLResolver, get_resolver

import trialogue

pytestmark = pytest.mark.only_on("sqlite")

HOUSE = Path(trialogue.__file__).parent
TEMPLATES = sorted(path for path in HOUSE.rglob("templates/**/*") if path.is_file())
# Mails: their readers' programs know no stylesheets.
LETTERS = ("deliveries", "account/email")


# What people wrote goes through lib/lightmarkup; the reference of the API is our own Markdown.
SAFE = {
    "doors/web/templates/web/articles/article.html": ["told.html|safe"],
    "doors/web/templates/web/articles/edit.html": ["preview|safe"],
    "doors/web/templates/web/case/said.html": ["message.html|safe"],
    "doors/web/templates/web/developers/guide.html": ["guide.html|safe"],
    "doors/web/templates/web/case/note.html": ["note.html|safe"],
    "doors/web/templates/web/desk/talk.html": ["note.html|safe"],
    "deliveries/templates/deliveries/said.html": ["message.html|safe"],
    "doors/api/templates/api/reference.html": ["about|safe", "one.about|safe"],
    "doors/api/templates/api/rows.html": ["row.about|safe"],
}


def _named(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def _is_letter(path: Path) -> bool:
    return _named(path).partition("templates/")[2].startswith(LETTERS) or "letter" in path.name


def _compiled(path: Path) -> Template:
    name = str(path).partition("/templates/")[2]
    return engines["django"].get_template(name).template  # type: ignore[attr-defined, no-any-return]


def _nodes(nodes: NodeList) -> Iterator[Node]:
    for node in nodes:
        yield node
        for name in node.child_nodelists:
            if isinstance(inner := getattr(node, name, None), NodeList):
                yield from _nodes(inner)
        for _condition, inner in getattr(node, "conditions_nodelists", ()):
            yield from _nodes(inner)


def _names(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{before}{pattern.name}"
        else:
            yield from _names(pattern, f"{before}{pattern.namespace}:" if pattern.namespace else before)


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 50


@pytest.mark.parametrize("path", TEMPLATES, ids=_named)
def test_it_can_be_read_and_leads_only_to_what_is_there(path: Path) -> None:
    known = set(_names(get_resolver()))
    asked = {node.view_name.var for node in _nodes(_compiled(path).nodelist) if isinstance(node, URLNode)}
    assert {name for name in asked if isinstance(name, str)} - known == set()


@pytest.mark.parametrize("path", [path for path in TEMPLATES if not _is_letter(path)], ids=_named)
def test_it_holds_no_script_and_no_style(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text())
    assert not re.search(r"<style\b|\bstyle=|\son[a-z]+=[\"']|javascript:|hx-on", text)
    for script in re.findall(r"<script\b[^>]*>", text):
        assert re.search(r"\bsrc=", script) or re.search(r'type="application/(ld\+)?json"', script), script


@pytest.mark.parametrize("path", TEMPLATES, ids=_named)
def test_everything_said_is_escaped(path: Path) -> None:
    """`safe` only where the words were made by our own sanitiser."""
    found = re.findall(r"{{\s*([^}]*\|\s*safe\b)[^}]*}}", path.read_text())
    assert [one.strip() for one in found] == SAFE.get(_named(path), [])
    if path.suffix == ".html":
        assert "autoescape off" not in path.read_text()


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.suffix == ".html"], ids=_named)
def test_every_form_that_changes_something_carries_its_token(path: Path) -> None:
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text(), flags=re.S):
        assert "{% csrf_token %}" in form or "{{ csrf_token }}" in form, form[:80]


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.suffix == ".html"], ids=_named)
def test_every_picture_and_control_can_be_read_aloud(path: Path) -> None:
    text = path.read_text()
    for picture in re.findall(r"<svg\b[^>]*>", text):
        assert 'aria-hidden="true"' in picture or "aria-label" in picture, picture
    for control in re.findall(r"<(?:input|select|textarea)\b[^>]*>", text):
        labelled = re.search(
            r'type="(hidden|submit|checkbox|radio)"|\bid=|aria-label|aria-hidden="true"|type="file"', control
        )
        assert labelled, control


def test_words_for_people_are_marked_for_translation() -> None:
    """No sentence stands in a page template outside a translation tag."""
    loose: list[str] = []
    for path in TEMPLATES:
        if path.suffix != ".html" or _named(path).endswith("500.html"):
            continue
        text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", path.read_text(), flags=re.S)
        text = re.sub(r"<script.*?</script>|<style.*?</style>|<!--.*?-->|{#.*?#}", "", text, flags=re.S)
        text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.S)
        for words in re.findall(r">([^<>]*[A-Za-z]{2,}[^<>]*)<", text):
            if words.strip() not in KNOWN:
                loose.append(f"{_named(path)}: {words.strip()!r}")
    assert not loose, "\n".join(loose)


# Names and signs, the same in every language.
KNOWN = {
    "Trialogue",
    "· Trialogue",
    "Trialogue · Trialogue",
    "Ctrl",
    "Shift",
    "Enter",
    "reference",
    "openapi.json",
    "(OpenAPI 3.1).",
}
