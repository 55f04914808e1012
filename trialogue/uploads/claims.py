"""A row as a claim: what its cells say, and what is wrong with them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from trialogue.lib import filekind
from trialogue.people import places
from trialogue.uploads import cells as read
from trialogue.uploads.archives import Archive, Held, Unfit
from trialogue.uploads.cells import Cell, Unclear
from trialogue.uploads.columns import BY_NAME, REQUIRED
from trialogue.uploads.tables import Numbered

MOST_DOCUMENTS = 5
DOCUMENT_BYTES = 25 * 1024 * 1024
# What a case has no field of its own for is said in its description, so that nothing of the file is lost.
TOLD = ("address", "postal_code", "city", "region", "email", "phone", "contact", "invoice_date", "due_date")


@dataclass
class Line:
    """One row, read: `claim` is what `Case.submit` takes; `problems` are pairs of a column's name and what is wrong."""

    number: int
    reference: str
    claim: dict[str, Any] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    files: list[Held] = field(default_factory=list)
    known: bool = False

    def blame(self, error: ValidationError) -> None:
        """What the case itself says about the claim; a column that is blamed already is not blamed twice."""
        blamed = {name for name, _said in self.problems}
        told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        self.problems += [(name, said) for name, words in told.items() if name not in blamed for said in words]


@dataclass(frozen=True)
class Reader:
    """How the rows of one upload are read: where each column stands, the decimal sign, what day it is for the client."""

    columns: Mapping[str, int]
    decimal: str
    today: date
    archive: Archive | None = None

    def reference(self, row: Sequence[Cell]) -> str:
        return " ".join(read.text(self._cell(row, "client_reference")).split())

    def line(self, numbered: Numbered) -> Line:
        number, row = numbered
        line = Line(number, self.reference(row))
        said = {name: read.text(self._cell(row, name)) for name in self.columns}
        line.problems = [(name, str(_("Fill in this cell."))) for name in REQUIRED if not said.get(name)]
        broken = [name for name, words in said.items() if words in read.BROKEN_FORMULAS]
        line.problems += [
            (name, _("The formula in this cell fails: {cell}.").format(cell=said[name])) for name in broken
        ]
        wrong = {name for name, _said in line.problems}
        take = _Taker(row, self.columns, wrong, line)
        line.claim = {
            "client_reference": line.reference,
            "debtor_name": said.get("debtor_name", ""),
            "debtor_type": read.debtor_type(self._cell(row, "debtor_type")),
            "debtor_country": take("debtor_country", _country, ""),
            "amount": take("amount", lambda cell: read.amount(cell, self.decimal), None),
            "currency": take("currency", _currency, ""),
        }
        days = {name: take(name, read.day, None) for name in ("invoice_date", "due_date") if said.get(name)}
        line.problems += _wrong_days(days, self.today)
        if line.claim["debtor_country"] == "US" and "region" in self.columns and not said["region"]:
            line.problems.append(("region", _("For a debtor in the United States, give the state.")))
        line.claim["description"] = _description(said, days)
        line.files = self._files(line, said.get("documents", ""))
        return line

    def _cell(self, row: Sequence[Cell], name: str) -> Cell:
        place = self.columns.get(name, -1)
        return row[place] if 0 <= place < len(row) else None

    def _files(self, line: Line, named: str) -> list[Held]:
        """The documents that belong to the row, by their names in its column and by its reference."""
        if self.archive is None:
            return []
        found = {id(file.part): file for file in self._named(line, named)}
        found |= {id(file.part): file for file in self.archive.of(line.reference)}
        files = list(found.values())
        line.problems += [("documents", said) for file in files if (said := _unfit(self.archive, file))]
        if len(files) > MOST_DOCUMENTS:
            said = _(
                "{count} documents belong to this row; {most} can come with a new case. Add the others in the case."
            )
            line.problems.append(("documents", said.format(count=len(files), most=MOST_DOCUMENTS)))
        return files

    def _named(self, line: Line, named: str) -> Iterable[Held]:
        assert self.archive is not None
        for words in filter(None, (word.strip() for word in named.replace("|", ";").replace("\n", ";").split(";"))):
            match self.archive.named(words):
                case [one]:
                    yield one
                case []:
                    line.problems.append(("documents", _("The ZIP holds no “{name}”.").format(name=words[:100])))
                case _several:
                    said = _("The ZIP holds several files called “{name}”. Give the path, or rename them.")
                    line.problems.append(("documents", said.format(name=words[:100])))


@dataclass
class _Taker:
    """Reads a cell; what cannot be read is noted, once, and comes out as something that can be gone on with."""

    row: Sequence[Cell]
    columns: Mapping[str, int]
    wrong: set[str]
    line: Line

    def __call__(self, name: str, how: Callable[[Cell], Any], otherwise: Any) -> Any:
        place = self.columns.get(name, -1)
        if name in self.wrong or not 0 <= place < len(self.row):
            return otherwise
        try:
            return how(self.row[place])
        except Unclear as why:
            self.line.problems.append((name, str(why)))
        except ValidationError as why:
            self.line.problems += [(name, said) for said in why.messages]
        return otherwise


def _country(cell: Cell) -> str:
    code = read.country(cell)
    places.check_country("debtor_country", code[:60])
    return code


def _currency(cell: Cell) -> str:
    code = read.currency(cell)
    places.check_currency("currency", code[:60])
    return code


def _wrong_days(days: Mapping[str, date | None], today: date) -> Iterable[tuple[str, str]]:
    invoiced, due = days.get("invoice_date"), days.get("due_date")
    if invoiced and invoiced > today:
        yield "invoice_date", _("The invoice date lies in the future.")
    if due and invoiced and due < invoiced:
        yield "due_date", _("It was due before the invoice was written.")
    elif due and due >= today:
        yield "due_date", _("It is not due yet. Send it when the due date has passed.")


def _description(said: Mapping[str, str], days: Mapping[str, date | None]) -> str:
    told = {**said, **{name: day.isoformat() for name, day in days.items() if day}}
    lines = [f"{BY_NAME[name].label}: {told[name]}" for name in TOLD if told.get(name)]
    return "\n".join(filter(None, [said.get("description", ""), *lines]))


def _unfit(archive: Archive, file: Held) -> str:
    """Why a file cannot come into a case; "" when it can."""
    if file.size > DOCUMENT_BYTES:
        return _("“{name}” is larger than 25 MB.").format(name=file.name)
    try:
        with archive.open(file) as content:
            filekind.judge(file.name, content)
    except (filekind.Refused, Unfit) as why:
        return f"“{file.name}”: {why}"
    return ""
