"""Files of a letter: their names, and what hides in a winmail.dat."""

from __future__ import annotations

import logging
import mimetypes
import re
from collections.abc import Iterator

from tnefparse import TNEF

from trialogue.lib import filekind
from trialogue.lib.mailtext import words
from trialogue.lib.mailtext.charset import decode
from trialogue.lib.mailtext.mime import Part
from trialogue.lib.mailtext.parsed import Document

MOST_TNEF = 40_000_000
_EXTENSIONS = {
    "message/rfc822": ".eml", "text/calendar": ".ics", "text/plain": ".txt", "text/html": ".html", "application/pdf": ".pdf",
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/heic": ".heic", "text/csv": ".csv",
    "application/pgp-encrypted": ".asc", "application/pgp-signature": ".asc", "application/pkcs7-mime": ".p7m",
    "text/x-vcard": ".vcf", "text/vcard": ".vcf", "audio/amr": ".amr",
}  # fmt: skip
logging.getLogger("tnefparse").addHandler(logging.NullHandler())


def of(part: Part, content: bytes | None = None, inline: bool | None = None) -> Document:
    shown = part.disposition == "inline" or (not part.disposition and bool(part.first("content-id")))
    return Document(
        name=name(part),
        kind=part.kind,
        content=part.content() if content is None else content,
        inline=shown if inline is None else inline,
        content_id=content_id(part),
    )


def content_id(part: Part) -> str | None:
    found = decode(part.first("content-id"))[0].strip().strip("<>").strip()
    return found[:500] or None


def name(part: Part) -> str:
    given = part.disposition_params.get("filename") or part.params.get("name") or ""
    if not given and part.kind == "message/rfc822":
        given = _subject(part)
    return clean_name(given, part.kind)


def clean_name(given: str, kind: str) -> str:
    """Never empty, and with an extension where the kind tells one."""
    kept = filekind.clean_name(given[:1000])
    _, dot, extension = kept.rpartition(".")
    if dot and len(extension) <= 8 and extension.isalnum():
        return kept
    return kept + (_EXTENSIONS.get(kind) or mimetypes.guess_extension(kind) or "")


def _subject(part: Part) -> str:
    found = re.search(rb"(?im)^subject:[ \t]*([^\r\n]*)", part.content()[:20_000])
    said = " ".join(re.sub(r'[\\/:*?"<>|]+', " ", words.text(found[1])).split()) if found else ""
    return f"{said[:80]}.eml" if said else ""


def unpacked(content: bytes) -> tuple[list[Document], str, str]:
    """(files, text, html) of a winmail.dat. Raises whatever its reader raises over a broken one."""
    if len(content) > MOST_TNEF:
        raise ValueError("too large")
    tnef = TNEF(content, do_checksum=False)
    return list(_attachments(tnef)), _told(tnef.body), _told(tnef.htmlbody)


def _attachments(tnef: TNEF) -> Iterator[Document]:
    for attachment in tnef.attachments:
        given = _told(attachment.long_filename() or attachment.name or "").strip("\0")
        kind = mimetypes.guess_type(given)[0] or "application/octet-stream"
        yield Document(clean_name(given, kind), kind, bytes(attachment.data or b""))


def _told(words: str | bytes | None) -> str:
    return words if isinstance(words, str) else decode(words or b"")[0]
