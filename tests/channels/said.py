"""Labelled sentences, the places they were written in, and how well they are heard. Read by the tests and by `bench.hearing`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trialogue.channels.hearing import PLACELESS, elsewhere

FOLDER = Path(__file__).parent
FILES = ("held_out", "held_out_third", "held_out_fourth", "tuning")

# What each place is for: its situations.
PLACES = {
    "case": {"case", "silent_partner"},
    "support": {
        "platform", "bulk_upload", "integration", "compliance_documents", "how_to", "developer_reference", "critical", "meeting",
    },
    "sales": {"sales", "meeting"},
    "partners": {"partnership", "commercial", "meeting"},
    "legal": {"legal"},
    "referrer": {"commercial", "integration", "platform", "partnership", "developer_reference", "how_to", "meeting"},
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    place: str
    language: str
    right: frozenset[str]  # any of these situations
    text: str

    @property
    def belongs_elsewhere(self) -> bool:
        return not self.right & (PLACES[self.place] | PLACELESS)

    @property
    def is_sent_elsewhere(self) -> bool:
        return elsewhere(self.text, PLACES[self.place]) is not None


def said(file: str) -> Iterator[Said]:
    for line in (FOLDER / f"{file}.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            place, language, right, text = line.split("\t")
            yield Said(place, language, frozenset(right.split(",")), text)


@dataclass(frozen=True)
class Score:
    """Of what was sent elsewhere, how much belonged there; of what belonged there, how much was sent."""

    rightly: int
    wrongly: int
    missed: int
    left: int  # rightly left where they are

    @classmethod
    def of(cls, sentences: Iterable[Said]) -> Score:
        found = [(one.belongs_elsewhere, one.is_sent_elsewhere) for one in sentences]
        return cls(*(found.count(pair) for pair in [(True, True), (False, True), (True, False), (False, False)]))

    @property
    def precision(self) -> float:
        return self.rightly / max(1, self.rightly + self.wrongly)

    @property
    def recall(self) -> float:
        return self.rightly / max(1, self.rightly + self.missed)
