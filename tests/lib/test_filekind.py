"""What a file is, by its content; the name only chooses between kinds that look alike inside."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialogue.lib import filekind


def archive(*names: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return kept.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
PPTX = archive("[Content_Types].xml", "ppt/presentation.xml")
ZIP, EMPTY_ZIP = archive("a.txt"), archive()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
EML = b"Received: from a\r\nFrom: a@b.de\r\n\r\nHello"
EXE, ELF = b"MZ\x90\x00\x03" + bytes(100), b"\x7fELF\x02\x01\x01" + bytes(100)

GOOD = [
    ("a.pdf", b"%PDF-1.7\n\x00\x01"), ("a.PDF", b"\n%PDF-1.4"), ("a.docx", DOCX), ("a.xlsx", XLSX), ("a.zip", ZIP), ("a.zip", EMPTY_ZIP),
    ("a.zip", DOCX), ("a.zip", PPTX), ("a.doc", OLE), ("a.xls", OLE), ("a.jpg", b"\xff\xd8\xff\xe0"), ("a.jpeg", b"\xff\xd8\xff\xe1"),
    ("a.png", b"\x89PNG\r\n\x1a\n"), ("a.gif", b"GIF89a"), ("a.gif", b"GIF87a"), ("a.txt", b"words"), ("a.txt", "æøå €".encode()),
    ("a.txt", "Straße".encode("latin-1")), ("a.txt", "Wörter".encode("utf-16")), ("a.csv", b"a;b\r\n1;2\r\n"), ("a.csv", b"\xef\xbb\xbfa,b\n"),
    ("a.csv", "Beløb;Dato\n1;2".encode("cp1252")), ("a.eml", EML), ("a.txt", EML), ("a.txt", b"\n"), ("dir.with.dots/a.b.c.txt", b"x"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content"), GOOD)
def test_what_is_what_it_says_comes_in(name: str, content: bytes) -> None:
    kind = filekind.judge(name, io.BytesIO(content))
    assert kind is filekind.KINDS[name.rpartition(".")[2].lower()]


BAD = [
    ("a.pdf", EXE, "unlike"), ("a.pdf", ELF, "unlike"), ("a.pdf", ZIP, "unlike"), ("a.pdf", b"words", "unlike"), ("a.pdf", b"<html>", "unlike"),
    ("a.txt", EXE, "unlike"), ("a.txt", ELF, "unlike"), ("a.txt", b"#!/bin/sh\nrm", "unlike"), ("a.txt", b"a\x00b", "unlike"), ("a.csv", DOCX, "unlike"),
    ("a.docx", XLSX, "unlike"), ("a.xlsx", DOCX, "unlike"), ("a.docx", ZIP, "unlike"), ("a.docx", PPTX, "unlike"), ("a.doc", DOCX, "unlike"),
    ("a.docx", OLE, "unlike"), ("a.jpg", b"\x89PNG\r\n\x1a\n", "unlike"), ("a.png", b"GIF89a", "unlike"), ("a.eml", b"no header here", "unlike"),
    ("a.zip", b"PK\x03\x04 but no more", "unlike"), ("a.zip", b"PK\x05\x06", "unlike"), ("a.zip", ZIP[:-5], "unlike"),
    ("a.exe", EXE, "unknown"), ("a.html", b"<html>", "unknown"), ("a.svg", b"<svg/>", "unknown"), ("a.js", b"alert(1)", "unknown"),
    ("a.pdf.exe", b"%PDF-1.4", "unknown"), ("a", b"words", "unknown"), ("a.", b"words", "unknown"), ("a.pptx", PPTX, "unknown"), ("a.msi", OLE, "unknown"),
    ("a.pdf", b"", "empty"), ("a.exe", b"", "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "reason"), BAD)
def test_what_is_something_else_does_not(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(filekind.Refused) as refused:
        filekind.judge(name, io.BytesIO(content))
    assert refused.value.reason == reason
    assert str(refused.value).endswith(".")


def test_the_content_is_left_at_its_beginning() -> None:
    for name, content in GOOD:
        file = io.BytesIO(content)
        filekind.judge(name, file)
        assert file.read() == content


def test_a_broken_archive_is_refused_however_it_is_broken() -> None:
    chance = random.Random(7)
    for _ in range(400):
        broken = bytearray(chance.choice([ZIP, DOCX]))
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(4, len(broken))] = chance.randrange(256)
        try:
            filekind.judge("a.zip", io.BytesIO(bytes(broken)))
        except filekind.Refused:
            continue


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30), st.binary(max_size=200))
def test_anything_is_judged_or_refused(name: str, content: bytes) -> None:
    try:
        kind = filekind.judge(name, io.BytesIO(content))
    except filekind.Refused:
        return
    assert name.lower().endswith(kind.extension)


def test_nothing_that_a_browser_could_run_is_shown_in_place() -> None:
    assert {kind.extension for kind in filekind.KINDS.values() if kind.inline} == {"pdf", "jpg", "jpeg", "png", "gif"}
    assert not any(
        "html" in kind.mime or "script" in kind.mime or "svg" in kind.mime for kind in filekind.KINDS.values()
    )


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.pdf", "a.pdf"), ("../../etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("C:\\x\\a.pdf", "a.pdf"), ("/", "document"),
        ("", "document"), ("..", "document"), (".", "document"), (" . ", "document"), ("a/", "document"), (".htaccess", "htaccess"),
        ("a\r\nb.pdf", "ab.pdf"), ("a\x00.pdf", "a.pdf"), ("\u202egpj.exe", "gpj.exe"), ("a\u200b.pdf", "a.pdf"), ("a\ud800.pdf", "a.pdf"),
        ("a.pdf. ", "a.pdf"), ("Re\u0301sume\u0301.pdf", "Résumé.pdf"), ("名前.pdf", "名前.pdf"), ('a"b;c.pdf', 'a"b;c.pdf'),
        ("x" * 200 + ".pdf", "x" * 156 + ".pdf"), ("x" * 200, "x" * 160), ("x" * 10 + "." + "y" * 200, "x" * 10 + "." + "y" * 149),
    ],
)  # fmt: skip
def test_a_name_without_its_path_and_without_tricks(given: str, kept: str) -> None:
    assert filekind.clean_name(given) == kept


@given(st.text(max_size=400))
def test_any_name_can_be_stored_and_sent(name: str) -> None:
    kept = filekind.clean_name(name)
    assert 1 <= len(kept) <= filekind.LONGEST_NAME
    assert kept.encode()
    assert not set(kept) & set("/\\\r\n\x00")
    assert filekind.clean_name(kept) == kept
