"""Formal complaints: a client about the partner of a case, heard by the operator, answered by the partner, decided with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.clocks.models import RESPOND, Clock
from trialogue.conversations.models import Document
from trialogue.events.change import SYSTEM, Doer, Happening, Record, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.people import numbering, typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side
from trialogue.requests.desk import must_be_operator

LONGEST, LONGEST_OUTCOME, MOST_DOCUMENTS = 10_000, 5_000, 10


class Category(models.TextChoices):
    COMMUNICATION = "communication", _("Slow or no communication")
    ACTIVITY = "activity", _("Lack of collection activity")
    PAYMENT = "payment", _("Payment or fee issue")
    PRIVACY = "privacy", _("Privacy or data concerns")
    DELAY = "delay", _("Delays or missed deadlines")
    OTHER = "other", _("Other issue")


class State(models.TextChoices):
    SUBMITTED = "submitted", _("submitted")
    REVIEW = "under_review", _("under review")
    AWAITING = "awaiting_response", _("awaiting the response")
    RESPONDED = "to_decide", _("to be decided")
    UPHELD = "upheld", _("upheld")
    DECLINED = "declined", _("not upheld")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Severity(models.TextChoices):
    MINOR = "minor", _("minor")
    SERIOUS = "serious", _("serious")
    GRAVE = "grave", _("grave")


ACTIVE = (State.SUBMITTED, State.REVIEW, State.AWAITING, State.RESPONDED)


class AlreadyActive(Refused):
    """Of each case there is one complaint at a time. Carries the one that is open."""

    def __init__(self, complaint: Complaint) -> None:
        self.complaint = complaint
        said = _("There is a complaint about this case already: {number}. Wait for its decision, or withdraw it first.")
        super().__init__(str(said).format(number=complaint))


def _complaint_id() -> str:
    return publicid.new("cpl")


class Numbering(numbering.Numbering):
    letter = "C"


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def visible_to(self, actor: Actor) -> Self:
        """The client's own, a partner's once it was asked to respond, all for the operator."""
        here = self.filter(environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(client=actor.organisation)
            case Side.PARTNER:
                return here.filter(partner=actor.organisation, passed_on_at__isnull=False)
            case Side.OPERATOR:
                return here
        return self.none()

    def active(self) -> Self:
        return self.filter(state__in=ACTIVE)

    def shown(self) -> Self:
        return self.select_related("case", "client", "partner", "filed_by", "reviewer")


class Complaint(Subject):
    """One complaint about a case: filed, looked at, passed on to the partner, answered, decided; or withdrawn.

    The partner hears of it when it is passed on, and then owes a response within ten calendar days: a clock of its own.
    What is laid beside it are documents of the case.
    """

    public_id = models.CharField(max_length=32, unique=True, default=_complaint_id, editable=False)
    number = models.CharField(max_length=20, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="complaints")
    environment = models.CharField(max_length=10)  # its case's, which never changes
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    filed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    category = models.CharField(max_length=16, choices=Category.choices)
    description = models.TextField()
    wanted = models.TextField(blank=True)
    documents = models.ManyToManyField(Document, related_name="+")
    state = models.CharField(max_length=18, choices=State.choices, default=State.SUBMITTED)
    reviewer = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    passed_on_at = models.DateTimeField(null=True)
    response = models.TextField(blank=True)
    response_documents = models.ManyToManyField(Document, related_name="+")
    responded_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    responded_at = models.DateTimeField(null=True)
    reasons = models.TextField(blank=True)
    severity = models.CharField(max_length=8, choices=Severity.choices, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[ComplaintQuerySet] = ComplaintQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state__in=ACTIVE), name="complaint_one_active")
        ]
        indexes = [
            models.Index(fields=["client", "environment", "-filed_at", "-id"], name="complaint_of_client"),
            models.Index(fields=["partner", "environment", "-filed_at", "-id"], name="complaint_of_partner"),
            models.Index(fields=["environment", "state", "-filed_at", "-id"], name="complaint_by_state"),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        return cls.objects.shown()

    def concerns(self) -> Concerned:
        return Concerned(
            client=self.client_id,
            partner=self.partner_id if self.passed_on_at else None,
            case=self.case_id,
            environment=self.environment,
        )

    # --- verbs: under the lock of the case, whose clock turns, and then their own --------------------------------------

    @classmethod
    def file(
        cls,
        case: Case,
        *,
        by: Actor,
        category: str,
        description: str,
        wanted: str = "",
        documents: Sequence[Document] = (),
        at: datetime | None = None,
    ) -> Complaint:
        """By the client, about the partner who works its case. Description: 1 to 10,000 characters; `wanted`, the outcome one
        hopes for: up to 5,000. Up to ten `documents` of the case.

        Raises `ValidationError` by field, `Refused`, `AlreadyActive`.
        """  # fmt: skip
        told = {"description": typed.cleaned(description), "wanted": typed.cleaned(wanted)}
        _must_be_told(category, told)
        with change(case, by=by, at=at) as about:
            cls.must_allow(case, by)
            for active in cls.objects.active().filter(case=case):
                raise AlreadyActive(active)
            _must_be_of_case(documents, case, by)
            assert case.partner is not None
            complaint = cls(
                number=Numbering.take(about.at), case=case, environment=case.environment, client=case.client, partner=case.partner,
                filed_by=by.person, filed_at=about.at, category=category, **told,
            )  # fmt: skip
            with change(complaint, by=by, at=about.at) as record:
                complaint.save()
                complaint.documents.set(documents)
                record("complaint.filed", complaint=complaint, category=category)
        return complaint

    def review(self, *, by: Actor, at: datetime | None = None) -> None:
        """Somebody at the operator takes it up, or takes it over."""
        with self._changing(by, at) as (record, _about):
            must_be_operator(by)
            self._must_be(*ACTIVE)
            if self.reviewer == by.person and self.state != State.SUBMITTED:
                return
            self._become(State.REVIEW if self.state == State.SUBMITTED else self.state, reviewer=by.person)
            record("complaint.reviewed", complaint=self, person=by.person)

    def pass_on(self, *, by: Actor, at: datetime | None = None) -> None:
        """To the partner, who owes a response from now on."""
        with self._changing(by, at) as (record, about):
            must_be_operator(by)
            self._must_be(State.SUBMITTED, State.REVIEW)
            reviewer = self.reviewer or by.person
            self._become(State.AWAITING, passed_on_at=record.at, reviewer=reviewer)
            Clock.start(RESPOND, record=self._its(about), owner=self.partner, owed_to=self.client, case=self.case)
            record("complaint.passed_on", complaint=self, partner=self.partner)

    def respond(
        self, *, by: Actor, response: str, documents: Sequence[Document] = (), at: datetime | None = None
    ) -> None:
        """The partner's side of it, once. Late, it still counts, until the decision. Raises `ValidationError`, `Refused`."""
        response = typed.cleaned(response)
        _must_fit("response", response, LONGEST, required=True)
        with self._changing(by, at) as (record, about):
            if by.organisation.pk != self.partner_id:
                raise Refused(_("Only the partner whom the complaint is about responds to it."))
            self._must_be(State.AWAITING, State.RESPONDED)
            if self.responded_at:
                raise Refused(_("Your response was sent already. Write in the case what has to be added."))
            _must_be_of_case(documents, self.case, by)
            for clock in self._clocks():
                clock.meet(self._its(about))
            self._become(State.RESPONDED, response=response, responded_by=by.person, responded_at=record.at)
            self.response_documents.set(documents)
            record("complaint.responded", complaint=self, response=response)

    def decide(self, *, by: Actor, upheld: bool, reasons: str, severity: str = "", at: datetime | None = None) -> None:
        """With reasons, which everyone who knows of it reads; upheld, with how grave it was. What was never passed on can only
        be found not upheld: nobody is found at fault unheard. Raises `ValidationError` by field, `Refused`.
        """  # fmt: skip
        reasons = typed.cleaned(reasons)
        _must_fit("reasons", reasons, LONGEST, required=True)
        if upheld and severity not in Severity.values:
            raise ValidationError({"severity": _("Say how grave it was.")})
        with self._changing(by, at) as (record, about):
            must_be_operator(by)
            self._must_be(*ACTIVE)
            if upheld and self.passed_on_at is None:
                raise Refused(_("Pass it on to the partner first: nobody is found at fault unheard."))
            if self.state == State.AWAITING:
                raise Refused(_("The partner may still respond. Decide once it has, or once its time has run out."))
            told = {"reasons": reasons, "severity": severity if upheld else "", "ended_at": record.at}
            self._end(about, State.UPHELD if upheld else State.DECLINED, **told)
            record("complaint.decided", complaint=self, outcome=self.state, reasons=reasons)

    def withdraw(self, *, by: Actor, at: datetime | None = None) -> None:
        """By the client, at any time before the decision."""
        with self._changing(by, at) as (record, about):
            if by.organisation.pk != self.client_id:
                raise Refused(_("Only the client who has filed it withdraws a complaint."))
            self._must_be(*ACTIVE)
            self._end(about, State.WITHDRAWN, ended_at=record.at)
            record("complaint.withdrawn", complaint=self)

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def is_unanswered(self) -> bool:
        """Its time ran out without a response."""
        return self.state == State.RESPONDED and self.responded_at is None

    @staticmethod
    def may_file(case: Case, actor: Actor) -> bool:
        return actor.organisation.pk == case.client_id and case.partner_id is not None

    @classmethod
    def must_allow(cls, case: Case, by: Actor) -> None:
        if by.organisation.pk != case.client_id:
            raise Refused(_("Only the client of a case complains about its partner."))
        if case.partner_id is None:
            raise Refused(_("Nobody works this case. A complaint is about the partner who does."))

    def may_respond(self, actor: Actor) -> bool:
        open_to_it = self.state in (State.AWAITING, State.RESPONDED) and self.responded_at is None
        return open_to_it and actor.organisation.pk == self.partner_id

    def may_withdraw(self, actor: Actor) -> bool:
        return self.is_active and actor.organisation.pk == self.client_id

    def may_review(self, actor: Actor) -> bool:
        return self.is_active and actor.side == Side.OPERATOR and self.reviewer != actor.person

    def may_pass_on(self, actor: Actor) -> bool:
        return self.state in (State.SUBMITTED, State.REVIEW) and actor.side == Side.OPERATOR

    def may_decide(self, actor: Actor) -> bool:
        return self.is_active and self.state != State.AWAITING and actor.side == Side.OPERATOR

    # --- within ---------------------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self, by: Doer, at: datetime | None) -> Iterator[tuple[Record, Record]]:
        """The case's lock and then its own: the record of either."""
        with change(self.case, by=by, at=at) as about, change(self, by=by, at=about.at) as record:
            yield record, about

    def _its(self, about: Record) -> Record:
        """For its clock, which turns in the case: whom the complaint concerns hears of it, not whoever works the case by now."""
        return replace(about, concerned=self.concerns())

    def _clocks(self) -> Iterable[Clock]:
        return Clock.objects.open().filter(case=self.case, promise=RESPOND).select_related("owner")

    def _end(self, about: Record, state: str, **also: Any) -> None:
        for clock in self._clocks():
            clock.cancel(self._its(about))
        self._become(state, **also)

    def _become(self, state: str, **also: Any) -> None:
        self.state = state
        for name, value in also.items():
            setattr(self, name, value)
        self.save(update_fields=["state", *also])

    def _must_be(self, *states: str) -> None:
        if self.state not in states:
            said = _("This complaint is {state} by now. Load the page again to see what can be done.")
            raise Refused(str(said).format(state=State(self.state).label))


def lapse(happening: Happening) -> None:
    """The partner's time ran out: the complaint is decided without its response, unless that comes first."""
    clock = happening.things["clock"]
    if clock.promise != RESPOND:
        return
    for complaint in Complaint.objects.filter(case=clock.case_id, state=State.AWAITING):
        with change(complaint, by=SYSTEM, at=happening.at) as record:
            if complaint.state == State.AWAITING:
                complaint._become(State.RESPONDED)
                record("complaint.unanswered", complaint=complaint)


def documents_of(case: Case, by: Actor) -> models.QuerySet[Document]:
    """Which documents of a case somebody may lay beside a complaint, or beside a response to it."""
    return Document.objects.visible_to(by).current().openable().filter(case=case).order_by("-pk")


def _must_be_told(category: str, told: dict[str, str]) -> None:
    if category not in Category.values:
        raise ValidationError({"category": _("Choose what it is about.")})
    _must_fit("description", told["description"], LONGEST, required=True)
    _must_fit("wanted", told["wanted"], LONGEST_OUTCOME)


def _must_fit(field: str, text: str, longest: int, *, required: bool = False) -> None:
    if required and not text:
        raise ValidationError({field: _("Say it in your own words: this cannot be empty.")})
    if len(text) > longest:
        problem = _("This holds %(count)s characters, and up to %(longest)s can be kept. Shorten it.")
        raise ValidationError({field: ValidationError(problem, params={"count": len(text), "longest": longest})})


def _must_be_of_case(documents: Sequence[Document], case: Case, by: Actor) -> None:
    if len(documents) > MOST_DOCUMENTS:
        problem = _("Up to %(most)s documents stand beside it. Leave some out.")
        raise ValidationError({"documents": ValidationError(problem, params={"most": MOST_DOCUMENTS})})
    if documents_of(case, by).filter(pk__in=[one.pk for one in documents]).count() < len(set(documents)):
        raise ValidationError({"documents": _("Choose documents of this case. Add a new one to the case first.")})


__all__ = ["AlreadyActive", "Category", "Complaint", "Severity", "State", "documents_of", "lapse"]
