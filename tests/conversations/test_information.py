"""More information required: asked item by item, answered, accepted or asked again, and the case follows."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import Cast
from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.documents import Document
from trialogue.conversations.information import InformationRequest, InformationTemplate, Item
from trialogue.conversations.models import Message
from trialogue.people.models import Refused

LIST: list[dict[str, Any]] = [
    {"label": "Contract", "kind": "document"},
    {"label": "Date of delivery", "kind": "date"},
    {"label": "Is the claim disputed?", "kind": "choice", "choices": ["Yes", "No"]},
    {"label": "What the debtor said", "kind": "text"},
]


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


@pytest.fixture
def items(cast: Cast, case: Case) -> list[Item]:
    request = InformationRequest.ask(case, by=cast.paul, items=LIST, message="To go on we need:")
    return list(request.items.order_by("position").select_related("request__case"))


def contract(cast: Cast, case: Case) -> Document:
    document = Document.receive(BytesIO(b"It was agreed."), "contract.txt")
    Document.add(case, [document], by=cast.clara)
    return document


def answer_all(cast: Cast, case: Case, items: list[Item]) -> None:
    for item, value in zip(items, (contract(cast, case), "2026-03-01", "No", "Will pay"), strict=True):
        item.fill(value, by=cast.clara)


def said(case: Case) -> list[str]:
    return list(Message.objects.filter(conversation__case=case).order_by("number").values_list("body", flat=True))


def state(case: Case) -> str:
    return Case.objects.get(pk=case.pk).state


def test_asking_makes_the_case_wait_and_the_client_owe_an_answer(cast: Cast, case: Case, items: list[Item]) -> None:
    assert state(case) == State.MORE_INFO
    assert said(case) == [
        "To go on we need:\n\n- Contract\n- Date of delivery\n- Is the claim disputed?\n- What the debtor said"
    ]
    assert Clock.objects.open().get(case=case).owner == cast.clara.organisation
    assert Item.objects.visible_to(cast.clara).missing().count() == 4


def test_each_item_is_answered_on_its_own(cast: Cast, case: Case, items: list[Item]) -> None:
    items[1].fill("2026-03-01", by=cast.clara)
    assert [i.label for i in Item.objects.visible_to(cast.paul).missing().shown()] == [
        "Contract", "Is the claim disputed?", "What the debtor said",
    ]  # fmt: skip
    assert Clock.objects.open().get(case=case).owner == cast.clara.organisation, "the answer is still owed"
    assert len(said(case)) == 1


def test_the_last_answer_says_them_all_and_the_partner_owes_the_next_word(
    cast: Cast, case: Case, items: list[Item]
) -> None:
    answer_all(cast, case, items)
    assert said(case)[-1] == (
        "All that was asked for is answered:\n\n- **Contract**: contract.txt\n- **Date of delivery**: 2026-03-01\n"
        "- **Is the claim disputed?**: No\n- **What the debtor said**: Will pay"
    )
    assert Clock.objects.open().get(case=case).owner == cast.paul.organisation
    assert Clock.objects.get(case=case, promise="supply").state == Clock.State.KEPT


def test_a_better_answer_replaces_the_first_and_is_not_said_twice(cast: Cast, case: Case, items: list[Item]) -> None:
    answer_all(cast, case, items)
    lines = len(said(case))
    items[3].fill("Will pay on Friday", by=cast.clara)
    assert Item.objects.get(pk=items[3].pk).answer == "Will pay on Friday"
    assert len(said(case)) == lines


def test_when_everything_is_accepted_the_case_goes_on(cast: Cast, case: Case, items: list[Item]) -> None:
    answer_all(cast, case, items)
    for item in items[:3]:
        item.accept(by=cast.paul)
        assert state(case) == State.MORE_INFO
    items[3].drop(by=cast.paul)
    assert state(case) == State.ACTIVE


def test_what_will_not_do_is_asked_for_again_with_the_reason(cast: Cast, case: Case, items: list[Item]) -> None:
    answer_all(cast, case, items)
    items[0].ask_again(by=cast.paul, reason="A page is missing.")
    item = Item.objects.get(pk=items[0].pk)
    assert (item.state, item.again) == ("open", "A page is missing.")
    assert said(case)[-1] == "We ask again for “Contract”: A page is missing."
    assert Clock.objects.open().get(case=case).owner == cast.clara.organisation


def test_asking_again_after_the_case_went_on_makes_it_wait_again(cast: Cast, case: Case, items: list[Item]) -> None:
    answer_all(cast, case, items)
    for item in items:
        item.accept(by=cast.paul)
    items[0].ask_again(by=cast.paul, reason="A page is missing.")
    assert state(case) == State.MORE_INFO


def test_a_second_list_joins_the_first(cast: Cast, case: Case, items: list[Item]) -> None:
    InformationRequest.ask(case, by=cast.paul, items=[{"label": "Invoice"}])
    assert Item.objects.visible_to(cast.clara).missing().count() == 5
    assert said(case)[-1] == "We need the following from you:\n\n- Invoice"


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (0, "words"),
        (1, "tomorrow"),
        (1, "2026-02-30"),
        (1, ""),
        (2, "Perhaps"),
        (2, ""),
        (3, ""),
        (3, " \n"),
        (3, "x" * 4001),
    ],
)
def test_an_answer_that_does_not_fit_is_said_at_its_item(
    cast: Cast, case: Case, items: list[Item], number: int, value: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        items[number].fill(value, by=cast.clara)
    assert list(refused.value.message_dict) == [items[number].public_id]
    assert Item.objects.missing().count() == 4


def test_a_document_of_another_case_is_no_answer(cast: Cast, items: list[Item]) -> None:
    foreign = contract(cast, cast.confirmed("B"))
    with pytest.raises(ValidationError):
        items[0].fill(foreign, by=cast.clara)


@pytest.mark.parametrize("who", ["paul", "olga", "otto", "rita"])
def test_only_the_client_answers(cast: Cast, items: list[Item], who: str) -> None:
    with pytest.raises(Refused):
        items[3].fill("Words", by=getattr(cast, who))


@pytest.mark.parametrize("who", ["clara", "olga", "pia", "rita"])
def test_only_the_partner_at_work_asks_and_judges(cast: Cast, case: Case, items: list[Item], who: str) -> None:
    actor = getattr(cast, who)
    items[3].fill("Words", by=cast.clara)
    for act in (
        lambda: InformationRequest.ask(case, by=actor, items=LIST),
        lambda: items[3].accept(by=actor),
        lambda: items[3].ask_again(by=actor, reason="No"),
        lambda: items[3].drop(by=actor),
    ):
        with pytest.raises(Refused):
            act()
    assert Item.objects.get(pk=items[3].pk).state == "answered"


@pytest.mark.parametrize("who", ["pia", "otto", "rita"])
def test_nobody_outside_sees_what_was_asked(cast: Cast, items: list[Item], who: str) -> None:
    assert not Item.objects.visible_to(getattr(cast, who)).exists()


def test_a_new_partner_does_not_see_what_the_old_one_asked_and_it_is_missing_no_more(
    cast: Cast, case: Case, items: list[Item]
) -> None:
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent")
    assert not Item.objects.visible_to(cast.pia).exists()
    assert not Item.objects.visible_to(cast.clara).missing().exists()


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [{"label": ""}],
        [{"label": "x" * 201}],
        [{"label": "A", "kind": "song"}],
        [{"label": "A", "kind": "choice"}],
        [{"label": "A", "kind": "choice", "choices": ["same", "same"]}],
        [{"label": "A", "kind": "choice", "choices": ["x" * 101, "y"]}],
        [{"label": "A"}] * 31,
    ],
)
def test_a_list_that_cannot_be_answered_is_refused(cast: Cast, case: Case, wrong: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError) as refused:
        InformationRequest.ask(case, by=cast.paul, items=wrong)
    assert list(refused.value.message_dict) == ["items"]
    assert (state(case), Item.objects.count()) == (State.ACTIVE, 0)


def test_nothing_is_asked_for_in_a_case_that_is_over(cast: Cast, case: Case) -> None:
    case.close(by=cast.paul, code="Paid")
    with pytest.raises(Refused):
        InformationRequest.ask(case, by=cast.paul, items=LIST)


def test_a_list_is_kept_for_the_next_time(cast: Cast) -> None:
    InformationTemplate.keep("Basics", LIST[:1], by=cast.paul)
    kept = InformationTemplate.keep("Basics", LIST, by=cast.petra)
    assert InformationTemplate.objects.get() == kept
    assert [item["label"] for item in kept.items] == [item["label"] for item in LIST]
    with pytest.raises(Refused):
        kept.remove(by=cast.pia)
    kept.remove(by=cast.paul)
    assert not InformationTemplate.objects.exists()


def test_a_list_has_a_name_and_is_a_partners(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        InformationTemplate.keep(" ", LIST, by=cast.paul)
    with pytest.raises(Refused):
        InformationTemplate.keep("Basics", LIST, by=cast.clara)
