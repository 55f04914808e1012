"""What should not leave in a pasted log: personal data and secrets, found and masked, each shown so that a person can keep it.

    >>> done = redact("Call +45 20 30 40 50 or write to anna@mail.example")
    >>> done.text
    'Call [phone] or write to [e-mail]'
    >>> [finding.hint for finding in done.findings]
    ['···· 50', 'a···@···']
    >>> redact("Call +45 20 30 40 50 or write to anna@mail.example", keep=[done.findings[1].id]).text
    'Call [phone] or write to anna@mail.example'

The same value gets the same number within a text as soon as there are several: `[e-mail 1]`, `[e-mail 2]`. Masking what is masked
finds nothing. All is linear in the length of the text, whatever is in it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import blake2b

from . import contacts, credentials, keyed, numbers
from .spans import PLACEHOLDER, Kind, Span

__all__ = ["Finding", "Kind", "Redaction", "redact"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, at `start` to `end` of the original text."""

    kind: Kind
    start: int
    end: int
    hint: str  # enough to tell which it is, never the whole
    id: str  # the same for the same value; made from it, so show it, and do not store it
    instead: str  # what stands in the text now
    kept: bool  # left as it was, as someone asked


@dataclass(frozen=True, slots=True)
class Redaction:
    text: str
    findings: list[Finding]


_Place = tuple[int, int, int, int]  # start and end in the masked text, start and end in the original


def redact(text: str, keep: Collection[str | tuple[int, int]] = ()) -> Redaction:
    """The text with what was found masked; `keep`: ids of findings, or where they stand (start, end), to leave as they are."""
    spans = _merged(_search(text))
    while spans:
        findings = _told(text, spans, keep)
        masked, places = _masked(text, findings)
        # Without what was masked, there may be more to see in what stood beside it: `Name: Anna Lund +45 20304050`.
        grown = _merged([*spans, *(_back(span, places) for span in _search_near(masked, places))])
        if grown == spans:
            return Redaction(masked, findings)
        spans = grown
    return Redaction(text, [])


def _search(text: str, again: bool = False) -> list[Span]:
    passwords, ats = credentials.in_addresses(text)
    found = [
        *passwords,
        *keyed.keyed(text, again),
        *credentials.shaped(text),
        *contacts.emails(text, but=ats),
        *numbers.ibans(text),
        *numbers.lettered(text),
        *numbers.digits(text),
        *numbers.births(text),
    ]
    return _unmasked(text, found) if "[" in text else found


def _unmasked(text: str, spans: list[Span]) -> list[Span]:
    """Without those that hold nothing but what was masked before; the others take what they touch of it as a whole."""
    before = [match.span() for match in PLACEHOLDER.finditer(text)]
    if not before:
        return spans
    left = []
    for start, end, kind in spans:
        first = bisect_right(before, start, key=lambda place: place[1])
        last = bisect_left(before, end, key=lambda place: place[0])
        if first < last:
            start, end = min(start, before[first][0]), max(end, before[last - 1][1])
            if not any(map(str.isalnum, PLACEHOLDER.sub("", text[start:end]))):
                continue
        left.append(Span(start, end, kind))
    return left


_AROUND = 400  # how far before and behind what was masked to look again, if the line is no shorter
_CUT = 64  # what begins or ends so near to where the text was cut may not be what it seems
_BREAK = "\n\0\n"


def _search_near(text: str, places: list[_Place]) -> list[Span]:
    """Searches the lines with something masked in them once more; of very long lines, what is around."""
    pieces: list[tuple[int, int, int, int]] = []  # where the piece is, and what of it is sure
    for begin, until, _start, _end in places:
        start, sure, end, surely = _piece(text, begin, until)
        if pieces and start <= pieces[-1][1]:
            start, _, sure, _ = pieces.pop()
        pieces.append((start, end, sure, surely))
    starts, at = [], 0
    for start, end, _sure, _surely in pieces:
        starts.append(at)
        at += end - start + len(_BREAK)
    joined = _BREAK.join(text[start:end] for start, end, _sure, _surely in pieces)
    found = []
    for span in _search(joined, again=True):
        number = bisect_right(starts, span.start) - 1
        start, end, sure, surely = pieces[number]
        moved = Span(span.start - starts[number] + start, span.end - starts[number] + start, span.kind)
        if sure <= moved.start and moved.end <= surely:
            found.append(moved)
    return found


def _piece(text: str, begin: int, until: int) -> tuple[int, int, int, int]:
    start, end = text.rfind("\n", max(0, begin - _AROUND), begin) + 1, text.find("\n", until, until + _AROUND)
    sure, surely = start, end
    if not start and begin > _AROUND:
        start = begin - _AROUND
        sure = start + _CUT
    if end < 0:
        end = min(len(text), until + _AROUND)
        surely = end if end == len(text) else end - _CUT
    return start, sure, end, surely


# Of two that found the same, what has a shape of its own knows best.
_SURE = (Kind.EMAIL, Kind.IBAN, Kind.CARD, Kind.API_KEY)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """In order, none over another: where two overlap, all of both is masked, as what the longer is."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, span.kind not in _SURE)):
        last = merged[-1] if merged else None
        if last is None or span.start >= last.end:
            merged.append(span)
        elif span.end > last.end:
            longer = max(last, span, key=lambda one: one.end - one.start)
            merged[-1] = Span(last.start, span.end, longer.kind)
    return merged


def _told(text: str, spans: list[Span], keep: Collection[str | tuple[int, int]]) -> list[Finding]:
    wanted = set(keep)
    values = [_alike(span.kind, text[span.start : span.end]) for span in spans]
    numbered = _numbered(text, spans, values)
    findings = []
    for span, value in zip(spans, values, strict=True):
        name = blake2b(f"{span.kind}\0{value}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        kept = name in wanted or (span.start, span.end) in wanted
        written = text[span.start : span.end]
        findings.append(
            Finding(span.kind, span.start, span.end, _hint(span.kind, written), name, numbered[span.kind, value], kept)
        )
    return findings


def _numbered(text: str, spans: list[Span], values: list[str]) -> dict[tuple[Kind, str], str]:
    """`[e-mail]` for the only one of its kind, else `[e-mail 1]` and on; numbers that the text has already are not given again."""
    given: dict[Kind, dict[str, None]] = {}
    for span, value in zip(spans, values, strict=True):
        given.setdefault(span.kind, {})[value] = None
    taken: dict[str, int] = {}
    for match in PLACEHOLDER.finditer(text) if "[" in text else ():
        kind, number = match[1], int(match[2] or 0)
        taken[kind] = max(number, taken.get(kind, 0))
    return {
        (kind, value): f"[{kind}]" if len(ones) == 1 and kind not in taken else f"[{kind} {number}]"
        for kind, ones in given.items()
        for number, value in enumerate(ones, taken.get(kind, 0) + 1)
    }


_NUMBERS = frozenset({Kind.IBAN, Kind.CARD, Kind.ACCOUNT, Kind.NATIONAL_ID, Kind.VAT, Kind.PHONE, Kind.BIRTH})
_PERSONAL = frozenset({Kind.EMAIL, Kind.NAME, Kind.ADDRESS})


def _alike(kind: Kind, written: str) -> str:
    """What two ways to write the same value have in common."""
    if kind in _NUMBERS:
        return "".join(filter(str.isalnum, written)).upper()
    return " ".join(written.casefold().split()) if kind in _PERSONAL else written


def _hint(kind: Kind, written: str) -> str:
    """At most four characters of it, and of short values none."""
    if kind in (Kind.IBAN, Kind.VAT) and len(written) > 10:
        return f"{written[:2].upper()}·· ···· {written[-2:]}"
    if kind is Kind.CARD and len(written) > 11:
        return f"···· {written[-4:]}"
    if kind in (Kind.PHONE, Kind.ACCOUNT, Kind.NATIONAL_ID) and len(written) > 7:
        return f"···· {written[-2:]}"
    if kind is Kind.EMAIL:
        return f"{written[0]}···@···"
    if kind in (Kind.NAME, Kind.ADDRESS) and len(written) > 3:
        return f"{written[0]}···"
    if kind is Kind.API_KEY and (made := credentials.maker(written)):
        return f"{made}····"
    return "····"


def _masked(text: str, findings: list[Finding]) -> tuple[str, list[_Place]]:
    parts, places, at, length = [], [], 0, 0
    for finding in findings:
        if not finding.kept:
            parts += [text[at : finding.start], finding.instead]
            begin = length + finding.start - at
            length = begin + len(finding.instead)
            places.append((begin, length, finding.start, finding.end))
            at = finding.end
    parts.append(text[at:])
    return "".join(parts), places


def _back(span: Span, places: list[_Place]) -> Span:
    """A span of the masked text, as one of the original; what it has of a placeholder becomes all that is behind it."""
    return Span(_was(span.start, places, 2), _was(span.end - 1, places, 3) + 1, span.kind)


def _was(at: int, places: list[_Place], side: int) -> int:
    number = bisect_right(places, at, key=lambda place: place[0]) - 1
    if number < 0:
        return at
    _start, end, _old_start, old_end = place = places[number]
    if at >= end:
        return at - end + old_end
    return place[side] - (side == 3)
