"""A client files a complaint about the partner of its case: with words, with documents, one at a time."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.complaints.conftest import ABOUT
from tests.together import together
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.complaints.models import AlreadyActive, Complaint, State, documents_of
from trialogue.conversations.models import Document
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event
from trialogue.people.models import Actor, Refused, Side

pytestmark = pytest.mark.django_db


def seen_by(actor: Actor) -> list[str]:
    return list(Complaint.objects.visible_to(actor).values_list("number", flat=True))


def test_it_has_a_number_and_is_told_to_the_operator_alone(cast: Cast, case: Case) -> None:
    Delivery.objects.all().delete()
    filed = Complaint.file(case, by=cast.clara, at=MONDAY, **ABOUT)
    assert (filed.number, filed.state, filed.partner) == ("C-2026-000001", State.SUBMITTED, case.partner)
    everyone = (cast.clara, cast.carl, cast.paul, cast.pia, cast.otto, cast.rita, cast.olga)
    assert [seen_by(actor) for actor in everyone] == [["C-2026-000001"]] * 2 + [[]] * 4 + [["C-2026-000001"]]
    told = Event.objects.filter(kind="complaint.filed")
    assert [told.visible_to(actor).count() for actor in everyone] == [1, 1, 0, 0, 0, 0, 1]
    kinds = {one.kind: Side.OPERATOR for one in told}
    assert [(one.organisation.kind, one.event_kind) for one in Delivery.objects.all() if one.organisation] == [
        (side, kind) for kind, side in kinds.items()
    ]


def test_the_case_shows_it_to_those_who_may_know(cast: Cast, filed: Complaint) -> None:
    of_case = Event.objects.filter(case_id=filed.case_id, kind__startswith="complaint.")
    assert [of_case.visible_to(actor).count() for actor in (cast.clara, cast.paul)] == [1, 0]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"category": ""}, "category"), ({"category": "nothing"}, "category"), ({"description": " \n"}, "description"),
        ({"description": "x" * 10_001}, "description"), ({"wanted": "x" * 5_001}, "wanted"),
    ],
)  # fmt: skip
def test_what_lacks_or_is_too_long_is_said_at_its_field(
    cast: Cast, case: Case, told: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Complaint.file(case, by=cast.clara, **(ABOUT | told))
    assert list(refused.value.message_dict) == [field]
    assert not Complaint.objects.exists()


def test_the_longest_fits_and_characters_that_cannot_be_kept_are_left_out(cast: Cast, case: Case) -> None:
    filed = Complaint.file(case, by=cast.clara, **(ABOUT | {"description": "é" * 10_000, "wanted": "\x00now\ud800"}))
    assert (len(filed.description), filed.wanted) == (10_000, "now\ufffd")


def test_only_the_client_and_only_while_somebody_works_the_case(cast: Cast, case: Case) -> None:
    for actor in (cast.paul, cast.olga, cast.otto, cast.rita):
        with pytest.raises(Refused):
            Complaint.file(case, by=actor, **ABOUT)
    with pytest.raises(Refused, match="Nobody works this case"):
        Complaint.file(cast.submitted("INV-2"), by=cast.clara, **ABOUT)


def test_of_a_case_there_is_one_at_a_time_and_the_refusal_names_it(cast: Cast, filed: Complaint) -> None:
    with pytest.raises(AlreadyActive, match="C-2026-000001") as refused:
        Complaint.file(filed.case, by=cast.carl, **ABOUT)
    assert refused.value.complaint == filed
    filed.withdraw(by=cast.clara)
    assert Complaint.file(filed.case, by=cast.carl, at=MONDAY, **ABOUT).number == "C-2026-000002"


@pytest.mark.django_db(transaction=True)
def test_filed_twice_at_once_there_is_one(cast: Cast, case: Case) -> None:
    def file() -> Complaint:
        return Complaint.file(Case.objects.get(pk=case.pk), by=cast.clara, **ABOUT)

    ends = together(file, file)
    assert sorted(type(end) is AlreadyActive for end in ends) == [False, True], ends
    assert Complaint.objects.count() == 1


def test_documents_of_the_case_stand_beside_it_and_no_others(cast: Cast, case: Case) -> None:
    Document.add(case, [document("ours.txt")], by=cast.clara)
    Document.add(cast.confirmed("INV-2"), [document("elsewhere.txt")], by=cast.clara)
    ours, elsewhere = Document.objects.order_by("pk")
    assert list(documents_of(case, cast.clara)) == [ours]
    for these in ([elsewhere], [ours, elsewhere]):
        with pytest.raises(ValidationError) as refused:
            Complaint.file(case, by=cast.clara, documents=these, **ABOUT)
        assert list(refused.value.message_dict) == ["documents"]
    ours.remove(by=cast.clara)
    with pytest.raises(ValidationError):
        Complaint.file(case, by=cast.clara, documents=[ours], **ABOUT)
    Document.add(case, [document(f"{n}.txt") for n in range(11)], by=cast.clara)
    with pytest.raises(ValidationError, match="Up to 10"):
        Complaint.file(case, by=cast.clara, documents=list(documents_of(case, cast.clara)), **ABOUT)
    filed = Complaint.file(case, by=cast.clara, documents=list(documents_of(case, cast.clara)[:10]), **ABOUT)
    assert filed.documents.count() == 10
