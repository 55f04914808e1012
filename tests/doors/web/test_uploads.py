"""The pages of a file of cases: choose, match, check, create, report. All of it without script."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.doors.web.visitor import PDF, Page, Visitor, a_file
from tests.uploads.files import HEADINGS, checked, claim, created, csv, packed, work
from trialogue.cases.models import Case
from trialogue.uploads.columns import COLUMNS
from trialogue.uploads.models import Upload

CHOSEN = {"client_reference": "0", "debtor_name": "1", "debtor_country": "2", "amount": "3", "currency": "4"}


def chosen(page: Page, name: str) -> str:
    (option,) = [option for option in page.root.one("select", name=name).all("option") if "selected" in option.given]
    return option.words


def button(page: Page, words: str) -> bool:
    return any(one.words == words for one in page.root.all("button"))


def test_the_list_of_cases_leads_to_it(cast: Cast, clara: Visitor, paul: Visitor) -> None:
    assert clara.open("cases").link("Upload many") == "/uploads/"
    assert not paul.open("cases").has_link("Upload many")


def test_from_the_file_to_the_cases(cast: Cast, clara: Visitor) -> None:
    content = csv(claim(1), claim(2, amount="much"), claim(3)).getvalue()
    page = clara.send_and_follow("uploads", file=a_file("cases.csv", content))
    upload = Upload.objects.get()
    assert "Which column is which?" in page.main
    assert chosen(page, "amount") == "PrincipalAmount (120.50)"
    page = clara.send_and_follow("upload-columns", upload.public_id, **CHOSEN, decimal=".")
    assert "Rows are being checked" in page.main
    work(upload)
    page = clara.open("upload", upload.public_id)
    assert button(page, "Create 2 cases")
    assert "Amount: “much” is no amount" in page.main
    page = clara.send_and_follow("upload-start", upload.public_id)
    assert "Cases are being created" in page.main
    assert "0 of 3 rows" in page.main
    work(upload)
    page = clara.open("upload", upload.public_id)
    assert "Done. 2 cases are submitted. 1 row was left out; why stands below." in page.main
    assert Case.objects.count() == 2


def test_while_the_worker_is_at_it_the_page_asks_again_with_and_without_script(cast: Cast, clara: Visitor) -> None:
    upload = Upload.receive(csv(), "cases.csv", by=cast.clara)
    upload.match(upload.columns, by=cast.clara)
    page = clara.open("upload", upload.public_id)
    assert page.root.one("meta", http_equiv="refresh").parent.tag == "noscript"  # type: ignore[union-attr]
    part = page.root.one("div", id="upload")
    assert (part["hx-get"], part["hx-trigger"]) == (f"/uploads/{upload.public_id}/", "every 1s")
    assert page.root.one("progress").get("max") == "1"
    fragment = clara.ask("upload", upload.public_id, HX_Request="true")
    assert "<html" not in fragment.html
    assert fragment.root.one("div", id="upload")
    work(upload)
    rested = clara.open("upload", upload.public_id)
    assert not rested.root.all("meta", http_equiv="refresh")
    assert not rested.root.one("div", id="upload").get("hx-get")


def test_the_first_rows_are_shown_as_they_were_read_with_what_is_wrong_beside_them(cast: Cast, clara: Visitor) -> None:
    rows = [claim(1, amount="1.234,5", country="Tyskland"), claim(2, country="Narnia")]
    upload = checked(csv(*rows, sign=";"), by=cast.clara)
    page = clara.open("upload", upload.public_id)
    first, second = page.root.all("table", class_="sample")[0].one("tbody").all("tr")
    assert "Germany" in first.words
    assert "1,234.50" in first.words
    assert "“Narnia” is no country" in second.words


def test_what_only_the_check_of_the_whole_file_finds_stands_beside_the_first_rows_too(
    cast: Cast, clara: Visitor
) -> None:
    upload = checked(csv(claim(1), claim(2), claim(1)), by=cast.clara)
    rows = clara.open("upload", upload.public_id).root.all("table", class_="sample")[0].one("tbody").all("tr")
    assert ["has the same reference" in row.words for row in rows] == [False, False, True]


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "Choose a file first."), (b"%PDF-1.7", "not a table"), (b"a;b\n1;" + b"x" * 200_000, "Row 2, column B")],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field(
    cast: Cast, clara: Visitor, content: bytes | None, says: str
) -> None:
    page = clara.send("uploads", **({"file": a_file("cases.csv", content)} if content else {}))
    assert page.status == 422
    assert says in page.root.one("div", class_="field--wrong").words
    assert page.root.one("input", id="id_file")["aria-invalid"] == "true"


def test_columns_that_are_missing_are_named_and_the_choice_is_kept(cast: Cast, clara: Visitor) -> None:
    upload = Upload.receive(csv(headings=["a", "b", "c", "d", "e"]), "cases.csv", by=cast.clara)
    page = clara.send("upload-columns", upload.public_id, debtor_name="1")
    assert page.status == 422
    assert "Say which column holds: Your reference, Debtor's country, Amount, Currency." in page.main
    assert chosen(page, "debtor_name") == "b (Debtor 1 GmbH)"


def test_columns_can_be_changed_after_the_check(cast: Cast, clara: Visitor) -> None:
    upload = checked(csv(), by=cast.clara)
    page = clara.open(f"/uploads/{upload.public_id}/?columns")
    assert "Which column is which?" in page.main


def test_the_same_file_again_is_pointed_out(cast: Cast, clara: Visitor) -> None:
    first = created(csv(claim(1)), by=cast.clara)
    again = checked(csv(claim(1)), by=cast.clara)
    page = clara.open("upload", again.public_id)
    assert "You sent this very file before" in page.main
    assert page.link("See what happened then") == f"/uploads/{first.public_id}/"
    assert "Each row of this file is a case already." in page.main
    assert page.has_link(Case.objects.get().reference)
    assert not any(one.words.startswith("Create") for one in page.root.all("button"))


def test_documents_that_fit_no_row_are_named(cast: Cast, clara: Visitor) -> None:
    upload = checked(csv(), by=cast.clara, archive=packed(("manual.pdf", PDF)))
    assert "1 document fits no row" in clara.open("upload", upload.public_id).main
    assert "manual.pdf" in clara.open("upload", upload.public_id).main


def test_reports_are_files_and_no_cell_of_them_is_a_formula(cast: Cast, clara: Visitor) -> None:
    upload = created(csv(claim(1), claim(2, reference="=cmd|' /C calc'!A0", amount="@SUM(1)")), by=cast.clara)
    report, left_out = (clara.open(name, upload.public_id) for name in ("upload-report", "upload-left-out"))
    for page in (report, left_out):
        assert page.answer["Content-Disposition"].startswith("attachment")
        assert page.answer["Content-Type"] == "text/csv; charset=utf-8"
        assert "'=cmd|" in page.html
    assert f"2,INV-1,Created,{Case.objects.get().reference}," in report.html
    assert "'@SUM(1)" in left_out.html


def test_the_template_is_a_file_that_we_understand(cast: Cast, clara: Visitor) -> None:
    page = clara.open("upload-template")
    upload = Upload.receive(a_file("cases.csv", page.content), "cases.csv", by=cast.clara)  # type: ignore[arg-type]
    assert list(upload.columns) == [column.name for column in COLUMNS]
    upload.match(upload.columns, by=cast.clara)
    assert work(upload).ready == 1


def test_a_withdrawn_file_is_gone(cast: Cast, clara: Visitor) -> None:
    upload = checked(csv(claim(amount="much")), by=cast.clara)
    assert "is withdrawn" in clara.send_and_follow("upload-withdraw", upload.public_id).words
    assert "no longer kept" in Page(clara.client.get(f"/uploads/{upload.public_id}/left-out.csv", follow=True)).words
    assert "This cannot be done" in clara.send_and_follow("upload-start", upload.public_id).words


def test_the_file_and_its_rows_are_the_clients_own(
    cast: Cast, carl: Visitor, otto: Visitor, paul: Visitor, olga: Visitor
) -> None:
    upload = checked(csv(), by=cast.clara)
    assert carl.open("upload", upload.public_id).status == 200
    for visitor in (otto, paul, olga):
        for page in ("upload", "upload-report", "upload-left-out"):
            assert visitor.open(page, upload.public_id).status == 404
        for page in ("upload-columns", "upload-start", "upload-withdraw"):
            assert visitor.send(page, upload.public_id).status == 404


def test_what_stands_in_a_file_is_never_taken_for_markup(cast: Cast, clara: Visitor) -> None:
    headings = [*HEADINGS[:4], "<b>x</b>"]
    upload = Upload.receive(csv(claim(1, name="<script>x</script>"), headings=headings), "<i>a</i>.csv", by=cast.clara)
    html = clara.open("upload", upload.public_id).html
    assert "<script>x" not in html
    assert "<b>x" not in html
    assert "<i>a" not in html


# Four are in every page, as test_cost.py says.
@pytest.mark.parametrize(("page", "cost"), [("uploads", 5), ("upload", 7)])
def test_a_page_asks_as_much_for_many_as_for_few(cast: Cast, clara: Visitor, page: str, cost: int) -> None:
    costs = []
    for size in (3, 30):
        upload = checked(csv(*(claim(n, amount="much") for n in range(size))), by=cast.clara)
        address = () if page == "uploads" else (upload.public_id,)
        clara.open(page, *address)
        with CaptureQueriesContext(connection) as asked:
            assert clara.open(page, *address).status == 200
        costs.append(len(asked))
    assert costs == [cost, cost]
