"""Full-text search: what is found, how it is shown, and that nobody finds what they may not see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.db.models import Model

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.conversations import search
from trialogue.conversations.models import Conversation, Document, Message, Note
from trialogue.people.models import Environment
from trialogue.requests.models import Request

EVERYONE = ("clara", "carl", "paul", "petra", "rita", "olga", "otto", "pia")


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation("INV-77", debtor_name="Überfällig & Søn GmbH")


def found(cast: Cast, typed: str, who: str = "clara") -> list[str]:
    return [message.body for message in search.messages(getattr(cast, who), search.words(typed)).order_by("pk")]


@pytest.mark.parametrize(
    "typed",
    ["überfällige", "uberfallige", "ÜBERFÄLLIGE", "überf", "rechnung überf", "RECHNUNG", "rechnung, (überfällige)!"],
)
def test_words_are_found_whatever_their_case_accents_and_ends(cast: Cast, talk: Conversation, typed: str) -> None:
    talk.post(by=cast.clara, body="Die überfällige Rechnung kam zurück", at=MONDAY)
    talk.post(by=cast.clara, body="Something else", at=MONDAY)
    assert found(cast, typed) == ["Die überfällige Rechnung kam zurück"]


@pytest.mark.parametrize(
    ("body", "typed"),
    [
        ("Write to paul@brandt.example", "brandt"),
        ("See INV-1001/2", "1001"),
        ("the file_name.pdf", "name"),
        ("Кириллица тоже", "тоже"),
        ("Ελληνικά", "Ελληνι"),
        ("naïve café", "cafe naive"),
        ("e\u0301t\u00e9", "été"),
        ("“quoted”—dashed…", "dashed"),
        ("12.480,50 EUR", "480"),
    ],
)
def test_what_stands_between_signs_is_a_word(cast: Cast, talk: Conversation, body: str, typed: str) -> None:
    talk.post(by=cast.clara, body=body, at=MONDAY)
    assert found(cast, typed) == [body]


def test_every_word_must_be_there(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="The letter is out", at=MONDAY)
    assert found(cast, "letter court") == []
    assert found(cast, "etter") == []


@pytest.mark.parametrize(
    "typed",
    [
        '"', "'", "''", '" OR 1=1', "NEAR(", "*", "body:letter", "a*b", "^letter", "-letter", "letter AND", "(", ")", "\\", "%", ";--", "\0", "\ud800",
        "letter:*", "!letter", "& | !", "<->", "🦓", "x" * 5000, "a " * 500, "_", "²", "ª", "\u0301", "{letter}", "letter\nout",
    ],
)  # fmt: skip
def test_no_sign_breaks_a_search(cast: Cast, talk: Conversation, typed: str) -> None:
    talk.post(by=cast.clara, body="The letter is out", at=MONDAY)
    assert found(cast, typed) in ([], ["The letter is out"])
    for seek in (search.notes, search.documents, search.cases):
        list(seek(cast.clara, search.words(typed)))


@pytest.mark.parametrize("typed", ["", " ", "…", "&"])
def test_nothing_typed_finds_nothing(cast: Cast, talk: Conversation, typed: str) -> None:
    talk.post(by=cast.clara, body="The letter is out", at=MONDAY)
    assert found(cast, typed) == []


def test_an_edit_is_found_by_its_new_words_and_a_deleted_message_not_at_all(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="Any gnus?")
    message.edit(by=cast.clara, body="Any news?")
    assert (found(cast, "gnus"), found(cast, "news")) == ([], ["Any news?"])
    message.withdraw(by=cast.clara)
    assert (found(cast, "news"), found(cast, "gnus")) == ([], [])


def test_a_row_that_goes_is_found_no_more(cast: Cast, talk: Conversation) -> None:
    note = Note.write(talk, by=cast.clara, body="An okapi")
    assert search.notes(cast.clara, ["okapi"]).count() == 1
    note.remove(by=cast.clara)
    assert search.notes(cast.clara, ["okapi"]).count() == 0


@pytest.mark.parametrize(
    ("seek", "seen_by"),
    [
        (search.messages, {"clara", "carl", "paul", "petra", "rita", "olga"}),
        (search.documents, {"clara", "carl", "paul", "petra", "olga"}),
        (search.cases, {"clara", "carl", "paul", "petra", "olga", "rita"}),
        (search.notes, {"clara", "carl"}),
    ],
)
def test_everyone_finds_what_they_may_see_and_outsiders_nothing(cast: Cast, seek: object, seen_by: set[str]) -> None:
    talk = cast.conversation("ZEBRA", debtor_name="Zebra GmbH")
    talk.post(by=cast.clara, body="A zebra")
    Note.write(talk, by=cast.clara, body="A zebra of ours")
    Document.add(talk.case, [document("zebra.txt")], by=cast.clara)
    assert {who for who in EVERYONE if seek(getattr(cast, who), ["zebra"]).exists()} == seen_by  # type: ignore[operator]


def test_the_names_of_documents_in_requests_are_found_by_whoever_asked_and_the_operator(cast: Cast) -> None:
    asked = {"subject": "White page", "body": "See the picture."}
    Request.open(by=cast.clara, channel="platform", documents=[document("okapi of Clara.txt")], **asked)
    Request.open(by=cast.rita, channel="business", documents=[document("okapi of Rita.txt")], **asked)
    case = cast.submitted("ZEBRA")
    Document.add(case, [document("okapi of the case.txt")], by=cast.clara)
    seen = {who: [one.name for one in search.found("documents", getattr(cast, who), ["okapi"], 9)] for who in EVERYONE}
    mine, theirs, evidence = "okapi of Clara.txt", "okapi of Rita.txt", "okapi of the case.txt"
    nobody: dict[str, list[str]] = {who: [] for who in EVERYONE}
    assert seen == nobody | {
        "clara": [evidence, mine], "carl": [evidence, mine], "rita": [theirs], "olga": [evidence, theirs, mine]
    }  # fmt: skip
    assert [one.name for one in search.found("documents", cast.clara, ["okapi"], 9, case=case.pk)] == [evidence]
    newest, *older = search.found("documents", cast.olga, ["okapi"], 9)
    assert search.found("documents", cast.olga, ["okapi"], 9, before=newest.pk) == older
    Document.objects.get(name=mine).remove(by=cast.clara)
    assert [one.name for one in search.found("documents", cast.clara, ["okapi"], 9)] == [evidence]


@pytest.mark.parametrize("typed", ["uberfallig", "Søn", "inv-77", "INV 77", "gmbh uber"])
def test_cases_are_found_by_debtor_and_references(cast: Cast, talk: Conversation, typed: str) -> None:
    cast.submitted("OTHER", debtor_name="Nobody")
    assert [case.client_reference for case in search.cases(cast.clara, search.words(typed))] == ["INV-77"]
    assert search.cases(cast.clara, search.words(talk.case.reference[:5])).count() == 1


@pytest.mark.parametrize("reference", ["5E4PQ2XY", "0E0E0E0E", "12E34567", "AB5E4PQ7"])
def test_a_reference_that_looks_like_a_number_is_found_from_its_beginning(
    cast: Cast, talk: Conversation, reference: str
) -> None:
    """PostgreSQL's parser reads 5e4 as a number, and cuts the word behind it."""
    Case.objects.filter(pk=talk.case.pk).update(reference=reference)
    for length in range(1, len(reference) + 1):
        assert search.cases(cast.clara, search.words(reference[:length].lower())).exists(), reference[:length]
    assert not search.cases(cast.clara, search.words(f"{reference[:3]}ZZ")).exists()
    talk.post(by=cast.clara, body=f"See {reference}.", at=MONDAY)
    assert found(cast, reference[:5]) == [f"See {reference}."]


def test_the_hot_lane_is_found_too(cast: Cast, talk: Conversation) -> None:
    """Whoever writes rows by SQL writes the index: the database keeps it."""
    talk.post(by=cast.clara, body="By verb")
    Message.objects.update(body="By hand")
    assert (found(cast, "hand"), found(cast, "verb")) == (["By hand"], [])


# --- the newest first -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("letter", [6, 5]),  # stands in the newest already
        ("court", [5, 2]),  # half of them there
        ("zebra", [1]),  # far behind
        ("zebra letter", [1]),
        ("court letter", [5, 2]),
        ("letter okapi", []),
        ("okapi", []),
        ("", []),
    ],
)
def test_the_newest_are_found_however_often_a_word_stands(
    cast: Cast, talk: Conversation, monkeypatch: pytest.MonkeyPatch, typed: str, numbers: list[int]
) -> None:
    monkeypatch.setattr(search, "NEAR", 2)
    monkeypatch.setattr(search, "RECENT", 2)
    bodies = ("A zebra's letter", "Letter to the court", "Letter", "Letter", "Letter to the court", "A letter")
    for body in bodies:
        talk.post(by=cast.clara, body=body, at=MONDAY)
    cast.conversation("OTHER", by=cast.otto).post(by=cast.otto, body="A zebra's letter to the court")
    for who in (cast.clara, cast.paul, cast.olga):
        found = search.newest(search.messages, who, search.words(typed), 2, {"conversation": talk.pk})
        assert [message.number for message in found] == numbers
    wanted = search.words(typed)
    assert [m.number for m in search.newest(search.messages, cast.clara, wanted, 2)] == numbers


def test_what_is_asked_beyond_a_place_is_found_there(
    cast: Cast, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEAR", 2)
    said = [talk.post(by=cast.clara, body=f"Letter {n}", at=MONDAY) for n in range(5)]
    found = search.newest(search.messages, cast.clara, ["letter"], 9, {"pk__lt": said[3].pk})
    assert [message.body for message in found] == ["Letter 2", "Letter 1", "Letter 0"]


def test_a_test_message_is_not_found_in_production(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="A zebra", at=MONDAY)
    in_test = replace(cast.clara, environment=Environment.TEST)
    assert search.newest(search.messages, in_test, ["zebra"], 5) == []
    assert list(search.messages(in_test, ["zebra"])) == []
    assert len(search.newest(search.messages, cast.clara, ["zebra"], 5)) == 1


@pytest.mark.parametrize("typed", ["überf", "RECHNUNG", "nung", "rechnung kam", "rechnung zebra", "a", "zurück"])
def test_python_reads_words_as_the_index_does(cast: Cast, talk: Conversation, typed: str) -> None:
    body = "Die überfällige Rechnung (INV-1001) kam zurück"
    talk.post(by=cast.clara, body=body, at=MONDAY)
    assert search.holds(body, search.words(typed)) == bool(found(cast, typed))


# --- snippets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "typed", "pieces"),
    [
        ("The letter is out", "letter", [("The ", False), ("letter", True), (" is out", False)]),
        ("Über die Überweisung", "uber", [("Über", True), (" die ", False), ("Überweisung", True)]),
        ("e\u0301te\u0301 x", "ete", [("e\u0301te\u0301", True), (" x", False)]),
        ("nothing here", "letter", [("nothing here", False)]),
        ("", "letter", []),
    ],
)
def test_a_snippet_marks_what_was_looked_for(text: str, typed: str, pieces: search.Pieces) -> None:
    assert search.snippet(text, search.words(typed)) == pieces


def test_a_snippet_of_a_long_text_stands_around_the_first_hit() -> None:
    pieces = search.snippet("far " * 500 + "needle " + "away " * 500, ["needle"])
    assert (pieces[0], pieces[-1]) == (("…", False), ("…", False))
    assert ("needle", True) in pieces
    assert sum(len(words) for words, _hit in pieces) <= search.SNIPPET + 2


# --- engagements, and what the database keeps -------------------------------------------------------------------------


def test_a_partner_finds_its_own_part_only(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.paul, body="Zebra of Brandt")
    Note.write(talk, by=cast.paul, body="Zebra strategy")
    talk.case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent")
    talk.case.conversation.post(by=cast.pia, body="Zebra of Pinto")
    assert found(cast, "zebra", "paul") == ["Zebra of Brandt"]
    assert found(cast, "zebra", "pia") == ["Zebra of Pinto"]
    assert found(cast, "zebra", "clara") == ["Zebra of Brandt", "Zebra of Pinto"]
    assert [search.notes(getattr(cast, who), ["zebra"]).count() for who in ("paul", "pia", "clara", "olga")] == [
        1,
        0,
        0,
        0,
    ]


@pytest.mark.only_on("sqlite")
def test_the_triggers_are_there(cast: Cast) -> None:
    """A migration that makes one of the tables anew has to lay them again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        laid = {name for (name,) in cursor.fetchall()}
    assert {f"{index}_{when}" for index, _text in search.INDEXES.values() for when in ("new", "gone", "moved")} <= laid


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("model", search.INDEXES)
def test_the_index_fits_the_question(cast: Cast, model: type[Model]) -> None:
    rows = search.holding(model._default_manager.all(), ["zebra"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    assert f"Bitmap Index Scan on {search.INDEXES[model][0]}" in rows.order_by().explain()
