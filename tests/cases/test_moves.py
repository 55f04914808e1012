"""The life of a case as a table: who may do what in which state, and what everyone else is told."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from tests.cast import MONDAY, Cast, gather
from tests.together import together
from trialogue.cases.lifecycle import MOVES, CloseCode, MoveRefused, State, close_codes
from trialogue.cases.models import Case, Engagement
from trialogue.events.models import Event
from trialogue.people.models import Refused

EVERYONE = ("clara", "carl", "paul", "petra", "pia", "rita", "olga", "otto")
CLOSED, MERGED, LEADS = State.CLOSED, State.MERGED, State.LEADS
ENDS = {"abandon": CLOSED, "merge": MERGED}
HANDS_OVER = {"reassign": State.PENDING, "merge": MERGED}
ASKS = {"request_closure": State.PAUSED}
# Whoever is not named may do nothing; Petra may do what Paul may, and Carl what Clara may.
ALLOWED: dict[State, dict[str, dict[str, State]]] = {
    State.CONTRACT: {"olga": {"contract_signed": State.VALIDATION, **ENDS}, "clara": {"withdraw": CLOSED}},
    State.VALIDATION: {
        "olga": {"release": State.PENDING, "await_contract": State.CONTRACT, "collect_quotes": LEADS, **ENDS},
        "clara": {"withdraw": CLOSED},
    },
    State.LEADS: {
        "olga": {"release": State.PENDING, "present_quote": State.QUOTED, **ENDS},
        "clara": {"withdraw": CLOSED},
    },
    State.QUOTED: {
        "olga": {"collect_quotes": LEADS, **ENDS},
        "clara": {"accept_quote": State.ACTIVE, "withdraw": CLOSED},
    },
    State.PENDING: {
        "paul": {"confirm": State.ACTIVE, "ask_for_information": State.MORE_INFO, "decline": LEADS, "close": CLOSED},
        "clara": {"withdraw": CLOSED},
        "olga": HANDS_OVER,
    },
    State.ACTIVE: {
        "paul": {"ask_for_information": State.MORE_INFO, "pause": State.PAUSED, "close": CLOSED},
        "clara": ASKS,
        "olga": HANDS_OVER,
    },
    State.MORE_INFO: {"paul": {"resume": State.ACTIVE, "close": CLOSED}, "clara": ASKS, "olga": HANDS_OVER},
    State.PAUSED: {"paul": {"resume": State.ACTIVE, "close": CLOSED}, "clara": ASKS, "olga": HANDS_OVER},
    State.CLOSED: {"paul": {"reopen": State.ACTIVE}, "olga": {"recall": State.VALIDATION}},
}
UNRELEASED = (State.CONTRACT, State.VALIDATION, State.LEADS, State.QUOTED)


def particulars(cast: Cast, move: str, state: str) -> dict[str, Any]:
    return {
        "release": {"partner": cast.paul.organisation},
        "present_quote": {"partner": cast.paul.organisation, "quote": "20 % of what we collect."},
        "ask_for_information": {"message": "Which invoice?"},
        "decline": {"decline_reason": "OutOfJurisdiction"},
        "pause": {"reason": "The debtor is ill."},
        "request_closure": {"reason": "The debtor has paid us directly."},
        "close": {"code": "InvalidCaseData" if state == State.PENDING else "Paid"},
        "abandon": {"code": "NoQuotesReceived"},
        "reassign": {"partner": cast.pia.organisation, "reason": "No answer for weeks."},
        "reopen": {"message": "The debtor came back."},
        "merge": {"into": Case.objects.get(client_reference="the other")},
    }.get(move, {})


def case_in(cast: Cast, state: State) -> Case:
    cast.submitted("the other")
    case = cast.submitted() if state in UNRELEASED else cast.released()
    quoted = cast.paul.organisation if state == State.QUOTED else None
    Case.objects.filter(pk=case.pk).update(state=state, quoted_partner=quoted)
    case.refresh_from_db()
    return case


def allowed(state: State, name: str) -> dict[str, State]:
    return ALLOWED.get(state, {}).get({"petra": "paul", "carl": "clara"}.get(name, name), {})


@pytest.mark.parametrize("state", State)
def test_everyone_is_offered_what_they_may_do_and_refused_the_rest(cast: Cast, state: State) -> None:
    case = case_in(cast, state)
    lines = Event.objects.count()
    for name, move in product(EVERYONE, MOVES):
        actor, may = getattr(cast, name), allowed(state, name)
        assert {m.name: m.target for m in case.may_move(actor)} == may, name
        if move not in may:
            with pytest.raises(MoveRefused) as refused:
                case.move(move, by=actor, **particulars(cast, move, state))
            assert [m.name for m in refused.value.allowed] == list(may), name
            assert (refused.value.move, refused.value.state) == (move, state)
    assert Event.objects.count() == lines
    assert Case.objects.get(pk=case.pk).state == state


@pytest.mark.parametrize(
    ("state", "name", "move"),
    [(state, name, move) for state, may in ALLOWED.items() for name, moves in may.items() for move in moves],
)
def test_each_allowed_move_arrives(cast: Cast, state: State, name: str, move: str) -> None:
    case = case_in(cast, state)
    case.move(move, by=getattr(cast, name), at=MONDAY, **particulars(cast, move, state))
    kept = Case.objects.get(pk=case.pk)
    assert (kept.state, kept.state_since, kept.moved_at) == (allowed(state, name)[move], MONDAY, MONDAY)


def test_a_refusal_says_why_and_what_is_possible(cast: Cast) -> None:
    case = cast.released()
    with pytest.raises(MoveRefused) as refused:
        case.pause(by=cast.paul, reason="Later")
    assert str(refused.value) == (
        "This cannot be done while the case is “Pending Verification”. "
        "Possible now: Confirm case, Ask for information, Decline case, Close case."
    )
    with pytest.raises(
        MoveRefused, match=r"^Your side cannot make this move\. Possible now: Withdraw case\.$"
    ) as refused:
        case.confirm(by=cast.clara)
    assert refused.value.wrong_side


def test_an_unknown_move_is_refused_with_the_possible_ones(cast: Cast) -> None:
    case = cast.released()
    for name in ("explode", "delete", "_must", "save", ""):
        with pytest.raises(MoveRefused) as refused:
            case.move(name, by=cast.paul)
        assert [m.name for m in refused.value.allowed] == ["confirm", "ask_for_information", "decline", "close"]


@pytest.mark.parametrize(
    ("move", "told", "field"),
    [
        ("ask_for_information", {}, "message"),
        ("ask_for_information", {"message": " \n\x00"}, "message"),
        ("ask_for_information", {"message": "x" * 10_001}, "message"),
        ("pause", {}, "reason"),
        ("pause", {"reason": "  "}, "reason"),
        ("pause", {"reason": "x" * 10_001}, "reason"),
        ("close", {}, "code"),
        ("close", {"code": "paid"}, "code"),
        ("close", {"code": "NoQuotesReceived"}, "code"),
        ("close", {"code": "CaseNeverStarted"}, "code"),
        ("close", {"code": "Paid", "comment": "x" * 4001}, "comment"),
    ],
)
def test_what_must_come_with_a_move_is_asked_for_at_its_field(
    cast: Cast, move: str, told: dict[str, str], field: str
) -> None:
    case = cast.confirmed()
    lines = Event.objects.count()
    with pytest.raises(ValidationError) as refused:
        case.move(move, by=cast.paul, **told)
    assert list(refused.value.message_dict) == [field]
    assert Event.objects.count() == lines
    assert Case.objects.get(pk=case.pk).state == State.ACTIVE


def test_a_move_out_of_turn_is_refused_before_its_particulars_are_asked_for(cast: Cast) -> None:
    with pytest.raises(MoveRefused):
        cast.submitted().move("pause", by=cast.paul)


def test_what_does_not_belong_to_a_move_is_left_aside(cast: Cast) -> None:
    case = cast.released()
    case.move("confirm", by=cast.paul, code="Paid", partner=cast.pia.organisation, state="Closed")
    assert (case.state, case.partner, case.close_code) == (State.ACTIVE, cast.paul.organisation, "")


def test_a_case_is_released_to_a_partner_only(cast: Cast) -> None:
    case = cast.submitted()
    for organisation in (cast.clara.organisation, cast.rita.organisation, cast.olga.organisation):
        with pytest.raises(Refused, match="collection partner"):
            case.release(organisation, by=cast.olga)


def test_release_begins_the_engagement_and_confirm_marks_it(cast: Cast) -> None:
    case = cast.released(at=MONDAY)
    engagement = Engagement.objects.get(case=case)
    assert (engagement.partner, engagement.started_at, engagement.confirmed_at) == (
        cast.paul.organisation,
        MONDAY,
        None,
    )
    case.confirm(by=cast.petra, at=MONDAY)
    engagement.refresh_from_db()
    assert engagement.confirmed_at == MONDAY


@pytest.mark.parametrize("state", [State.PENDING, State.ACTIVE])
def test_a_case_closes_with_a_code_of_its_stage(cast: Cast, state: State) -> None:
    for number, code in enumerate(CloseCode):
        case = cast.released(f"C-{number}") if state == State.PENDING else cast.confirmed(f"C-{number}")
        if code in close_codes(state):
            case.close(by=cast.paul, code=code, comment=" Thank you. ")
            assert (case.close_code, case.close_comment) == (code, "Thank you.")
        else:
            with pytest.raises(ValidationError, match="Choose one of"):
                case.close(by=cast.paul, code=code)


def test_every_close_code_but_the_houses_own_can_be_reached() -> None:
    reached = {*close_codes(State.PENDING), *close_codes(State.ACTIVE)}
    assert set(CloseCode) - reached == {
        CloseCode.NEVER_STARTED_INTERNAL, CloseCode.NO_QUOTES, CloseCode.QUOTES_EXPIRED,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_releases_at_once_one_wins() -> None:
    cast = gather()
    case = cast.submitted()
    ends = together(
        lambda: Case.objects.get(pk=case.pk).release(cast.paul.organisation, by=cast.olga),
        lambda: Case.objects.get(pk=case.pk).release(cast.pia.organisation, by=cast.olga),
    )
    assert sorted(type(end).__name__ for end in ends) == ["Engagement", "MoveRefused"]
    assert Engagement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_confirmed_by_many_at_once_is_confirmed_once() -> None:
    cast, times = gather(), 6 if connection.vendor == "postgresql" else 3
    case = cast.released()
    ends = together(*[lambda: Case.objects.get(pk=case.pk).confirm(by=cast.paul, message="Welcome")] * times)
    assert sorted(type(end).__name__ for end in ends) == ["MoveRefused"] * (times - 1) + ["NoneType"]
    assert case.conversation.messages.count() == 1
    assert Event.objects.about(case).filter(kind="case.confirmed").count() == 1
