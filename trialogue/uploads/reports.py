"""What became of an upload, as CSV: a line for each row; and the rows that were left out, to be corrected and sent again."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from trialogue.lib.spreadsheet import cell
from trialogue.uploads.cells import text
from trialogue.uploads.columns import COLUMNS
from trialogue.uploads.models import Row, Upload


class _Out:
    """Takes what a CSV writer writes, and hands it on."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterable[Sequence[str]], delimiter: str = ",") -> Iterator[str]:
    writer = csv.writer(_Out(), delimiter=delimiter)
    yield "\ufeff"  # or Excel reads the letters beyond ASCII wrong
    for row in rows:
        yield str(writer.writerow([cell(said) for said in row]))


@dataclass(frozen=True)
class _Words:
    """What stands in a report, in the reader's language: said before it streams, for by then nobody knows who reads."""

    outcomes: dict[str, str]
    columns: dict[str, str]

    @classmethod
    def now(cls) -> _Words:
        return cls(
            {outcome.value: str(outcome.label) for outcome in Row.Outcome},
            {column.name: str(column.label) for column in COLUMNS},
        )

    def why(self, row: Row) -> str:
        told = ((self.columns.get(name), said) for name, said in row.problems)
        return " ".join(f"{label}: {said}" if label else said for label, said in told)


def report(upload: Upload) -> Iterator[str]:
    """Each row that has an end: created, known already or left out, and why."""
    headings = [_("Row"), _("Your reference"), _("What happened"), _("Case"), _("Why")]
    return _lines(_told(upload, headings, _Words.now()))


def _told(upload: Upload, headings: Sequence[str], words: _Words) -> Iterator[Sequence[str]]:
    yield headings
    for row in upload.outcomes.select_related("case").order_by("number").iterator(2000):
        case = row.case.reference if row.case else ""
        yield [str(row.number), row.client_reference, words.outcomes[row.outcome], case, words.why(row)]


def left_out(upload: Upload) -> Iterator[str]:
    """The rows with errors as they stood in the file, with what is wrong in a last column."""
    rows = _wrong(upload, [*upload.headings, _("What is wrong")], _Words.now())
    return _lines(rows, upload.layout.get("delimiter") or ";")


def _wrong(upload: Upload, headings: Sequence[str], words: _Words) -> Iterator[Sequence[str]]:
    wrong = upload.outcomes.filter(outcome=Row.Outcome.WRONG).order_by("number").iterator(2000)
    width, row = len(headings) - 1, next(wrong, None)
    yield headings
    with upload.open() as content:
        for number, cells in upload.table(content):
            if row is None:
                return
            if row.number == number:
                there = [text(cell) for cell in cells[:width]]
                yield [*there, *[""] * (width - len(there)), words.why(row)]
                row = next(wrong, None)


def template() -> Iterator[str]:
    """The headings, and a row that shows what belongs under each."""
    return _lines([[column.title for column in COLUMNS], [column.example for column in COLUMNS]])
