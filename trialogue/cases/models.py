"""A case and the engagements of the partners who work it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Count, F, Func, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from trialogue.cases.calls import Call as Call
from trialogue.cases.engagements import Engagement as Engagement
from trialogue.cases.engagements import as_seen_by
from trialogue.cases.lifecycle import (
    IN_WORK,
    MOVES,
    OVER,
    CloseCode,
    DeclineReason,
    Move,
    MoveRefused,
    Recommendation,
    State,
    close_codes,
    open_moves,
)  # fmt: skip
from trialogue.events.change import SYSTEM, Happening, Record, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.people import places, typed
from trialogue.people.models import Actor, Environment, Organisation, Person, Refused, Side

UPDATE_EVERY = timedelta(days=30)  # a partner tells how an active case goes
QUOTE = '"'
SHORTEST_PART = 3  # letters, which the index of parts goes by (migration `0003_parts`)
CLIENT_REFERENCE_TAKEN = _("You have used this reference for another case. Give this one its own.")


class DebtorType(models.TextChoices):
    COMPANY = "Company", _("Company")
    PRIVATE = "Private", _("Private person")


def _case_id() -> str:
    return publicid.new("cas")


def _longest(words: str) -> str:
    longest = max(words.split(), key=len)
    return longest if len(longest) >= SHORTEST_PART else words


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

    def search(self, words: str, *, among_all: bool = False) -> Self:
        """By either reference (from its beginning) or any part of the debtor's name. `among_all`: of so many that an index of such
        parts is worth asking; SQLite has to be told, PostgreSQL knows by itself."""
        words = words.strip()
        if not words:
            return self
        if not typed.can_be_kept(words):
            return self.none()
        if among_all and connection.vendor == "sqlite" and len(words) >= SHORTEST_PART:
            # Its longest word as well, or the index would read all rows that hold what is common in the others.
            whole, longest = (f'"{part.replace(QUOTE, QUOTE * 2)}"' for part in (words, _longest(words)))
            part = f"{longest} AND (debtor_name : {whole} OR {{client_reference reference}} : ^ {whole})"
            return self.filter(pk__in=RawSQL("SELECT rowid FROM case_parts WHERE case_parts MATCH %s", [part]))
        found = Q(reference__startswith=words.upper()) | Q(client_reference__istartswith=words)
        # SQLite knows capitals and small letters only from A to Z: the usual ways to write the others are asked for.
        spellings = {words} if words.isascii() else {words, words.lower(), words.upper(), words.title()}
        for spelling in spellings:
            found |= Q(debtor_name__icontains=spelling)
        return self.filter(found)

    def of_some_amount(self) -> Self:
        """All of them; said as the index of amounts says it (migration `0003_parts`), which is asked only then."""
        return self.filter(Func(F("amount"), template="%(expressions)s > 0", output_field=models.BooleanField()))

    def counted_by_state(self) -> dict[str, int]:
        return dict(self.values_list("state").annotate(Count("pk")).order_by())

    def with_parties(self) -> Self:
        return self.select_related(
            "client", "partner", "referrer", "client_owner", "partner_owner", "quoted_partner", "merged_into"
        )


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
    client_owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    partner_owner = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    closure_requested_at = models.DateTimeField(null=True, blank=True)
    # When the partner owes its next monthly update, if none is owed already.
    next_update_at = models.DateTimeField(null=True, blank=True)
    quoted_partner = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quote = models.TextField(max_length=4000, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_cases"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_at = models.DateTimeField(default=timezone.now, editable=False)

    former: Engagement | None = None  # set for a partner that no longer works the case, see `as_seen_by`
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
            # The newest, in which words are looked for first (conversations/search.py).
            models.Index(fields=["environment", "id"], name="case_newest"),
            models.Index(fields=["client", "environment", "id"], name="case_newest_of_client"),
            # The same with a state, which also counts them; with a country; by amount within a currency; by age.
            *(
                models.Index(fields=[*whose, "environment", *columns], name=f"case_{name}_{who}")
                for who, whose in (("client", ["client"]), ("partner", ["partner"]), ("all", []))
                for name, columns in (
                    ("state", ["state", "-moved_at", "-id"]),
                    ("country", ["debtor_country", "-moved_at", "-id"]),
                    ("amount", ["currency", "amount", "id"]),
                    ("age", ["created_at", "id"]),
                )
            ),
            models.Index(fields=["referrer", "environment", "state", "-moved_at", "-id"], name="case_state_referrer"),
            models.Index(fields=["next_update_at"], condition=Q(next_update_at__isnull=False), name="case_update_due"),
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
        case = cls._claimed(claim, by, moment)
        with change(case, by=by, at=moment) as record:
            case.full_clean()
            try:
                case.save()
            except IntegrityError as error:  # two at once: the check above saw neither
                raise ValidationError({"client_reference": CLIENT_REFERENCE_TAKEN}) from error
            record("case.submitted", client=case.client)
        return case

    @classmethod
    def drafted(
        cls, claims: Iterable[Mapping[str, Any]], *, by: Actor, at: datetime | None = None
    ) -> list[Case | ValidationError]:
        """What `submit_many` would make of the claims now: for each a case, not saved, or what is wrong. One query for all."""
        moment = at or timezone.now()
        return cls._not_taken([cls._draft(claim, by, moment) for claim in claims], by)

    @classmethod
    def submit_many(
        cls, claims: Iterable[Mapping[str, Any]], *, by: Actor, at: datetime | None = None
    ) -> list[Case | ValidationError]:
        """As `submit` for each claim, all in one change: in their order, the case, or what is wrong with the claim."""
        if by.side != Side.CLIENT:
            raise Refused(_("Only a client submits a case."))
        moment = at or timezone.now()
        drafts = [cls._draft(claim, by, moment) for claim in claims]
        first = next((draft for draft in drafts if isinstance(draft, Case)), None)
        if first is None:
            return drafts
        with change(first, by=by, at=moment):
            records = cls._records(drafts, by, moment)
            ends = cls._keep_all(drafts, by)
            for case in ends:
                if isinstance(case, Case):
                    records[case.public_id]("case.submitted", client=case.client)
        return ends

    @classmethod
    def _records(cls, drafts: Iterable[Case | ValidationError], by: Actor, moment: datetime) -> dict[str, Record]:
        """Asked for before there are rows to lock: two queries for each would cost more than all the rest."""
        found = {}
        for draft in drafts:
            if isinstance(draft, Case):
                with change(draft, by=by, at=moment) as record:
                    found[draft.public_id] = record
        return found

    @classmethod
    def _claimed(cls, claim: Mapping[str, Any], by: Actor, moment: datetime) -> Case:
        return cls(
            client=by.organisation, referrer=by.organisation.referrer, environment=by.environment,
            created_at=moment, moved_at=moment, state_since=moment, **claim,
        )  # fmt: skip

    @classmethod
    def _draft(cls, claim: Mapping[str, Any], by: Actor, moment: datetime) -> Case | ValidationError:
        """The checks of `submit` that need no query; whose case it is needs none, for it is the actor's own."""
        case = cls._claimed(claim, by, moment)
        try:
            case.full_clean(exclude=("client", "referrer"), validate_unique=False, validate_constraints=False)
        except ValidationError as problem:
            return problem
        return case

    @classmethod
    def _not_taken(cls, drafts: Sequence[Case | ValidationError], by: Actor) -> list[Case | ValidationError]:
        """The drafts, with the error of `submit` for each whose reference another case has, or an earlier one of them."""
        wanted = [draft.client_reference for draft in drafts if isinstance(draft, Case)]
        there = cls.objects.filter(client=by.organisation, environment=by.environment, client_reference__in=wanted)
        taken, ends = set(there.values_list("client_reference", flat=True)), list[Case | ValidationError]()
        for draft in drafts:
            if isinstance(draft, Case) and draft.client_reference in taken:
                ends.append(ValidationError({"client_reference": CLIENT_REFERENCE_TAKEN}))
                continue
            if isinstance(draft, Case):
                taken.add(draft.client_reference)
            ends.append(draft)
        return ends

    @classmethod
    def _keep_all(cls, drafts: Sequence[Case | ValidationError], by: Actor) -> list[Case | ValidationError]:
        for attempt in range(5):
            ends = cls._not_taken(drafts, by)
            try:
                with transaction.atomic():
                    cls.objects.bulk_create(case for case in ends if isinstance(case, Case))
            except IntegrityError:  # two at once: the look above saw neither
                if attempt == 4:
                    raise
            else:
                break
        return ends

    def await_contract(self, *, by: Actor, at: datetime | None = None) -> None:
        with change(self, by=by, at=at) as record:
            record("case.contract_awaited", old=self._go("await_contract", by, record.at))

    def contract_signed(self, *, by: Actor, at: datetime | None = None) -> None:
        with change(self, by=by, at=at) as record:
            record("case.contract_signed", old=self._go("contract_signed", by, record.at))

    def release(self, partner: Organisation, *, by: Actor, at: datetime | None = None) -> Engagement:
        """The operator hands the case to a partner, who owes a confirmation from now on."""
        with change(self, by=by, at=at) as record:
            move = self._must("release", by)
            engagement = self._engage(partner, record.at)
            self._arrive(move, record.at)
            record("case.released", partner=partner, engagement=engagement)
        return engagement

    def collect_quotes(self, *, by: Actor, at: datetime | None = None) -> None:
        with change(self, by=by, at=at) as record:
            self.quoted_partner, self.quote = None, ""
            old = self._go("collect_quotes", by, record.at, "quoted_partner", "quote")
            record("case.quotes_collected", old=old)

    def present_quote(self, partner: Organisation, *, by: Actor, quote: str, at: datetime | None = None) -> None:
        """The operator lays a partner's quote before the client, who may accept it."""
        quote = _words(quote, "quote", _("Say what the partner offers."))
        _must_be_partner(partner)
        with change(self, by=by, at=at) as record:
            move = self._must("present_quote", by)
            self.quoted_partner, self.quote = partner, quote
            self._arrive(move, record.at, "quoted_partner", "quote")
            record("case.quote_presented", quoted=partner, quote=quote)

    def accept_quote(self, *, by: Actor, at: datetime | None = None) -> None:
        """The client takes the quote: its partner works the case from now on, and has nothing left to confirm."""
        with change(self, by=by, at=at) as record:
            move = self._must("accept_quote", by)
            assert self.quoted_partner is not None
            engagement = self._engage(self.quoted_partner, record.at, confirmed_at=record.at)
            self._arrive(move, record.at)
            record("case.quote_accepted", partner=engagement.partner, engagement=engagement)

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

    def decline(self, *, by: Actor, decline_reason: str, comment: str = "", at: datetime | None = None) -> None:
        """The partner does not take the case; the operator looks for another."""
        _must_be_one_of("decline_reason", decline_reason, DeclineReason.values)
        comment = _comment(comment)
        with change(self, by=by, at=at) as record:
            move = self._must("decline", by)
            ended = self._let_go(Engagement.Why.DECLINED, record.at, comment, decline_reason=decline_reason)
            record("case.declined", engagement=ended, decline_reason=decline_reason, comment=comment)
            self.partner = self.partner_owner = None
            self._arrive(move, record.at)

    def resume(self, *, by: Actor, at: datetime | None = None) -> None:
        """Work goes on. What the client asked for, if it was to close the case, is thereby answered with no."""
        with change(self, by=by, at=at) as record:
            move, old = self._must("resume", by), self.state
            self.closure_requested_at = None
            self._arrive(move, record.at, "closure_requested_at")
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
        self._end("close", by, code, comment, at)

    def withdraw(self, *, by: Actor, comment: str = "", at: datetime | None = None) -> None:
        """The client takes back a case that no partner has begun."""
        self._end("withdraw", by, CloseCode.WITHDRAWN, comment, at)

    def abandon(self, *, by: Actor, code: str, comment: str = "", at: datetime | None = None) -> None:
        """The operator ends a case that no partner works."""
        self._end("abandon", by, code, comment, at)

    def request_closure(self, *, by: Actor, reason: str, at: datetime | None = None) -> None:
        """The client asks the partner to end a case in work. It is paused, and the partner owes an answer."""
        reason = _words(reason, "reason", _("Say why the case is to be closed. The partner reads it."))
        with change(self, by=by, at=at) as record:
            move = self._must("request_closure", by)
            self.closure_requested_at = record.at
            self._arrive(move, record.at, "closure_requested_at")
            record("case.closure_requested", reason=reason)

    def reassign(self, partner: Organisation, *, by: Actor, reason: str, at: datetime | None = None) -> Engagement:
        """The operator gives the case to another partner, who sees it from now on; the old one keeps its own part."""
        reason = _words(reason, "reason", _("Say why the case changes hands. The client and the old partner read it."))
        with change(self, by=by, at=at) as record:
            move = self._must("reassign", by)
            if partner.pk == self.partner_id:
                raise ValidationError({"partner": _("This partner works the case already. Choose another.")})
            old, ended = self.partner, self._let_go(Engagement.Why.REASSIGNED, record.at, reason)
            record("case.reassigned", partner=old, engagement=ended, reason=reason)
            engagement = self._engage(partner, record.at)
            self._arrive(move, record.at)
            record("case.released", partner=partner, engagement=engagement)
        return engagement

    def reopen(self, *, by: Actor, message: str, at: datetime | None = None) -> None:
        """The partner goes on with a case it had closed, and says why."""
        message = _words(message, "message", _("Say why the case goes on. The client reads it."))
        with change(self, by=by, at=at) as record:
            move = self._must("reopen", by)
            engagement = self.engagements.filter(ended_at=None, partner=by.organisation).first()
            if engagement is None:
                raise Refused(_("You no longer work this case. The operator can release it again."))
            engagement.confirmed_at = engagement.confirmed_at or record.at
            engagement.save(update_fields=["confirmed_at"])
            self._reopen(move, record.at)
            record("case.reopened", message=message)

    def recall(self, *, by: Actor, at: datetime | None = None) -> None:
        """The operator opens a closed case again, to be released anew."""
        with change(self, by=by, at=at) as record:
            move = self._must("recall", by)
            if self.engagements.filter(ended_at=None).exists():
                self._let_go(Engagement.Why.RECALLED, record.at)
            record("case.recalled", old=self.state)
            self.partner = self.partner_owner = None
            self._reopen(move, record.at)

    def merge(self, into: Case, *, by: Actor, comment: str = "", at: datetime | None = None) -> None:
        """This case is the same claim as another one of the client: it stays to be read, and work goes on there."""
        comment = _comment(comment)
        # Two cases are locked in the order of their ids, so that no two merges wait for each other.
        first, second = (self, into) if (self.pk or 0) < (into.pk or 0) else (into, self)
        with change(first, by=by, at=at) as one, change(second, by=by, at=at) as other:
            record, theirs = (one, other) if first is self else (other, one)
            move = self._must("merge", by)
            self._must_fit(into)
            if self.engagements.filter(ended_at=None).exists():
                self._let_go(Engagement.Why.MERGED, record.at, comment)
            self.merged_into, self.close_comment = into, comment
            self._arrive(move, record.at, "merged_into", "close_comment")
            record("case.merged", into=into.reference, comment=comment)
            record = theirs
            record("case.absorbed", merged=self.reference)

    def ask_for_update(self, now: datetime) -> bool:
        """A month has passed since the partner last told how the case goes. One guarded update decides who asks."""
        with change(self, by=SYSTEM, at=(at := self.next_update_at)) as record:
            won = Case.objects.filter(pk=self.pk, next_update_at=at, next_update_at__lte=now).update(
                next_update_at=None
            )
            if won:
                self.next_update_at = None
                record("case.update_due", partner=self.partner)
        return bool(won)

    def report_progress(
        self,
        *,
        by: Actor,
        actions: str,
        recommendation: str,
        received: Decimal | None = None,
        at: datetime | None = None,
    ) -> None:
        """The partner's monthly update: what was done, what came in, what it advises. Its summary is posted for the client."""
        actions = _words(actions, "actions", _("Say what was done since the last update."))
        _must_be_one_of("recommendation", recommendation, Recommendation.values)
        if received is not None and not 0 <= received < Decimal(10) ** 12:
            raise ValidationError({"received": _("Give what was received as an amount, or leave it empty.")})
        with change(self, by=by, at=at) as record:
            if not self.is_worked_by(by):
                raise Refused(_("Only the partner who works the case reports on it."))
            if self.state not in IN_WORK:
                raise Refused(_("Only a case in work has monthly updates."))
            self.next_update_at = record.at + UPDATE_EVERY if self.state == State.ACTIVE else None
            self.save(update_fields=["next_update_at"])
            summary = self._summary(actions, received, recommendation)
            record("case.progress_reported", recommendation=recommendation, message=summary)

    def assign_owner(self, person: Person | None, *, by: Actor, at: datetime | None = None) -> None:
        """Who looks after the case on the actor's side; their notices go to them alone. None: everyone again."""
        field = self._owner_field(by)
        if person and not by.organisation.memberships.filter(person=person, person__is_active=True).exists():
            raise ValidationError({"owner": _("Choose someone who belongs to your organisation.")})
        with change(self, by=by, at=at) as record:
            self.must_have_owners_of(by)
            before: Person | None = getattr(self, field)
            if before == person:
                return
            setattr(self, field, person)
            self.save(update_fields=[field])
            record("case.owner_assigned" if person else "case.owner_removed", person=person or before)

    def must_have_owners_of(self, by: Actor) -> None:
        if self.former or by.organisation.pk not in (self.client_id, self.partner_id):
            raise Refused(_("Only the client and the partner who works the case name its owners."))

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
        party = {str(Side.CLIENT): self.client_id, str(Side.PARTNER): None if self.former else self.partner_id}
        if actor.side in party and party[actor.side] != actor.organisation.pk:
            return []
        return open_moves(self.state, actor.side)

    def is_worked_by(self, actor: Actor) -> bool:
        """Whether the actor's organisation is the partner whose case this is now."""
        return actor.side == Side.PARTNER and not self.former and actor.organisation.pk == self.partner_id

    def owner_for(self, actor: Actor) -> Person | None:
        """Who looks after the case on the actor's side."""
        return getattr(self, self._owner_field(actor)) if actor.side in (Side.CLIENT, Side.PARTNER) else None

    def current_engagement(self) -> Engagement:
        return self.engagements.get(ended_at=None)

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    def as_seen_by(self, actor: Actor) -> Case:
        """This case for the actor's eyes: a partner that no longer works it sees it as it was when its engagement ended."""
        return as_seen_by([self], actor)[0]

    # --- within a change ----------------------------------------------------------------------------------------------

    def _must(self, name: str, by: Actor) -> Move:
        allowed = self.may_move(by)
        for move in allowed:
            if move.name == name:
                return move
        wrong_side = self.state in MOVES[name].sources
        raise MoveRefused(name, self.state, allowed, wrong_side=wrong_side)

    def _go(self, name: str, by: Actor, at: datetime, *also: str) -> str:
        """Makes a move that needs nothing else; answers the old state."""
        move, old = self._must(name, by), self.state
        self._arrive(move, at, *also)
        return old

    def _arrive(self, move: Move, at: datetime, *also: str) -> None:
        self.state, self.state_since, self.moved_at = move.target, at, at
        self.next_update_at = at + UPDATE_EVERY if move.target == State.ACTIVE else None
        self.save(
            update_fields=["state", "state_since", "moved_at", "next_update_at", "partner", "partner_owner", *also]
        )

    def _reopen(self, move: Move, at: datetime) -> None:
        self.close_code = self.close_comment = ""
        self.closure_requested_at = None
        self._arrive(move, at, "close_code", "close_comment", "closure_requested_at")

    def _end(self, name: str, by: Actor, code: str, comment: str, at: datetime | None) -> None:
        comment = _comment(comment)
        with change(self, by=by, at=at) as record:
            move = self._must(name, by)
            allowed = (CloseCode.WITHDRAWN,) if name == "withdraw" else close_codes(self.state, name)
            _must_be_one_of("code", code, allowed)
            asked_at = self.closure_requested_at
            self.close_code, self.close_comment, self.closure_requested_at = code, comment, None
            self._arrive(move, record.at, "close_code", "close_comment", "closure_requested_at")
            record("case.closed", code=code, comment=comment, asked_at=asked_at)

    def _engage(self, partner: Organisation, at: datetime, **also: Any) -> Engagement:
        _must_be_partner(partner)
        self.partner, self.partner_owner = partner, None
        return Engagement.objects.create(case=self, partner=partner, started_at=at, **also)

    def _let_go(self, why: str, at: datetime, comment: str = "", **also: Any) -> Engagement:
        """Ends the partner's engagement, which remembers how the case stood."""
        engagement = self.current_engagement()
        told = {"ended_at": at, "ended_why": why, "ended_comment": comment, "ended_state": self.state, **also}
        for field, value in told.items():
            setattr(engagement, field, value)
        engagement.save(update_fields=list(told))
        return engagement

    def _must_fit(self, into: Case) -> None:
        """Raises `ValidationError` unless the other case is one that this can be merged into."""
        if into.pk == self.pk:
            raise ValidationError(
                {"into": _("A case cannot be merged into itself. Give the reference of the other one.")}
            )
        if (into.client_id, into.environment) != (self.client_id, self.environment):
            raise ValidationError({"into": _("Only cases of the same client can be merged.")})
        if into.is_over:
            raise ValidationError({"into": _("That case is over. Merge into one that is open.")})

    def _summary(self, actions: str, received: Decimal | None, recommendation: str) -> str:
        lines = [f"**{_('Monthly update')}**", actions]
        if received is not None:
            told = _("Received since the last update: {amount} {currency}")
            lines.append(
                str(told).format(amount=number_format(received, 2, force_grouping=True), currency=self.currency)
            )
        told = _("We recommend: {recommendation}")
        lines.append(str(told).format(recommendation=Recommendation(recommendation).label))
        return "\n\n".join(lines)

    def _owner_field(self, by: Actor) -> str:
        return "client_owner" if by.side == Side.CLIENT else "partner_owner"


def hand_back(happening: Happening) -> None:
    """Who has left an organisation looks after none of its cases any more; their notices go to everyone again."""
    organisation, person = happening.subject, happening.things["person"]
    Case.objects.filter(client__pk=organisation.pk, client_owner=person).update(client_owner=None)
    Case.objects.filter(partner__pk=organisation.pk, partner_owner=person).update(partner_owner=None)


def _must_be_partner(partner: Organisation) -> None:
    if partner.kind != Side.PARTNER:
        raise Refused(_("A case is released to a collection partner. Choose one."))


def _must_be_one_of(field: str, given: str, codes: Sequence[str]) -> None:
    if given not in codes:
        raise ValidationError({field: _("Choose one of: %(codes)s.") % {"codes": ", ".join(codes)}})


def _comment(comment: str) -> str:
    comment = typed.cleaned(comment)
    if len(comment) > 4000:
        raise ValidationError({"comment": _("A comment holds up to 4,000 characters. Shorten it.")})
    return comment


def _words(words: str, field: str, missing: Any) -> str:
    words = typed.cleaned(words)
    if not words:
        raise ValidationError({field: missing})
    if len(words) > 4000:
        raise ValidationError({field: _("This holds up to 4,000 characters. Shorten it.")})
    return words


def ask_for_updates(now: datetime, limit: int = 100) -> int:
    """The worker's round: asks for the monthly updates that are due; answers how many were ours."""
    found = Case.objects.filter(next_update_at__lte=now).order_by("next_update_at").with_parties()[:limit]
    return sum(case.ask_for_update(now) for case in found)
