"""What a document is said to be: its kind and description, chosen when it is added and changed by the side that added it."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.conversations.models import Document
from trialogue.events.models import Event
from trialogue.people.models import Refused


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


@pytest.fixture
def laid(cast: Cast, case: Case) -> Document:
    Document.add(case, [document()], by=cast.clara, at=MONDAY)
    return Document.objects.get()


def test_both_are_chosen_when_it_is_received(cast: Cast, case: Case) -> None:
    received = Document.receive(BytesIO(b"x"), "a.txt", kind="DemandLetter", description="  The second one ")
    Document.add(case, [received], by=cast.clara)
    kept = Document.objects.get()
    assert (kept.kind, kept.description) == ("DemandLetter", "The second one")


@pytest.mark.parametrize(("who", "kind"), [("clara", "CreditorDocuments"), ("paul", "PartnerDocuments")])
def test_when_nobody_says_it_is_the_usual_kind_of_the_side(cast: Cast, case: Case, who: str, kind: str) -> None:
    Document.add(case, [document()], by=getattr(cast, who))
    assert Document.objects.get().kind == kind


def test_a_client_begins_with_the_invoice(cast: Cast) -> None:
    Document.add(cast.submitted(), [document()], by=cast.clara)
    assert Document.objects.get().kind == "OriginalInvoice"


@pytest.mark.parametrize(
    ("about", "field"), [({"kind": "Secret"}, "kind"), ({"description": "x" * 501}, "description")]
)
def test_what_cannot_be_is_refused_by_field_and_nothing_is_stored(
    about: dict[str, str], field: str, tmp_path: object
) -> None:
    with pytest.raises(ValidationError) as refused:
        Document.receive(BytesIO(b"x"), "a.txt", **about)
    assert set(refused.value.message_dict) == {field}


def test_anyone_of_the_side_that_added_it_changes_both(cast: Cast, laid: Document) -> None:
    laid.describe(by=cast.carl, kind="Miscellaneous", description="x" * 500)
    kept = Document.objects.get()
    assert (kept.kind, len(kept.description)) == ("Miscellaneous", 500)


def test_the_log_knows_the_kind_and_not_the_words(cast: Cast, laid: Document) -> None:
    laid.describe(by=cast.clara, kind="Miscellaneous", description="Okapi")
    facts = Event.objects.get(kind="document.described").facts
    assert (facts["document"], facts["kind"], len(facts["description"])) == (laid.public_id, "Miscellaneous", 64)


def test_the_same_again_is_nothing(cast: Cast, laid: Document) -> None:
    laid.describe(by=cast.clara, kind=laid.kind, description="")
    assert not Event.objects.filter(kind="document.described").exists()


@pytest.mark.parametrize("who", ["paul", "olga", "rita", "otto", "pia"])
def test_nobody_else_changes_it(cast: Cast, laid: Document, who: str) -> None:
    with pytest.raises(Refused, match="Only the side that added a document"):
        laid.describe(by=getattr(cast, who), kind="Miscellaneous", description="")
    assert Document.objects.get().kind == "CreditorDocuments"


def test_a_merged_case_takes_no_more_documents_and_no_changes(cast: Cast, case: Case, laid: Document) -> None:
    Case.objects.update(state="Merged")
    laid.refresh_from_db()
    with pytest.raises(Refused, match="merged into another"):
        Document.add(case, [document("late.txt")], by=cast.clara)
    with pytest.raises(Refused, match="merged into another"):
        laid.describe(by=cast.clara, kind="Miscellaneous", description="")
    with pytest.raises(Refused, match="merged into another"):
        laid.replace(document("late.txt"), by=cast.clara)
    assert Document.objects.count() == 1


def test_a_closed_case_still_takes_them(cast: Cast, case: Case) -> None:
    case.close(by=cast.paul, code="Paid")
    Document.add(case, [document()], by=cast.clara)
    assert Document.objects.exists()
