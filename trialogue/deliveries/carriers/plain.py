"""The words of one of our own mails as text, out of its HTML: so that both say the same, and each is written once.

>>> text, html = both('<h1>Case  K7</h1><p data-text="*as typed*"><em>as typed</em></p><p>a &lt; b<br><a href="https://x.example/">Open</a></p>')
>>> text
'Case K7\\n\\n*as typed*\\n\\na < b\\nOpen\\nhttps://x.example/\\n'
>>> html
'<h1>Case  K7</h1><p><em>as typed</em></p><p>a &lt; b<br><a href="https://x.example/">Open</a></p>'
>>> both('<p>Here: <a href="https://x.example/">https://x.example/</a></p>')[0]
'Here: https://x.example/\\n'
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_APART = ("p", "h1", "h2", "ul", "table")  # stand between empty lines
_LINES = ("tr", "div", "li")
_WITHOUT_END = ("br", "meta", "img", "hr")
_UNSEEN = ("head", "style")
_INSTEAD = re.compile(r' data-text="[^"]*"')


def both(html: str) -> tuple[str, str]:
    """The text and the HTML of a mail. What has a `data-text` is said by that alone, as it stands there; where a link leads
    follows on a line of its own, unless its words say so."""  # fmt: skip
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end()
    return "\n\n".join(part for part in reader.parts if part.strip()) + "\n", _INSTEAD.sub("", html)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = [""]
        self.links: list[str] = []
        self.unseen = 0  # how deep we are in what is not said

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if self.unseen:
            self.unseen += tag not in _WITHOUT_END
            return
        if tag in _APART:
            self.end()
        elif tag in _LINES or tag == "br":
            self._line()
        if tag == "li":
            self.parts[-1] += "- "
        if (href := told.get("href")) and href not in self.links:
            self.links.append(href)
        if "data-text" in told or tag in _UNSEEN:
            self.parts[-1] += told.get("data-text") or ""
            self.unseen = 1

    def handle_endtag(self, tag: str) -> None:
        if self.unseen:
            self.unseen -= 1
        elif tag in _APART:
            self.end()
        elif tag in _LINES:
            self._line()

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            words = re.sub(r"\s+", " ", data)
            self.parts[-1] += words.lstrip() if not self.parts[-1] or self.parts[-1].endswith(("\n", "- ")) else words

    def _line(self) -> None:
        if self.parts[-1] and not self.parts[-1].endswith("\n"):
            self.parts[-1] = self.parts[-1].rstrip(" ") + "\n"

    def end(self) -> None:
        self._line()
        told = self.parts[-1].split()
        for link in self.links:
            self.parts[-1] += "" if link in told else link + "\n"
        self.links.clear()
        self.parts[-1] = self.parts[-1].removesuffix("\n")
        self.parts.append("")
