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
# What the operator ends a case with that no partner works.
OPERATOR_CODES = (
    CloseCode.NEVER_STARTED_INTERNAL, CloseCode.INVALID_DATA, CloseCode.NO_QUOTES, CloseCode.QUOTES_EXPIRED,
)  # fmt: skip
STARTED_CODES = tuple(code for code in CloseCode if code not in (*UNSTARTED_CODES, *OPERATOR_CODES))


def close_codes(state: str, move: str = "close") -> tuple[CloseCode, ...]:
    if move == "abandon":
        return OPERATOR_CODES
    return UNSTARTED_CODES if state == State.PENDING else STARTED_CODES


class DeclineReason(models.TextChoices):
    """Why a partner does not take a case."""

    BELOW_MINIMUM = "BelowMinimum", _("Below the minimum amount")
    UNTRACEABLE = "Untraceable", _("Debtor cannot be traced")
    JURISDICTION = "OutOfJurisdiction", _("Outside our jurisdiction")
    TIME_BARRED = "TimeBarred", _("Time-barred")
    REGULATORY = "Regulatory", _("Regulatory reasons")
    INSOLVENCY = "Insolvency", _("Debtor is insolvent")
    MISSING_INFORMATION = "MissingInformation", _("Information is missing")
    CONFLICT = "ConflictOfInterest", _("Conflict of interest")
    DISPUTED = "Disputed", _("Claim is disputed")


class CallOutcome(models.TextChoices):
    """How a telephone call to the debtor ended."""

    INVALID_NUMBER = "InvalidNumber", _("Invalid number")
    NO_RESPONSE = "NoResponse", _("No response")
    NOT_INTERESTED = "NotInterested", _("Not interested")
    DISPUTE = "Dispute", _("Dispute")
    PAID = "SuccessfulPayment", _("Successful payment")
    INSTALMENT_AGREED = "AgreedToInstallment", _("Agreed to instalments")
    PAYMENT_PROMISED = "FuturePaymentPromised", _("Future payment promised")
    INSTALMENT_PROMISED = "InstallmentPaymentPromised", _("Instalment payment promised")
    NEEDS_TIME = "NeedsExtraTime", _("Needs extra time")
    ONGOING = "OngoingRemindersAndPaymentDiscussions", _("Ongoing reminders and payment discussions")


class Recommendation(models.TextChoices):
    """What the partner advises with a monthly update."""

    STAY = "StayActive", _("Stay active")
    PAUSE = "Pause", _("Pause")
    CLOSE = "Close", _("Close")


@dataclass(frozen=True)
class Move:
    """`name` as the API says it, `label` as the button does; `needs` names what must come with it, `takes` what may."""

    name: str
    label: Any
    sides: frozenset[Side]
    sources: frozenset[State]
    target: State
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether it ends the case, or the partner's part in it."""
        return self.target in OVER or self.name in ("decline", "reassign")


IN_WORK = frozenset({State.ACTIVE, State.PAUSED, State.MORE_INFO})
WITHOUT_PARTNER = frozenset({State.CONTRACT, State.VALIDATION, State.LEADS, State.QUOTED})


def _moves() -> Iterator[Move]:
    client, partner, operator = (frozenset({side}) for side in (Side.CLIENT, Side.PARTNER, Side.OPERATOR))
    yield Move(
        "release", _("Release to partner"), operator, frozenset({State.VALIDATION, State.LEADS}), State.PENDING, needs=("partner",)
    )  # fmt: skip
    yield Move("await_contract", _("Wait for the contract"), operator, frozenset({State.VALIDATION}), State.CONTRACT)
    yield Move("contract_signed", _("Contract is signed"), operator, frozenset({State.CONTRACT}), State.VALIDATION)
    yield Move(
        "collect_quotes", _("Collect quotes"), operator, frozenset({State.VALIDATION, State.QUOTED}), State.LEADS
    )
    yield Move(
        "present_quote", _("Present a quote"), operator, frozenset({State.LEADS}), State.QUOTED, needs=("partner", "quote")
    )  # fmt: skip
    yield Move("accept_quote", _("Accept the quote"), client, frozenset({State.QUOTED}), State.ACTIVE)
    yield Move("confirm", _("Confirm case"), partner, frozenset({State.PENDING}), State.ACTIVE, takes=("message",))
    yield Move(
        "ask_for_information", _("Ask for information"), partner, frozenset({State.PENDING, State.ACTIVE}), State.MORE_INFO,
        needs=("message",),
    )  # fmt: skip
    yield Move(
        "decline", _("Decline case"), partner, frozenset({State.PENDING}), State.LEADS, needs=("decline_reason",), takes=("comment",)
    )  # fmt: skip
    yield Move("resume", _("Resume case"), partner, frozenset({State.MORE_INFO, State.PAUSED}), State.ACTIVE)
    yield Move("pause", _("Pause case"), partner, frozenset({State.ACTIVE}), State.PAUSED, needs=("reason",))
    yield Move(
        "close", _("Close case"), partner, IN_WORK | {State.PENDING}, State.CLOSED, needs=("code",), takes=("comment",)
    )  # fmt: skip
    yield Move(
        "withdraw", _("Withdraw case"), client, WITHOUT_PARTNER | {State.PENDING}, State.CLOSED, takes=("comment",)
    )  # fmt: skip
    yield Move("request_closure", _("Ask to close the case"), client, IN_WORK, State.PAUSED, needs=("reason",))
    yield Move(
        "reassign", _("Give to another partner"), operator, IN_WORK | {State.PENDING}, State.PENDING, needs=("partner", "reason")
    )  # fmt: skip
    yield Move(
        "abandon", _("Close without starting"), operator, WITHOUT_PARTNER, State.CLOSED, needs=("code",), takes=("comment",)
    )  # fmt: skip
    yield Move("reopen", _("Reopen case"), partner, frozenset({State.CLOSED}), State.ACTIVE, needs=("message",))
    yield Move("recall", _("Reopen for release"), operator, frozenset({State.CLOSED}), State.VALIDATION)
    yield Move(
        "merge", _("Merge into another case"), operator, frozenset(State) - OVER, State.MERGED, needs=("into",), takes=("comment",)
    )  # fmt: skip


MOVES: dict[str, Move] = {move.name: move for move in _moves()}


def open_moves(state: str, side: str) -> list[Move]:
    """The moves that this side may make in this state, in the order of the table."""
    return [move for move in MOVES.values() if state in move.sources and side in move.sides]


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
