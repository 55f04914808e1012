"""A file of cases on its way: received, matched, checked, created; nothing twice, nothing lost."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils import timezone, translation

from tests.cast import Cast
from tests.uploads.files import HEADINGS, PDF, checked, claim, created, csv, ends, packed, problems, work, xlsx
from trialogue.cases.models import Case
from trialogue.conversations.models import Document
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Refused
from trialogue.uploads import claims, rounds
from trialogue.uploads.columns import COLUMNS
from trialogue.uploads.models import LEASE, NotNow, Row, Upload


def receive(content: io.BytesIO, cast: Cast, **more: Any) -> Upload:
    return Upload.receive(content, "cases.csv", by=cast.clara, **more)


def stored() -> list[Path]:
    return [path for path in Path(default_storage.location).rglob("*") if path.is_file()]  # type: ignore[attr-defined]


def kinds(upload: Upload) -> list[str]:
    return list(Event.objects.about(upload).values_list("kind", flat=True))


# --- receiving and matching -------------------------------------------------------------------------------------------


def test_a_file_is_looked_at_and_kept_and_nothing_is_created(cast: Cast) -> None:
    upload = receive(csv(claim(1), claim(2)), cast)
    assert (upload.state, upload.rows, upload.headings) == ("matching", 2, list(HEADINGS))
    assert upload.columns == {"client_reference": 0, "debtor_name": 1, "debtor_country": 2, "amount": 3, "currency": 4}
    assert upload.first_rows[0] == claim(1)
    assert work(upload).state == "matching"
    assert not Case.objects.exists()
    assert kinds(upload) == ["upload.received"]


@pytest.mark.parametrize("name", ["paul", "rita", "olga"])
def test_only_a_client_sends_files_of_cases(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        Upload.receive(csv(), "cases.csv", by=getattr(cast, name))
    assert stored() == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"a;b\n", "no row below"),
        (b"%PDF-1.7", "not a table"),
        (b"a;b\n1;" + b"x" * 200_000, "Row 2, column B"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(cast: Cast, content: bytes, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        receive(io.BytesIO(content), cast)
    assert says in refused.value.message_dict["file"][0]
    assert not Upload.objects.exists()
    assert stored() == []


def test_a_zip_that_cannot_be_read_is_refused_and_nothing_is_kept(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        receive(csv(), cast, archive=io.BytesIO(b"no zip"), archive_name="a.zip")
    assert "This ZIP cannot be read" in refused.value.message_dict["documents"][0]
    assert stored() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [({"amount": None}, "Say which column holds: Amount"), ({"amount": 99}, "no such column"), ({"colour": 1}, "no such column"),
     ({"amount": True}, "no such column"), ({"amount": 1}, "chosen twice")],
)  # fmt: skip
def test_columns_that_cannot_be_right_are_refused(cast: Cast, change: dict[str, Any], says: str) -> None:
    upload = receive(csv(), cast)
    with pytest.raises(ValidationError) as refused:
        upload.match({**upload.columns, **change}, by=cast.clara)
    assert says in refused.value.message_dict["columns"][0]
    assert upload.state == "matching"


def test_headings_that_nobody_knows_are_matched_by_hand(cast: Cast) -> None:
    upload = receive(csv(claim(), headings=["a", "b", "c", "d", "e"]), cast)
    assert upload.columns == {}
    upload.match(
        {"client_reference": 0, "debtor_name": 1, "debtor_country": 2, "amount": 3, "currency": 4}, by=cast.clara
    )
    assert work(upload).ready == 1


# --- checking ---------------------------------------------------------------------------------------------------------


def test_all_rows_are_checked_and_each_mistake_stands_beside_its_row(cast: Cast) -> None:
    cast.submitted("INV-4")
    upload = checked(
        csv(
            claim(1), claim(2, amount="much", country="Narnia"), claim(3, name=""), claim(4), claim(5), claim(5, name="Again"),
            claim(7, currency="EURO"), claim(8, amount="-5"), claim(9, reference="R" * 51), claim(10, name="#REF!"),
        ),
        by=cast.clara,
    )  # fmt: skip
    assert (upload.state, upload.rows, upload.ready, upload.wrong, upload.known) == ("checked", 10, 3, 6, 1)
    assert problems(upload) == {
        3: [
            "“Narnia” is no country. Give its two-letter code, such as DK.",
            "“much” is no amount. Write it as 12480.50 or 12.480,50.",
        ],
        4: ["Fill in this cell."],
        7: ["Row 6 has the same reference. Each case needs its own."],
        9: ["Ensure this value is greater than or equal to 0.01."],
        10: ["Ensure this value has at most 50 characters (it has 51)."],
        11: ["The formula in this cell fails: #REF!."],
    }
    assert ends(upload)[5] == "known"
    assert not Case.objects.exclude(client_reference="INV-4").exists()
    assert kinds(upload) == ["upload.received", "upload.matched", "upload.checked"]


def test_dates_are_held_against_each_other_and_against_today(cast: Cast) -> None:
    headings, soon = [*HEADINGS, "InvoiceDate", "DueDate"], (timezone.now() + timedelta(days=9)).date().isoformat()
    upload = checked(
        csv(
            [*claim(1), "15.01.2026", "14/02/2026"], [*claim(2), soon, ""], [*claim(3), "2026-02-14", "2026-01-14"], [*claim(4), "", soon],
            [*claim(5), "soon", ""], headings=headings,
        ),
        by=cast.clara,
    )  # fmt: skip
    assert problems(upload) == {
        3: ["The invoice date lies in the future."],
        4: ["It was due before the invoice was written."],
        5: ["It is not due yet. Send it when the due date has passed."],
        6: ["“soon” is no date. Write it as 2026-03-31 or 31.03.2026."],
    }


def test_a_debtor_in_the_united_states_needs_a_state(cast: Cast) -> None:
    rows = [[*claim(1, country="USA"), "TX"], [*claim(2, country="US"), ""]]
    upload = checked(csv(*rows, headings=[*HEADINGS, "State"]), by=cast.clara)
    assert problems(upload) == {3: ["For a debtor in the United States, give the state."]}


def test_other_columns_may_be_chosen_after_the_check_and_all_is_checked_anew(cast: Cast) -> None:
    upload = checked(
        csv([*claim(1), "7"], [*claim(2, amount="much"), "8"], headings=[*HEADINGS, "Other"]), by=cast.clara
    )
    assert (upload.ready, upload.wrong) == (1, 1)
    upload.match({**upload.columns, "amount": 5}, by=cast.clara)
    assert (work(upload).ready, upload.wrong, ends(upload)) == (2, 0, {})


def test_mistakes_are_told_in_the_language_of_whoever_sent_the_file(cast: Cast) -> None:
    person = cast.clara.person
    assert person
    person.language = "de"
    person.save()
    seen: list[str] = []
    upload = receive(csv(), cast)
    upload.match(upload.columns, by=cast.clara)
    keep, rounds.Check.keep = rounds.Check.keep, lambda self, batch: seen.append(translation.get_language() or "")  # type: ignore[method-assign]
    try:
        work(upload)
    finally:
        rounds.Check.keep = keep  # type: ignore[method-assign]
    assert seen == ["de"]


# --- creating ---------------------------------------------------------------------------------------------------------


def test_rows_become_cases_and_those_with_errors_are_left_out(cast: Cast) -> None:
    upload = created(csv(claim(1), claim(2, amount="much"), claim(3)), by=cast.clara)
    assert (upload.state, upload.created, upload.wrong, upload.known) == ("done", 2, 1, 0)
    assert ends(upload) == {2: "created", 3: "wrong", 4: "created"}
    case = Case.objects.get(client_reference="INV-1")
    assert (case.debtor_name, case.amount, case.currency, case.state) == (
        "Debtor 1 GmbH",
        Decimal("120.50"),
        "EUR",
        "PendingVerificationInternal",
    )
    assert (case.client, case.referrer, case.environment) == (
        cast.clara.organisation,
        cast.rita.organisation,
        "production",
    )
    assert Event.objects.about(case).get().by == cast.clara.by
    assert kinds(upload)[-2:] == ["upload.started", "upload.finished"]
    assert first_broken_link(upload) is None
    assert first_broken_link(case) is None


def test_what_a_case_has_no_field_for_is_kept_in_its_description(cast: Cast) -> None:
    created(csv([column.example for column in COLUMNS], headings=[column.title for column in COLUMNS]), by=cast.clara)
    assert Case.objects.get().description.splitlines() == [
        "Unpaid invoice for power deliveries.", "Address: Hafenstraße 12", "Postal code: 20457", "City: Hamburg",
        "E-mail: buchhaltung@bergmann.example", "Phone: +49 40 123456", "Contact person: Frau Bergmann", "Invoice date: 2026-01-15",
        "Due date: 2026-02-14",
    ]  # fmt: skip


def test_a_german_export_in_windows_letters_is_understood(cast: Cast) -> None:
    headings = ["Rechnungsnr.", "Kunde", "Land", "Offener Betrag", "Währung", "Fälligkeit"]
    rows = [
        ["R-1", "Öl & Söhne", "Österreich", "1.234", "€", "14.02.2026"],
        ["R-2", "Maß AG", "DE", "1.234,50", "EUR", "46067"],
    ]
    upload = created(csv(*rows, headings=headings, sign=";", encoding="cp1252"), by=cast.clara)
    assert upload.created == 2, problems(upload)
    cases = Case.objects.order_by("pk").values_list("debtor_name", "debtor_country", "amount", "currency")
    assert list(cases) == [("Öl & Söhne", "AT", Decimal(1234), "EUR"), ("Maß AG", "DE", Decimal("1234.50"), "EUR")]


def test_a_workbook_is_understood(cast: Cast) -> None:
    upload = created(
        xlsx([1001, "Bergmann", "DE", 12480.5, "EUR"], [1002.0, "Maß", "DE", "1.000,00", "EUR"]), by=cast.clara
    )
    assert upload.created == 2, problems(upload)
    assert list(Case.objects.order_by("pk").values_list("client_reference", "amount")) == [
        ("1001", Decimal("12480.50")),
        ("1002", Decimal(1000)),
    ]


def test_the_same_file_sent_again_creates_nothing_twice_and_says_so(cast: Cast) -> None:
    first = created(csv(claim(1), claim(2)), by=cast.clara)
    again = checked(csv(claim(1), claim(2)), by=cast.clara)
    assert (again.ready, again.known) == (0, 2)
    assert Upload.objects.shown().get(pk=again.pk).earlier_id == first.public_id
    assert {row.case.client_reference for row in again.outcomes.select_related("case") if row.case} == {
        "INV-1",
        "INV-2",
    }
    with pytest.raises(NotNow, match="No row of this file"):
        again.start(by=cast.clara)
    assert Case.objects.count() == 2


def test_a_reference_used_between_check_and_creation_is_left_alone(cast: Cast) -> None:
    upload = checked(csv(claim(1), claim(2)), by=cast.clara)
    case = cast.submitted("INV-1")
    upload.start(by=cast.clara)
    assert (work(upload).created, upload.known, upload.wrong) == (1, 1, 0)
    assert upload.outcomes.get(number=2).case == case


def test_another_client_and_the_test_environment_have_references_of_their_own(cast: Cast) -> None:
    for by in (cast.clara, cast.otto, replace(cast.clara, environment="test")):
        assert created(csv(claim(1)), by=by).created == 1


def test_corrected_rows_are_sent_as_a_file_of_their_own(cast: Cast) -> None:
    created(csv(claim(1), claim(2, amount="much")), by=cast.clara)
    assert created(csv(claim(2, amount="7.50")), by=cast.clara).created == 1
    assert Case.objects.count() == 2


@pytest.mark.parametrize(
    ("state", "verb"), [("matching", "start"), ("done", "start"), ("done", "withdraw"), ("done", "match")]
)
def test_what_cannot_be_done_now_is_refused(cast: Cast, state: str, verb: str) -> None:
    upload = receive(csv(), cast) if state == "matching" else created(csv(), by=cast.clara)
    arguments = {"matched": upload.columns} if verb == "match" else {}
    with pytest.raises(NotNow, match="This cannot be done while the upload is"):
        getattr(upload, verb)(by=cast.clara, **arguments)


def test_a_withdrawn_upload_goes_no_further_and_its_file_is_gone(cast: Cast) -> None:
    upload = checked(csv(), by=cast.clara)
    upload.withdraw(by=cast.clara)
    assert (work(upload).state, stored()) == ("withdrawn", [])
    assert kinds(upload)[-1] == "upload.withdrawn"


@pytest.mark.parametrize("state", ["matching", "checked", "done", "failed"])
def test_a_file_is_deleted_a_month_later_and_what_became_of_it_stays(cast: Cast, state: str) -> None:
    make = {"checked": checked, "done": created}.get(state, lambda content, by: receive(content, cast))
    upload = make(csv(claim(1), claim(2, amount="much")), by=cast.clara)
    if state == "failed":
        upload.fail("Broken", by=cast.clara)
    assert rounds.forget_files(timezone.now() + timedelta(days=29)) == 0
    assert (len(stored()), upload.has_file) == (1, True)
    assert rounds.forget_files(timezone.now() + timedelta(days=31)) == 1
    assert rounds.forget_files(timezone.now() + timedelta(days=31)) == 0
    upload.refresh_from_db()
    assert (stored(), upload.has_file, upload.state) == (
        [],
        False,
        state if state in ("done", "failed") else "withdrawn",
    )
    assert upload.outcomes.count() == {"checked": 1, "done": 2}.get(state, 0)


# --- documents --------------------------------------------------------------------------------------------------------


def test_documents_come_into_their_cases(cast: Cast) -> None:
    archive = packed(
        ("INV-1_contract.pdf", PDF), ("papers/photo.pdf", PDF + b"2"), ("manual.pdf", PDF), ("INV-3.pdf", PDF)
    )
    rows = [[*claim(1), ""], [*claim(2), "photo.pdf"], [*claim(3, amount="much"), ""]]
    upload = created(csv(*rows, headings=[*HEADINGS, "Documents"]), by=cast.clara, archive=archive)
    assert (upload.created, upload.strays) == (2, ["manual.pdf"])
    assert set(Document.objects.values_list("case__client_reference", "name")) == {
        ("INV-1", "INV-1_contract.pdf"),
        ("INV-2", "photo.pdf"),
    }
    document = Document.objects.get(name="photo.pdf")
    with document.open() as content:
        assert content.read() == PDF + b"2"
    assert [event.kind for event in Event.objects.about(document.case)] == ["case.submitted", "document.added"]
    assert first_broken_link(document.case) is None
    assert not default_storage.exists(upload.archive_stored)


def test_documents_that_cannot_come_are_told_at_their_rows(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "DOCUMENT_BYTES", 1000)
    archive = packed(
        ("INV-1.exe", b"MZ"), ("INV-2.pdf", b"no pdf"), ("INV-3.pdf", PDF + b"x" * 1000), ("INV-4.pdf", b""), ("a/x.pdf", PDF), ("b/x.pdf", PDF),
        *((f"INV-7_{n}.pdf", PDF) for n in range(6)),
    )  # fmt: skip
    rows = [
        [*claim(n), named] for n, named in enumerate(["", "", "", "", "x.pdf", "gone.pdf; a/x.pdf", "", "a/x.pdf"], 1)
    ]
    upload = checked(csv(*rows, headings=[*HEADINGS, "Documents"]), by=cast.clara, archive=archive)
    told = {number: words for number, (words,) in problems(upload).items()}
    assert "Files of this kind are not accepted" in told[2]
    assert "the content is something else" in told[3]
    assert "larger than 25 MB" in told[4]
    assert "This file is empty" in told[5]
    assert "several files called “x.pdf”" in told[6]
    assert "holds no “gone.pdf”" in told[7]
    assert "6 documents belong to this row; 5 can come" in told[8]
    assert upload.ready == 1


# --- the worker dies --------------------------------------------------------------------------------------------------


class Died(BaseException):
    """What no code of ours catches, as it would not a kill."""


def _another_worker(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for left in rounds._open.values():
        left.close()
    rounds._open.clear()
    monkeypatch.setattr(rounds, "me", lambda: name)


def test_a_worker_that_dies_leaves_all_that_it_did_and_the_next_goes_on_there(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds.Creation, "at_once", 10)
    monkeypatch.setattr(rounds.Check, "at_once", 7)
    upload = receive(csv(*(claim(n) for n in range(95)), claim(3)), cast)
    upload.match(upload.columns, by=cast.clara)
    note, deaths = Upload.note, []

    def fatal(self: Upload, *arguments: Any, **keywords: Any) -> None:
        note(self, *arguments, **keywords)
        if self.done > 30 * (len(deaths) + 1) - 60 * (self.state == "creating" and len(deaths) >= 2):
            deaths.append((self.state, self.done))
            raise Died

    monkeypatch.setattr(Upload, "note", fatal)
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        for life in range(20):
            _another_worker(monkeypatch, f"worker-{life}")
            if upload.state == "checked":
                upload.start(by=cast.clara)
            try:
                work(upload)
            except Died:
                clock.shift(LEASE)
            upload.refresh_from_db()
            if upload.state == "done":
                break
    assert {state for state, _done in deaths} == {"checking", "creating"}
    assert (upload.state, upload.created, upload.wrong, upload.known) == ("done", 95, 1, 0)
    assert Case.objects.count() == 95
    assert sorted(ends(upload)) == list(range(2, 98))


def test_an_upload_has_one_worker_until_its_lease_runs_out(cast: Cast) -> None:
    upload = receive(csv(), cast)
    upload.match(upload.columns, by=cast.clara)
    now = timezone.now()
    assert upload.claim(now, "one")
    assert not upload.claim(now + LEASE / 2, "another")
    assert upload.claim(now + LEASE / 2, "one")
    assert not upload.claim(now + LEASE, "another")
    assert upload.claim(now + LEASE * 2, "another")


def test_a_worker_that_was_overtaken_does_nothing_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = checked(csv(claim(1), claim(2)), by=cast.clara)
    upload.start(by=cast.clara)
    slow = rounds.Creation(Upload.objects.get(pk=upload.pk))
    batch = list(slow.lines)
    assert work(upload).created == 2
    with pytest.raises(rounds.Overtaken):
        slow.keep(batch)
    slow.close()
    assert (Case.objects.count(), Row.objects.count()) == (2, 2)


def test_columns_chosen_anew_while_a_worker_checks_are_those_that_count(cast: Cast) -> None:
    upload = receive(csv([*claim(1), "much"], headings=[*HEADINGS, "Other"]), cast)
    upload.match({**upload.columns, "amount": 5}, by=cast.clara)
    upload.claim(timezone.now(), rounds.me())
    slow = rounds.Check(Upload.objects.get(pk=upload.pk))
    batch = list(slow.lines)
    upload.match({**upload.columns, "amount": 3}, by=cast.clara)
    with pytest.raises(rounds.Overtaken):
        slow.keep(batch)
    slow.close()
    assert (work(upload).ready, upload.wrong) == (1, 0)


def test_a_failure_of_ours_is_tried_again_and_then_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    upload = receive(csv(), cast)
    upload.match(upload.columns, by=cast.clara)
    monkeypatch.setattr(rounds.Check, "keep", lambda self, batch: 1 / 0)
    for _try in range(10):
        rounds.work_due(timezone.now())
    upload.refresh_from_db()
    assert (upload.state, upload.tries) == ("failed", 5)
    assert "went wrong on our side" in upload.trouble
    assert caplog.text.count("ZeroDivisionError") == 5
    assert kinds(upload)[-1] == "upload.failed"


def test_a_workbook_that_breaks_in_the_middle_fails_with_what_to_do(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = receive(xlsx(["1", "x" * 60, "DE", "1", "EUR"]), cast)
    upload.match(upload.columns, by=cast.clara)
    monkeypatch.setattr("trialogue.uploads.tables.LONGEST_CELL", 50)
    assert work(upload).state == "failed"
    assert "Row 2, column B" in upload.trouble


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_nobody_but_the_client_sees_an_upload(cast: Cast) -> None:
    upload = receive(csv(), cast)
    sees = {
        name
        for name in ("clara", "carl", "paul", "rita", "olga", "otto", "pia")
        if upload in Upload.objects.visible_to(getattr(cast, name))
    }
    assert sees == {"clara", "carl"}
    assert upload not in Upload.objects.visible_to(replace(cast.clara, environment="test"))
    hears = {
        name
        for name in ("clara", "paul", "rita", "otto")
        if Event.objects.visible_to(getattr(cast, name)).filter(subject=upload.public_id)
    }
    assert hears == {"clara"}
