"""Full-text search in what one may see: messages, own notes, names of documents, cases.

Who may see is asked of `visible_to` alone; this narrows it to what holds every word, or one that begins with it, whatever its
accents. The indexes are made by the migration `0002_search`: FTS5 on SQLite, GIN over an expression on PostgreSQL.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from trialogue.cases.models import Case
from trialogue.conversations.models import Document, Message, Note
from trialogue.people.models import Actor

T = TypeVar("T", bound=Model)
Pieces = list[tuple[str, bool]]  # a stretch of words, and whether it was looked for
MOST_WORDS = 8
LONGEST_WORD = 40
SNIPPET = 200
_WORD = re.compile(r"[^\W_]+")
# The table of each index on SQLite, and what it holds, as the migration says it to PostgreSQL.
INDEXES: dict[type[Model], tuple[str, str]] = {
    Message: ("search_message", "conversations_message.body"),
    Note: ("search_note", "conversations_note.body"),
    Document: ("search_document", "conversations_document.name"),
    Case: (
        "search_case",
        "cases_case.debtor_name || ' ' || cases_case.client_reference || ' ' || cases_case.reference",
    ),
}


def words(typed: str) -> list[str]:
    """What is looked for: letters and digits without their accents, all else is space."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(typed)[0])][:MOST_WORDS]


def messages(actor: Actor, wanted: list[str]) -> QuerySet[Message]:
    found = Message.objects.visible_to(actor).filter(withdrawn_at=None)
    return holding(found.select_related("conversation__case", "author", "organisation"), wanted)


def notes(actor: Actor, wanted: list[str]) -> QuerySet[Note]:
    return holding(
        Note.objects.visible_to(actor).select_related("conversation__case", "author", "organisation"), wanted
    )


def documents(actor: Actor, wanted: list[str]) -> QuerySet[Document]:
    found = Document.objects.visible_to(actor).filter(removed_at=None)
    return holding(found.select_related("case", "organisation", "uploader"), wanted)


def cases(actor: Actor, wanted: list[str]) -> QuerySet[Case]:
    return holding(Case.objects.visible_to(actor).with_parties(), wanted)


def holding(rows: QuerySet[T], wanted: list[str]) -> QuerySet[T]:
    """Those of the rows that hold every word; none, when there is no word."""
    if not wanted:
        return rows.none()
    index, text = INDEXES[rows.model]
    if connection.vendor == "postgresql":
        where = f"to_tsvector('simple', search_fold({text})) @@ %s::tsquery"
        query = " & ".join(f"'{word}':*" for word in wanted)
    else:
        where = f"{rows.model._meta.db_table}.id IN (SELECT rowid FROM {index} WHERE {index} MATCH %s)"  # noqa: S608 - ours
        query = " ".join(f'"{word}"*' for word in wanted)
    return rows.extra(where=[where], params=[query])  # noqa: S610 - names of our own tables; what was typed is a parameter


def text_of(thing: Message | Note | Document | Case) -> str:
    """What was searched in it."""
    if isinstance(thing, Case):
        return f"{thing.debtor_name} · {thing.client_reference} · {thing.reference}"
    return thing.name if isinstance(thing, Document) else thing.body


def snippet(text: str, wanted: list[str]) -> Pieces:
    """The stretch of the text around the first hit, cut into what was looked for and what was not."""
    line = " ".join(text.split())
    folded, places = fold(line)
    hits = [
        (places[hit.start()], _letter_end(line, places[hit.end() - 1])) for hit in _pattern(wanted).finditer(folded)
    ]
    start = _word_start(line, hits[0][0] - 60) if hits else 0
    end = min(len(line), start + SNIPPET)
    pieces, here = [("…", False)] if start else [], start
    for first, last in hits:
        if start <= first and last <= end:
            pieces += [(line[here:first], False), (line[first:last], True)]
            here = last
    pieces += [(line[here:end], False), ("…" if end < len(line) else "", False)]
    return [piece for piece in pieces if piece[0]]


def _pattern(wanted: list[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(word) for word in sorted(wanted, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{alternatives})[^\W_]*") if wanted else re.compile(r"(?!)")


def _letter_end(line: str, place: int) -> int:
    """After the letter at a place, with the accents that follow it."""
    end = place + 1
    while end < len(line) and unicodedata.combining(line[end]):
        end += 1
    return end


def _word_start(line: str, place: int) -> int:
    return 0 if place <= 0 else line.find(" ", place) + 1


def fold(text: str) -> tuple[str, list[int] | range]:
    """The text in small letters without accents, and for each of its characters where it came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFD", character):
            if not "\u0300" <= part <= "\u036f":
                small = part.lower()
                folded.append(small)
                places += [place] * len(small)
    return "".join(folded), places
