"""Declining, withdrawing, asking to close, reassigning, reopening, merging: what each leaves, and who sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case, Engagement
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation, Message
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Actor, Refused


def seen(case: Case, actor: Actor) -> Case:
    return Case.objects.visible_to(actor).with_parties().get(pk=case.pk).as_seen_by(actor)


def open_promises(case: Case) -> set[str]:
    return set(Clock.objects.open().filter(case=case).values_list("promise", flat=True))


def kinds(case: Case, actor: Actor) -> list[str]:
    return list(Event.objects.visible_to(actor).filter(case_id=case.pk).order_by("pk").values_list("kind", flat=True))


def talk(case: Case) -> Conversation:
    return Conversation.objects.get(case=case)


# --- declining ----------------------------------------------------------------------------------------------------------


def test_a_declined_case_goes_back_to_the_operator_with_the_reason(cast: Cast) -> None:
    case = cast.released()
    case.decline(by=cast.paul, decline_reason="OutOfJurisdiction", comment="We work in Germany only.", at=MONDAY)
    kept = Case.objects.get(pk=case.pk)
    assert (kept.state, kept.partner, kept.next_update_at) == (State.LEADS, None, None)
    ended = Engagement.objects.get(case=case)
    assert (ended.ended_at, ended.ended_why, ended.decline_reason) == (MONDAY, "declined", "OutOfJurisdiction")
    assert (ended.ended_comment, ended.ended_state) == ("We work in Germany only.", State.PENDING)


def test_declining_is_the_partners_word_and_keeps_its_promise(cast: Cast) -> None:
    case = cast.released()
    case.decline(by=cast.paul, decline_reason="Disputed", at=MONDAY)
    assert Clock.objects.get(case=case).state == Clock.State.KEPT


def test_who_declined_hears_of_its_own_end_and_of_nothing_after(cast: Cast) -> None:
    case = cast.released()
    case.decline(by=cast.paul, decline_reason="Disputed", at=MONDAY)
    heard = kinds(case, cast.paul)
    assert "case.declined" in heard
    case.release(cast.pia.organisation, by=cast.olga)
    case.confirm(by=cast.pia, message="Ours now")
    assert kinds(case, cast.paul) == heard


@pytest.mark.parametrize("reason", ["", "because", "disputed", "x" * 5000])
def test_a_reason_to_decline_is_one_of_the_list(cast: Cast, reason: str) -> None:
    case = cast.released()
    with pytest.raises(ValidationError) as refused:
        case.decline(by=cast.paul, decline_reason=reason)
    assert list(refused.value.message_dict) == ["decline_reason"]
    assert Case.objects.get(pk=case.pk).state == State.PENDING


# --- reassigning --------------------------------------------------------------------------------------------------------


@pytest.fixture
def reassigned(cast: Cast) -> Case:
    case = cast.confirmed()
    talk(case).post(by=cast.clara, body="A word for Paul", at=MONDAY)
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent for weeks")
    talk(case).post(by=cast.clara, body="A word for Pia")
    return case


def words(case: Case, actor: Actor) -> list[str]:
    return list(
        Message.objects.visible_to(actor)
        .filter(conversation__case=case)
        .order_by("number")
        .values_list("body", flat=True)
    )


def test_the_new_partner_sees_from_its_own_engagement_on(cast: Cast, reassigned: Case) -> None:
    assert words(reassigned, cast.pia) == ["A word for Pia"]
    assert "case.confirmed" not in kinds(reassigned, cast.pia)
    told = str(list(Event.objects.visible_to(cast.pia).filter(case_id=reassigned.pk).values()))
    assert cast.paul.organisation.public_id not in told, "who had it before is not the new partner's business"


def test_the_old_partner_keeps_its_own_part_and_sees_the_case_as_it_stood(cast: Cast, reassigned: Case) -> None:
    assert words(reassigned, cast.paul) == ["A word for Paul"]
    theirs = seen(reassigned, cast.paul)
    assert (theirs.state, theirs.partner, theirs.may_move(cast.paul)) == (State.ACTIVE, cast.paul.organisation, [])
    assert theirs.former
    assert theirs.former.ended_comment == "Silent for weeks"
    assert cast.pia.organisation.public_id not in str(list(Event.objects.visible_to(cast.paul).values()))


def test_the_client_sees_all_of_it(cast: Cast, reassigned: Case) -> None:
    assert words(reassigned, cast.clara) == ["A word for Paul", "A word for Pia"]
    assert seen(reassigned, cast.clara).partner == cast.pia.organisation


def test_the_old_partner_writes_no_more(cast: Cast, reassigned: Case) -> None:
    with pytest.raises(Refused):
        talk(reassigned).post(by=cast.paul, body="One more thing")


def test_what_the_old_partner_owed_is_owed_by_nobody_and_the_new_one_owes_a_confirmation(
    cast: Cast, reassigned: Case
) -> None:
    assert {(c.owner, c.promise) for c in Clock.objects.open().filter(case=reassigned)} == {
        (cast.pia.organisation, "confirm"),
        (cast.pia.organisation, "reply"),
    }
    assert Clock.objects.filter(owner=cast.paul.organisation, promise="reply").get().state == Clock.State.CANCELLED


def test_the_chain_of_the_case_and_its_conversation_holds(cast: Cast, reassigned: Case) -> None:
    assert first_broken_link(Case.objects.get(pk=reassigned.pk)) is None
    assert first_broken_link(talk(reassigned)) is None


def test_a_case_is_not_given_to_whoever_has_it(cast: Cast) -> None:
    case = cast.confirmed()
    with pytest.raises(ValidationError) as refused:
        case.reassign(cast.paul.organisation, by=cast.olga, reason="Again")
    assert list(refused.value.message_dict) == ["partner"]
    assert Engagement.objects.get(case=case).ended_at is None


# --- ending -------------------------------------------------------------------------------------------------------------


def test_a_client_withdraws_what_nobody_has_begun(cast: Cast) -> None:
    for case in (cast.submitted("A"), cast.released("B")):
        case.withdraw(by=cast.clara, comment="Paid in the meantime")
        kept = Case.objects.get(pk=case.pk)
        assert (kept.state, kept.close_code, kept.close_comment) == (
            State.CLOSED,
            "WithdrawnByClient",
            "Paid in the meantime",
        )
        assert open_promises(case) == set()
    assert set(Clock.objects.values_list("state", flat=True)) == {"cancelled"}


def test_asking_to_close_pauses_the_case_and_the_partner_owes_an_answer(cast: Cast) -> None:
    case = cast.confirmed()
    case.request_closure(by=cast.clara, reason="The debtor has paid us directly.")
    kept = Case.objects.get(pk=case.pk)
    assert kept.state == State.PAUSED
    assert kept.closure_requested_at == kept.state_since
    assert words(case, cast.paul)[-1] == "The debtor has paid us directly."
    assert Clock.objects.open().get(case=case).owner == cast.paul.organisation


@pytest.mark.parametrize(("answer", "told"), [("close", {"code": "WithdrawnByClient"}), ("resume", {})])
def test_the_partner_answers_a_closure_request_either_way(cast: Cast, answer: str, told: dict[str, Any]) -> None:
    case = cast.confirmed()
    case.request_closure(by=cast.clara, reason="Please stop.")
    case.move(answer, by=cast.paul, **told)
    assert Case.objects.get(pk=case.pk).closure_requested_at is None


def test_closing_is_the_answer_to_who_asked_for_it_and_to_nothing_else(cast: Cast) -> None:
    asked, question = cast.confirmed("A", at=MONDAY), cast.confirmed("B", at=MONDAY)
    asked.request_closure(by=cast.clara, reason="Please stop.", at=MONDAY)
    question.conversation.post(by=cast.clara, body="Any news?", at=MONDAY)
    for case in (asked, question):
        case.close(by=cast.paul, code="WithdrawnByClient", at=MONDAY + timedelta(hours=1))
    assert Clock.objects.get(case=asked, promise="reply").state == "kept"
    assert Clock.objects.get(case=question, promise="reply").state == "cancelled"


def test_a_paused_case_is_followed_up(cast: Cast) -> None:
    case = cast.confirmed()
    case.pause(by=cast.paul, reason="The debtor is ill.")
    assert open_promises(case) == {"follow_up"}
    case.resume(by=cast.paul)
    assert Clock.objects.get(case=case, promise="follow_up").state == Clock.State.KEPT


def test_the_operator_ends_a_case_nobody_works(cast: Cast) -> None:
    case = cast.submitted()
    case.abandon(by=cast.olga, code="NoQuotesReceived")
    assert Case.objects.get(pk=case.pk).close_code == "NoQuotesReceived"
    with pytest.raises(ValidationError):
        cast.submitted("B").abandon(by=cast.olga, code="Paid")


# --- opening again ------------------------------------------------------------------------------------------------------


def test_the_partner_goes_on_with_a_case_it_had_closed(cast: Cast) -> None:
    case = cast.confirmed()
    case.close(by=cast.paul, code="Paid", comment="All of it")
    case.reopen(by=cast.paul, message="The payment was recalled.")
    kept = Case.objects.get(pk=case.pk)
    assert (kept.state, kept.close_code, kept.close_comment) == (State.ACTIVE, "", "")
    assert words(case, cast.clara)[-1] == "The payment was recalled."


def test_a_recalled_case_is_nobodys_until_it_is_released(cast: Cast) -> None:
    case = cast.confirmed()
    case.close(by=cast.paul, code="Paid")
    case.recall(by=cast.olga)
    assert Case.objects.get(pk=case.pk).partner is None
    with pytest.raises(Refused):
        talk(case).post(by=cast.clara, body="Hello?")
    case.release(cast.pia.organisation, by=cast.olga)
    assert talk(case).post(by=cast.clara, body="Hello Pia").engagement.partner == cast.pia.organisation


# --- quotes -------------------------------------------------------------------------------------------------------------


def test_a_quote_is_presented_and_accepted(cast: Cast) -> None:
    case = cast.submitted()
    case.collect_quotes(by=cast.olga)
    case.present_quote(cast.paul.organisation, by=cast.olga, quote="20 % of what we collect.")
    assert seen(case, cast.clara).quote == "20 % of what we collect."
    assert not Case.objects.visible_to(cast.paul).exists(), "a quote is not yet work"
    case.accept_quote(by=cast.clara)
    kept = Case.objects.get(pk=case.pk)
    assert (kept.state, kept.partner, open_promises(case)) == (State.ACTIVE, cast.paul.organisation, set())
    assert talk(case).may_post(cast.paul)


# --- merging ------------------------------------------------------------------------------------------------------------


def test_a_merged_case_is_read_and_its_work_goes_on_in_the_other(cast: Cast) -> None:
    double, case = cast.confirmed("double"), cast.confirmed("case")
    talk(double).post(by=cast.clara, body="Any news?")
    double.merge(case, by=cast.olga, comment="The same invoice")
    kept = Case.objects.get(pk=double.pk)
    assert (kept.state, kept.merged_into, open_promises(double)) == (State.MERGED, case, set())
    assert kinds(case, cast.clara)[-1] == "case.absorbed"
    with pytest.raises(Refused):
        talk(double).post(by=cast.clara, body="Still here?")
    assert words(double, cast.paul) == ["Any news?"]


def test_cases_are_merged_only_where_it_makes_sense(cast: Cast) -> None:
    case, foreign, over = cast.confirmed("A"), cast.submitted("B", by=cast.otto), cast.confirmed("C")
    over.close(by=cast.paul, code="Paid")
    for other in (case, foreign, over):
        with pytest.raises(ValidationError) as refused:
            case.merge(Case.objects.get(pk=other.pk), by=cast.olga)
        assert list(refused.value.message_dict) == ["into"]
    assert Case.objects.get(pk=case.pk).state == State.ACTIVE


# --- owners -------------------------------------------------------------------------------------------------------------


def test_each_side_names_its_own_owner(cast: Cast) -> None:
    case = cast.confirmed()
    case.assign_owner(cast.carl.person, by=cast.clara)
    case.assign_owner(cast.petra.person, by=cast.paul)
    kept = Case.objects.get(pk=case.pk)
    assert (kept.client_owner, kept.partner_owner) == (cast.carl.person, cast.petra.person)
    case.assign_owner(None, by=cast.clara)
    assert Case.objects.get(pk=case.pk).client_owner is None
    assert kinds(case, cast.clara)[-3:] == ["case.owner_assigned", "case.owner_assigned", "case.owner_removed"]


def test_an_owner_belongs_to_the_side_that_names_them(cast: Cast) -> None:
    case = cast.confirmed()
    with pytest.raises(ValidationError):
        case.assign_owner(cast.paul.person, by=cast.clara)
    for actor in (cast.olga, cast.rita, cast.otto, cast.pia):
        with pytest.raises(Refused):
            case.assign_owner(actor.person, by=actor)


def test_who_leaves_the_organisation_owns_nothing_any_more(cast: Cast) -> None:
    case = cast.confirmed()
    case.assign_owner(cast.carl.person, by=cast.clara)
    cast.clara.organisation.memberships.get(person=cast.carl.person).end(by=cast.clara)
    assert Case.objects.get(pk=case.pk).client_owner is None


def test_a_new_partner_starts_without_an_owner(cast: Cast) -> None:
    case = cast.confirmed()
    case.assign_owner(cast.petra.person, by=cast.paul)
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent")
    assert Case.objects.get(pk=case.pk).partner_owner is None


def test_nobody_on_the_new_side_is_told_of_the_old_ones_words(cast: Cast) -> None:
    case = cast.confirmed()
    talk(case).post(by=cast.clara, body="For Paul")
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent")
    assert not Delivery.objects.filter(case=case, person=cast.pia.person, through__gt=0).exists()


def test_what_is_said_after_its_part_has_ended_is_not_unread_to_the_old_partner(cast: Cast, reassigned: Case) -> None:
    said = reassigned.conversation.messages.order_by("pk").last()
    assert said
    assert said.pk in Message.objects.unread_keys(cast.carl)
    assert not any(Message.objects.unread_keys(cast.paul))
    assert Conversation.objects.heard_by(cast.clara).filter(case=reassigned).exists()
    assert Conversation.objects.visible_to(cast.paul).filter(case=reassigned).exists(), "its own part stays to be read"
