"""The articles that come with the product: each whole, each link leads somewhere, each button it names stands on a page. Reads files."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve, reverse
from markdown_it import MarkdownIt
from markdown_it.token import Token

import trialogue
from tests.catalogues import LANGUAGES, catalogue, forms

pytestmark = pytest.mark.only_on("sqlite")

HOUSE = Path(trialogue.__file__).parent
LIBRARY = HOUSE / "articles" / "library"
AUDIENCES = {"client", "partner", "referrer", "operator", "everyone"}
KINDS = {"how-to", "reference", "understanding", "troubleshooting"}
VISIBLE = {"public", "signed-in", "client", "partner", "referrer", "operator"}
NEEDED = {"title", "summary", "audience", "kind", "related", "updated"}
PARSER = MarkdownIt("commonmark").enable("table")
# What stands open in words of the product: a variable of a template, or of a Python string.
OPEN = re.compile(r"\{\{.*?\}\}|\{\w+\}|%\(\w+\)s")
IN_TEMPLATE = re.compile(r"""(?:\{%\s*translate\s+|_\()(?:"([^"]+)"|'([^']+)')""")
BLOCK = re.compile(r"\{%\s*blocktranslate[^%]*%\}(.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL)


@dataclass(frozen=True)
class Article:
    collection: str
    slug: str
    told: dict[str, Any]
    body: str

    @cached_property
    def tokens(self) -> list[Token]:
        return [inner for token in PARSER.parse(self.body) for inner in (token, *(token.children or ()))]

    @property
    def links(self) -> list[str]:
        return [str(token.attrGet("href")) for token in self.tokens if token.type == "link_open"]

    def marked(self, mark: str) -> list[str]:
        """What stands in `strong` or `em`, as it is read."""
        tokens = self.tokens
        return [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == f"{mark}_open"]


def _read(path: Path) -> Article:
    _before, front, body = path.read_text().split("+++\n", 2)
    return Article(path.parent.name, path.stem, tomllib.loads(front), body)


ARTICLES = [_read(path) for path in sorted(LIBRARY.glob("en/*/*.md"))]
COLLECTIONS = tomllib.loads((LIBRARY / "collections.toml").read_text())
SLUGS = {one.slug for one in ARTICLES}


TRANSLATED = [(language, _read(path)) for language in LANGUAGES for path in sorted(LIBRARY.glob(f"{language}/*/*.md"))]


@cache
def words_of_the_product(language: str = "en") -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """All that pages say in a language: what is said as it stands, and what has something open in it."""
    every = _said() if language == "en" else (form for message in catalogue(language) for form in forms(message))
    said = {" ".join(words.split()) for words in every if words.strip()}
    whole = frozenset(_plain(words) for words in said if not OPEN.search(words))
    return whole, tuple(
        _pattern(words) for words in said if len(OPEN.sub("", words).strip()) > 5 and OPEN.search(words)
    )


def _said() -> Iterator[str]:
    for path in HOUSE.rglob("templates/**/*.html"):
        text = path.read_text()
        yield from (one or other for one, other in IN_TEMPLATE.findall(text))
        for block in BLOCK.findall(text):
            yield from re.split(r"\{%\s*plural\s*%\}", block)
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "gettext", "gettext_lazy"):
                yield from (
                    one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )
    yield from _strings(tomllib.loads((HOUSE / "channels" / "policy.toml").read_text()))


def _strings(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict | list):
        for one in told.values() if isinstance(told, dict) else told:
            yield from _strings(one)


def _plain(words: str) -> str:
    """A page may begin what it says with a capital."""
    return words[:1].lower() + words[1:]


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(_plain(part)) for part in OPEN.split(words)))


def stands_on_a_page(words: str, language: str = "en") -> bool:
    whole, open_ones = words_of_the_product(language)
    return _plain(words) in whole or any(one.fullmatch(_plain(words)) for one in open_ones)


def test_there_are_enough_of_them_for_everybody() -> None:
    assert len(ARTICLES) >= 40
    told = Counter(who for one in ARTICLES for who in one.told["audience"])
    assert all(told[who] >= 5 for who in AUDIENCES), told
    assert {one.told["kind"] for one in ARTICLES} == KINDS


def test_no_two_articles_have_one_name_or_one_title() -> None:
    assert len(SLUGS) == len(ARTICLES)
    assert len({one.told["title"] for one in ARTICLES}) == len(ARTICLES)


def test_every_collection_says_what_it_holds_and_holds_something() -> None:
    assert {one.collection for one in ARTICLES} == set(COLLECTIONS)
    for told in COLLECTIONS.values():
        assert set(told) == {"title", "summary", "audience", "order", *LANGUAGES}
        assert all(set(told[language]) == {"title", "summary"} for language in LANGUAGES)
        assert set(told["audience"]) <= AUDIENCES
    assert len({told["order"] for told in COLLECTIONS.values()}) == len(COLLECTIONS)


def test_every_head_is_whole() -> None:
    assert [(one.slug, fault) for one in ARTICLES for fault in _faults(one)] == []


def _faults(one: Article) -> Iterator[str]:
    told = one.told
    checks = {
        "entries": set(told) - {"visible"} == NEEDED,
        "slug": re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", one.slug),
        "title": 3 <= len(told["title"]) <= 80 and not told["title"].endswith("."),
        "summary": 10 <= len(told["summary"]) <= 200 and told["summary"].endswith("."),
        "audience": told["audience"] and set(told["audience"]) <= AUDIENCES,
        "kind": told["kind"] in KINDS,
        "visible": told.get("visible", "public") in VISIBLE,
        "updated": isinstance(told["updated"], date),
    }
    yield from (name for name, holds in checks.items() if not holds)


def test_each_leads_to_two_to_four_others() -> None:
    for one in ARTICLES:
        related = one.told["related"]
        assert 2 <= len(set(related)) == len(related) <= 4, one.slug
        assert set(related) <= SLUGS - {one.slug}, one.slug


def test_every_link_leads_somewhere() -> None:
    assert [(one.slug, to) for one in ARTICLES for to in one.links if not _leads(to, one)] == []


def _leads(to: str, one: Article) -> bool:
    kind, _colon, name = to.partition(":")
    if kind == "article":
        return name in SLUGS - {one.slug}
    return bool(reverse(name) if kind == "page" else resolve(to))


def test_every_button_they_name_stands_on_a_page() -> None:
    bold = [(one.slug, words) for one in ARTICLES for words in one.marked("strong") if re.search(r"[\[\]]", words)]
    assert [each for each in bold if not re.fullmatch(r"\[[^\[\]]+\]", each[1])] == []
    assert [each for each in bold if not stands_on_a_page(each[1][1:-1])] == []
    assert len(bold) > 200


def test_every_name_they_give_stands_on_a_page() -> None:
    """Emphasis is for words of the product: a page, a field, a state; *Settings → Working hours* is two."""
    names = [(one.slug, part) for one in ARTICLES for words in one.marked("em") for part in words.split(" → ")]
    assert [each for each in names if not stands_on_a_page(each[1])] == []


def test_a_translation_stands_beside_the_english_one_and_leads_where_it_leads() -> None:
    english = {one.slug: one for one in ARTICLES}
    for language, one in TRANSLATED:
        beside = english[one.slug]
        assert (one.collection, one.links) == (beside.collection, beside.links), (language, one.slug)
        assert set(one.told) == {"title", "summary", "updated"}, (language, one.slug)
        parts = [[token.type for token in each.tokens if token.type == "heading_open"] for each in (one, beside)]
        assert parts[0] == parts[1], (language, one.slug)
        assert 10 <= len(one.told["summary"]) <= 200, (language, one.slug)


def test_a_translation_names_what_stands_on_pages_as_it_stands_there_in_its_language() -> None:
    named = [
        (language, one.slug, part.strip("[]"))
        for language, one in TRANSLATED
        for words in (*(each for each in one.marked("strong") if "[" in each), *one.marked("em"))
        for part in words.split(" → ")
    ]
    assert [each for each in named if not stands_on_a_page(each[2], each[0])] == []
    assert len(named) > 200  # for this test to mean anything
    assert not stands_on_a_page("Hand in the case", "de")


def test_they_are_plain_markdown_below_their_title() -> None:
    odd = re.compile(r"\*\*|\]\(|\[!(?!NOTE\]|TIP\]|WARNING\])")
    for one in ARTICLES:
        assert [
            token.content for token in one.tokens if token.tag == "h1" or token.type.startswith(("html", "image"))
        ] == []
        assert [token.content for token in one.tokens if token.type == "text" and odd.search(token.content)] == []
        assert 60 <= len(one.body.split()) <= 900, one.slug


def test_they_say_it_in_the_words_of_the_house() -> None:
    others = re.compile(r"\b(tickets?|agents?|end users?|customers?|please|simply)\b", re.IGNORECASE)
    assert [(one.slug, found[0]) for one in ARTICLES if (found := others.search(one.body))] == []


def test_a_button_that_stands_nowhere_is_noticed() -> None:
    known = ["Hand in the case", "Answer 3 items", "Hand in the claim", "x"]
    assert [words for words in known if stands_on_a_page(words)] == known[:2]
