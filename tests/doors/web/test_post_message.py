"""Saying something in a case: by a plain form and by our script; what is refused, and that no words are lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import PDF, Page, Visitor, a_file
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Document, Message

JSON = {"Accept": "application/json"}


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


def problem(page: Page) -> str:
    assert page.status == 422
    return page.root.one("form", id="write").one("p", role="alert").words


def draft(page: Page) -> str:
    return page.root.one("textarea", id="body").words


def stored() -> int:
    place = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    return sum(path.is_file() for path in place.rglob("*"))


def test_a_plain_form_posts_and_leads_to_the_message(cast: Cast, clara: Visitor, case: Case) -> None:
    answer = clara.send("post-message", case.reference, body="When do you call?", key="k1").answer
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.reference}/#message-1")
    message = Message.objects.get()
    assert (message.body, message.author, message.via) == ("When do you call?", cast.clara.person, "web")


def test_the_form_on_the_page_is_all_that_is_needed(cast: Cast, clara: Visitor, case: Case) -> None:
    form = clara.open("case", case.reference).root.one("form", id="write")
    fields = {field["name"]: field["value"] for field in form.all("input", type="hidden")}
    page = Page(clara.client.post(form["action"], fields | {"body": "From a plain form"}, follow=True))
    assert page.messages == ["From a plain form"]


def test_a_script_is_answered_with_the_number(cast: Cast, clara: Visitor, case: Case) -> None:
    answer = clara.send("post-message", case.reference, headers=JSON, body="Hello", key="k1").answer
    assert (answer.status_code, answer.json()) == (201, {"number": 1})


def test_the_other_side_owes_an_answer_from_then_on(cast: Cast, clara: Visitor, case: Case) -> None:
    clara.send("post-message", case.reference, body="When?", key="k1")
    clock = Clock.objects.open().get()
    assert (clock.owner, clock.promise) == (cast.paul.organisation, "reply")
    assert clock.due_at == MONDAY + timedelta(hours=2) + timedelta(days=2)


def test_nobody_owes_anything_when_no_answer_is_needed(cast: Cast, clara: Visitor, case: Case) -> None:
    clara.send("post-message", case.reference, body="Thanks, bye", no_answer_needed="1", key="k1")
    assert not Clock.objects.open().exists()
    assert "No answer needed" in clara.open("case", case.reference).root.one("footer", id="foot-1").words


def test_documents_come_along_with_a_message(cast: Cast, clara: Visitor, case: Case) -> None:
    clara.send("post-message", case.reference, body="Here", key="k1", documents=[a_file("a.pdf"), a_file("b.pdf")])
    assert {document.name for document in Message.objects.get().documents.all()} == {"a.pdf", "b.pdf"}


def test_a_document_alone_is_a_message(cast: Cast, clara: Visitor, case: Case) -> None:
    clara.send("post-message", case.reference, body="", key="k1", documents=[a_file()])
    assert "invoice.pdf" in clara.open("case", case.reference).root.one("article", id="message-1").words


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["", "   \n\t", "\0\0"])
def test_nothing_is_no_message(cast: Cast, clara: Visitor, case: Case, body: str) -> None:
    assert "Write something first" in problem(clara.send("post-message", case.reference, body=body, key="k1"))
    assert Message.objects.count() == 0


def test_what_is_too_long_is_told_and_kept(cast: Cast, clara: Visitor, case: Case) -> None:
    page = clara.send("post-message", case.reference, body="a" * 10_001, key="k1")
    assert "10,000 characters; this one has 10,001" in problem(page)
    assert draft(page) == "a" * 10_001
    assert clara.send("post-message", case.reference, body="a" * 10_000, key="k2").status == 302


def test_a_long_message_with_the_line_ends_of_a_form_counts_as_it_was_typed(
    cast: Cast, clara: Visitor, case: Case
) -> None:
    """A browser counts a line end as one character and sends two."""
    assert clara.send("post-message", case.reference, body="a\r\n" * 5_000, key="k1").status == 302
    assert len(Message.objects.get().body) == 9_999


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("invoice.pdf", b"MZ\x90\x00" + b"\0" * 99, "content is something else"), ("scan.pdf", PDF + b"\0" * (26 << 20), "larger than 25 MB")],
    ids=["program", "26 MB"],
)  # fmt: skip
def test_a_bad_file_keeps_the_words_and_leaves_no_other_file_behind(
    cast: Cast, clara: Visitor, case: Case, name: str, content: bytes, told: str
) -> None:
    files = [a_file("good.pdf"), a_file(name, content)]
    page = clara.send("post-message", case.reference, body="My words", key="k1", documents=files)
    assert told in problem(page)
    assert name in problem(page)
    assert draft(page) == "My words"
    assert (Message.objects.count(), Document.objects.count(), stored()) == (0, 0, 0)


def test_too_many_files_at_once_are_refused_in_words(cast: Cast, clara: Visitor, case: Case) -> None:
    page = clara.send(
        "post-message", case.reference, body="My words", documents=[a_file(f"{n}.pdf") for n in range(21)]
    )
    assert (page.status, Message.objects.count()) == (400, 0)
    assert "20 files" in page.words


def test_a_script_is_told_what_was_wrong(cast: Cast, clara: Visitor, case: Case) -> None:
    answer = clara.send("post-message", case.reference, headers=JSON, body="", key="k1").answer
    assert (answer.status_code, answer.json()) == (422, {"error": "Write something first."})


# --- twice ------------------------------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_posts_once(cast: Cast, clara: Visitor, case: Case) -> None:
    sent = [clara.send("post-message", case.reference, body="Once", key="k1", documents=[a_file()]) for _ in range(2)]
    assert sent[0].answer["Location"] == sent[1].answer["Location"]
    assert (Message.objects.count(), Document.objects.count(), stored()) == (1, 1, 1)


def test_other_words_from_an_old_page_are_kept_and_can_be_sent(cast: Cast, clara: Visitor, case: Case) -> None:
    clara.send("post-message", case.reference, body="First", key="k1")
    page = clara.send("post-message", case.reference, body="Second", key="k1")
    assert "Something else was sent from this page before" in problem(page)
    assert "Idempotency" not in page.words
    assert draft(page) == "Second"
    fresh = page.root.one("form", id="write").one("input", name="key")["value"]
    assert clara.send("post-message", case.reference, body="Second", key=fresh).status == 302
    assert [message.body for message in Message.objects.order_by("number")] == ["First", "Second"]


def test_two_people_may_happen_to_use_one_key(cast: Cast, clara: Visitor, paul: Visitor, case: Case) -> None:
    clara.send("post-message", case.reference, body="Same", key="k1")
    paul.send("post-message", case.reference, body="Same", key="k1")
    assert Message.objects.count() == 2


# --- who may not ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["otto", "pia"])
def test_whoever_is_not_in_the_conversation_does_not_find_it(cast: Cast, monday: Any, case: Case, who: str) -> None:
    assert Visitor(getattr(cast, who)).send("post-message", case.reference, body="Hello", key="k").status == 404
    assert Message.objects.count() == 0


def test_the_operator_oversees_and_does_not_write(cast: Cast, olga: Visitor, case: Case) -> None:
    page = olga.send("post-message", case.reference, body="My words", key="k")
    assert (page.status, Message.objects.count()) == (422, 0)
    assert "Join it, with a reason, to write in it" in page.words
    assert not olga.open("case", case.reference).root.all("form", id="write")


def test_before_the_release_there_is_nobody_to_talk_to(cast: Cast, clara: Visitor) -> None:
    case = cast.submitted("EARLY")
    assert clara.send("post-message", case.reference, body="Hello", key="k").status == 404
    assert "opens when the case is released" in clara.open("case", case.reference).words


def test_someone_not_signed_in_is_asked_to(cast: Cast, nobody: Visitor, case: Case) -> None:
    assert nobody.send("post-message", case.reference, body="Hello").answer["Location"].startswith("/accounts/login/")
    assert Message.objects.count() == 0


def test_a_form_from_elsewhere_is_refused(cast: Cast, clara: Visitor, case: Case) -> None:
    clara.client.handler.enforce_csrf_checks = True
    assert clara.send("post-message", case.reference, body="Forged").status == 403
    assert Message.objects.count() == 0


def test_reading_the_address_of_the_form_posts_nothing(cast: Cast, clara: Visitor, case: Case) -> None:
    assert clara.open("post-message", case.reference).status == 405


# --- what it looks like -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("**bold** and *soft*", "<strong>bold</strong> and <em>soft</em>"),
        ("- one\n- two", "<ul>"),
        ("`code`", "<code>code</code>"),
        ("[us](https://example.com)", 'href="https://example.com"'),
        ("one\ntwo", "one<br>"),
    ],
)
def test_light_markdown_is_shown(cast: Cast, clara: Visitor, case: Case, body: str, shown: str) -> None:
    clara.send("post-message", case.reference, body=body, key="k1")
    assert shown in clara.open("case", case.reference).html


@pytest.mark.parametrize(
    "body",
    [
        "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html,<script>1</script>)", "[x](vbscript:x)", "<javascript:alert(1)>",
        "[x](java\tscript:alert(1))", "[x](&#106;avascript:alert(1))", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![x](https://evil.example/pixel.png)",
        "<a href='https://example.com' onclick='x()'>x</a>", "<style>*{display:none}</style>", "[x](https://e.example 'a\" onmouseover=\"alert(1)')",
    ],
)  # fmt: skip
def test_nothing_in_a_message_runs_or_loads(cast: Cast, clara: Visitor, paul: Visitor, case: Case, body: str) -> None:
    clara.send("post-message", case.reference, body=body, key="k1")
    article = paul.open("case", case.reference).root.one("article", id="message-1")
    prose = article.one("div", class_="prose")
    assert prose.words, "it is shown in some way"
    for element in prose.within():
        assert element.tag in {"p", "br", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote"}
        assert set(element.given) <= {"href", "rel", "start", "title"}
        assert not element.get("href") or element["href"].startswith(("http://", "https://", "mailto:"))
