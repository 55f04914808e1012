"""Encrypted and signed letters: told apart, and read where a signature only lies around the words."""

from __future__ import annotations

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
DEEPEST = 12
MOST_PIECES = 100_000


def signed_content(der: bytes) -> bytes | None:
    """What is inside an opaque-signed S/MIME file (CMS SignedData); None when it is sealed or something else."""
    outer = der.find(_SIGNED_DATA, 0, 64)
    inner = der.find(_DATA, outer, outer + 400) if outer >= 0 else -1
    if inner < 0:
        return None
    try:
        return _octets(der, inner + len(_DATA), DEEPEST)[0] or None
    except (IndexError, ValueError):
        return None


def _octets(der: bytes, at: int, depth: int) -> tuple[bytes, int]:
    """The octet string at `at`, unwrapped from its tags; pieces of a string in pieces are put together."""
    if not depth:
        raise ValueError("nested too deep")
    tag, size, at = _head(der, at)
    end = len(der) if size is None else at + size
    if tag == 0x04:
        if size is None:
            raise ValueError("no length")
        return der[at:end], end
    if tag not in (0xA0, 0x24):
        raise ValueError("no octets")
    pieces: list[bytes] = []
    while at < end and len(pieces) < MOST_PIECES and der[at : at + 2] != b"\0\0":
        piece, at = _octets(der, at, depth - 1)
        pieces.append(piece)
    return b"".join(pieces), at + 2 if size is None else end


def _head(der: bytes, at: int) -> tuple[int, int | None, int]:
    """(tag, length or None when it is open, where the value begins)"""
    tag, length, at = der[at], der[at + 1], at + 2
    if length == 0x80:
        return tag, None, at
    if length < 0x80:
        return tag, length, at
    count = length & 0x7F
    if count > 4:
        raise ValueError("too long")
    return tag, int.from_bytes(der[at : at + count], "big"), at + count
