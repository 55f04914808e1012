"""Full-text search in what one may see: messages, own notes, names of documents, cases.

Who may see is asked of `visible_to` alone; this narrows it to what holds every word, or one that begins with it, whatever its
accents. The indexes are made by the migration `0002_search`: FTS5 on SQLite, GIN over an expression on PostgreSQL.

Neither index has its rows in order of time, so a word that stands in most messages would cost as much as there are messages. Such a
word stands in the newest as well: `newest` reads those first, and asks the index for what is rarer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from django.db import connection
from django.db.models import F, Model, QuerySet

from trialogue.cases.models import Case
from trialogue.conversations.models import Document, Message, Note
from trialogue.people.models import Actor, Environment, Side
from trialogue.people.prepared import prepared

T = TypeVar("T", bound=Model)
Words = Sequence[str] | None
Pieces = list[tuple[str, bool]]  # a stretch of words, and whether it was looked for
MOST_WORDS = 8
LONGEST_WORD = 40
SNIPPET = 200
_WORD = re.compile(r"[^\W_]+")
_E_BEHIND_DIGIT = re.compile(r"(?<=[0-9])e")  # as `search_fold` writes it: migration `0007_numbers_whole`
# The newest so many are read before an index is asked: a word that stands in each fiftieth fills a page from these.
NEAR = 1_000
# So many of the last ones are asked for first where PostgreSQL asks an index for all organisations.
RECENT = 100_000
# The name of each index, and the columns it is about, as the migration has them.
INDEXES: dict[type[Model], tuple[str, tuple[str, ...]]] = {
    Message: ("search_message", ("body",)),
    Note: ("search_note", ("body",)),
    Document: ("search_document", ("name",)),
    Case: ("search_case", ("debtor_name", "client_reference", "reference")),
}


def words(typed: str) -> list[str]:
    """What is looked for: letters and digits without their accents, all else is space."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain(typed))][:MOST_WORDS]


def messages(actor: Actor, wanted: Words = None) -> QuerySet[Message]:
    found = Message.objects.visible_to(actor).filter(withdrawn_at=None)
    return holding(
        found.select_related("conversation__case", "author", "organisation"),
        wanted,
        _whose(actor, "client_id", "partner_id"),
    )


def notes(actor: Actor, wanted: Words = None) -> QuerySet[Note]:
    return holding(
        Note.objects.visible_to(actor).select_related("conversation__case", "author", "organisation"), wanted
    )


def documents(actor: Actor, wanted: Words = None) -> QuerySet[Document]:
    found = Document.objects.of_cases(actor).filter(removed_at=None)
    return holding(found.select_related("case", "organisation", "uploader"), wanted)


def documents_elsewhere(actor: Actor, wanted: Words = None) -> QuerySet[Document]:
    """Beside those of cases, never along with them: either question by itself begins at an index."""
    found = Document.objects.outside_cases(actor).filter(removed_at=None)
    return holding(found.select_related("conversation", "organisation", "uploader"), wanted)


def cases(actor: Actor, wanted: Words = None) -> QuerySet[Case]:
    return holding(Case.objects.visible_to(actor).with_parties(), wanted, _whose(actor, "client_id"))


# What can be found, and the column that says its case.
KINDS: dict[str, tuple[tuple[Callable[..., QuerySet[Any]], ...], str]] = {
    "cases": ((cases,), "pk"),
    "messages": ((messages,), "conversation__case"),
    "notes": ((notes,), "conversation__case"),
    "documents": ((documents, documents_elsewhere), "case"),
}


def found(
    kind: str, actor: Actor, wanted: Sequence[str], count: int, *, case: int | None = None, before: int | None = None
) -> list[Any]:
    """The newest of a kind: of one case (by its key), before one of them (by its key)."""
    seeks, of_case = KINDS[kind]
    within = ({of_case: case} if case else {}) | ({"pk__lt": before} if before else {})
    # What stands elsewhere is in no case.
    rows = [row for seek in seeks[: 1 if case else None] for row in newest(seek, actor, wanted, count, within)]
    return sorted(rows, key=lambda row: row.pk, reverse=True)[:count]


def newest(
    seek: Callable[..., QuerySet[T]],
    actor: Actor,
    wanted: Sequence[str],
    count: int,
    within: Mapping[str, int | None] | None = None,
) -> list[T]:
    """The newest of those that hold every word, by one of the five above; `within`: what must stand in which columns."""
    if not wanted:
        return []
    columns, values = tuple(within or ()), (within or {}).values()
    for most in (NEAR // 16, NEAR):  # what is looked for stands in the very newest, or in the case that is open
        rows = _near(actor, *values, seek=seek, columns=columns, most=most)
        near = [(pk, plain(" ".join(texts))) for pk, *texts in rows]
        found = list(islice((pk for pk, text in near if _holds(text, wanted)), count))
        if len(found) == count or len(near) < most:
            break
    else:
        floors = _floors(actor, near[0][0])
        found = _by_index(lambda words: seek(actor, words).filter(**(within or {})), wanted, near, count, floors)
    return _by_key(actor, tuple(found), seek=seek) if found else []


@prepared
def _near(
    actor: Actor, *values: int | None, seek: Callable[..., QuerySet[Any]], columns: tuple[str, ...], most: int
) -> QuerySet[Any]:
    rows = seek(actor).filter(**dict(zip(columns, values, strict=True))).order_by("-pk")
    return rows.values_list("pk", *INDEXES[rows.model][1])[:most]


@prepared
def _by_key(actor: Actor, found: tuple[int, ...], *, seek: Callable[..., QuerySet[T]]) -> QuerySet[T]:
    return seek(actor).filter(pk__in=found).order_by("-pk")


def _by_index(
    seek: Callable[[Sequence[str]], QuerySet[Any]],
    wanted: Sequence[str],
    near: list[tuple[int, str]],
    count: int,
    floors: Sequence[int],
) -> list[int]:
    """Keys above one floor after the other, the newest first. By its rare words, if these leave few: a common one costs as much as
    there are rows with it."""
    # PostgreSQL would rather go through all rows in their order than take the index: so the order is not the key's.
    order = (F("pk") + 0).desc() if connection.vendor == "postgresql" else "-pk"
    rare = [word for word in wanted if sum(_holds(text, [word]) for _pk, text in near) < NEAR / 10]
    found: list[int] = []
    for floor in floors:
        asked = rare if 0 < len(rare) < len(wanted) else wanted
        rows = (seek(asked).filter(pk__gt=floor) if floor else seek(asked)).order_by(order)
        if asked is wanted:
            found = list(rows.values_list("pk", flat=True)[:count])
        else:
            some = rows.values_list("pk", *INDEXES[rows.model][1])[:NEAR]
            found = [pk for pk, *texts in some if holds(" ".join(texts), wanted)][:count]
            if len(found) < count and len(some) == NEAR:
                return list(seek(wanted).order_by(order).values_list("pk", flat=True)[:count])
        if len(found) == count:
            break
    return found


def _floors(actor: Actor, newest: int) -> tuple[int, ...]:
    """PostgreSQL reads all that an index finds, so who sees all asks first for what came last."""
    recent = connection.vendor == "postgresql" and actor.side == Side.OPERATOR and newest > RECENT
    return (newest - RECENT, 0) if recent else (0,)


def holds(text: str, wanted: Sequence[str]) -> bool:
    """As the indexes read it: whether each word stands there, or begins one that does."""
    return _holds(plain(text), wanted)


def _holds(folded: str, wanted: Sequence[str]) -> bool:
    return all(word in folded and re.search(rf"(?<![^\W_]){word}", folded) for word in wanted)


def _whose(actor: Actor, *columns: str) -> dict[str, Any]:
    """By what the index on SQLite skips whatever someone else may see: stamps of what is searched."""
    mine = {Side.CLIENT: "client_id", Side.PARTNER: "partner_id"}.get(Side(actor.side), "")
    # Nearly all that there is, is of production: its stamp would skip nothing.
    told = {} if actor.environment == Environment.PRODUCTION else {"environment": actor.environment}
    return told | ({mine: actor.organisation.pk} if mine in columns else {})


def holding(rows: QuerySet[T], wanted: Words, whose: dict[str, Any] | None = None) -> QuerySet[T]:
    """Those of the rows that hold every word; none, when there is no word; all, when none was asked for."""
    if wanted is None:
        return rows
    if not wanted:
        return rows.none()
    index, columns = INDEXES[rows.model]
    table = rows.model._meta.db_table
    if connection.vendor == "postgresql":
        text = " || ' ' || ".join(f"{table}.{column}" for column in columns)  # as the migration says it
        where = f"to_tsvector('simple', search_fold({text})) @@ %s::tsquery"
        query = " & ".join(f"'{_E_BEHIND_DIGIT.sub('ë', word)}':*" for word in wanted)
    else:
        where = f"{table}.id IN (SELECT rowid FROM {index} WHERE {index} MATCH %s)"  # noqa: S608 - ours
        told = " ".join(f'"{word}"*' for word in wanted)
        stamps = [f'{column} : "{value}"' for column, value in (whose or {}).items()]
        query = " AND ".join([f"{{{' '.join(columns)}}} : ({told})", *stamps])
    return rows.extra(where=[where], params=[query])  # noqa: S610 - names of our own tables; what was typed is a parameter


def text_of(thing: Message | Note | Document | Case) -> str:
    """What was searched in it."""
    if isinstance(thing, Case):
        return f"{thing.debtor_name} · {thing.client_reference} · {thing.reference}"
    return thing.name if isinstance(thing, Document) else thing.body


def stretch(thing: Message | Note | Document | Case, wanted: list[str], actor: Actor, case: Case | None) -> Pieces:
    """Around the first hit. Of what others say in a case, the operator is shown no words unless it searches within that `case`,
    which is a reading of it."""
    overseen = isinstance(thing, Message) and not thing.conversation.is_request and actor.side == Side.OPERATOR
    return [] if overseen and case is None else snippet(text_of(thing), wanted)


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
    letters = [_plain(character) for character in text]
    return "".join(letters), [place for place, letter in enumerate(letters) for _each in letter]


def plain(text: str) -> str:
    """In small letters without accents."""
    return text.lower() if text.isascii() else "".join(map(_plain, text))


@lru_cache(maxsize=10_000)
def _plain(character: str) -> str:
    parts = unicodedata.normalize("NFD", character)
    return "".join(part.lower() for part in parts if not "\u0300" <= part <= "\u036f")
