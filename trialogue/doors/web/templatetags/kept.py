"""Two tags that remember what they said: stretches of a page by all that they depend on, and addresses."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from typing import Any, NamedTuple

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as parse_url
from django.urls import get_script_prefix, reverse
from django.utils import timezone, translation
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = template.Library()


class Shelf:
    """Stretches of HTML by a digest of what they depend on. The ones longest unused go when it holds too many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self.lock = threading.Lock()
        self.kept: OrderedDict[bytes, SafeString] = OrderedDict()

    def get(self, digest: bytes) -> SafeString | None:
        with self.lock:
            if digest in self.kept:
                self.kept.move_to_end(digest)
                return self.kept[digest]
        return None

    def keep(self, digest: bytes, html: SafeString) -> None:
        with self.lock:
            if digest not in self.kept:
                self.kept[digest] = html
                self.bytes += _size(html)
            while self.bytes > self.most_bytes:
                self.bytes -= _size(self.kept.popitem(last=False)[1])


def _size(html: str) -> int:
    return sys.getsizeof(html) + 250  # with its digest and its place


SHELF = Shelf(8 * 2**20)


class Kept(template.Node):
    """`{% kept value … %}…{% endkept %}`: within it stands nothing but what follows from the values, language, zone and year.

    A value is a text, a number, a moment, or a tuple of them; never a row, which says nothing of what it holds. Who may see it is
    among the values wherever it matters. `proving` draws again what is found, and compares.

    `name=value` is no part of what is kept: `{{ name }}` stands within as a hole, filled at each look. For what is left of a time.
    """

    proving = False
    numbers: Iterator[int] = count()

    def __init__(self, values: list[FilterExpression], holes: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.values, self.holes, self.nodelist, self.number = values, holes, nodelist, next(self.numbers)

    def render(self, context: template.Context) -> SafeString:
        values = [value.resolve(context) for value in self.values]
        told = (self.number, *values, *Reader.of(context))
        digest = blake2b(repr(told).encode(errors="surrogatepass"), digest_size=16).digest()
        found = SHELF.get(digest)
        if found is None:
            found = self._drawn(context)
            SHELF.keep(digest, found)
        elif self.proving:
            drawn = self._drawn(context)
            assert drawn == found, f"depends on more than {values}:\n{found}\n{drawn}"
        for name, value in self.holes.items():
            found = SafeString(found.replace(_hole(name), conditional_escape(value.resolve(context))))
        return found

    def _drawn(self, context: template.Context) -> SafeString:
        if not self.holes:
            return self.nodelist.render(context)
        with context.push(**{name: _hole(name) for name in self.holes}):
            return self.nodelist.render(context)


def _hole(name: str) -> SafeString:
    return SafeString(f"<!{name}>")  # nobody's words: theirs would be escaped


class Reader(NamedTuple):
    """Who reads, as far as what stands on a page follows from it: times of another year are told with it."""

    language: str | None
    zone: str
    year: int
    prefix: str  # of addresses

    @classmethod
    def of(cls, context: template.Context) -> Reader:
        """Asked once for a page: nothing changes midway."""
        # At the bottom: what lies above is a template's own, gone with each that is included.
        known: Any = context.render_context.dicts[0]
        if "reader" not in known:
            year, zone = timezone.localtime().year, timezone.get_current_timezone_name()
            known["reader"] = cls(translation.get_language(), zone, year, get_script_prefix())
        told: Reader = known["reader"]
        return told


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    words = token.split_contents()[1:]
    holes = token_kwargs([word for word in words if "=" in word], parser)
    values = [parser.compile_filter(word) for word in words if "=" not in word]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(values, holes, nodelist)


class Address(URLNode):
    """Django's own, but for each address looked up once: patterns are slow to turn round."""

    def render(self, context: template.Context) -> str:
        values = [value.resolve(context) for value in self.args]
        if self.kwargs or not all(isinstance(value, str | int) for value in values):
            return str(super().render(context))
        found = _address(get_script_prefix(), self.view_name.resolve(context), *values)
        if self.asvar:
            context[self.asvar] = found
            return ""
        return conditional_escape(found) if context.autoescape else found


@lru_cache(maxsize=10_000)
def _address(prefix: str, name: str, *values: Any) -> str:
    return str(reverse(name, args=values))


@register.tag
def url(parser: Parser, token: Token) -> Address:
    node = parse_url(parser, token)
    return Address(node.view_name, node.args, node.kwargs, node.asvar)
