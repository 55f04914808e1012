"""The Markdown of articles: CommonMark with tables and callouts, links to articles and pages, named buttons. HTML never.

Two belts: the parser takes HTML for text, and the sanitiser lets through only the tags it may write. What a link may lead to is
checked where words are written (`problems`), with the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import nh3
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markdown_it import MarkdownIt
from markdown_it.token import Token

DEEPEST = 20
CALLOUTS = {"NOTE": gettext_lazy("Note"), "TIP": gettext_lazy("Tip"), "WARNING": gettext_lazy("Warning")}
_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable("table")
# What leads nowhere is told with its line; the parser would only leave it as it was typed.
_PARSER.validateLink = lambda url: True  # type: ignore[method-assign]
_CALLOUT = re.compile(r"\[!(\w+)\]\Z")
_BUTTON = re.compile(r"\[([^\[\]]+)\]\Z")
_OUTSIDE = re.compile(r"(?:https?://|mailto:)\S+\Z", re.IGNORECASE)
_PICTURE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(png|jpg|gif|webp)\Z")
_HERE = re.compile(r"/(?!/)\S*\Z")
_CLEANER = nh3.Cleaner(
    tags={
        *("p", "br", "a", "img", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "span", "div"),
        *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
    },
    attributes={
        "a": {"href"},
        "ol": {"start"},
        "div": {"role", "tabindex"},
        **{f"h{n}": {"id"} for n in range(2, 7)},
        "img": {"src", "srcset", "sizes", "width", "height", "alt", "loading", "decoding"},
    },
    allowed_classes={
        "div": {"callout", "callout--note", "callout--tip", "callout--warning", "table-scroll"},
        "p": {"callout__says"},
        "span": {"named"},
        "table": {"table"},
    },
    url_schemes={"http", "https", "mailto"},
    url_relative="pass_through",
    link_rel="noopener",
)


@dataclass(frozen=True)
class Said:
    """Something that stands in a line of the words: counted from one."""

    line: int
    what: str


@dataclass
class Drawn:
    """What readers get: HTML, the headings as (id, words), and the words alone."""

    html: str
    headings: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""


def draw(body: str, address: Callable[[str], str], shown: Mapping[str, Mapping[str, str]] | None = None) -> Drawn:
    """`address` says where `article:…` and `page:…` lead, `shown` what the element of each picture says, by its name.

    Of words that have problems, nothing dangerous is drawn; a picture that is not there is its words.
    """
    tokens = _PARSER.parse(body)
    drawn, ids, words = Drawn(""), dict[str, int](), list[str]()
    _draw_callouts(tokens)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            _draw_heading(tokens, place, ids, drawn)
        elif token.type == "inline":
            _draw_inline(token, address, shown or {})
            words.append(_words(token) if token.content else "")
        elif token.type in ("fence", "code_block"):
            words.append(token.content)
            token.info = ""
        elif token.type == "table_open":
            token.attrSet("class", "table")
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    # A table that is wider than a phone is moved by itself, by keyboard as well.
    html = html.replace('<table class="table">', '<div class="table-scroll" tabindex="0"><table class="table">')
    drawn.html = _CLEANER.clean(html.replace("</table>", "</table></div>")).strip()
    drawn.text = "\n".join(word for word in words if word.strip())
    return drawn


def problems(body: str) -> list[Said]:
    """What cannot be drawn as it was meant, line by line."""
    tokens = _PARSER.parse(body)
    if deep := next((line for token, line in _each(tokens) if token.level >= DEEPEST - 1), None):
        return [Said(deep, _("This is nested too deep. Begin it further to the left."))]
    anchors = {one.what for one in _headings(tokens)}
    told = [(line, _problem(token, anchors)) for token, line in _each(tokens)]
    return [Said(line, said) for line, said in told if said]


def links(body: str) -> list[Said]:
    """Where its links lead, as it was typed."""
    each = _each(_PARSER.parse(body))
    return [Said(line, str(token.attrGet("href"))) for token, line in each if token.type == "link_open"]


def pictures(body: str) -> list[Said]:
    """The names of the pictures it shows."""
    each = _each(_PARSER.parse(body))
    return [Said(line, str(token.attrGet("src"))) for token, line in each if token.type == "image"]


def buttons(body: str) -> list[Said]:
    """The words of the buttons it names."""
    told = [(line, _button(token.children or [], at)) for token, line in _each(_PARSER.parse(body)) for at in range(len(token.children or ()))]  # fmt: skip
    return [Said(line, words) for line, words in told if words]


# --- within -----------------------------------------------------------------------------------------------------------


def _each(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    """Every token with its line; what stands inline is counted from where its block begins."""
    line = 0
    for token in tokens:
        line = (token.map or [line])[0]
        yield token, line + 1
        inner = line
        for child in token.children or ():
            yield child, inner + 1
            inner += child.type in ("softbreak", "hardbreak")


def _problem(token: Token, anchors: set[str]) -> str:
    """What is wrong with it, or nothing."""
    if token.type == "image":
        return _problem_of_picture(token)
    if token.type == "link_open":
        return _problem_of_link(str(token.attrGet("href")), anchors)
    called = _callout(token) if token.type == "inline" else None
    if called is None or called in CALLOUTS:
        return ""
    known = ", ".join(f"[!{name}]" for name in CALLOUTS)
    return _("There is no callout “{called}”. Write one of: {known}.").format(called=called, known=known)


def _problem_of_picture(token: Token) -> str:
    name = str(token.attrGet("src"))
    if not _PICTURE.match(name):
        said = _(
            "“{name}” is no picture of this article. Add the picture to it, and write its name, such as example.png."
        )
        return said.format(name=name[:60])
    if not token.content.strip():
        said = _("Say what “{name}” shows, for whoever does not see it: ![What it shows]({name}).")
        return said.format(name=name)
    return ""


def _problem_of_link(to: str, anchors: set[str]) -> str:
    if to.startswith("#"):
        return "" if to[1:] in anchors else _("No heading here is called “{to}”.").format(to=to[:60])
    if _OUTSIDE.match(to) or _HERE.match(to) or _inside(to):
        return ""
    said = _("The link “{to}” leads nowhere. Write https://…, mailto:…, article:its-name or page:its-name.")
    return said.format(to=to[:60])


def _headings(tokens: list[Token]) -> list[Said]:
    """Their ids, as `#…` names them."""
    ids: dict[str, int] = {}
    opened = [(place, token) for place, token in enumerate(tokens) if token.type == "heading_open"]
    return [Said((token.map or [0])[0] + 1, _anchor(_words(tokens[place + 1]), ids)) for place, token in opened]


def _inside(to: str) -> bool:
    return bool(re.fullmatch(r"article:[a-z0-9-]+(#[a-z0-9-]+)?|page:[a-z0-9_-]+", to))


def _words(inline: Token) -> str:
    """As they are read: without marks."""
    kinds = {"text", "code_inline", "softbreak", "hardbreak", "image"}
    told = (child.content or " " for child in inline.children or () if child.type in kinds)
    return "".join(told).strip()


def _anchor(words: str, ids: dict[str, int]) -> str:
    name = slugify(words) or "part"
    ids[name] = ids.get(name, 0) + 1
    return name if ids[name] == 1 else f"{name}-{ids[name]}"


def _draw_heading(tokens: list[Token], place: int, ids: dict[str, int], drawn: Drawn) -> None:
    """The page has its one first heading already. Ids of ours begin with `s-`: nothing else on the page is called so."""
    words = _words(tokens[place + 1])
    name = f"s-{_anchor(words, ids)}"
    level = max(2, int(tokens[place].tag[1:]))
    closing = next(token for token in tokens[place:] if token.type == "heading_close")
    tokens[place].tag = closing.tag = f"h{level}"
    tokens[place].attrSet("id", name)
    if level == 2:
        drawn.headings.append((name, words))


def _draw_inline(inline: Token, address: Callable[[str], str], shown: Mapping[str, Mapping[str, str]]) -> None:
    children = inline.children or []
    for place, child in enumerate(children):
        if child.type == "image":
            name = str(child.attrGet("src"))
            if name in shown:
                child.attrs = {**shown[name], "alt": ""}  # which the parser fills with its words
            else:
                children[place] = _text(child.content)
        if child.type == "link_open":
            child.attrSet("href", _led(str(child.attrGet("href")), address))
        if words := _button(children, place):
            children[place : place + 3] = [_html_of("span_open", "span", 1, "named"), _text(words), _html_of("span_close", "span", -1)]  # fmt: skip


def _led(to: str, address: Callable[[str], str]) -> str:
    if to.startswith("#"):
        return f"#s-{to[1:]}"
    if not _inside(to):
        return to
    name, _hash, part = to.partition("#")
    return address(name) + (f"#s-{part}" if part else "")


def _button(children: list[Token], place: int) -> str:
    """The words of **[a button]** that begins here."""
    if [child.type for child in children[place : place + 3]] != ["strong_open", "text", "strong_close"]:
        return ""
    found = _BUTTON.match(children[place + 1].content)
    return found[1] if found else ""


def _callout(inline: Token) -> str | None:
    first = inline.children[0] if inline.children else None
    found = _CALLOUT.match(first.content.strip()) if first is not None and first.type == "text" else None
    return found[1] if found else None


def _draw_callouts(tokens: list[Token]) -> None:
    """A quote that begins with `[!NOTE]` is a callout, and says which."""
    for place, token in enumerate(tokens):
        if token.type != "blockquote_open" or tokens[place + 1].type != "paragraph_open":
            continue
        inline = tokens[place + 2]
        called = _callout(inline)
        if called not in CALLOUTS:
            continue
        closing = next(one for one in tokens[place:] if one.type == "blockquote_close" and one.level == token.level)
        token.tag = closing.tag = "div"
        token.attrSet("class", f"callout callout--{called.lower()}")
        token.attrSet("role", "note")
        inline.children = (inline.children or [])[2:]
        if not inline.children:
            del tokens[place + 1 : place + 4]
        says = [_html_of("p_open", "p", 1, "callout__says"), _text(str(CALLOUTS[called])), _html_of("p_close", "p", -1)]
        tokens[place + 1 : place + 1] = [Token("inline", "", 0, children=says, content="")]


def _html_of(kind: str, tag: str, nesting: Any, classes: str = "") -> Token:
    return Token(kind, tag, nesting, attrs={"class": classes} if classes else {})


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)
