"""A ZIP written while it is read: never more than one piece of it is in memory."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import IO, NamedTuple

PIECE = 256 * 1024
# Packed already: another time round costs work and saves nothing.
PACKED = frozenset(("pdf", "jpg", "jpeg", "png", "gif", "docx", "xlsx", "zip"))
_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class Entry(NamedTuple):
    """A file to be: `open` may raise `FileNotFoundError`, and then it is left out."""

    name: str
    at: datetime
    open: Callable[[], IO[bytes]]


def stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The bytes of a ZIP with these files, each under a name of its own that every system can write."""
    out, names = _Out(), _Names()
    with zipfile.ZipFile(out, "w", allowZip64=True) as archive:
        for entry in entries:
            try:
                content = entry.open()
            except FileNotFoundError:
                continue
            with content, archive.open(_info(names.give(entry.name), entry.at), "w", force_zip64=True) as inside:
                while piece := content.read(PIECE):
                    inside.write(piece)
                    yield out.take()
            yield out.take()
    yield out.take()


class _Out(io.RawIOBase):
    """Where the archive is written to; `take` hands over what has come since."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: object, /) -> int:
        taken = bytes(piece)  # type: ignore[call-overload]
        self._pieces.append(taken)
        return len(taken)

    def take(self) -> bytes:
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


class _Names:
    """Gives each name once; two that differ in capitals alone are one on many systems."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._counts: dict[str, int] = {}

    def give(self, name: str) -> str:
        safe = safe_name(name)
        given, stem, dot, extension = safe, *_parted(safe)
        count = self._counts.get(safe.casefold(), 1)
        while given.casefold() in self._given:
            count += 1
            given = f"{stem} ({count}){dot}{extension}"
        self._counts[safe.casefold()] = count
        self._given.add(given.casefold())
        return given


def safe_name(name: str) -> str:
    """A name without path, and without what some system refuses in a name."""
    safe = _FORBIDDEN.sub("_", name).strip(" .") or "document"
    return f"_{safe}" if _RESERVED.fullmatch(safe) else safe


def _parted(name: str) -> tuple[str, str, str]:
    stem, dot, extension = name.rpartition(".")
    return (stem, dot, extension) if stem else (name, "", "")


def _info(name: str, at: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second))
    info.external_attr = 0o644 << 16
    packed = _parted(name)[2].lower() in PACKED
    info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    return info
