"""The documents in a ZIP: whose they are, and what is refused before it is unpacked."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.uploads.files import PDF, packed
from trialogue.uploads import archives
from trialogue.uploads.archives import Archive, Unfit


def handed(names: list[str], references: list[str]) -> dict[str, list[str]]:
    archive = Archive(packed(*((name, PDF) for name in names)))
    archive.hand_out(references)
    return {reference: [file.path for file in archive.of(reference)] for reference in references}


def test_a_document_goes_to_the_reference_its_name_begins_with() -> None:
    names = ["INV-1_contract.pdf", "inv-1.pdf", "papers/INV-1 (2).pdf", "INV-10.pdf", "other.pdf"]
    assert handed(names, ["INV-1", "INV-10"]) == {
        "INV-1": ["INV-1_contract.pdf", "inv-1.pdf", "papers/INV-1 (2).pdf"],
        "INV-10": ["INV-10.pdf"],
    }


def test_the_longest_reference_wins() -> None:
    assert handed(["INV-1-2.pdf", "INV-1-3.pdf"], ["INV-1", "INV-1-2"]) == {
        "INV-1": ["INV-1-3.pdf"],
        "INV-1-2": ["INV-1-2.pdf"],
    }


def test_signs_that_no_file_name_may_hold_are_written_otherwise() -> None:
    assert handed(["2026_77 A.pdf"], ["2026/77 A"]) == {"2026/77 A": ["2026_77 A.pdf"]}


def test_a_path_is_only_where_people_kept_the_file() -> None:
    archive = Archive(packed(("../../etc/passwd.txt", b"x"), ("C:\\papers\\a.pdf", PDF)))
    assert [file.name for file in archive.files] == ["passwd.txt", "a.pdf"]


def test_two_files_of_one_name_are_told_apart_by_their_path_alone() -> None:
    archive = Archive(packed(("a/x.pdf", PDF), ("b/x.pdf", PDF)))
    assert len(archive.named("x.pdf")) == 2
    assert [file.path for file in archive.named("B\\X.pdf")] == ["b/x.pdf"]
    assert archive.named("y.pdf") == []


def test_what_systems_leave_in_a_zip_is_not_meant() -> None:
    names = ["__MACOSX/._a.pdf", "a/.DS_Store", "Thumbs.db", "a.pdf"]
    assert [file.path for file in Archive(packed(*((name, PDF) for name in names))).files] == ["a.pdf"]


def test_files_that_nobody_asked_for_are_told() -> None:
    archive = Archive(packed(("INV-1.pdf", PDF), ("manual.pdf", PDF)))
    archive.hand_out(["INV-1"])
    archive.of("INV-1")
    assert archive.strays() == ["manual.pdf"]


def test_10_000_files_are_found_and_one_more_is_refused() -> None:
    files = [(f"INV-{number}.pdf", b"") for number in range(10_000)]
    archive = Archive(packed(*files))
    archive.hand_out(f"INV-{number}" for number in range(10_000))
    assert len(archive.of("INV-9999")) == 1
    with pytest.raises(Unfit, match=r"10,001 files; 10,000 can be sent at once"):
        Archive(packed(*files, ("more.pdf", b"")))


def test_a_bomb_is_refused_by_its_table_of_contents() -> None:
    with pytest.raises(Unfit, match="unpacks to far more"):
        Archive(packed(("bomb.pdf", b"\0" * 20_000_000)))


def test_more_than_two_gigabytes_unpacked_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 100)
    with pytest.raises(Unfit, match="Unpacked, the ZIP holds more than"):
        Archive(packed(("a.txt", b"x" * 101)))


def test_a_zip_with_a_password_is_refused() -> None:
    content = bytearray(packed(("a.pdf", PDF)).getvalue())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Unfit, match="has a password"):
        Archive(io.BytesIO(bytes(content)))


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut off"])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(Unfit, match="This ZIP cannot be read"):
        Archive(io.BytesIO(content))


def test_a_damaged_file_is_told_by_name_and_the_others_are_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("bad.pdf", PDF)
        archive.writestr("good.pdf", PDF + b"good")
    held = Archive(io.BytesIO(out.getvalue().replace(PDF, PDF[:-3] + b"xxx", 1)))
    with pytest.raises(Unfit, match=r"“bad.pdf” is damaged"), held.open(held.files[0]) as content:
        content.read()
    with held.open(held.files[1]) as content:
        assert content.read() == PDF + b"good"
