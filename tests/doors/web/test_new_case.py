"""Handing in a case: what is taken, what each mistake is told, and that nothing typed is lost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import Cast
from tests.doors.web.visitor import PDF, Page, Visitor, a_file
from trialogue.cases.models import Case
from trialogue.clocks.models import Policy
from trialogue.conversations.models import Document

CLAIM = {
    "debtor_name": "Bergmann Logistik GmbH", "debtor_type": "Company", "debtor_country": "DE", "amount": "12480.50", "currency": "DKK",
    "client_reference": "INV-1001", "description": "Unpaid invoice for power deliveries.",
}  # fmt: skip


def error_at(page: Page, field: str) -> str:
    """What stands at a field, and only there."""
    assert page.status == 422
    control = page.root.one(id=f"id_{field}")
    assert control.parent is not None
    wrong = control.parent.one("p", class_="error").words
    assert wrong.removeprefix("Error: ") in page.root.one("div", class_="wrong").words, "it is also told at the top"
    return wrong


def kept(page: Page) -> dict[str, str]:
    """What stands in the form."""
    values = {
        control["name"]: control["value"] for control in page.root.one("main").all("input") if control.get("value")
    }
    for select in page.root.one("main").all("select"):
        values[select["name"]] = next((o["value"] for o in select.all("option") if "selected" in o.given), "")
    return values | {text["name"]: text.words for text in page.root.one("main").all("textarea")}


def stored() -> list[Path]:
    place = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    return [path for path in place.rglob("*") if path.is_file()]


def test_a_client_hands_in_a_case_with_documents(cast: Cast, clara: Visitor) -> None:
    page = clara.send_and_follow("new-case", **CLAIM, documents=[a_file("a.pdf"), a_file("b.txt", b"Reminder")])
    case = Case.objects.get()
    assert (case.client, case.amount, case.currency) == (cast.clara.organisation, Decimal("12480.50"), "DKK")
    assert f"Case {case.reference} is handed in." in page.words
    assert {document.name for document in case.documents.all()} == {"a.pdf", "b.txt"}


@pytest.mark.parametrize("written", ["12480,50", "12.480,50", "12 480.5", "€ 12,480.50"])
def test_an_amount_is_read_as_people_write_it(cast: Cast, clara: Visitor, written: str) -> None:
    clara.send("new-case", **{**CLAIM, "amount": written})
    assert Case.objects.get().amount == Decimal("12480.50")


def test_by_when_a_case_is_confirmed_is_said_as_it_is_promised_now(cast: Cast, clara: Visitor) -> None:
    Policy.introduce("confirm", by=cast.olga, within=3, unit="business_days", warn_after=75)
    assert "confirms it within 3 business days of its release" in clara.open("new-case").main


def test_the_form_needs_no_script(cast: Cast, clara: Visitor) -> None:
    form = clara.open("new-case").root.one("main").one("form")
    assert form["method"] == "post"
    assert form["enctype"] == "multipart/form-data"
    labels = {label["for"] for label in form.all("label")}
    controls = {
        control["id"] for tag in ("input", "select", "textarea") for control in form.all(tag) if control.get("id")
    }
    assert controls <= labels, "every control has its label"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("debtor_name", "", "This field is required"),
        ("debtor_name", "  \t ", "This field is required"),
        ("debtor_name", "x" * 201, "at most 200 characters"),
        ("debtor_name", "a\0b", "Null characters are not allowed"),
        ("debtor_name", "a\x07b", "characters that cannot be kept"),
        ("debtor_type", "Ghost", "Select a valid choice"),
        ("debtor_country", "", "This field is required"),
        ("debtor_country", "XX", "Select a valid choice"),
        ("amount", "", "This field is required"),
        ("amount", "twelve", "“twelve” is no amount. Write it as 12480.50 or 12.480,50."),
        ("amount", "0", "greater than or equal to 0.01"),
        ("amount", "-5", "greater than or equal to 0.01"),
        ("amount", "NaN", "is no amount"),
        ("amount", "1e400", "is no amount"),
        ("amount", "1.001", "no more than 2 decimal places"),
        ("amount", "1000000000000.00", "no more than 14 digits"),
        ("currency", "XXX", "Select a valid choice"),
        ("currency", "", "This field is required"),
        ("client_reference", "", "This field is required"),
        ("client_reference", "x" * 51, "at most 50 characters"),
        ("description", "x" * 4001, "at most 4000 characters"),
    ],
)
def test_each_mistake_is_told_at_its_field_and_everything_typed_is_kept(
    cast: Cast, clara: Visitor, field: str, value: str, told: str
) -> None:
    page = clara.send("new-case", **(CLAIM | {field: value}))
    assert told in error_at(page, field)
    assert Case.objects.count() == 0
    others = {name: words for name, words in CLAIM.items() if name != field}
    assert others.items() <= kept(page).items()


def test_a_reference_used_before_is_told_at_its_field(cast: Cast, clara: Visitor) -> None:
    cast.submitted("INV-1001")
    page = clara.send("new-case", **(CLAIM | {"debtor_name": "Someone else"}))
    assert "Give this one its own" in error_at(page, "client_reference")
    assert kept(page)["debtor_name"] == "Someone else"
    assert Case.objects.count() == 1


def test_another_client_may_use_the_same_reference(cast: Cast, otto: Visitor) -> None:
    cast.submitted("INV-1001")
    assert otto.send("new-case", **CLAIM).status == 302


def test_a_button_pressed_twice_hands_in_one_case(cast: Cast, clara: Visitor) -> None:
    first = clara.send("new-case", **CLAIM, documents=[a_file()])
    second = clara.send("new-case", **CLAIM, documents=[a_file()])
    assert first.answer["Location"] == second.answer["Location"]
    assert (Case.objects.count(), Document.objects.count(), len(stored())) == (1, 1, 1)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("invoice.pdf", b"MZ\x90\x00" + b"\0" * 200, "content is something else"),
        ("run.exe", b"MZ\x90\x00" + b"\0" * 200, "not accepted"),
        ("page.html", b"<html><script>alert(1)</script></html>", "not accepted"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not accepted"),
        ("empty.pdf", b"", "empty"),
        ("invoice", PDF, "not accepted"),
    ],
)
def test_a_file_that_may_not_come_in_is_told_by_name_and_nothing_happens(
    cast: Cast, clara: Visitor, name: str, content: bytes, told: str
) -> None:
    page = clara.send("new-case", **CLAIM, documents=[a_file("good.pdf"), a_file(name, content)])
    assert page.status == 422
    wrong = page.root.one("div", class_="wrong").words
    assert told in wrong
    assert name in wrong
    assert kept(page)["debtor_name"] == CLAIM["debtor_name"]
    assert (Case.objects.count(), Document.objects.count(), stored()) == (0, 0, [])


def test_a_file_of_26_mb_is_too_large(cast: Cast, clara: Visitor) -> None:
    page = clara.send("new-case", **CLAIM, documents=[a_file("scan.pdf", PDF + b"\0" * (26 * 1024 * 1024))])
    assert "“scan.pdf” is larger than 25 MB" in page.words
    assert (Case.objects.count(), stored()) == (0, [])


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.pdf", "C:\\Users\\clara\\passwd.pdf", "/etc/passwd.pdf", "a/../passwd.pdf"]
)
def test_a_path_in_a_file_name_is_only_a_name(cast: Cast, clara: Visitor, name: str) -> None:
    file = SimpleUploadedFile("x.pdf", PDF)
    file._name = name  # Django's own would have cut it; a browser need not
    clara.send("new-case", **CLAIM, documents=[file])
    assert [document.name for document in Document.objects.all()] == ["passwd.pdf"]
    assert all(settings.STORAGES["default"]["OPTIONS"]["location"] in str(path) for path in stored())


def test_more_files_than_may_come_at_once_are_refused_in_words(cast: Cast, clara: Visitor) -> None:
    page = clara.send("new-case", **CLAIM, documents=[a_file(f"{n}.pdf") for n in range(21)])
    assert page.status == 400
    assert "20 files" in page.words
    assert Case.objects.count() == 0


@pytest.mark.parametrize("who", ["paul", "rita", "olga"])
def test_other_sides_are_told_that_only_a_client_hands_in(cast: Cast, monday: Any, who: str) -> None:
    for page in (Visitor(getattr(cast, who)).send("new-case", **CLAIM), Visitor(getattr(cast, who)).open("new-case")):
        assert page.answer["Location"] == "/cases/"
    page = Visitor(getattr(cast, who)).send_and_follow("new-case", **CLAIM)
    assert "Only a client hands in a case." in page.words
    assert Case.objects.count() == 0


def test_a_referral_partner_stands_in_the_case_of_its_client(cast: Cast, clara: Visitor, otto: Visitor) -> None:
    clara.send("new-case", **CLAIM)
    assert Case.objects.get().referrer == cast.rita.organisation
    otto.send("new-case", **CLAIM)
    assert Case.objects.latest("pk").referrer is None


def test_a_case_handed_in_as_test_is_test_data(cast: Cast, clara: Visitor) -> None:
    clara.client.post("/acting/", {"environment": "test"})
    clara.send("new-case", **CLAIM)
    assert Case.objects.get().environment == "test"


def test_a_hostile_name_is_only_words(cast: Cast, clara: Visitor, olga: Visitor) -> None:
    name = "<script>alert('x')</script> & \"Co\""
    clara.send("new-case", **(CLAIM | {"debtor_name": name, "description": "<img src=x onerror=alert(1)>"}))
    reference = Case.objects.get().reference
    for visitor in (clara, olga):
        for page in (visitor.open("case", reference), visitor.open("cases"), visitor.open("timeline", reference)):
            assert "<script>alert" not in page.html
            assert "<img" not in page.html
            assert name in page.words


def test_without_the_forms_own_token_nothing_is_taken(cast: Cast, clara: Visitor) -> None:
    clara.client.handler.enforce_csrf_checks = True
    page = clara.send("new-case", **CLAIM)
    assert page.status == 403
    assert "Send it once more" in page.words
    assert Case.objects.count() == 0
