"""HTML of strangers: made safe to show, and read as text.

nh3 parses as browsers do and lets through only what stands here; its output is regular, so one expression reads it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape

import nh3

LARGEST = 2_000_000
LARGEST_CRUDE = 500_000
_DEEPEST_QUOTE = 8
# Browsers' way of parsing looks back through all open elements. Tags times depth is what it may cost: a second at most.
_MOST_MARKS = 100_000
_DEAREST = 30_000_000
REMOTE = "x-remote-picture:"
ENCLOSED = "x-enclosed-picture:"

# What mail programs call the beginning of the letter that is answered. After the first kind there may be new words again.
QUOTE, REST, SIGNATURE, END = "\x1e", "\x1c", "\x1f", "\x1d"
_MARKS = {
    **dict.fromkeys(("gmail_attr", "gmail_quote", "moz-cite-prefix", "protonmail_quote", "tutanota_quote", "reply-intro"), QUOTE),
    **dict.fromkeys(
        (
            "divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "olk_src_body_section", "yahoo_quoted",
            "zmail_extra", "outlookmessageheader", "ms-outlook-mobile-reference-message", "replybody1", "messagereplysection",
            "isforwardcontent", "isreplycontent", "orimsghtmlseperator",
        ),
        REST,
    ),
    **dict.fromkeys(
        (
            "gmail_signature", "moz-signature", "signature", "applemailsignature", "ms-outlook-mobile-signature",
            "protonmail_signature_block", "_rc_sig", "lightmailsignature",
        ),
        SIGNATURE,
    ),
}  # fmt: skip
_KEPT_CLASSES = {"msonormal"}
_TAGS = {
    "a", "abbr", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "div", "dl",
    "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins",
    "kbd", "li", "ol", "p", "pre", "q", "s", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "tt", "u", "ul", "article", "main", "address", "time",
}  # fmt: skip
_SILENT = {
    "script",
    "style",
    "title",
    "head",
    "noscript",
    "template",
    "iframe",
    "object",
    "svg",
    "math",
    "textarea",
    "select",
}
_ATTRIBUTES = {
    "*": {"class", "id", "name", "align", "dir", "lang", "style", "title", "valign"},
    "a": {"href"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan", "width", "bgcolor"},
    "th": {"colspan", "rowspan", "width", "bgcolor"}, "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "tr": {"bgcolor"}, "font": {"color", "size", "face"}, "ol": {"start", "type"}, "blockquote": {"type"},
}  # fmt: skip
_STYLES = {
    "color", "background-color", "font-weight", "font-style", "font-size", "font-family", "text-align", "text-decoration",
    "margin", "margin-left", "margin-top", "margin-bottom", "padding", "padding-left", "border", "border-left", "border-top",
    "width", "white-space", "vertical-align", "display",
}  # fmt: skip
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*/?>')
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_ATTRIBUTE = re.compile(r'([^\s=>"]+)="([^"]*)"')
_PICTURE = re.compile(rf'src="({REMOTE}|{ENCLOSED})')
_SHOWN = re.compile(r' data-document="(\d{1,4})"')
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$")
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "data", REMOTE[:-1], ENCLOSED[:-1]}
_VOID = {"br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr"}


def affordable(html: str) -> bool:
    """Whether a browser's parser may be let loose on it."""
    marks = html.count("<") + html.count("&")
    if marks > _MOST_MARKS or len(html) > LARGEST:
        return False
    if marks * marks < _DEAREST:
        return True
    depth = deepest = 0
    for found in _ANY_TAG.finditer(html):
        if found[2].lower() not in _VOID:
            depth = max(0, depth + (-1 if found[1] else 1))
            deepest = max(deepest, depth)
    return marks * (deepest + 10) < _DEAREST


def cleaned(html: str, pictures: Mapping[str, int]) -> str:
    """Safe to show, pictures blocked. `pictures`: the place of each content id among the documents."""
    safe = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_SILENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter(pictures),
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        filter_style_properties=_STYLES,
    )
    return _PICTURE.sub(lambda found: f'data-{"remote-src" if found[1] == REMOTE else "document"}="', safe)


def shown(clean: str) -> list[int]:
    """The places of the documents that it shows."""
    return [int(place) for place in _SHOWN.findall(clean)]


def _filter(pictures: Mapping[str, int]) -> Callable[[str, str, str], str | None]:
    def kept(tag: str, attribute: str, value: str) -> str | None:
        if attribute in ("class", "id", "name"):
            known = [word for word in value.split() if _mark(word) or word.lower() in _KEPT_CLASSES]
            return " ".join(known) or None
        if attribute == "style":
            if _HIDDEN.search(value):
                return "display:none"
            return None if "url(" in value.lower() or "\\" in value else value
        if attribute == "href":
            return value if value.strip().lower().startswith(("http:", "https:", "mailto:", "tel:")) else None
        return _picture(value.strip(), pictures) if attribute == "src" else value

    return kept


def _picture(address: str, pictures: Mapping[str, int]) -> str | None:
    scheme = address[:6].lower()
    if scheme.startswith("cid:"):
        place = pictures.get(address[4:].strip("<>"))
        return None if place is None else f"{ENCLOSED}{place}"
    if address.startswith("//"):
        address, scheme = f"https:{address}", "https:"
    if _EMBEDDED.match(address):
        return address
    return REMOTE + address if scheme.startswith(("http:", "https:")) else None


def _mark(word: str) -> str:
    return _MARKS.get(word.lower().removeprefix("x_"), "")


def as_text(html: str) -> str:
    """The words of what `cleaned` gave, links readable, quotes marked with ">", signatures and quotes of mail programs marked."""
    return _Writer().write(html)


def crude(html: str) -> str:
    """What is too dear to parse: all marks taken out but those that end a line. Only for `as_text`, never to be shown."""
    html = html[:LARGEST_CRUDE]
    for begin, end in (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"), ("<head", "</head>")):
        html = _without(html, begin, end)
    return _CRUDE.sub(lambda found: f"<{found[1]}{found[2].lower()}>" if found[2].lower() in _TAGS else " ", html)


def _without(html: str, begin: str, end: str) -> str:
    """Without what stands between the two; one that is never closed hides nothing."""
    lower, kept, at = html.lower(), [], 0
    if len(lower) != len(html):  # a few letters grow when they are made small
        lower = html
    while (found := lower.find(begin, at)) >= 0 and (close := lower.find(end, found)) >= 0:
        kept.append(html[at:found])
        at = close + len(end)
    return "".join([*kept, html[at:]])


_CRUDE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})[^<>]*>?")
_BLOCKS = {
    "p", "div", "tr", "table", "ul", "ol", "dl", "dt", "dd", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "hr",
    "center", "section", "article", "header", "footer", "main", "address", "figure", "figcaption", "caption",
}  # fmt: skip
_SPACED = {"p", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "table", "blockquote"}
_SPACES = re.compile(r"[ \t\n\r\f]+")


class _Writer:
    """Writes lines. `quotes` is the stack of open blockquotes, each whether it deepens the quote."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes: list[bool] = []
        self.depth = 0
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int]] = []
        self.marked: list[tuple[str, int, str]] = []  # (tag, how many of its kind are open within, what ends it)
        self.preformatted = 0
        self.tight = False  # in a paragraph of Outlook, which is a line
        self.blanks = 0  # empty lines owed before the next words

    def write(self, html: str) -> str:
        at, hidden = 0, ("", 0)
        for found in _TAG.finditer(html):
            closing, tag, attributes = found[1] == "/", found[2], found[3]
            if hidden[1]:
                if tag == hidden[0]:
                    hidden = (tag, hidden[1] + (-1 if closing else 1))
                at = found.end()
                continue
            if found.start() > at:
                self._words(unescape(html[at : found.start()]))
            at = found.end()
            if not closing and attributes and "display:none" in attributes and tag not in _VOID:
                hidden = (tag, 1)
            elif closing:
                self._close(tag)
            else:
                self._open(tag, attributes)
        if not hidden[1]:
            self._words(unescape(html[at:]))
        self._end_line()
        return "\n".join(self.lines).strip("\n")

    def _words(self, said: str) -> None:
        if self.preformatted:
            first, *rest = said.split("\n")
            self.line.append(first)
            for line in rest:
                self._end_line(always=True)
                self.line.append(line)
            return
        said = _SPACES.sub(" ", said)
        if said == " " and not self.line:
            return
        self.line.append(said)

    def _end_line(self, always: bool = False) -> None:
        words = "".join(self.line)
        words = words.rstrip() if self.preformatted else words.strip(" ")
        self.line = []
        if not words and not always:
            return
        prefix = "> " * min(self.depth, _DEEPEST_QUOTE)
        if self.blanks and self.lines:
            self.lines.append(prefix.rstrip() if self.lines[-1].startswith(">") and prefix else "")
        self.blanks = 0
        self.lines.append((prefix + words.replace("\xa0", " ")).rstrip())

    def _mark(self, mark: str) -> None:
        self._end_line()
        self.blanks = 0
        self.lines.append(mark)

    def _open(self, tag: str, attributes: str) -> None:
        given = dict(_ATTRIBUTE.findall(attributes)) if attributes else {}
        if tag in _BLOCKS:
            self._end_line()
            self.tight = "MsoNormal" in given.get("class", "") if tag == "p" else self.tight
            if tag in _SPACED and not (tag == "p" and (self.tight or self.lists)):
                self.blanks = 1
        if given:
            self._marks(tag, given)
        self.marked = [(name, depth + (name == tag), end) for name, depth, end in self.marked]
        if tag == "br":
            self._end_line(always=True)
        elif tag == "blockquote":
            deepens = given.get("type") == "cite" or "none" not in given.get("style", "")
            self.quotes.append(deepens)
            self.depth += deepens
        elif tag in ("ul", "ol"):
            self.lists.append(None if tag == "ul" else 0)
        elif tag == "li":
            self._item()
        elif tag == "a":
            self.links.append((unescape(given.get("href", "")), len(self.line)))
        elif tag in ("td", "th") and self.line:
            self.line.append("  ")
        elif tag == "pre":
            self.preformatted += 1

    def _item(self) -> None:
        if self.lists and (number := self.lists[-1]) is not None:
            self.lists[-1] = number + 1
            self.line.append(f"{number + 1}. ")
        else:
            self.line.append("- ")

    def _marks(self, tag: str, given: dict[str, str]) -> None:
        for word in f"{given.get('class', '')} {given.get('id', '')} {given.get('name', '')}".split():
            if mark := _mark(word):
                self._mark(mark)
                if mark == SIGNATURE:
                    self.marked.append((tag, 0, END))
                return

    def _close(self, tag: str) -> None:
        if tag == "a" and self.links:
            self._link(*self.links.pop())
        elif tag == "pre" and self.preformatted:
            self._end_line()
            self.preformatted -= 1
        if tag in _BLOCKS:
            self._end_line()
            if tag in _SPACED and not (tag == "p" and (self.tight or self.lists)):
                self.blanks = 1
        if tag == "blockquote" and self.quotes:
            self.depth -= self.quotes.pop()
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        for place in range(len(self.marked) - 1, -1, -1):
            name, depth, end = self.marked[place]
            if name == tag:
                if depth <= 1:
                    self._mark(end)
                    del self.marked[place]
                else:
                    self.marked[place] = (name, depth - 1, end)

    def _link(self, address: str, begun: int) -> None:
        words = "".join(self.line[begun:]).strip()
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        if (
            address
            and words
            and bare.rstrip("/").removeprefix("https://").removeprefix("http://") not in words
            and bare not in words
        ):
            self.line.append(f" <{bare}>")
