"""Header fields: words in any encoding, parameters, addresses, dates, message ids."""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from trialogue.lib.mailtext.charset import decode
from trialogue.lib.mailtext.parsed import Address

MOST_ADDRESSES = 1000
MOST_IDS = 200
LONGEST_PARAMS = 8000
_ENCODED = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,50})(?:\*[A-Za-z0-9-]{0,20})?\?([bBqQ])\?([^?\n]*)\?=")
_Q = re.compile(rb"=([0-9A-Fa-f]{2})")
_PARAM = re.compile(r"""(?<![^\s;"])([^\s=;"]{1,100}) ?= ?("(?:[^"\\]|\\.)*"?|[^;]*)""")
_PIECE = re.compile(r"^(.*?)(?:\*(\d{1,3}))?(\*)?$")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^>]*>?|[(),;:]|[^\s"<(),;:]+|\s+', re.DOTALL)
_EMAIL = re.compile(
    r"""(?<![^\s@<>"(),;:])[^\s@<>"(),;:]{1,200}@[^\s@<>"(),;:\[\]]{1,253}|(?<![^\s@<>"(),;:])[^\s@<>"(),;:]{1,200}@\[[0-9A-Fa-f.:IPv]{2,60}\]"""
)
_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")


def text(raw: bytes) -> str:
    """A field's words on one line: raw 8-bit, encoded words, encoded words twice over."""
    return " ".join(decoded(_unfolded(raw)).split())


def _unfolded(raw: bytes) -> str:
    said, _ = decode(raw)
    return said.replace("\n", " ") if "\n" in said else said


def decoded(said: str) -> str:
    for _ in range(3):  # some programs encode what is encoded
        if "=?" not in said:
            break
        said, before = _once(said), said
        if said == before:
            break
    return said


def _once(said: str) -> str:
    """Encoded words side by side are one text: a character may be cut between them."""
    out: list[str] = []
    last, held, charset = 0, b"", ""
    for found in _ENCODED.finditer(said):
        between = said[last : found.start()]
        joined = held and not between.strip()
        if held and not (joined and found[1].lower() == charset):
            out.append(decode(held, charset)[0])
            held = b""
        if not joined:
            out.append(between)
        held, charset = held + _bytes(found[2], found[3]), found[1].lower()
        last = found.end()
    if held:
        out.append(decode(held, charset)[0])
    return "".join([*out, said[last:]])


def _bytes(encoding: str, said: str) -> bytes:
    raw = said.encode("utf-8", "replace")
    if encoding in "bB":
        kept = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
        kept = kept[:-1] if len(kept) % 4 == 1 else kept
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
    return _Q.sub(lambda found: bytes([int(found[1], 16)]), raw.replace(b"_", b" "))


def params(raw: bytes) -> tuple[str, dict[str, str]]:
    """("text/plain", {"charset": "utf-8"}): the value in lower case and its parameters, RFC 2231 and what is sent instead."""
    said = " ".join(_unfolded(raw[:LONGEST_PARAMS]).split())
    value, _, rest = said.partition(";")
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for found in _PARAM.finditer(rest):
        name, number, star = _PIECE.match(found[1].lower()).groups()  # type: ignore[union-attr]
        given = found[2].strip()
        if given.startswith('"'):
            given = re.sub(r"\\(.)", r"\1", given[1:-1] if given.endswith('"') and len(given) > 1 else given[1:])
        pieces.setdefault(name, {}).setdefault(int(number or 0), (bool(star), given))
    return value.strip().lower(), {name: _joined(parts) for name, parts in pieces.items()}


def _joined(parts: dict[int, tuple[bool, str]]) -> str:
    charset, raw = "", b""
    for number in sorted(parts):
        star, given = parts[number]
        if star and number == min(parts) and given.count("'") >= 2:
            charset, _, given = given.split("'", 2)
        raw += unquote_to_bytes(given) if star else given.encode("utf-8", "surrogatepass")
    return decoded(decode(raw, charset)[0]).strip()


def addresses(raw: bytes) -> list[Address]:
    """Every address of a field. Names are decoded after the structure is read: a comma in an encoded name parts nothing."""
    return list(_addresses(_unfolded(raw)))[:MOST_ADDRESSES]


def _addresses(said: str) -> Iterator[Address]:
    name: list[str] = []
    comment: list[str] = []
    angle, depth, named = "", 0, False  # `named`: something with an "@" was seen outside of brackets
    for piece in [*_TOKEN.findall(said), ","]:
        if piece == "(":
            depth += 1
        elif depth and piece == "," and any("@" in word for word in comment[-1:]):
            name, comment, depth = [*name, *comment], [], 0  # a bracket that is never closed hides nobody
        elif depth:
            depth -= piece == ")"
            comment += [piece] if piece != ")" else []
        elif piece in (",", ";"):
            if found := _address("".join(name), angle, "".join(comment)):
                yield found
            name, comment, angle, named = [], [], "", False
        elif piece == ":" and not angle and not named:
            name = []  # "undisclosed-recipients:;", the name of a group
        elif piece.startswith("<"):
            angle = piece.strip("<> \t\n")
        else:
            named = named or "@" in piece
            name.append(piece)


def _address(name: str, angle: str, comment: str) -> Address | None:
    found = list(_EMAIL.finditer(angle or name))
    if not found and angle:
        found = list(_EMAIL.finditer(name))
    if not found:
        return None
    email = unicodedata.normalize("NFC", found[-1][0]).strip(".'").lower()
    plain = re.sub(r"\\(.)", r"\1", name.replace('"', " " if "=?" in name else "")) if angle else comment
    plain = " ".join(decoded(plain).split()).strip("\"' ")
    return Address(email, "" if plain.lower() == email else plain[:200])


def moment(raw: bytes) -> datetime | None:
    """A date in UTC, None when nobody can have meant it."""
    said = text(raw)[:200]
    try:
        parts = parsedate_tz(said)
        if parts is None:
            found = datetime.fromisoformat(said.strip())
            at = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        else:
            naive = datetime(*parts[:5], min(parts[5], 59), tzinfo=UTC)
            at = datetime.fromtimestamp(naive.timestamp() - (parts[9] or 0), UTC)
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        return None
    return at if 1990 <= at.year < 2100 else None


def ids(raw: bytes) -> tuple[str, ...]:
    """Message ids without brackets, in order, none twice; of very many the first and the last."""
    said = _unfolded(raw)
    found = list(dict.fromkeys(_ID.findall(said)))
    if not found and (bare := said.strip()) and " " not in bare and "@" in bare:
        found = [bare.strip("<>")[:500]]
    return tuple(found if len(found) <= MOST_IDS else found[:1] + found[1 - MOST_IDS :])
