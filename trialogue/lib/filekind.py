"""What a file is, judged by its content; its name only chooses between kinds that look alike inside.

`judge(name, content)` answers a `FileKind` or raises `Refused`. A Word document and a ZIP are the same container,
text and CSV the same characters: there, and only there, the extension decides.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import IO

LONGEST_NAME = 160


@dataclass(frozen=True)
class FileKind:
    """`extension` without dot, `mime` as it is served, `inline` whether a browser may show it."""

    extension: str
    mime: str
    inline: bool = False


class Refused(ValueError):
    """The file may not come in; `str()` says why and what to do. `reason` is "empty", "unknown" or "unlike" its name."""

    def __init__(self, reason: str, extension: str = "") -> None:
        super().__init__(REASONS[reason] % {"extension": extension, "accepted": ALLOWED})
        self.reason, self.extension = reason, extension


KINDS = {
    kind.extension: kind
    for kind in (
        FileKind("pdf", "application/pdf", inline=True),
        FileKind("doc", "application/msword"),
        FileKind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        FileKind("xls", "application/vnd.ms-excel"),
        FileKind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        FileKind("jpg", "image/jpeg", inline=True),
        FileKind("jpeg", "image/jpeg", inline=True),
        FileKind("png", "image/png", inline=True),
        FileKind("gif", "image/gif", inline=True),
        FileKind("txt", "text/plain; charset=utf-8"),
        FileKind("csv", "text/csv; charset=utf-8"),
        FileKind("eml", "message/rfc822"),
        FileKind("zip", "application/zip"),
    )
}
ALLOWED = ", ".join(KINDS)
REASONS = {
    "empty": "This file is empty. Choose the file again.",
    "unknown": "Files of this kind are not accepted. Accepted: %(accepted)s.",
    "unlike": "The name ends in .%(extension)s, but the content is something else. Save it as .%(extension)s and try again.",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = re.compile(rb"^[!-9;-~]+:", re.ASCII)


def clean_name(name: str) -> str:
    """The last part of a path, without control or direction characters, short enough to store; never empty."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")).strip(" .")
    if len(kept) > LONGEST_NAME:
        stem, dot, extension = kept.rpartition(".")
        kept = (
            f"{stem[: LONGEST_NAME - len(extension) - 1]}{dot}{extension}"
            if dot and len(extension) < 8
            else kept[:LONGEST_NAME]
        )
    return kept or "document"


def judge(name: str, content: IO[bytes]) -> FileKind:
    """The kind of this file. `content` is left at its beginning. Raises `Refused`."""
    content.seek(0)
    head = content.read(4096)
    content.seek(0)
    extension = name.rpartition(".")[2].lower()
    if not head:
        raise Refused("empty")
    found = _looks_like(head, content)
    content.seek(0)
    if extension in found:
        return KINDS[extension]
    if extension not in KINDS:
        raise Refused("unknown", extension)
    raise Refused("unlike", extension)


def _looks_like(head: bytes, content: IO[bytes]) -> set[str]:
    if head.lstrip()[:5] == b"%PDF-":
        return {"pdf"}
    if head.startswith(b"\xff\xd8\xff"):
        return {"jpg", "jpeg"}
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return {"png"}
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return {"gif"}
    if head.startswith(_OLE):
        return {"doc", "xls"}
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _container(content)
    if _is_text(head):
        return {"txt", "csv", "eml"} if _HEADER.match(head) else {"txt", "csv"}
    return set()


def _container(content: IO[bytes]) -> set[str]:
    try:
        with zipfile.ZipFile(content) as archive:
            names = set(archive.namelist())
    except Exception:  # a broken archive breaks the reader in many ways
        return set()
    inside = {"docx": "word/", "xlsx": "xl/"} if "[Content_Types].xml" in names else {}
    return {"zip", *(ext for ext, folder in inside.items() if any(n.startswith(folder) for n in names))}


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    # A script is text too; a browser never runs it, because it is served as plain text and as a download.
    return not any(byte < 9 or (13 < byte < 32 and byte != 27) for byte in head) and not head.startswith((b"MZ", b"#!"))
