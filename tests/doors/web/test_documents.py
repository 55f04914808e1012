"""Documents: laid into a case, downloaded by an address that runs out and still asks who is there."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import PDF, Visitor, a_file
from trialogue.cases.models import Case
from trialogue.conversations.models import Document


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


def lay(case: Case, by: Any, name: str = "evidence.txt", content: bytes = b"So it was said.") -> Document:
    found = Document.receive(BytesIO(content), name)
    Document.add(case, [found], by=by, at=MONDAY)
    return found


def address(document: Document) -> str:
    return f"/documents/{document.public_id}/{document.pass_word}/"


def stored() -> int:
    place = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    return sum(path.is_file() for path in place.rglob("*"))


# --- added ------------------------------------------------------------------------------------------------------------


def test_several_are_added_at_once(cast: Cast, clara: Visitor, case: Case) -> None:
    answer = clara.send("documents", case.reference, documents=[a_file("a.pdf"), a_file("b.pdf")]).answer
    assert answer["Location"] == f"/cases/{case.reference}/#documents"
    listed = clara.open("case", case.reference).root.one("div", id="case-documents").words
    assert "a.pdf" in listed
    assert "b.pdf" in listed


def test_a_client_adds_documents_before_the_release(cast: Cast, clara: Visitor) -> None:
    case = cast.submitted("EARLY")
    clara.send("documents", case.reference, documents=[a_file()])
    assert case.documents.count() == 1


def test_nothing_chosen_is_told(cast: Cast, clara: Visitor, case: Case) -> None:
    assert "Choose a file first." in clara.send_and_follow("documents", case.reference).main


def test_a_bad_file_is_told_by_name_and_none_comes_in(cast: Cast, clara: Visitor, case: Case) -> None:
    files = [a_file("good.pdf"), a_file("virus.pdf", b"MZ\x90\x00" + b"\0" * 99)]
    page = clara.send_and_follow("documents", case.reference, documents=files)
    assert "“virus.pdf”: The name ends in .pdf, but the content is something else" in page.main
    assert (Document.objects.count(), stored()) == (0, 0)


@pytest.mark.parametrize("who", ["rita", "olga"])
def test_whoever_only_looks_on_adds_nothing(cast: Cast, monday: Any, case: Case, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    page = visitor.send_and_follow("documents", case.reference, documents=[a_file()])
    assert "Only the client and the assigned partner add documents." in page.main
    assert (Document.objects.count(), stored()) == (0, 0)
    assert not visitor.open("case", case.reference).root.all("input", id="more-documents")


@pytest.mark.parametrize("who", ["otto", "pia"])
def test_outsiders_do_not_find_the_case(cast: Cast, monday: Any, case: Case, who: str) -> None:
    assert Visitor(getattr(cast, who)).send("documents", case.reference, documents=[a_file()]).status == 404
    assert stored() == 0


# --- downloaded -------------------------------------------------------------------------------------------------------


def test_the_page_leads_to_the_file_as_it_was(cast: Cast, clara: Visitor, case: Case) -> None:
    lay(case, cast.clara, "evidence.pdf", PDF)
    page = clara.open(clara.open("case", case.reference).link("evidence.pdf"))
    assert page.content == PDF
    assert page.answer["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("who", ["clara", "carl", "paul", "olga"])
def test_both_sides_and_the_operator_may_read_it(cast: Cast, monday: Any, case: Case, who: str) -> None:
    assert Visitor(getattr(cast, who)).open(address(lay(case, cast.clara))).status == 200


@pytest.mark.parametrize("who", ["otto", "pia", "rita"])
def test_the_right_address_does_not_help_the_wrong_person(cast: Cast, monday: Any, case: Case, who: str) -> None:
    assert Visitor(getattr(cast, who)).open(address(lay(case, cast.clara))).status == 404


def test_nobody_is_asked_to_sign_in_first(cast: Cast, nobody: Visitor, case: Case) -> None:
    assert nobody.open(address(lay(case, cast.clara))).answer["Location"].startswith("/accounts/login/")


def test_the_address_runs_out_after_an_hour(cast: Cast, clara: Visitor, case: Case, monday: Any) -> None:
    there = address(lay(case, cast.clara))
    monday.move_to(MONDAY + timedelta(hours=2, minutes=59))
    assert clara.open(there).status == 200
    monday.move_to(MONDAY + timedelta(hours=3, minutes=1))
    assert clara.open(there).status == 404


def test_the_pass_word_of_one_document_does_not_open_another(cast: Cast, clara: Visitor, case: Case) -> None:
    one, other = lay(case, cast.clara, "a.txt"), lay(case, cast.clara, "b.txt", b"b")
    assert clara.open(f"/documents/{one.public_id}/{other.pass_word}/").status == 404


@pytest.mark.parametrize("pass_word", ["x", "%00", "1:2", "::", "é", "x" * 3000])
def test_pass_words_that_are_none_open_nothing(cast: Cast, clara: Visitor, case: Case, pass_word: str) -> None:
    assert clara.open(f"/documents/{lay(case, cast.clara).public_id}/{pass_word}/").status == 404


def test_a_file_that_could_run_is_never_shown_in_place(cast: Cast, clara: Visitor, case: Case) -> None:
    page = b"<html><script>alert(document.cookie)</script></html>"
    answer = clara.open(address(lay(case, cast.clara, "page.txt", page))).answer
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_picture_is_shown_in_place_in_a_box_of_its_own(cast: Cast, clara: Visitor, case: Case) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
    answer = clara.open(address(lay(case, cast.clara, "scan.png", picture))).answer
    assert answer["Content-Disposition"] == 'inline; filename="scan.png"'
    assert "sandbox" in answer["Content-Security-Policy"]


def test_no_one_on_the_way_keeps_it(cast: Cast, clara: Visitor, case: Case) -> None:
    assert clara.open(address(lay(case, cast.clara))).answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "name",
    [
        'a"b.txt',
        "Rückstand ÆØÅ.txt",
        "a\r\nSet-Cookie: x=1.txt",
        "<script>.txt",
        "‮txt.exe.txt",
        ";.txt",
        "a%0d%0ab.txt",
    ],
)
def test_a_name_stays_a_name_in_the_header_and_on_the_page(cast: Cast, clara: Visitor, case: Case, name: str) -> None:
    found = lay(case, cast.clara, name)
    answer = clara.open(address(found)).answer
    assert "\n" not in answer["Content-Disposition"]
    assert "Set-Cookie" not in answer.headers
    assert "<script>." not in clara.open("case", case.reference).html


def test_what_a_partner_adds_is_not_the_clients_alone(cast: Cast, clara: Visitor, paul: Visitor, case: Case) -> None:
    lay(case, cast.paul, "register.txt")
    for visitor in (clara, paul):
        assert "register.txt" in visitor.open("case", case.reference).main
