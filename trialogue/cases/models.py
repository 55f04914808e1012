"""A case and the engagements of the partners who work it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.lifecycle import MOVES, CloseCode, Move, MoveRefused, State, close_codes, open_moves
from trialogue.events.change import change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.people import places, typed
from trialogue.people.models import Actor, Environment, Organisation, Refused, Side

CLIENT_REFERENCE_TAKEN = _("You have used this reference for another case. Give this one its own.")


class DebtorType(models.TextChoices):
    COMPANY = "Company", _("Company")
    PRIVATE = "Private", _("Private person")


def _case_id() -> str:
    return publicid.new("cas")


def _engagement_id() -> str:
    return publicid.new("eng")


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: Actor) -> Self:
        """A client's own, a partner's from release on (past ones too), a referral partner's clients', and all for the operator."""
        here = self.filter(environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(client=actor.organisation)
            case Side.PARTNER:
                return here.filter(pk__in=Engagement.objects.filter(partner=actor.organisation).values("case"))
            case Side.REFERRER:
                return here.filter(referrer=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()

    def search(self, words: str) -> Self:
        """By either reference (from its beginning) or any part of the debtor's name."""
        words = words.strip()
        if not words:
            return self
        if not typed.can_be_kept(words):
            return self.none()
        found = Q(reference__startswith=words.upper()) | Q(client_reference__istartswith=words)
        # SQLite knows capitals and small letters only from A to Z: the usual ways to write the others are asked for.
        spellings = {words} if words.isascii() else {words, words.lower(), words.upper(), words.title()}
        for spelling in spellings:
            found |= Q(debtor_name__icontains=spelling)
        return self.filter(found)

    def counted_by_state(self) -> dict[str, int]:
        return dict(self.values_list("state").annotate(Count("pk")).order_by())

    def with_parties(self) -> Self:
        return self.select_related("client", "partner", "referrer")


class Case(Subject):
    """A claim of a client against a debtor, worked by one partner at a time. References are what people say to each other."""

    public_id = models.CharField(max_length=32, unique=True, default=_case_id, editable=False)
    reference = models.CharField(max_length=8, unique=True, default=publicid.case_reference, editable=False)
    environment = models.CharField(max_length=10, choices=Environment.choices, default=Environment.PRODUCTION)
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    partner = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="cases_received"
    )
    referrer = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="cases_referred"
    )
    client_reference = models.CharField(_("Your reference"), max_length=50)
    debtor_name = models.CharField(_("Debtor's name"), max_length=200)
    debtor_type = models.CharField(
        _("Debtor is a"), max_length=10, choices=DebtorType.choices, default=DebtorType.COMPANY
    )
    debtor_country = models.CharField(_("Debtor's country"), max_length=2)
    amount = models.DecimalField(
        _("Amount"), max_digits=14, decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal("999999999999"))],
    )  # fmt: skip
    currency = models.CharField(_("Currency"), max_length=3)
    description = models.TextField(_("What the claim is about"), max_length=4000, blank=True)
    state = models.CharField(max_length=30, choices=State.choices, default=State.VALIDATION)
    state_since = models.DateTimeField(default=timezone.now)
    close_code = models.CharField(max_length=40, choices=CloseCode.choices, blank=True)
    close_comment = models.TextField(max_length=4000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[CaseQuerySet] = CaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "environment", "client_reference"], name="case_client_reference",
                violation_error_message=CLIENT_REFERENCE_TAKEN,
            )
        ]  # fmt: skip
        # Each list asks one question: "my cases, the ones that moved last first", with or without a state.
        indexes = [
            models.Index(fields=["client", "environment", "-moved_at", "-id"], name="case_of_client"),
            models.Index(fields=["partner", "environment", "-moved_at", "-id"], name="case_of_partner"),
            models.Index(fields=["referrer", "environment", "-moved_at", "-id"], name="case_of_referrer"),
            models.Index(fields=["environment", "-moved_at", "-id"], name="case_of_all"),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        return super().for_change().select_related("client", "partner", "referrer")

    def concerns(self) -> Concerned:
        return Concerned(
            client=self.client_id,
            partner=self.partner_id,
            referrer=self.referrer_id,
            case=self.pk,
            environment=self.environment,
        )

    def clean(self) -> None:
        problems = typed.problems(self, lines=("client_reference", "debtor_name"), texts=("description",))
        if len(self.description) > 4000:
            problems["description"] = [
                _("A description holds up to 4,000 characters. Shorten it, or attach it as a document.")
            ]
        self.debtor_country, self.currency = (self.debtor_country or "").upper(), (self.currency or "").upper()
        for check, field in ((places.check_country, "debtor_country"), (places.check_currency, "currency")):
            try:
                check(field, getattr(self, field))
            except ValidationError as error:
                problems |= error.error_dict
        if problems:
            raise ValidationError(problems)

    def validate_constraints(self, exclude: Any = None) -> None:
        """The only one that a person can break is their own reference: it is said at that field."""
        try:
            super().validate_constraints(exclude)
        except ValidationError as error:
            raise ValidationError({"client_reference": CLIENT_REFERENCE_TAKEN}) from error

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def submit(cls, *, by: Actor, at: datetime | None = None, **claim: Any) -> Case:
        """A client hands in a claim. Raises `ValidationError` by field, `Refused` for other sides."""
        if by.side != Side.CLIENT:
            raise Refused(_("Only a client submits a case."))
        moment = at or timezone.now()
        case = cls(
            client=by.organisation, referrer=by.organisation.referrer, environment=by.environment,
            created_at=moment, moved_at=moment, state_since=moment, **claim,
        )  # fmt: skip
        with change(case, by=by, at=moment) as record:
            case.full_clean()
            try:
                case.save()
            except IntegrityError as error:  # two at once: the check above saw neither
                raise ValidationError({"client_reference": CLIENT_REFERENCE_TAKEN}) from error
            record("case.submitted", client=case.client)
        return case

    def release(self, partner: Organisation, *, by: Actor, at: datetime | None = None) -> Engagement:
        """The operator hands the case to a partner, who owes a confirmation from now on."""
        if partner.kind != Side.PARTNER:
            raise Refused(_("A case is released to a collection partner. Choose one."))
        with change(self, by=by, at=at) as record:
            move = self._must("release", by)
            engagement = Engagement.objects.create(case=self, partner=partner, started_at=record.at)
            self.partner = partner
            self._arrive(move, record.at)
            record("case.released", partner=partner, engagement=engagement)
        return engagement

    def confirm(self, *, by: Actor, message: str = "", at: datetime | None = None) -> None:
        """The partner takes the case. A message, if given, is posted into the conversation."""
        message = typed.cleaned(message)
        with change(self, by=by, at=at) as record:
            move = self._must("confirm", by)
            engagement = self.current_engagement()
            engagement.confirmed_at = record.at
            engagement.save(update_fields=["confirmed_at"])
            self._arrive(move, record.at)
            record("case.confirmed", engagement=engagement, message=message)

    def ask_for_information(self, *, by: Actor, message: str, at: datetime | None = None) -> None:
        """The partner needs something from the client, who owes an answer to the question from now on."""
        question = typed.cleaned(message)
        if not question:
            raise ValidationError({"message": _("Say what you need from the client.")})
        with change(self, by=by, at=at) as record:
            self._arrive(self._must("ask_for_information", by), record.at)
            record("case.information_requested", question=question)

    def resume(self, *, by: Actor, at: datetime | None = None) -> None:
        with change(self, by=by, at=at) as record:
            move, old = self._must("resume", by), self.state
            self._arrive(move, record.at)
            record("case.resumed", old=old)

    def pause(self, *, by: Actor, reason: str, at: datetime | None = None) -> None:
        reason = typed.cleaned(reason)
        if not reason:
            raise ValidationError({"reason": _("Say why the case is paused. The client reads it.")})
        with change(self, by=by, at=at) as record:
            self._arrive(self._must("pause", by), record.at)
            record("case.paused", reason=reason)

    def close(self, *, by: Actor, code: str, comment: str = "", at: datetime | None = None) -> None:
        """Ends the case with a code; nothing is owed any more."""
        comment = typed.cleaned(comment)
        if len(comment) > 4000:
            raise ValidationError({"comment": _("A comment holds up to 4,000 characters. Shorten it.")})
        with change(self, by=by, at=at) as record:
            move = self._must("close", by)
            if code not in close_codes(self.state):
                allowed = ", ".join(close_codes(self.state))
                raise ValidationError({"code": _("Choose one of: %(codes)s.") % {"codes": allowed}})
            self.close_code, self.close_comment = code, comment
            self._arrive(move, record.at, "close_code", "close_comment")
            record("case.closed", code=code, comment=self.close_comment)

    def move(self, name: str, *, by: Actor, at: datetime | None = None, **particulars: Any) -> None:
        """The move of that name with what comes along: how forms and the API say any of the verbs above."""
        move = MOVES.get(name)
        if move is None:
            raise MoveRefused(name, self.state, self.may_move(by))
        wanted = {key: particulars[key] for key in (*move.needs, *move.takes) if particulars.get(key)}
        missing = [key for key in move.needs if key not in wanted]
        if missing:
            self._must(name, by)
            raise ValidationError({key: _("This is needed for “%(move)s”.") % {"move": move.label} for key in missing})
        getattr(self, name)(by=by, at=at, **wanted)

    # --- questions ----------------------------------------------------------------------------------------------------

    def may_move(self, actor: Actor) -> list[Move]:
        """What the actor's side may do with the case now; a partner only while it is theirs."""
        if actor.side == Side.PARTNER and actor.organisation.pk != self.partner_id:
            return []
        return open_moves(self.state, actor.side)

    def current_engagement(self) -> Engagement:
        return self.engagements.get(ended_at=None)

    @property
    def is_over(self) -> bool:
        return self.state in (State.CLOSED, State.MERGED)

    def _must(self, name: str, by: Actor) -> Move:
        allowed = self.may_move(by)
        for move in allowed:
            if move.name == name:
                return move
        wrong_side = self.state in MOVES[name].sources
        raise MoveRefused(name, self.state, allowed, wrong_side=wrong_side)

    def _arrive(self, move: Move, at: datetime, *also: str) -> None:
        self.state, self.state_since, self.moved_at = move.target, at, at
        self.save(update_fields=["state", "state_since", "moved_at", "partner", *also])


class Engagement(models.Model):
    """One partner working one case, from release to the end. What is said belongs to the engagement it was said in."""

    public_id = models.CharField(max_length=32, unique=True, default=_engagement_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="engagements")
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="engagements")
    started_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at=None), name="engagement_one_at_a_time")
        ]
        indexes = [models.Index(fields=["partner", "case"], name="engagement_of_partner")]

    def __str__(self) -> str:
        return f"{self.partner} · {self.case}"
