"""Bytes to words, whatever charset they claim."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_LIES = {
    # What mail programs write, and what they mean. The first three are supersets: what is right in the narrow one is right there.
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "iso8859-1": "cp1252",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030", "hz-gb-2312": "hz",
    "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932",
    "iso-8859-9": "cp1254", "iso-8859-8-i": "iso-8859-8", "windows-874": "cp874", "tis-620": "cp874",
    "x-mac-roman": "mac_roman", "macintosh": "mac_roman", "utf8mb4": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "cp-850": "cp850", "x-cp1252": "cp1252", "ansi": "cp1252", "cswindows1252": "cp1252",
}  # fmt: skip
# Codecs of Python that are no charset of anyone's, or take long over bad input.
_NOT_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos"}
_NO_CLAIM = {
    "",
    "us-ascii",
    "ascii",
    "ansi_x3.4-1968",
    "unknown-8bit",
    "x-unknown",
    "unknown",
    "default",
    "8bit",
    "none",
}
_WESTERN = {"cp1252", "cp1254", "iso8859-15", "mac-roman", "cp850", "iso8859-2", "cp1250", "iso8859-4", "iso8859-13"}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202d\u202e\ufeff]")
_SHIFTED = re.compile(rb"\x1b[$(][@BJI]")
SAMPLE = 4096


def decode(raw: bytes, claimed: str = "") -> tuple[str, str]:
    """The text, and a code of what was wrong: "", "charset-missing", "charset-unknown" or "charset-wrong"."""
    name = claimed.strip(" \t\"'").lower()
    if raw.isascii() and (name in _NO_CLAIM or not _moves_ascii(name)) and not _SHIFTED.search(raw):
        return clean(raw.decode("ascii")), ""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) and len(raw) % 2 == 0:
        return clean(raw.decode("utf-16", "replace")), "" if name.startswith("utf-16") else "charset-wrong"
    codec = "" if name in _NO_CLAIM else _codec(name)
    wrong = "charset-missing" if name in _NO_CLAIM else "charset-wrong" if codec else "charset-unknown"
    if codec and (text := _strictly(raw, codec)) is not None:
        # Bytes that are good UTF-8 mean UTF-8 by overwhelming odds, whatever one-byte charset they claim.
        if codec in _WESTERN and (better := _strictly(raw, "utf-8")) is not None and better != text:
            return clean(better), "charset-wrong"
        return clean(text), ""
    if (text := _strictly(raw, "utf-8")) is not None:
        return clean(text), wrong
    return clean(_guessed(raw, codec)), wrong


def clean(text: str) -> str:
    """Without control characters, half characters and the marks that turn a line around; line ends are "\\n"."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isascii() and text.isprintable() else _CONTROLS.sub("", text)


@lru_cache(maxsize=256)
def _codec(name: str) -> str:
    """Python's name of this charset, or ""."""
    try:
        found = codecs.lookup(_LIES.get(name, name))
    except (LookupError, ValueError, UnicodeError):
        return ""
    known = found._is_text_encoding and found.name not in _NOT_CHARSETS
    return found.name if known else ""


@lru_cache(maxsize=256)
def _moves_ascii(name: str) -> bool:
    """Whether these bytes below 128 may mean something else: UTF-7, UTF-16, the shifting charsets."""
    codec = _codec(name)
    return codec.startswith(("utf-7", "utf-16", "utf-32", "iso2022", "hz", "cp037", "cp500", "cp1140"))


def _strictly(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _guessed(raw: bytes, codec: str) -> str:
    """Neither the claim nor UTF-8 is wholly true."""
    sample = raw[:SAMPLE]
    if sample.count(0) * 3 > len(sample):
        return raw.decode("utf-16-le" if sample[1:2] == b"\0" else "utf-16-be", "replace")
    if _SHIFTED.search(sample):
        return raw.decode("iso2022_jp_2", "replace")
    if codec:
        lost = raw.decode(codec, "replace")
        high = len(raw) - len(raw.translate(None, _HIGH))
        if lost.count("\ufffd") * 10 <= high:  # cut in the middle, or a few strange bytes in what is otherwise true
            return lost
    if len(sample.translate(None, _HIGH)) < len(sample) * 0.6:  # hardly any Latin letters
        return max((raw.decode(name, "replace") for name in _SCRIPTS), key=lambda text: _often(text[:SAMPLE]))
    return raw.decode("cp1252", "replace")


def _often(text: str) -> int:
    """How many of its letters are the most common small ones of Russian and Greek."""
    return sum(text.count(letter) for letter in "оеаинтсрвлαοιετσνηυρ")


_SCRIPTS = ("cp1251", "koi8-r", "cp1253")
_HIGH = bytes(range(128, 256))
