"""Files in a request: chosen once however often the form comes back, seen and opened by both sides, also by a secret link."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.cast import MONDAY, Cast
from tests.doors.web.test_cost import cost
from tests.doors.web.visitor import PDF, Page, Visitor, a_file
from tests.walk import document
from trialogue.conversations.models import Document
from trialogue.people.models import Visitor as Stranger
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
ASKED = {"do": "send", "subject": "White page", "body": "After the login the page stays white."}
VISITED = {"channel": "sales", "subject": "Prices", "body": "How much?", "name": "Vera", "email": "vera@example.com"}


@pytest.fixture
def asked(cast: Cast, monday: Any) -> Request:
    return Request.open(by=cast.clara, channel="platform", subject="White page", body="It stays white.")


@pytest.fixture
def visited(cast: Cast, monday: Any) -> Request:
    return Request.open(by=Stranger(), documents=[document("leaflet.pdf", PDF)], **VISITED)


def sent() -> list[str]:
    return [one.name for one in Document.objects.exclude(conversation=None)]


def carried(page: Page) -> list[str]:
    return [field["value"] for field in page.root.all("input", name="file")]


def hidden(page: Page) -> dict[str, str]:
    fields = page.root.one("main").all("input", type="hidden")
    return {field["name"]: field.get("value") for field in fields if field["name"] != "file"}


# --- asking -----------------------------------------------------------------------------------------------------------


def test_files_come_with_what_is_asked_and_stand_beside_it(clara: Visitor, olga: Visitor, cast: Cast) -> None:
    page = clara.send_and_follow("ask", "platform", **ASKED, documents=[a_file("a.pdf"), a_file("b.pdf")])
    asked = Request.objects.get()
    for there in (page, olga.open("desk-request", asked.number)):
        assert olga.open(there.link("a.pdf")).content == PDF
        assert there.has_link("b.pdf")


def test_they_are_carried_through_the_look_at_what_is_masked(clara: Visitor) -> None:
    told = ASKED | {"body": "Mail anna@mail.example about it"}
    review = clara.send("ask", "platform", **told, documents=[a_file("a.pdf")])
    assert "This will be masked" in review.main
    assert sent() == []
    assert "Sent along, as they are a.pdf" in review.main
    clara.send("ask", "platform", **hidden(review), file=carried(review))
    assert sent() == ["a.pdf"]


def test_they_stay_when_something_needs_another_look_and_may_be_left_out(clara: Visitor) -> None:
    page = clara.send("ask", "platform", **ASKED | {"subject": ""}, documents=[a_file("a.pdf"), a_file("b.pdf")])
    assert page.status == 422
    first, _second = carried(page)
    clara.send("ask", "platform", **ASKED, file=[first], documents=[a_file("c.pdf")])
    assert sent() == ["a.pdf", "c.pdf"]


def test_a_bad_file_is_told_at_the_field_and_nothing_is_sent(clara: Visitor) -> None:
    files = [a_file("good.pdf"), a_file("virus.pdf", b"MZ\x90\x00" + b"\0" * 99)]
    page = clara.send("ask", "platform", **ASKED, documents=files)
    assert (page.status, Request.objects.count()) == (422, 0)
    assert "“virus.pdf”" in page.root.one("p", id="id_documents-error").words
    assert len(carried(page)) == 1


def test_a_forged_word_brings_nothing(clara: Visitor, otto: Visitor) -> None:
    page = clara.send("ask", "platform", **ASKED | {"subject": ""}, documents=[a_file("a.pdf")])
    for word in (*carried(page), "doc_x:y:z", "\x00"):
        otto.send("ask", "platform", **ASKED, file=[word])
    assert sent() == []


# --- writing and answering --------------------------------------------------------------------------------------------


def test_one_writes_with_files_alone(clara: Visitor, asked: Request) -> None:
    page = clara.send_and_follow("request", asked.number, do="write", body="", documents=[a_file("a.pdf")])
    assert page.has_link("a.pdf")


def test_what_is_written_is_shown_masked_before_it_is_sent(clara: Visitor, asked: Request) -> None:
    told = {"do": "write", "body": "Mail anna@mail.example", "key": "k", "no_answer_needed": "1"}
    review = clara.send("request", asked.number, **told, documents=[a_file("a.pdf")])
    assert "e-mail a···@···" in review.main
    assert sent() == []
    again = clara.send("request", asked.number, **hidden(review) | {"do": "edit"}, file=carried(review))
    assert again.root.one("textarea", id="id_body").words == "Mail anna@mail.example"
    assert carried(again)
    for _each in range(2):
        clara.send("request", asked.number, **hidden(review), file=carried(review))
    said = asked.conversation.messages.get(number=2)
    assert (said.body, said.expects_answer, sent()) == ("Mail [e-mail]", False, ["a.pdf"])


def test_the_operator_answers_with_files_and_not_in_a_note(olga: Visitor, clara: Visitor, asked: Request) -> None:
    note = olga.send("desk-answer", asked.number, body="Ours", to="own", documents=[a_file("a.pdf")])
    assert "A note holds words only" in note.main
    olga.send("desk-answer", asked.number, body="See", file=carried(note))
    assert clara.open("request", asked.number).has_link("a.pdf")


def test_a_files_page_leads_back_to_its_request(clara: Visitor, olga: Visitor, otto: Visitor, asked: Request) -> None:
    clara.send("request", asked.number, do="write", body="See", documents=[a_file("a.pdf")])
    there = f"/documents/{Document.objects.get().public_id}/"
    for who in (clara, olga):
        page = who.open(there)
        assert page.link("White page") == f"/requests/{asked.number}/"
        assert page.link("with a message") == f"/requests/{asked.number}/#message-2"
    assert clara.send(f"{there}replace/", documents=[a_file("b.pdf")]).status == 302
    assert otto.open(there).status == 404


# --- without an account -----------------------------------------------------------------------------------------------


def test_a_visitor_sees_and_opens_what_is_in_their_request(nobody: Visitor, visited: Request, cast: Cast) -> None:
    visited.answer(by=cast.olga, body="See", documents=[document("prices.pdf", PDF)])
    page = nobody.open("visited", visited.secret)
    for name, by in (("leaflet.pdf", "Vera"), ("prices.pdf", "Olga Lind, Trialogue Operations")):
        assert nobody.open(page.link(name)).content == PDF
        kept = Document.objects.get(name=name)
        details = nobody.open(f"/r/{visited.secret}/documents/{kept.public_id}/")
        assert f"Added by {by} Added" in details.main
        assert details.link("Prices") == f"/r/{visited.secret}/"
        assert details.answer["X-Robots-Tag"] == "noindex, nofollow"
        assert nobody.open(details.link("Open the document")).content == PDF


def test_their_link_opens_no_other_document(nobody: Visitor, visited: Request, cast: Cast) -> None:
    Request.open(by=Stranger(), documents=[document("other.txt")], **VISITED)
    other = Document.objects.get(name="other.txt")
    for path in ("", "card/", "pictures/0/", f"{other.pass_word}/"):
        assert nobody.open(f"/r/{visited.secret}/documents/{other.public_id}/{path}").status == 404
    assert nobody.open(f"/documents/{other.public_id}/").answer["Location"].startswith("/accounts/login/")


def test_a_visitor_brings_files_and_small_ones(nobody: Visitor, visited: Request) -> None:
    large = a_file("large.pdf", PDF + b"\0" * (10 * 1024 * 1024))
    page = nobody.send("visited", visited.secret, do="write", body="See", documents=[large])
    assert "“large.pdf” is larger than 10 MB" in page.main
    nobody.send("visited", visited.secret, do="write", body="See", documents=[a_file("small.pdf")])
    assert sent() == ["leaflet.pdf", "small.pdf"]


def test_a_visitor_removes_a_file_until_it_is_answered(
    nobody: Visitor, olga: Visitor, cast: Cast, visited: Request
) -> None:
    for name in ("a.pdf", "b.pdf"):
        nobody.send("visited", visited.secret, do="write", body="See", documents=[a_file(name)])
    first, second = (Document.objects.get(name=name) for name in ("a.pdf", "b.pdf"))
    page = nobody.open("visited-document-page", visited.secret, first.public_id)
    (form,) = [one for one in page.root.all("form") if "Remove for good" in one.words]
    gone = nobody.client.post(form["action"], follow=True)
    assert "“a.pdf” is removed." in gone.content.decode()
    assert "Removed by the sender" in gone.content.decode()
    visited.answer(by=cast.olga, body="Seen")
    late = nobody.open("visited-document-page", visited.secret, second.public_id)
    assert "Remove for good" not in late.words
    answer = nobody.send("visited-document-remove", visited.secret, second.public_id)
    assert "as long as nobody has answered it" in answer.words
    assert Document.objects.get(pk=second.pk).removed_at is None
    assert olga.send("visited-document-remove", "no-secret", second.public_id).status == 404


def test_of_too_many_files_none_is_kept(nobody: Visitor, visited: Request) -> None:
    files = [a_file(f"{n}.pdf") for n in range(6)]
    page = nobody.send("visited", visited.secret, do="write", body="See", documents=files)
    assert "At most 5 files can be sent at once." in page.main
    assert Document.objects.count() == 1


def test_only_so_many_times_an_hour_files_come_from_one_network(
    nobody: Visitor, visited: Request, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"files": "1/h/ip"}
    for _each in range(2):
        page = nobody.send("visited", visited.secret, do="write", body="", documents=[a_file("more.pdf")])
    assert "we take no more for now" in page.main
    assert sent() == ["leaflet.pdf", "more.pdf"]


def test_what_the_scanner_kept_away_is_shut_for_a_visitor_too(nobody: Visitor, visited: Request) -> None:
    there = nobody.open("visited", visited.secret).link("leaflet.pdf")
    Document.objects.update(verdict="found", found="Eicar", at=timezone.now())
    assert nobody.open(there).status == 409
    assert "Kept away" in nobody.open("visited", visited.secret).main


def test_the_page_of_a_request_asks_as_much_for_many_files(clara: Visitor, asked: Request, cast: Cast) -> None:
    asked.write(by=cast.clara, body="", documents=[document("a.txt")], at=MONDAY)
    few = cost(clara, "request", (asked.number,))
    for _each in range(5):
        asked.write(by=cast.clara, body="", documents=[document(f"{n}.txt") for n in range(5)], at=MONDAY)
    assert cost(clara, "request", (asked.number,)) == few == 15
