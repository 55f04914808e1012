"""The parts of a letter, found in time that grows with its length alone.

The parser of the standard library is as fast on ordinary letters, but descends by recursion: a letter of a thousand nested parts
stops it (RecursionError). This one looks only for blank lines and boundaries, copies nothing until somebody asks for a part's
content, and stops at limits that no letter of a person reaches; what lies beyond them stays in the last part.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from trialogue.lib.mailtext.words import params

DEEPEST = 25
MOST_PARTS = 1000
MOST_FIELDS = 1000
LONGEST_FIELD = 65_536
LONGEST_HEAD = 1_000_000
# How often something that looks like a boundary is looked at, in all: a letter of nothing else ends here.
_LOOKS = 100_000
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_GUESS = re.compile(rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n[Cc]ontent-")


@dataclass(slots=True)
class Part:
    """`fields` are (name in lower case, raw value). `parts` of a multipart; a leaf has none, and content."""

    raw: bytes
    start: int
    end: int
    fields: list[tuple[str, bytes]]
    kind: str = "text/plain"
    params: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    disposition_params: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def first(self, name: str) -> bytes:
        return next((value for known, value in self.fields if known == name), b"")

    def all(self, name: str) -> list[bytes]:
        return [value for known, value in self.fields if known == name]

    def content(self) -> bytes:
        """Decoded; whatever is no base64 in base64 is passed over."""
        body = self.raw[self.start : self.end]
        encoding = self.first("content-transfer-encoding").strip().lower().split(b";")[0].strip()
        if encoding == b"base64":
            return _base64(body)
        if encoding == b"quoted-printable":
            return quopri.decodestring(body)
        if encoding in (b"x-uuencode", b"uuencode", b"x-uue"):
            return uudecoded(body)
        return body

    def walk(self) -> Iterator[Part]:
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))


@dataclass
class _Budget:
    parts: int = MOST_PARTS
    looks: int = _LOOKS


def split(raw: bytes) -> tuple[Part, list[str]]:
    """The tree of parts, and codes of what was wrong."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    problems: list[str] = []
    budget = _Budget()
    top = _part(raw, 0, len(raw), "text/plain", problems, top=True)
    waiting = [(top, 0)]
    while waiting:
        part, depth = waiting.pop()
        if not part.kind.startswith("multipart/"):
            continue
        if depth >= DEEPEST:
            problems.append("nested-too-deep")
            part.kind = "application/octet-stream"
            continue
        _divide(part, budget, problems)
        waiting.extend((child, depth + 1) for child in reversed(part.parts))
    return top, list(dict.fromkeys(problems))


def _divide(part: Part, budget: _Budget, problems: list[str]) -> None:
    boundary = part.params.get("boundary", "").encode("utf-8", "surrogateescape").rstrip()
    spans = _spans(part, boundary, budget, problems) if boundary else []
    if not spans and (found := _GUESS.search(part.raw, part.start, min(part.end, part.start + 1_000_000))):
        problems.append("boundary-wrong")
        spans = _spans(part, found[1], budget, problems)
    if not spans:
        if part.raw[part.start : part.end].strip():
            problems.append("boundary-missing")
        part.kind, part.params = "text/plain", {}
        return
    usual = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
    part.parts = [_part(part.raw, start, end, usual, problems) for start, end in spans]


def _spans(part: Part, boundary: bytes, budget: _Budget, problems: list[str]) -> list[tuple[int, int]]:
    """Where the parts lie. A missing last boundary ends the last part at the end."""
    raw, mark = part.raw, b"--" + boundary
    spans: list[tuple[int, int]] = []
    begun, at = -1, part.start
    while (at := raw.find(mark, at, part.end)) >= 0 and budget.looks > 0:
        budget.looks -= 1
        after = at + len(mark)
        eol = raw.find(b"\n", after, min(part.end, after + 1000))
        eol = part.end if eol < 0 else eol
        rest = raw[after:eol].strip()
        if (at > part.start and raw[at - 1] not in b"\r\n") or rest not in (b"", b"--"):
            at = after
            continue
        if begun >= 0:
            spans.append((begun, _before(raw, begun, at)))
            budget.parts -= 1
        if rest == b"--":
            return spans
        if budget.parts <= 0:
            problems.append("too-many-parts")
            return [*spans, (min(eol + 1, part.end), part.end)]
        begun = at = min(eol + 1, part.end)
    if begun >= 0:
        problems.append("boundary-unclosed")
        spans.append((begun, part.end))
    return spans


def _before(raw: bytes, begun: int, at: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    if at > begun and raw[at - 1 : at] == b"\n":
        at -= 1
    if at > begun and raw[at - 1 : at] == b"\r":
        at -= 1
    return at


def _part(raw: bytes, start: int, end: int, usual: str, problems: list[str], top: bool = False) -> Part:
    fields, body = _fields(raw, start, end, problems, top)
    part = Part(raw, body, end, fields, kind=usual)
    if claimed := part.first("content-type"):
        kind, part.params = params(claimed)
        part.kind = kind if re.fullmatch(r"[a-z0-9.+_-]+/[a-z0-9.+_-]+", kind) else _mended(kind)
    if claimed := part.first("content-disposition"):
        part.disposition, part.disposition_params = params(claimed)
    return part


def _mended(kind: str) -> str:
    if kind.startswith(("text", "plain")):
        return "text/html" if "html" in kind else "text/plain"
    return "application/octet-stream" if kind else "text/plain"


def _fields(raw: bytes, start: int, end: int, problems: list[str], top: bool) -> tuple[list[tuple[str, bytes]], int]:
    """The header fields and where the body begins."""
    fields: list[tuple[str, bytes]] = []
    name, pieces, at = "", [b""], start
    if top:
        while raw[at : at + 1] in (b"\r", b"\n", b" ", b"\xef", b"\xbb", b"\xbf") and at < end:
            at += 1
        if raw.startswith((b"From ", b">From "), at):  # the line that mbox puts in front
            at = _LINE.match(raw, at, end).end()  # type: ignore[union-attr]
    while at < end:
        line = _LINE.match(raw, at, end)[0]  # type: ignore[index]
        words = line.rstrip(b"\r\n")
        if not words:
            at += len(line)
            break
        if words[:1] in (b" ", b"\t"):
            pieces.append(words)
        elif found := _FIELD.match(words):
            if name and len(fields) < MOST_FIELDS and at - start < LONGEST_HEAD:
                fields.append((name, b"\n".join(pieces)))
            name, pieces = found[1].decode("ascii").lower(), [words[found.end() :].lstrip(b" \t")]
        elif name and _FIELD.match(raw, at + len(line), min(end, at + len(line) + 300)):
            problems.append("header-broken")  # a line that was folded without the blank that says so
            pieces.append(b" " + words)
        else:
            problems.append("header-broken")
            break
        at += len(line)
    if name and len(fields) < MOST_FIELDS and at - start < LONGEST_HEAD + LONGEST_FIELD:
        fields.append((name, b"\n".join(pieces)))
    elif name:
        problems.append("too-many-headers")
    if any(len(value) > LONGEST_FIELD for _, value in fields):
        problems.append("header-too-long")
        fields = [(name, value[:LONGEST_FIELD]) for name, value in fields]
    return fields, at


def _base64(body: bytes) -> bytes:
    # What follows padding belongs to another text pasted behind (a footer added by a server that did not look).
    kept = body.split(b"=", 1)[0].translate(None, _NOT_BASE64)
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def uudecoded(body: bytes) -> bytes:
    lines = []
    for line in body.splitlines():
        if line.startswith((b"begin ", b"end", b"`")) or not line.strip():
            continue
        try:
            lines.append(binascii.a2b_uu(line))
        except binascii.Error:
            size = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                lines.append(binascii.a2b_uu(line[:size]))
            except binascii.Error:
                continue
    return b"".join(lines)
