"""Someone at the door with a browser that runs no script: opens pages, fills in forms, reads what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from trialogue.people.models import Actor

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))


class Element:
    """One element of a page."""

    def __init__(self, tag: str, given: dict[str, str], parent: Element | None) -> None:
        self.tag, self.given, self.parent = tag, given, parent
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.given[name]

    def get(self, name: str, default: str = "") -> str:
        return self.given.get(name, default)

    def all(self, tag: str = "", **given: str) -> list[Element]:
        """Those within, by tag and attributes; `class_` asks for one word of the class."""
        return [one for one in self.within() if _fits(one, tag, given)]

    def one(self, tag: str = "", **given: str) -> Element:
        found = self.all(tag, **given)
        assert len(found) == 1, f"{len(found)} × {tag} {given}"
        return found[0]

    def within(self) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.within()

    @property
    def words(self) -> str:
        """What a person reads, on one line."""
        told = " ".join(child if isinstance(child, str) else child.words for child in self.children)
        return " ".join(told.split()) if self.tag not in ("script", "style", "template") else ""


def _fits(one: Element, tag: str, given: dict[str, str]) -> bool:
    if tag and one.tag != tag:
        return False
    for name, wanted in given.items():
        if name == "class_":
            if wanted not in one.get("class").split():
                return False
        elif one.given.get(name.rstrip("_").replace("_", "-")) != wanted:
            return False
    return True


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Element("", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        here = self.at
        while here.parent is not None and here.tag != tag:
            here = here.parent
        if here.parent is not None:
            self.at = here.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


def read(html: str) -> Element:
    reader = _Reader()
    reader.feed(html)
    return reader.root


@dataclass
class Page:
    """What came back. `root` is the page as elements, `words` all that a person reads."""

    answer: Any
    content: bytes = b""

    def __post_init__(self) -> None:
        self.content = b"".join(self.answer.streaming_content) if self.answer.streaming else self.answer.content

    @property
    def status(self) -> int:
        return int(self.answer.status_code)

    @property
    def html(self) -> str:
        return self.content.decode()

    @property
    def root(self) -> Element:
        return read(self.html)

    @property
    def words(self) -> str:
        return self.root.words

    @property
    def main(self) -> str:
        """What stands on the page itself, without head and menus."""
        return self.root.one("main").words

    @property
    def references(self) -> list[str]:
        """The cases that this page lists, in order."""
        return [row["id"].removeprefix("row-") for row in self.root.all("tr") if row.get("id").startswith("row-")]

    @property
    def messages(self) -> list[str]:
        return [" ".join(body.words.split()) for body in self.root.all("div", class_="message__body")]

    def link(self, words: str) -> str:
        """Where the one link with these words leads."""
        found = {link["href"] for link in self.root.all("a") if link.words == words}
        assert len(found) == 1, (words, found)
        return unescape(found.pop())

    def has_link(self, words: str) -> bool:
        return any(link.words == words for link in self.root.all("a"))


class Visitor:
    """A browser that stays signed in as one person. Its answers are pages; a server error is an answer, not an exception."""

    def __init__(self, actor: Actor | None = None, **headers: str) -> None:
        self.client = Client(raise_request_exception=False, headers=headers)
        self.actor = actor
        if actor:
            assert actor.person is not None
            self.client.force_login(actor.person)

    def open(self, page: str, *args: str, **query: Any) -> Page:
        return Page(self.client.get(_address(page, args), query))

    def send(self, page: str, *args: str, headers: dict[str, str] | None = None, **fields: Any) -> Page:
        return Page(self.client.post(_address(page, args), fields, headers=headers))

    def send_and_follow(self, page: str, *args: str, **fields: Any) -> Page:
        return Page(self.client.post(_address(page, args), fields, follow=True))

    def ask(self, page: str, *args: str, **headers: str) -> Page:
        """As htmx or our own script does."""
        return Page(self.client.get(_address(page, args), headers=headers))


def _address(page: str, args: tuple[str, ...]) -> str:
    return page if page.startswith("/") else reverse(page, args=args)


def a_file(name: str = "invoice.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def visible(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
