"""Light Markdown: paragraphs, line breaks, links, emphasis, lists, quotes, code. HTML never.

Two belts: the parser does not know HTML, headings, images or tables, and the sanitiser lets through
only the tags the parser may write.
"""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

_PARSER = MarkdownIt("zero", {"html": False, "linkify": False, "breaks": True}).enable(
    ["newline", "backticks", "emphasis", "link", "autolink", "escape", "list", "blockquote", "code", "fence", "entity"]
)
_TAGS = {"p", "br", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote"}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)


def to_html(text: str) -> str:
    """Safe HTML of a message. Any text is accepted; what is not light Markdown shows as it was typed."""
    return _CLEANER.clean(_PARSER.render(text.replace("\x00", "\ufffd"))).strip()


def to_line(text: str, length: int = 140) -> str:
    """The first words of a message on one line, for lists and subjects."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
