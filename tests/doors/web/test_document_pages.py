"""Pages of documents: all of a case, one with its pages and versions; changed, replaced, removed, kept shut; all in one ZIP."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import MONDAY, Cast
from tests.doors.web.test_documents import address, lay, stored
from tests.doors.web.visitor import Visitor, a_file
from tests.lib.test_drawing import pdf
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.conversations.looking import look_into
from trialogue.conversations.models import Document
from trialogue.doors.web import documents


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


@pytest.fixture
def laid(cast: Cast, case: Case) -> Document:
    return lay(case, cast.clara, "plan.pdf", pdf(2))


def held(document: Document, verdict: str) -> Document:
    Document.objects.filter(pk=document.pk).update(verdict=verdict, found="Eicar" if verdict == "found" else "")
    return Document.objects.get(pk=document.pk)


# --- kinds and descriptions -------------------------------------------------------------------------------------------


def test_both_are_chosen_with_the_upload_and_stand_on_the_card(cast: Cast, clara: Visitor, case: Case) -> None:
    clara.send("documents", case.reference, documents=[a_file()], kind="DemandLetter", description="The second one")
    card = clara.open("case", case.reference).root.one("div", id="case-documents").words
    assert "Demand letter" in card
    assert "The second one" in card


def test_with_a_message_as_well(cast: Cast, clara: Visitor, case: Case) -> None:
    about = {"document_kind": "DebtorDocuments", "document_description": "Their letter"}
    clara.send("post-message", case.reference, body="See", documents=[a_file()], **about)
    kept = Document.objects.get()
    assert (kept.kind, kept.description) == ("DebtorDocuments", "Their letter")


def test_a_new_case_begins_with_the_invoice(cast: Cast, clara: Visitor) -> None:
    page = clara.open("new-case")
    chosen = [o["value"] for o in page.root.one("select", name="document_kind").all("option") if "selected" in o.given]
    assert chosen == ["OriginalInvoice"]


def test_a_kind_that_is_none_is_told_and_nothing_comes_in(cast: Cast, clara: Visitor, case: Case) -> None:
    page = clara.send_and_follow("documents", case.reference, documents=[a_file()], kind="Nonsense")
    assert "Choose one of: OriginalInvoice" in page.main
    assert (Document.objects.count(), stored()) == (0, 0)


# --- all of a case ----------------------------------------------------------------------------------------------------


def test_the_case_shows_the_latest_and_leads_to_all(cast: Cast, clara: Visitor, case: Case) -> None:
    Document.add(case, [document(f"{number}.txt") for number in range(20)], by=cast.clara)
    beside = clara.open("case", case.reference).root.one("div", id="case-documents")
    assert len(beside.all("li", class_="document")) == 8
    page = clara.open("documents", case.reference)
    assert len(page.root.all("li", class_="document")) == 20


def test_all_of_them_a_page_at_a_time(cast: Cast, clara: Visitor, case: Case, monkeypatch: Any) -> None:
    monkeypatch.setattr(documents, "PAGE", 3)
    Document.add(case, [document(f"{number}.txt") for number in range(8)], by=cast.clara)
    seen, page = list[str](), clara.open("documents", case.reference)
    for _ in range(3):
        seen += [link.words for link in page.root.all("a", class_="document__name")]
        if page.has_link("Older"):
            page = clara.open(f"/cases/{case.reference}/documents/{page.link('Older')}")
    assert seen == [f"{number}.txt" for number in reversed(range(8))]
    assert not page.has_link("Older")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"kind": "DemandLetter"}, ["b.txt"]), ({"kind": "OriginalInvoice"}, []), ({"by": "clara"}, ["b.txt", "a.txt"]),
        ({"by": "brandt"}, ["c.txt"]), ({"by": "paul"}, ["c.txt"]), ({"kind": "Nonsense"}, ["c.txt", "b.txt", "a.txt"]),
    ],
)  # fmt: skip
def test_only_some_by_kind_and_by_who_added_them(
    cast: Cast, clara: Visitor, case: Case, asked: dict[str, str], found: list[str]
) -> None:
    Document.add(case, [document("a.txt")], by=cast.clara)
    Document.add(case, [Document.receive(BytesIO(b"x"), "b.txt", kind="DemandLetter")], by=cast.clara)
    Document.add(case, [document("c.txt")], by=cast.paul)
    told = {"clara": cast.clara.by, "paul": cast.paul.by, "brandt": cast.paul.acting_for}
    page = clara.open("documents", case.reference, **{name: told.get(value, value) for name, value in asked.items()})
    assert [link.words for link in page.root.all("a", class_="document__name")] == found


def test_a_script_adds_one_at_a_time_and_is_told(cast: Cast, clara: Visitor, case: Case) -> None:
    def send(file: Any) -> Any:
        where = f"/cases/{case.reference}/documents/"
        return clara.client.post(where, {"documents": [file]}, headers={"Accept": "application/json"})

    assert send(a_file("a.pdf")).json() == {"documents": [Document.objects.get().public_id]}
    refused = send(SimpleUploadedFile("x.exe", b"MZ"))
    assert (refused.status_code, "“x.exe”: Files of this kind" in refused.json()["error"]) == (422, True)


def test_what_arrived_is_not_added_again_by_a_second_try(cast: Cast, clara: Visitor, case: Case) -> None:
    for _ in range(2):
        clara.send("documents", case.reference, documents=[a_file("a.pdf")])
    assert (Document.objects.count(), stored()) == (1, 1)


def test_an_upload_that_breaks_off_leaves_nothing(cast: Cast, clara: Visitor, case: Case) -> None:
    whole = b'--x\r\nContent-Disposition: form-data; name="documents"; filename="a.txt"\r\n\r\n' + b"a" * 500_000
    clara.client.raise_request_exception = False
    answer = clara.client.post(
        f"/cases/{case.reference}/documents/", whole, content_type="multipart/form-data; boundary=x",
        headers={"Content-Length": str(len(whole) + 200_000)},
    )  # fmt: skip
    assert (answer.status_code >= 300, Document.objects.count(), stored()) == (True, 0, 0)


# --- one --------------------------------------------------------------------------------------------------------------


def test_its_page_tells_all_that_is_known(cast: Cast, clara: Visitor, laid: Document) -> None:
    page = clara.open("document-page", laid.public_id)
    for told in ("plan.pdf", "Creditor documents", "Clara Holm", laid.sha256):
        assert told in page.main


def test_its_pages_stand_one_after_the_other_and_are_said_in_words(cast: Cast, clara: Visitor, laid: Document) -> None:
    look_into(MONDAY)
    pictures = clara.open("document-page", laid.public_id).root.one("section", class_="sheet__pages").all("img")
    assert [picture["alt"] for picture in pictures] == ["Page 1 of plan.pdf", "Page 2 of plan.pdf"]
    page = clara.open(pictures[0]["src"])
    assert (page.answer["Content-Type"], page.content[8:12]) == ("image/webp", b"WEBP")
    assert "sandbox" in page.answer["Content-Security-Policy"]


def test_its_card_shows_the_first(cast: Cast, clara: Visitor, case: Case, laid: Document) -> None:
    look_into(MONDAY)
    beside = clara.open("case", case.reference).root.one("div", id="case-documents")
    assert beside.one("img")["alt"] == "First page of plan.pdf"
    assert clara.open(beside.one("img")["src"]).content[8:12] == b"WEBP"


def test_what_is_not_drawn_has_no_picture(cast: Cast, clara: Visitor, case: Case, laid: Document) -> None:
    assert clara.open("document-picture", laid.public_id, 1).status == 404
    look_into(MONDAY)
    assert clara.open("document-picture", laid.public_id, 3).status == 404
    assert clara.open("document-picture", laid.public_id, 2).status == 200


def test_a_card_in_work_asks_for_itself_again_until_it_is_done(
    cast: Cast, clara: Visitor, laid: Document, monday: Any
) -> None:
    monday.move_to(MONDAY)
    asking = clara.open("document-card", laid.public_id).root.one("li")
    assert asking["hx-get"] == f"/documents/{laid.public_id}/card/"
    look_into(MONDAY)
    assert not clara.open("document-card", laid.public_id).root.one("li").get("hx-get")


def test_it_is_said_to_be_something_else(cast: Cast, clara: Visitor, laid: Document) -> None:
    page = clara.send_and_follow("describe-document", laid.public_id, kind="DemandLetter", description="The first")
    assert "Demand letter" in page.main
    assert "The first" in page.main


def test_a_description_too_long_is_kept_where_it_was_typed(cast: Cast, clara: Visitor, laid: Document) -> None:
    page = clara.send("describe-document", laid.public_id, kind="DemandLetter", description="x" * 501)
    assert page.status == 422
    assert "up to 500 characters" in page.main
    assert page.root.one("textarea", name="description").words == "x" * 501


def test_a_new_version_takes_its_place(cast: Cast, clara: Visitor, case: Case, laid: Document) -> None:
    page = clara.send_and_follow("replace-document", laid.public_id, documents=[a_file("plan 2.pdf")])
    assert "Version 2 is here." in page.main
    assert page.has_link("Version 1")
    beside = clara.open("case", case.reference).root.one("div", id="case-documents").words
    assert "plan 2.pdf" in beside
    assert "plan.pdf" not in beside
    assert clara.open("document-page", laid.public_id).has_link("Go to version 2, the newest")


def test_a_bad_new_version_is_told_and_not_kept(cast: Cast, clara: Visitor, laid: Document) -> None:
    page = clara.send("replace-document", laid.public_id, documents=[a_file("x.pdf", b"MZ\x90\x00")])
    assert (page.status, "content is something else" in page.main, stored()) == (422, True, 1)
    assert "Choose a file first." in clara.send("replace-document", laid.public_id).main


def test_removed_it_leaves_its_trace(cast: Cast, clara: Visitor, case: Case, laid: Document) -> None:
    page = clara.send_and_follow("remove-document", laid.public_id)
    assert "“plan.pdf” is removed." in page.main
    card = page.root.one("div", id="case-documents")
    assert "Removed by Clara Holm on" in card.words
    assert not card.all("a", class_="document__name")
    assert clara.open(address(laid)).status == 410
    assert laid.sha256 in clara.open("document-page", laid.public_id).main


@pytest.mark.parametrize("who", ["paul", "olga"])
def test_others_see_it_and_change_nothing(cast: Cast, monday: Any, laid: Document, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    assert not visitor.open("document-page", laid.public_id).root.one("main").all("form")
    for verb in ("describe-document", "replace-document", "remove-document"):
        page = visitor.send(verb, laid.public_id, kind="DemandLetter", documents=[a_file("x.pdf")])
        assert (page.status, "Only the side that added a document" in page.main) == (422, True)
    assert (Document.objects.get().kind, stored()) == ("CreditorDocuments", 1)


@pytest.mark.parametrize("who", ["rita", "otto", "pia"])
def test_whoever_does_not_see_it_finds_nothing(cast: Cast, monday: Any, laid: Document, who: str) -> None:
    look_into(MONDAY)
    visitor = Visitor(getattr(cast, who))
    for page, *more in (("document-page",), ("document-card",), ("document-picture", 0)):
        assert visitor.open(page, laid.public_id, *more).status == 404
    assert visitor.send("remove-document", laid.public_id).status == 404


# --- shut -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clara", "paul", "olga"])
@pytest.mark.parametrize(
    ("verdict", "said"), [("waiting", "being checked for malware"), ("found", "nobody can open it")]
)
def test_what_is_shut_is_named_and_opened_by_nobody(
    cast: Cast, monday: Any, case: Case, laid: Document, who: str, verdict: str, said: str
) -> None:
    look_into(MONDAY)
    visitor, there = Visitor(getattr(cast, who)), address(held(laid, verdict))
    answer = visitor.open(there)
    assert (answer.status, said in answer.words) == (409, True)
    card = visitor.open("case", case.reference).root.one("div", id="case-documents")
    assert "plan.pdf" in card.words
    assert not card.all("a", class_="document__name")
    assert not card.all("img")
    assert visitor.open("document-picture", laid.public_id, 0).status == 404


def test_the_side_that_added_it_is_told_what_to_do(cast: Cast, monday: Any, laid: Document) -> None:
    held(laid, "found")
    assert "Remove it, or replace it by a clean copy" in Visitor(cast.clara).open("document-page", laid.public_id).main
    assert "The side that added it has been told." in Visitor(cast.paul).open("document-page", laid.public_id).main


# --- all in one -------------------------------------------------------------------------------------------------------


def test_all_that_can_be_opened_comes_in_one_zip(cast: Cast, clara: Visitor, case: Case, laid: Document) -> None:
    lay(case, cast.paul, "theirs.txt")
    held(lay(case, cast.clara, "bad.txt", b"other"), "found")
    page = clara.open("archive", case.reference)
    assert page.answer["Content-Disposition"] == f'attachment; filename="{case.reference}.zip"'
    assert zipfile.ZipFile(BytesIO(page.content)).namelist() == ["plan.pdf", "theirs.txt"]


def test_where_there_is_nothing_it_says_so(cast: Cast, clara: Visitor, case: Case) -> None:
    assert (
        "There is no document here that can be opened."
        in clara.client.get(f"/cases/{case.reference}/documents.zip", follow=True).content.decode()
    )
