"""E-mail addresses and phone numbers."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from .context import Context
from .spans import Kind, Span

_LATIN = "".join(map(chr, range(0xC0, 0x180)))
_LOCAL = string.ascii_letters + string.digits + "._%+-~" + _LATIN
_DOMAIN = re.compile(r"[A-Za-z0-9À-ɏ-]{1,63}+(?:\.[A-Za-z0-9À-ɏ-]{1,63}+){1,8}+")
_TOP = re.compile(r"[A-Za-zÀ-ɏ]{2,24}|xn--[A-Za-z0-9-]{2,59}")
_FILES = frozenset(["png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "html"])
# The name of a person before the address, as in the heads of a mail: Anna Schmidt <anna@…
_CALLED = re.compile(r"(?:^|[\n:,;\"'>])[ \t]*\"?([^\W\d_][\w'’.-]{0,30}(?: [^\W\d_][\w'’.-]{0,30}){1,3})\"? ?\Z")


def emails(text: str, but: set[int]) -> Iterator[Span]:
    """Every address; `but`: where an @ stands for something else."""
    for sign in ("@", "%40"):
        at = text.find(sign)
        while at >= 0:
            if at not in but:
                yield from _email(text, at, at + len(sign))
            at = text.find(sign, at + 1)


def _email(text: str, at: int, after: int) -> Iterator[Span]:
    domain = _DOMAIN.match(text, after)
    if not domain:
        return
    before = text[max(0, at - 64) : at]
    start = at - len(before) + len(before.rstrip(_LOCAL))
    if start and text[start - 1] == "\\" and text[start : start + 1] in tuple("nrt"):
        start += 1
    start += len(text[start:at]) - len(text[start:at].lstrip(".-%"))
    end = _domain_end(domain)
    if start == at or not end or (text[start:at] == "git" and text[end : end + 1] == ":"):
        return
    if called := text[max(0, start - 1) : start] == "<" and _CALLED.search(text, max(0, start - 80), start - 1):
        yield Span(*called.span(1), Kind.NAME)
    yield Span(start, end, Kind.EMAIL)


def _domain_end(domain: re.Match[str]) -> int:
    """Where the last part that can end a domain ends; 0 if none does."""
    parts = domain[0].split(".")
    while len(parts) > 1:
        last = parts[-1].rstrip("-")
        if (top := _TOP.match(last)) and (top.end() == len(last)):
            name = ".".join([*parts[:-1], last])
            return 0 if last.lower() in _FILES else domain.start() + len(name)
        parts.pop()
    return 0


# Calling codes of the world, shortest that decide: +4 alone is none, +45 is.
_CODES = re.compile(
    r"1|7|20|21[1-8]|2[2-689]\d|27|3[0-469]|3[578]\d|4[013-9]|42\d|5[1-8]|5[09]\d|6[0-6]|6[7-9]\d|8[1246]|8[058]\d|9[0-58]|9[679]\d"
)
# Shapes that are a number by themselves, in the digits as they are written.
_NATIONAL = re.compile(
    r"""
      \(0[1-9]\d{1,4}\)[ /-]{0,2}\d{2,8}(?:[ -]\d{1,6}){0,3}                # (030) 123 456
    | 0[1-9]\d{0,4}[ ]?/[ ]?\d{2,8}(?:[ -]\d{1,6}){0,3}                     # 030/123456
    | 0[1-9]\d{0,4}[ -]\d{2,8}(?:[ -]\d{1,6}){0,3}                          # 020 7946 0958, 06-12345678
    | 0[1-9](?:[ .]\d\d){4}                                                 # 06 12 34 56 78
    | 01[567]\d{8,9} | 07[1-9]\d{8}                                         # mobile numbers in one piece
    | [2-9]\d(?:[ ]\d\d){3}                                                 # 20 30 40 50
    | (?:1[ .-])?\([2-9]\d\d\)[ ]?[2-9]\d\d[ .-]\d{4}                       # (212) 555-0187
    | (?:1[ .-])?[2-9]\d\d([.-])[2-9]\d\d\1\d{4}                            # 212-555-0187
    """,
    re.X | re.ASCII,
)


_PIECE = re.compile(r"(?:\+|%2B)?[0-9]{9,15}(?=[ \xa0(./-])")


def international(text: str, start: int, end: int, digits: str) -> Span | None:
    """Digits behind a plus. In one piece, it ends where the piece does: a number behind it is another."""
    if piece := _PIECE.match(text, start, end):
        end, digits = piece.end(), piece[0].lstrip("+").removeprefix("%2B")
    return Span(start, end, Kind.PHONE) if 8 <= len(digits) <= 15 and _CODES.match(digits) else None


def phone(text: str, start: int, end: int, digits: str, says: Context, whole: bool) -> Span | None:
    """Digits without a plus; `whole`: no other digits stand beside them."""
    if says is Context.NUMBERED or len(digits) > 17:
        return None
    if text[max(0, start - 1) : start] == "(":
        start -= 1
    if says is Context.PHONE and len(digits) <= 15:
        return Span(start, end, Kind.PHONE)
    if text.startswith("00", start) and 10 <= len(digits) <= 17 and _CODES.match(digits, 2):
        return Span(start, end, Kind.PHONE)
    if whole and 8 <= len(digits) <= 13 and _NATIONAL.fullmatch(text, start, end):
        return Span(start, end, Kind.PHONE)
    return None
