"""Rows out of files: whatever the encoding and the signs, and whatever someone meant to do to us."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest

from tests.uploads.files import xlsx
from trialogue.uploads.archives import Unfit
from trialogue.uploads.tables import Layout, letter, look, rows

LINES = "Ref;Name;Größe\r\nA-1;Öl & Söhne – „Zitat“;1\r\n\r\nA-2;Ærø;2\r\n"


def read(content: bytes | io.BytesIO) -> list[tuple[int, list[object]]]:
    opened = io.BytesIO(content) if isinstance(content, bytes) else content
    return [(number, list(cells)) for number, cells in rows(opened, look(opened))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_any_usual_encoding_is_understood(encoding: str) -> None:
    found = read(LINES.encode(encoding))
    assert found == [(1, ["Ref", "Name", "Größe"]), (2, ["A-1", "Öl & Söhne – „Zitat“", "1"]), (4, ["A-2", "Ærø", "2"])]


def test_latin_1_with_signs_that_windows_does_not_know() -> None:
    assert read(b"a;b\n\xd6l\x81;1\n")[1] == (2, ["Öl\x81", "1"])


def test_an_umlaut_far_below_ascii_decides_the_encoding() -> None:
    content = b"a;b\n" + b"x;1\n" * 300_000 + "Öl;2\n".encode("cp1252")
    assert look(io.BytesIO(content)).encoding == "cp1252"


@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_the_sign_between_columns_is_found(sign: str) -> None:
    content = f'a{sign}b{sign}c\n"1{sign};,x"{sign}2{sign}3\n'.encode()
    assert read(content)[1] == (2, [f"1{sign};,x", "2", "3"])


def test_excels_own_word_about_the_sign_is_obeyed() -> None:
    assert read(b"sep=;\na;b,c\n1;2,3\n") == [(2, ["a", "b,c"]), (3, ["1", "2,3"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like(end: str) -> None:
    assert read(f"a;b{end}1;2{end}".encode()) == [(1, ["a", "b"]), (2, ["1", "2"])]


def test_a_cell_may_hold_lines_of_its_own() -> None:
    assert read(b'a;b\n"one\ntwo";2\n3;4\n')[1:] == [(2, ["one\ntwo", "2"]), (3, ["3", "4"])]


@pytest.mark.parametrize("quoted", [True, False])
def test_a_cell_of_5_mb_is_refused_with_its_row_and_column(quoted: bool) -> None:
    huge = "x" * 5_000_000
    content = f"a;b;c\n1;2;3\n4;5;{f'{chr(34)}{huge}{chr(34)}' if quoted else huge}\n".encode()
    with pytest.raises(Unfit, match="Row 3, column C: this cell holds more than 100,000 characters"):
        read(content)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_quote_that_swallows_the_rows_after_it_is_refused(end: str) -> None:
    with pytest.raises(Unfit, match="Row 3: a quotation mark is never closed"):
        read(f'a;b\n1;"two\nlines"\n3;"4\n5;6{end}'.encode())


def test_a_quote_that_never_ends_is_refused_where_it_began() -> None:
    with pytest.raises(Unfit, match="Row 2, column B"):
        read(b'a;b\n1;"never closed\n' + b"1;2\n" * 100_000)


def test_a_cell_of_a_workbook_that_is_too_long_is_refused_likewise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialogue.uploads.tables.LONGEST_CELL", 50)
    with pytest.raises(Unfit, match="Row 2, column E"):
        read(xlsx(["1", "2", "3", "4", "x" * 51]))


def test_a_workbook_gives_numbers_and_dates_as_they_are() -> None:
    found = read(xlsx(["R", "N", datetime(2026, 3, 31), 12.5, None], [None] * 5, ["S", "N", 46112, "1.234,50", "x"]))  # noqa: DTZ001
    assert found[1:] == [(2, ["R", "N", datetime(2026, 3, 31), 12.5]), (4, ["S", "N", 46112, "1.234,50", "x"])]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"), (b" \r\n\r\n", "is empty"), (b"%PDF-1.7", "not a table"), (b"\xd0\xcf\x11\xe0....", "old Excel file"),
        (b"PK\x03\x04 broken", "cannot be read"), (b"\xff\xfea\x00\x00\xd8", "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(Unfit, match=says):
        read(content)


def test_more_rows_than_we_take_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialogue.uploads.tables.MOST_ROWS", 3)
    assert len(read(b"a;b\n" + b"1;2\n" * 3)) == 4
    with pytest.raises(Unfit, match="more than 3 rows"):
        read(b"a;b\n" + b"1;2\n" * 4)


def _with_part(name: str, content: bytes) -> io.BytesIO:
    """A workbook with another sheet in place of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(xlsx(["a"] * 5)) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for part in good.namelist():
            bad.writestr(part, content if part == name else good.read(part))
    out.seek(0)
    return out


SHEET = "xl/worksheets/sheet1.xml"


def test_xml_that_grows_is_refused_before_it_is_parsed() -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    for content in (laughs, laughs.decode().encode("utf-16")):
        with pytest.raises(Unfit, match="definitions that no spreadsheet writes"):
            look(_with_part(SHEET, content))


def test_a_broken_workbook_is_not_called_a_zip() -> None:
    with pytest.raises(Unfit, match="This workbook cannot be read"):
        look(io.BytesIO(b"PK\x03\x04 cut off"))


def test_a_workbook_that_unpacks_to_far_too_much_is_refused_unread() -> None:
    with pytest.raises(Unfit, match="unpacks to far more"):
        look(_with_part(SHEET, b" " * 30_000_000))


def test_a_workbook_that_says_it_has_a_million_rows_has_those_it_has() -> None:
    sheet = zipfile.ZipFile(xlsx(["a"] * 5)).read(SHEET).replace(b'ref="A1:E2"', b'ref="A1:XFD1048576"')
    assert b"XFD1048576" in sheet
    assert len(read(_with_part(SHEET, sheet))) == 2


@pytest.mark.parametrize("number", [2_000_000, 10**12])
def test_a_row_that_says_it_stands_far_below_is_not_counted_down_to(number: int) -> None:
    sheet = zipfile.ZipFile(xlsx(["a"] * 5)).read(SHEET).replace(b'r="2"', f'r="{number}"'.encode())
    with pytest.raises(Unfit, match="more than 100,000 rows"):
        read(_with_part(SHEET, sheet))


def test_millions_of_blank_lines_are_not_gone_through() -> None:
    with pytest.raises(Unfit, match="without blank rows"):
        read(b"a;b\n" + b"\n" * 3_000_000)


def test_a_broken_sheet_is_refused_and_nothing_else_happens() -> None:
    with pytest.raises(Unfit, match="workbook cannot be read"):
        read(_with_part(SHEET, b"<worksheet><sheetData><row r='x'></sheetData>"))


def test_columns_are_called_as_spreadsheets_call_them() -> None:
    assert [letter(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_layout_is_told_and_read_again() -> None:
    layout = look(io.BytesIO(b"a;b\n1;2\n"))
    assert Layout(**layout.told()) == layout
