"""The life of a case as a table: states, moves, and who may make which. Pure; nothing here touches a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from trialogue.people.models import Side


class State(models.TextChoices):
    """Names and labels as the platform's API gives them."""

    CONTRACT = "PendingContractSigning", _("Pending contract signing")
    VALIDATION = "PendingVerificationInternal", _("Pending Verification Internal")
    PENDING = "PendingVerification", _("Pending Verification")
    MORE_INFO = "NeedsAdditionalDetails", _("More Info Required")
    LEADS = "Leads", _("Collecting Quotes")
    QUOTED = "LeadsQuoteGiven", _("Pending Quote Selection")
    ACTIVE = "Active", _("Active")
    PAUSED = "Paused", _("Paused")
    CLOSED = "Closed", _("Closed")
    MERGED = "Merged", _("Merged")


OVER = frozenset({State.CLOSED, State.MERGED})


class CloseCode(models.TextChoices):
    PAID = "Paid", _("Paid")
    PARTIALLY_PAID = "PartiallyPaid", _("Partially paid")
    INSOLVENT = "DebtorInsolventBankrupt", _("Debtor Insolvent/Bankrupt")
    UNTRACEABLE = "DebtorUntraceable", _("Debtor Untraceable")
    LEGAL_DECLINED = "DisputedLegalActionDeclinedByClient", _("Disputed – Legal Action Declined by Client")
    WITHDRAWN = "WithdrawnByClient", _("Withdrawn by Client")
    EXHAUSTED = "PreLegalExhaustedNoPayment", _("Pre-Legal Exhausted – No Payment")
    TIME_BARRED = "StatuteOfLimitationsExpired", _("Statute of Limitations Expired")
    SETTLEMENT_REJECTED = "SettlementRejectedByClient", _("Settlement Rejected by Client")
    UNRESPONSIVE = "UnresponsiveClient", _("Unresponsive Client")
    UNECONOMICAL = "UneconomicalToPursue", _("Uneconomical to Pursue")
    OTHER = "Other", _("Other")
    NEVER_STARTED = "CaseNeverStarted", _("Case never started")
    NEVER_STARTED_INTERNAL = "CaseNeverStartedInternal", _("Case never started - Internal")
    INVALID_DATA = "InvalidCaseData", _("Invalid Case Data")
    NO_QUOTES = "NoQuotesReceived", _("No Quotes Received")
    QUOTES_EXPIRED = "QuotesExpiredNotAccepted", _("Quotes Expired – Not Accepted")


# What a partner may close with: an unstarted case ends as never started, a started one with the codes of the partner API.
UNSTARTED_CODES = (CloseCode.NEVER_STARTED, CloseCode.INVALID_DATA)
STARTED_CODES = tuple(
    code for code in CloseCode
    if code not in (*UNSTARTED_CODES, CloseCode.NEVER_STARTED_INTERNAL, CloseCode.NO_QUOTES, CloseCode.QUOTES_EXPIRED)
)  # fmt: skip


def close_codes(state: str) -> tuple[CloseCode, ...]:
    return UNSTARTED_CODES if state == State.PENDING else STARTED_CODES


@dataclass(frozen=True)
class Move:
    """`name` as the API says it, `label` as the button does; `needs` names what must come with it, `takes` what may."""

    name: str
    label: Any
    side: Side
    sources: frozenset[State]
    target: State
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


def _moves() -> Iterator[Move]:
    in_work = frozenset({State.ACTIVE, State.PAUSED, State.MORE_INFO})
    partner = Side.PARTNER
    yield Move(
        "release",
        _("Release to partner"),
        Side.OPERATOR,
        frozenset({State.VALIDATION}),
        State.PENDING,
        needs=("partner",),
    )
    yield Move("confirm", _("Confirm case"), partner, frozenset({State.PENDING}), State.ACTIVE, takes=("message",))
    yield Move(
        "ask_for_information",
        _("Ask for information"),
        partner,
        frozenset({State.PENDING, State.ACTIVE}),
        State.MORE_INFO,
        needs=("message",),
    )
    yield Move("resume", _("Resume case"), partner, frozenset({State.MORE_INFO, State.PAUSED}), State.ACTIVE)
    yield Move("pause", _("Pause case"), partner, frozenset({State.ACTIVE}), State.PAUSED, needs=("reason",))
    yield Move(
        "close", _("Close case"), partner, in_work | {State.PENDING}, State.CLOSED, needs=("code",), takes=("comment",)
    )


MOVES: dict[str, Move] = {move.name: move for move in _moves()}


def open_moves(state: str, side: str) -> list[Move]:
    """The moves that this side may make in this state, in the order of the table."""
    return [move for move in MOVES.values() if state in move.sources and side == move.side]


class MoveRefused(Exception):
    """A move that cannot be made. Carries what can."""

    def __init__(self, move: str, state: str, allowed: list[Move], *, wrong_side: bool = False) -> None:
        self.move, self.state, self.allowed, self.wrong_side = move, state, allowed, wrong_side
        super().__init__(self.sentence())

    def sentence(self) -> str:
        label = State(self.state).label
        said = str(_("Your side cannot make this move."))
        if not self.wrong_side:
            said = _("This cannot be done while the case is “{state}”.").format(state=label)
        if not self.allowed:
            return said
        return f"{said} " + str(_("Possible now: {moves}.")).format(moves=", ".join(str(m.label) for m in self.allowed))
