"""The pages of what was asked for: the client answers item by item, the partner asks and judges."""

from __future__ import annotations

from io import BytesIO

import pytest

from tests.cast import Cast
from tests.doors.web.visitor import Visitor, a_file
from trialogue.cases.models import Case
from trialogue.clocks.models import Policy
from trialogue.conversations.documents import Document
from trialogue.conversations.information import InformationRequest, InformationTemplate, Item


@pytest.fixture
def asked(cast: Cast) -> Case:
    case = cast.confirmed()
    items = [
        {"label": "Contract", "kind": "document"},
        {"label": "Disputed?", "kind": "choice", "choices": ["Yes", "No"]},
    ]
    InformationRequest.ask(case, by=cast.paul, items=items)
    return case


def item(label: str) -> Item:
    return Item.objects.get(label=label)


def test_a_partner_asks_for_a_list_and_keeps_it(cast: Cast, paul: Visitor, clara: Visitor) -> None:
    case = cast.confirmed()
    fields = {
        "label": ["Contract", "Disputed?", ""],
        "kind": ["document", "choice", "text"],
        "choices": ["", "Yes, No", ""],
    }
    paul.send("ask-information", case.reference, message="We need:", keep="Basics", **fields)
    assert [(i.label, i.kind, i.choices) for i in Item.objects.order_by("position")] == [
        ("Contract", "document", []), ("Disputed?", "choice", ["Yes", "No"]),
    ]  # fmt: skip
    assert "2 items still missing" in clara.open("case", case.reference).main
    kept = InformationTemplate.objects.get()
    typed = {"label": ["A power of attorney", ""], "kind": ["document", "text"], "choices": ["", ""]}
    page = paul.send("ask-information", case.reference, message="Dear Clara", load="list", list=kept.public_id, **typed)
    assert [page.root.one("input", id=f"label-{n}")["value"] for n in (1, 2, 3)] == [
        "A power of attorney", "Contract", "Disputed?",
    ]  # fmt: skip
    assert page.root.one("textarea", id="id_message").words == "Dear Clara"
    assert InformationRequest.objects.count() == 1


def test_there_are_more_lines_for_who_needs_them(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    typed = {"label": ["One", *[""] * 5], "kind": ["text"] * 6, "choices": [""] * 6}
    page = paul.send("ask-information", case.reference, load="more", **typed)
    assert len(page.root.all("input", name="label")) == 10
    assert page.root.one("input", id="label-1")["value"] == "One"
    assert not InformationRequest.objects.exists()


def test_it_is_said_by_when_the_client_owes_an_answer(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    Policy.introduce("supply", by=cast.olga, within=4, unit="hours", warn_after=75)
    page = paul.open("ask-information", case.reference)
    assert "Nordlys Energi A/S owes an answer by Mon 9 Mar, 18:00" in page.main


def test_a_list_that_is_refused_keeps_what_was_typed(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    fields = {"label": ["Disputed?"], "kind": ["choice"], "choices": ["only one"]}
    page = paul.send("ask-information", case.reference, message="A word", **fields)
    assert page.status == 422
    assert "Give 2 to 20 answers" in page.main
    assert page.root.one("input", id="label-1")["value"] == "Disputed?"
    assert page.root.one("textarea", id="id_message").words == "A word"


def test_the_client_answers_what_it_can(cast: Cast, asked: Case, clara: Visitor) -> None:
    page = clara.send_and_follow("answer-information", asked.reference, **{item("Disputed?").public_id: "No"})
    assert "1 item is still missing" in page.main
    assert item("Disputed?").answer == "No"


def test_the_partner_is_led_to_what_it_has_to_check(cast: Cast, asked: Case, clara: Visitor, paul: Visitor) -> None:
    clara.send("answer-information", asked.reference, **{item("Disputed?").public_id: "No"})
    assert paul.open("case", asked.reference).has_link("Check 1 answer")
    assert not clara.open("case", asked.reference).has_link("Check 1 answer")
    told = paul.open("case-live", asked.reference, after=0, head="")
    assert "1 item still missing" in told.root.one("div", data_part="case-asked").words
    paul.send("judge-information", asked.reference, item("Disputed?").public_id, "accept")
    assert not paul.open("case", asked.reference).has_link("Check 1 answer")


def test_a_file_becomes_a_document_of_the_case(cast: Cast, asked: Case, clara: Visitor) -> None:
    clara.send("answer-information", asked.reference, **{item("Contract").public_id: a_file("contract.pdf")})
    document = Document.objects.get()
    assert (document.case, item("Contract").document) == (asked, document)


def test_a_document_that_is_in_the_case_already_need_not_be_sent_again(cast: Cast, asked: Case, clara: Visitor) -> None:
    assert "in the case already" not in clara.open("information", asked.reference).main
    for by, name in ((cast.clara, "contract.pdf"), (cast.paul, "demand.pdf")):
        Document.add(asked, [Document.receive(BytesIO(b"%PDF-1.7 it"), name)], by=by)
    page = clara.open("information", asked.reference).main
    assert "contract.pdf" in page
    assert "demand.pdf" not in page, "the partner's own is no answer to its question"
    ours, theirs = Document.objects.order_by("pk")
    chosen = f"{item('Contract').public_id}-document"
    for wrong in (theirs.public_id, "doc_0000000000000000"):
        assert clara.send("answer-information", asked.reference, **{chosen: wrong}).status == 422
    clara.send("answer-information", asked.reference, **{chosen: ours.public_id})
    assert (item("Contract").state, item("Contract").document) == ("answered", ours)
    assert Document.objects.count() == 2


def test_a_wrong_answer_is_said_at_its_item_and_the_right_ones_are_kept(
    cast: Cast, asked: Case, clara: Visitor
) -> None:
    told = {item("Disputed?").public_id: "Perhaps", item("Contract").public_id: a_file("contract.pdf")}
    page = clara.send("answer-information", asked.reference, **told)
    assert page.status == 422
    assert "Choose one of the answers." in page.main
    assert (item("Disputed?").state, item("Contract").state) == ("open", "answered")


def test_what_two_colleagues_answer_at_once_is_not_overwritten_unread(
    cast: Cast, asked: Case, clara: Visitor, carl: Visitor
) -> None:
    one = item("Disputed?").public_id
    read = clara.open("information", asked.reference).root.one("input", name=f"{one}-seen")["value"]
    carl.send("answer-information", asked.reference, **{one: "Yes", f"{one}-seen": read})
    page = clara.send("answer-information", asked.reference, **{one: "No", f"{one}-seen": read})
    assert page.status == 422
    assert "Carl Dahl has answered this meanwhile: “Yes”." in page.main
    assert item("Disputed?").answer == "Yes"
    field = page.root.one("select", id=one)
    assert [option.words for option in field.all("option") if "selected" in option.given] == ["No"]
    again = page.root.one("input", name=f"{one}-seen")["value"]
    clara.send("answer-information", asked.reference, **{one: "No", f"{one}-seen": again})
    assert item("Disputed?").answer == "No"


def test_an_answer_to_what_was_accepted_meanwhile_says_so(
    cast: Cast, asked: Case, clara: Visitor, paul: Visitor
) -> None:
    clara.send("answer-information", asked.reference, **{item("Disputed?").public_id: "No"})
    paul.send("judge-information", asked.reference, item("Disputed?").public_id, "accept")
    page = clara.send("answer-information", asked.reference, **{item("Disputed?").public_id: "Yes"})
    assert page.status == 422
    assert "This item is accepted. Load the page again." in page.main


def test_an_answer_that_is_refused_stands_in_its_field_again(cast: Cast, asked: Case, clara: Visitor) -> None:
    InformationRequest.ask(asked, by=cast.paul, items=[{"label": "What was said?"}])
    told = item("What was said?").public_id
    page = clara.send("answer-information", asked.reference, **{told: "Words. " * 600})
    assert page.status == 422
    assert page.root.one("textarea", id=told).words.startswith("Words. Words.")


def test_a_file_that_is_refused_leaves_nothing(cast: Cast, asked: Case, clara: Visitor) -> None:
    page = clara.send("answer-information", asked.reference, **{item("Contract").public_id: a_file("a.pdf", b"MZ\x90")})
    assert page.status == 422
    assert not Document.objects.exists()


def test_nothing_answered_is_said(cast: Cast, asked: Case, clara: Visitor) -> None:
    page = clara.send("answer-information", asked.reference)
    assert page.status == 422
    assert "Answer at least one item first." in page.main


def test_the_partner_accepts_and_asks_again(cast: Cast, asked: Case, clara: Visitor, paul: Visitor) -> None:
    clara.send("answer-information", asked.reference, **{item("Disputed?").public_id: "No"})
    paul.send("judge-information", asked.reference, item("Disputed?").public_id, "accept")
    assert item("Disputed?").state == "accepted"
    refused = paul.send("judge-information", asked.reference, item("Disputed?").public_id, "again", reason=" ")
    assert refused.status == 422
    paul.send("judge-information", asked.reference, item("Disputed?").public_id, "again", reason="Are you sure?")
    assert "Are you sure?" in clara.open("information", asked.reference).main


@pytest.mark.parametrize("who", ["otto", "pia", "rita"])
def test_strangers_find_nothing(cast: Cast, asked: Case, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    public_id = item("Disputed?").public_id
    pages = [
        visitor.send("answer-information", asked.reference, **{public_id: "No"}),
        visitor.open("information", asked.reference),
    ]
    judged = visitor.send("judge-information", asked.reference, public_id, "accept")
    assert judged.status == 404
    if who != "rita":  # she sees the case, and nothing of what was asked
        assert {page.status for page in pages} == {404}
    assert item("Disputed?").state == "open"
    assert "Disputed?" not in "".join(page.html for page in pages)


def test_the_page_asks_the_same_for_many_items_as_for_few(
    cast: Cast, asked: Case, clara: Visitor, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    InformationRequest.ask(asked, by=cast.paul, items=[{"label": f"Item {n}"} for n in range(20)])
    with django_assert_max_num_queries(18):
        clara.open("information", asked.reference)
