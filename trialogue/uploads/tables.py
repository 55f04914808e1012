"""Rows out of CSV and XLSX, one after the other, whatever the file is. Pure; the file comes from outside and is not trusted."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from typing import IO, Any

from django.utils.translation import gettext as _

from trialogue.people.places import grouped
from trialogue.uploads.archives import MEGABYTE, Unfit, check_container
from trialogue.uploads.cells import Cell, is_blank

MOST_ROWS, MOST_COLUMNS, SHEET_ROWS = 100_000, 100, 300_000
LONGEST_CELL, LONGEST_LINE = 100_000, 1_000_000
WORKBOOK_BYTES = 200 * MEGABYTE  # unpacked
DELIMITERS = (";", ",", "\t", "|")
Numbered = tuple[int, Sequence[Cell]]


@dataclass(frozen=True)
class Layout:
    """How a file is written: found once, kept with the upload."""

    kind: str
    encoding: str = ""
    delimiter: str = ""

    def told(self) -> dict[str, str]:
        return asdict(self)


def look(content: IO[bytes]) -> Layout:
    """What kind of table this is. Raises `Unfit`."""
    content.seek(0)
    head = content.read(4096)
    if not head.strip(b"\0 \r\n\t"):
        raise Unfit(_("This file is empty. Choose the file again."))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unfit(
            _("This is an old Excel file, or one with a password. Save it as .xlsx without a password, or as CSV.")
        )
    if head.startswith(b"PK"):
        _check_workbook(content)
        return Layout("xlsx")
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise Unfit(_("This is not a table. Choose a CSV or an XLSX file."))
    encoding = _encoding(content, head)
    return Layout("csv", encoding, _delimiter(content, encoding))


def rows(content: IO[bytes], layout: Layout) -> Iterator[Numbered]:
    """The rows with something in them, numbered from 1 as in a spreadsheet. Raises `Unfit`, also in the middle."""
    found = _of_workbook(content) if layout.kind == "xlsx" else _of_text(content, layout)
    for count, (number, cells) in enumerate(_filled(found), -1):
        if count >= MOST_ROWS:
            raise _too_many()
        for column, cell in enumerate(cells):
            if isinstance(cell, str) and len(cell) > LONGEST_CELL:
                raise too_long(number, column)
        yield number, _trimmed(cells)


def _filled(found: Iterator[Numbered]) -> Iterator[Numbered]:
    """Those with something in them. Blank ones cost time as well, and a workbook may say it has any number of them."""
    for number, cells in found:
        if number > SHEET_ROWS:
            raise _too_many()
        if not is_blank(cells):
            yield number, cells


def _too_many() -> Unfit:
    said = _("The file has more than {most} rows. Send it in parts, without blank rows between.")
    return Unfit(said.format(most=grouped(MOST_ROWS)))


def _trimmed(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Without the blank cells at its end, of which a workbook may have a hundred."""
    end = len(cells)
    while end and (cells[end - 1] is None or cells[end - 1] == ""):
        end -= 1
    return cells[:end]


def too_long(row: int, column: int) -> Unfit:
    said = _(
        "Row {row}, column {column}: this cell holds more than {most} characters. Shorten it, and send the file again."
    )
    return Unfit(said.format(row=grouped(row), column=letter(column), most=grouped(LONGEST_CELL)))


def letter(column: int) -> str:
    """A, B, … Z, AA, as spreadsheets call their columns; from 0."""
    before, place = divmod(column, 26)
    return (letter(before - 1) if before else "") + chr(65 + place)


# --- CSV --------------------------------------------------------------------------------------------------------------


def _encoding(content: IO[bytes], head: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return _decoded(content, name)
    zeros = [head[place::2].count(0) * 4 > len(head) // 2 for place in (0, 1)]
    if any(zeros):
        return _decoded(content, "utf-16-be" if zeros[0] else "utf-16-le")
    for name in ("utf-8", "cp1252"):
        if _decodes(content, name):
            return name
    return "latin-1"


def _decoded(content: IO[bytes], name: str) -> str:
    if not _decodes(content, name):
        raise Unfit(_("This file is damaged: its text cannot be read. Save it again as CSV (UTF-8) or XLSX."))
    return name


def _decodes(content: IO[bytes], name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    content.seek(0)
    try:
        while piece := content.read(MEGABYTE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _delimiter(content: IO[bytes], encoding: str) -> str:
    """The sign that makes the most columns of the first lines, and the same number in each."""
    with _text(content, encoding) as text:
        first = text.text.read(64 * 1024)
    if said := re.match(r"sep=(.)\r?\n", first):
        return said[1]
    best = max(DELIMITERS, key=lambda sign: _columns_by(sign, first))
    return best if _columns_by(best, first) > 1 else ","


def _columns_by(sign: str, first: str) -> float:
    try:
        widths = [
            len(row) for row in islice(csv.reader(io.StringIO(first, newline=""), delimiter=sign), 20) if any(row)
        ]
    except csv.Error:
        return 0
    return widths[0] + widths.count(widths[0]) / 100 if widths else 0


class _Unclosed(Exception):
    """The file ends within a quotation."""


class _text:
    """A file as text, a line after the other; leaves the file open, and knows the lines of the row being read."""

    def __init__(self, content: IO[bytes], encoding: str) -> None:
        content.seek(0)
        self.text, self.row = io.TextIOWrapper(content, encoding, newline=""), list[str]()

    def __enter__(self) -> _text:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ValueError):  # the file may have been closed while its rows were not all read
            self.text.detach()

    def __iter__(self) -> _text:
        return self

    def __next__(self) -> str:
        line = self.text.readline(LONGEST_LINE)
        if not line:
            if self.row:  # whoever asks for more is within a quotation
                raise _Unclosed
            raise StopIteration
        self.row.append(line)
        if len(line) >= LONGEST_LINE:
            raise csv.Error("this line has no end")
        return line


def _of_text(content: IO[bytes], layout: Layout) -> Iterator[Numbered]:
    with _text(content, layout.encoding) as lines:
        reader, number = csv.reader(lines, delimiter=layout.delimiter), 0
        while True:
            lines.row.clear()
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except _Unclosed as trouble:
                said = _(
                    "Row {row}: a quotation mark is never closed, so all that follows would be one cell. Close it, and send the file again."
                )
                raise Unfit(said.format(row=grouped(number))) from trouble
            except csv.Error as trouble:
                raise too_long(number, _longest("".join(lines.row), layout.delimiter)) from trouble
            except UnicodeError as trouble:  # another file than the one we looked at
                raise Unfit(
                    _("This file is damaged: its text cannot be read. Save it again as CSV (UTF-8) or XLSX.")
                ) from trouble
            if not (number == 1 and cells[:1] and re.fullmatch("sep=.?", cells[0])):
                yield number, cells[:MOST_COLUMNS]


def _longest(row: str, delimiter: str) -> int:
    """The column of a row's longest cell, from 0, counted without the reader that gave up on it."""
    lengths, quoted = [0], False
    for sign in row:
        if sign == '"':
            quoted = not quoted
        if sign == delimiter and not quoted:
            lengths.append(0)
        lengths[-1] += 1
    return lengths.index(max(lengths))


# --- XLSX -------------------------------------------------------------------------------------------------------------


def _check_workbook(content: IO[bytes]) -> None:
    """Refuses what would blow up while it is unpacked or parsed, before anything does either."""
    broken = _("This workbook cannot be read. Save it again as .xlsx, and send it once more.")
    with check_container(content, most_bytes=WORKBOOK_BYTES, most_files=5000, unreadable=broken) as archive:
        if "[Content_Types].xml" not in archive.namelist() or not any(n.startswith("xl/") for n in archive.namelist()):
            raise Unfit(_("This is not a table. Choose a CSV or an XLSX file."))
        for part in archive.infolist():
            if part.filename.endswith((".xml", ".rels")) and _has_definitions(archive, part):
                raise Unfit(_("This workbook holds definitions that no spreadsheet writes. Save it again as .xlsx."))


def _has_definitions(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """A DOCTYPE is how XML is made to grow or to read other files. What is not written in ASCII's own bytes could hide one."""
    before = b""
    try:
        with archive.open(part) as opened:
            while piece := opened.read(MEGABYTE):
                if b"<!DOCTYPE" in before + piece or b"<!ENTITY" in before + piece or b"\0" in piece:
                    return True
                before = piece[-16:]
    except Exception as trouble:
        raise _broken_workbook() from trouble
    return False


def _broken_workbook() -> Unfit:
    return Unfit(
        _("This workbook cannot be read. Open it in your spreadsheet program and save it again as .xlsx, or as CSV.")
    )


def _of_workbook(content: IO[bytes]) -> Iterator[Numbered]:
    import openpyxl  # a quarter of a second that only a workbook needs

    content.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of fonts and validations that it leaves out
            book = openpyxl.load_workbook(content, read_only=True, data_only=True, keep_links=False)
        sheet: Any = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None)
        if sheet is not None:
            sheet.reset_dimensions()  # what it says of its own size may be anything
            yield from enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), 1)
    except (Unfit, GeneratorExit):
        raise
    except Exception as trouble:  # a broken workbook breaks the reader in many ways
        raise _broken_workbook() from trouble
