"""The words and files of a letter, gathered from its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import escape

from trialogue.lib.mailtext import documents, html, sealed
from trialogue.lib.mailtext.charset import decode
from trialogue.lib.mailtext.flowed import unflowed
from trialogue.lib.mailtext.mime import Part, split, uudecoded
from trialogue.lib.mailtext.parsed import Document

LONGEST_TEXT = 1_000_000
MOST_WORDS = 3_000_000  # bytes of words that are read in one letter; the rest is kept as files
MOST_DOCUMENTS = 500
_HTML = ("text/html", "application/xhtml+xml", "text/x-html")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef", "application/x-ms-tnef")
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SIGNATURES = {
    "application/pkcs7-signature": "smime",
    "application/x-pkcs7-signature": "smime",
    "application/pgp-signature": "pgp",
}
# Parts that tell machines about the letter; what they say is read elsewhere.
_REPORTS = (
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "text/rfc822-headers",
    "message/feedback-report",
)
_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_STUB = re.compile(r"\bhtml\b", re.IGNORECASE)
_TAGGED = re.compile(r"<(?:html|body|div|p|table|br)\b[^>]{0,200}>", re.IGNORECASE)
_METHOD = re.compile(rb"^METHOD[:;][ \t]*([A-Za-z-]{1,30})", re.IGNORECASE | re.MULTILINE)
_ICS = re.compile(r"^(SUMMARY|LOCATION|DESCRIPTION)(?:;[^:\n]{0,200})?:(.*)", re.MULTILINE)
_BEGIN_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_SEALED = "-----BEGIN PGP MESSAGE-----"
_UU = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,200})\n((?:[!-`][ -`]{1,84}\n){1,})(?:[` ]?\n)?end$", re.MULTILINE)


@dataclass
class Block:
    """The same words once or twice: plain, as HTML, or both."""

    plain: str | None = None
    html: str | None = None


@dataclass
class Body:
    """What was found so far. `calendars` are the words of invitations, `enclosed` the letters in the letter, `left` what may still be read."""

    blocks: list[Block] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    sealed: str | None = None
    signed: str | None = None
    calendar: str | None = None
    calendars: list[str] = field(default_factory=list)
    enclosed: list[bytes] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left: int = MOST_WORDS


def gather(top: Part) -> Body:
    body = Body()
    _read(top, body)
    for block in body.blocks:
        block.plain = _opened(block.plain, body) if block.plain else None
    return body


def text(body: Body) -> str:
    """All the words, quoted ones too."""
    pieces = []
    for block in body.blocks:
        plain = block.plain or ""
        if block.html is not None and _is_stub(plain, block.html):
            plain = html.as_text(block.html)
        if plain.strip():
            pieces.append(plain.strip("\n"))
    return "\n\n".join(pieces)[:LONGEST_TEXT]


def shown(body: Body) -> str | None:
    """The letter as HTML, when it has any."""
    if not any(block.html for block in body.blocks):
        return None
    return "\n".join(
        block.html or f'<div style="white-space:pre-wrap">{escape(block.plain or "")}</div>' for block in body.blocks
    )


def clean_html(body: Body) -> None:
    """Makes the HTML of the blocks safe. After all documents are known, for pictures are named by their place among them."""
    places = {document.content_id: place for place, document in enumerate(body.documents) if document.content_id}
    for block in body.blocks:
        if block.html is None:
            continue
        if html.affordable(block.html):
            block.html = html.cleaned(block.html, places)
            for place in html.shown(block.html):
                body.documents[place] = replace(body.documents[place], inline=True)
        else:
            body.problems.append("html-too-complex")
            body.documents.append(Document("letter.html", "text/html; charset=utf-8", block.html.encode()))
            crude = html.as_text(html.crude(block.html))
            block.plain, block.html = (block.plain if (block.plain or "").strip() else crude), None


def invited(body: Body) -> str:
    """The words of an invitation that says nothing else."""
    for calendar in body.calendars:
        told = {
            name: re.sub(r"\\([nN,;\\])", lambda found: "\n" if found[1] in "nN" else found[1], words).strip()
            for name, words in reversed(_ICS.findall(calendar))
        }
        if said := "\n".join(told[name] for name in ("SUMMARY", "LOCATION", "DESCRIPTION") if told.get(name)):
            return said
    return ""


def _is_stub(plain: str, marked: str) -> bool:
    """Words that only say that there are others."""
    bare = " ".join(plain.split())
    if not bare:
        return True
    return len(bare) < 300 and bool(_STUB.search(bare)) and bare[:40] not in " ".join(html.as_text(marked).split())


def _read(part: Part, body: Body) -> None:
    """Never deeper than `mime.DEEPEST`."""
    if part.kind == "multipart/alternative":
        _read_alternative(part, body)
    elif part.kind == "multipart/encrypted" or "application/pgp-encrypted" in [child.kind for child in part.parts]:
        body.sealed = "pgp"
        body.documents += [
            documents.of(child, inline=False) for child in part.parts if child.kind != "application/pgp-encrypted"
        ]
    elif part.parts:
        for child in part.parts:
            _read(child, body)
    else:
        _read_leaf(part, body)


def _read_alternative(part: Part, body: Body) -> None:
    """The same letter in several forms: one block."""
    plain: list[str] = []
    marked: list[str] = []
    for child in part.parts:
        inner = Body(left=body.left)
        _read(child, inner)
        if child.kind == "text/plain" or not any(block.html for block in inner.blocks):
            plain += [block.plain for block in inner.blocks if block.plain]
        else:
            marked += [
                block.html if block.html else f"<pre>{escape(block.plain or '')}</pre>" for block in inner.blocks
            ]
        _merge(inner, body)
    if plain or marked:
        body.blocks.append(Block("\n\n".join(plain) or None, "\n".join(marked) or None))


def _merge(inner: Body, body: Body) -> None:
    body.documents += inner.documents
    body.calendars += inner.calendars
    body.enclosed += inner.enclosed
    body.problems += inner.problems
    body.left = inner.left
    body.sealed, body.signed, body.calendar = (
        body.sealed or inner.sealed,
        body.signed or inner.signed,
        body.calendar or inner.calendar,
    )


def _read_leaf(part: Part, body: Body) -> None:
    kind = part.kind
    named = bool(part.disposition_params.get("filename") or part.params.get("name"))
    if kind in _REPORTS:
        return
    if kind in _SIGNATURES:
        body.signed = body.signed or _SIGNATURES[kind]
        return
    content = part.content()
    called = documents.name(part).lower() if kind == "application/octet-stream" else ""
    if kind in _SMIME or called.endswith((".p7m", ".p7s")):
        _read_smime(part, content, body)
    elif kind in _TNEF or called == "winmail.dat":
        _read_tnef(part, content, body)
    elif part.disposition == "attachment" or (named and kind != "text/calendar"):
        _enclose(part, content, body)
    elif kind in ("text/plain", "text/enriched", "text/richtext", *_HTML):
        _read_words(part, content, body)
    else:
        _enclose(part, content, body)


def _read_words(part: Part, content: bytes, body: Body) -> None:
    most = min(body.left, html.LARGEST if part.kind in _HTML else LONGEST_TEXT)
    if len(content) > most:
        body.problems.append("text-too-long")
        body.documents.append(documents.of(part, content))
        content = content[:most]
    body.left -= len(content)
    claimed = part.params.get("charset", "")
    if part.kind in _HTML and not claimed and (found := _META.search(content[:4000])):
        claimed = found[1].decode("ascii")
    said, problem = decode(content, claimed)
    body.problems += [problem] if problem else []
    if part.kind in _HTML:
        body.blocks.append(Block(html=said))
    elif part.kind != "text/plain":
        body.blocks.append(Block(plain=html.as_text(html.crude(said))))
    else:
        if part.params.get("format", "").lower() == "flowed":
            said = unflowed(said, part.params.get("delsp", "").lower() == "yes")
        elif len(_TAGGED.findall(said[:2000])) > 3 and said.lstrip().startswith("<"):
            body.blocks.append(Block(html=said))  # HTML that claims to be plain
            return
        body.blocks.append(Block(plain=said))


def _enclose(part: Part, content: bytes, body: Body) -> None:
    if part.kind == "text/calendar":
        body.calendars.append(
            decode(content[:100_000], part.params.get("charset", "utf-8"))[0].replace("\n ", "").replace("\n\t", "")
        )
        found = _METHOD.search(content[:5000])
        body.calendar = (
            body.calendar or (part.params.get("method") or (found[1].decode() if found else "publish")).lower()
        )
    if part.kind in ("message/rfc822", "message/global"):
        body.enclosed.append(content)
    if len(body.documents) >= MOST_DOCUMENTS:
        body.problems.append("too-many-documents")
    elif content or part.disposition:
        body.documents.append(documents.of(part, content))


def _read_smime(part: Part, content: bytes, body: Body) -> None:
    inside = sealed.signed_content(content)
    if inside is None:
        if documents.name(part).lower().endswith(".p7s"):
            body.signed = "smime"
            return
        body.sealed = "smime"
        body.documents.append(documents.of(part, content, inline=False))
        return
    body.signed = "smime"
    top, problems = split(inside)
    body.problems += problems
    if any(part.kind in _SMIME for part in top.walk()):
        # A signature in a signature: nobody sends it.
        body.documents.append(Document("inside.eml", "message/rfc822", inside))
    else:
        _read(top, body)


def _read_tnef(part: Part, content: bytes, body: Body) -> None:
    try:
        files, plain, marked = documents.unpacked(content)
        if not (files or plain or marked):
            raise ValueError("empty")
    except Exception:  # a broken one breaks its reader in many ways; it is kept as it came
        body.problems.append("winmail-broken")
        body.documents.append(documents.of(part, content))
        return
    body.documents += files[: MOST_DOCUMENTS - len(body.documents)]
    if (plain.strip() or marked.strip()) and not any(
        (block.plain or block.html or "").strip() for block in body.blocks
    ):
        body.blocks.append(Block(plain or None, marked or None))


def _opened(said: str, body: Body) -> str:
    """Plain words without the armour of PGP, files that were encoded among them taken out."""
    if _SEALED in said:
        body.sealed = body.sealed or "pgp"
    if _BEGIN_SIGNED in said and _SIGNATURE in said:
        body.signed = body.signed or "pgp"
        before, _, rest = said.partition(_BEGIN_SIGNED)
        signed = rest.partition("\n\n")[2]
        inside, _, after = signed.partition(_SIGNATURE)
        tail = after.partition("-----END PGP SIGNATURE-----")[2]
        said = before + re.sub(r"^- ", "", inside, flags=re.MULTILINE).rstrip("\n") + tail
    if "\nend" in said and "begin " in said:
        for found in _UU.finditer(said):
            name = documents.clean_name(found[1], "")
            body.documents.append(Document(name, "application/octet-stream", uudecoded(found[2].encode())))
        said = _UU.sub("", said)
    return said
