"""Light Markdown: paragraphs, line breaks, links, emphasis, lists, quotes, code. HTML never.

Two belts: the parser does not know HTML, headings, images or tables, and the sanitiser lets through
only the tags the parser may write.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_DEEPEST = 20
_PARSER = MarkdownIt("zero", {"html": False, "linkify": False, "breaks": True, "maxNesting": _DEEPEST}).enable(
    ["newline", "backticks", "emphasis", "link", "autolink", "escape", "list", "blockquote", "code", "fence", "entity"]
)
_TAGS = {"p", "br", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote"}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)


@lru_cache(maxsize=512)
def to_html(text: str) -> str:
    """Safe HTML of a message. Any text is accepted; what is not light Markdown shows as it was typed."""
    text = text.encode(errors="replace").decode().replace("\x00", "\ufffd")
    environment: dict[str, object] = {}
    tokens = _PARSER.parse(text, environment)
    # The parser drops what is nested deeper, and the words after a fence. No word of anyone's may vanish.
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        return f"<p>{escape(text).replace(chr(10), '<br>')}</p>"
    for token in tokens:
        if token.type == "fence" and (" " in token.info.strip() or not token.content.strip()):
            token.content = f"{token.info.strip()}\n{token.content}"
    return _CLEANER.clean(_PARSER.renderer.render(tokens, _PARSER.options, environment)).strip()


def to_text(text: str) -> str:
    """The same in plain words, line by line: without the marks of emphasis and code, and with where a link leads behind its words."""
    lines, tokens = text.split("\n"), _PARSER.parse(text)
    for token in () if any(token.level >= _DEEPEST - 1 for token in tokens) else tokens:
        if token.type != "inline" or not token.map:
            continue
        said = _in_words(token.children or []).split("\n")
        for at, marked, plain in zip(range(*token.map), token.content.split("\n"), said, strict=False):
            before, found, after = lines[at].rpartition(marked)
            if found and plain.rstrip() != marked.rstrip():
                lines[at] = before + plain + after
    return "\n".join(lines)


def _in_words(tokens: Sequence[Token]) -> str:
    words: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((str(token.attrs["href"]), len(words)))
        elif token.type == "link_close":
            to, since = links.pop()
            words += [] if "".join(words[since:]) in (to, to.removeprefix("mailto:")) else [f" ({to})"]
        else:
            words.append("\n" if token.type in ("softbreak", "hardbreak") else token.content)
    return "".join(words)


def to_line(text: str, length: int = 140) -> str:
    """The first words of a message on one line, for lists and subjects; as many as a line can show are read for marks."""
    line = " ".join(to_text(text[: 4 * length]).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
