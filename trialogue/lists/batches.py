"""One move, one message or one owner, for many cases at once: judged first, then done one by one in the background."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, models
from django.db.models import Count, Q
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from trialogue.cases.engagements import as_seen_by
from trialogue.cases.lifecycle import MOVES, Move, MoveRefused, State, close_codes
from trialogue.cases.models import Case
from trialogue.conversations.messages import LONGEST_MESSAGE, checked
from trialogue.conversations.models import Conversation, KeyReused
from trialogue.events.change import SYSTEM, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.lists.filters import NOBODY
from trialogue.people import places, typed
from trialogue.people.models import Actor, Environment, Membership, Organisation, Person, Refused, Side

log = logging.getLogger(__name__)

MOST = 5_000
MESSAGE, OWNER = "message", "owner"
# A partner is named by its public id in what is kept; merging names another case and is nothing for many.
NOT_IN_BULK = frozenset({"merge", "present_quote"})
UNCONFIRMED = timedelta(days=1)


def _batch_id() -> str:
    return publicid.new("bat")


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of one's own organisation; what came of them for a case, both its sides see there."""
        return self.filter(organisation=actor.organisation, environment=actor.environment)

    def shown(self) -> Self:
        return self.select_related("person", "organisation")


class Batch(Subject):
    """What is to be done with many cases. `what` is the name of a move, `message` or `owner`; `particulars` come along."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("not confirmed")
        RUNNING = "running", _("in progress")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")

    public_id = models.CharField(max_length=32, unique=True, default=_batch_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="batches")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    environment = models.CharField(max_length=10, choices=Environment.choices)
    via = models.CharField(max_length=12)
    language = models.CharField(max_length=5, default="en")
    what = models.CharField(max_length=40)
    particulars = models.JSONField(default=dict)
    expects_answer = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEW)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[BatchQuerySet] = BatchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "environment", "-id"], name="batch_of_organisation"),
            # The worker's two questions: what is to go on, what was never confirmed.
            models.Index(fields=["confirmed_at"], condition=Q(state="running"), name="batch_running"),
            models.Index(fields=["created_at"], condition=Q(state="preview"), name="batch_unconfirmed"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.public_id}"

    def concerns(self) -> Concerned:
        own = self.organisation.concerns()
        return Concerned(
            client=own.client_id, partner=own.partner_id, referrer=own.referrer_id, environment=self.environment
        )

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        return super().for_change().select_related("organisation", "person")

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def prepare(
        cls, cases: Iterable[Case], what: str, *, by: Actor, expects_answer: bool = True, **particulars: Any
    ) -> Batch:
        """Judges each case, and does nothing yet. Raises `ValidationError` for what could be done with none."""
        cases = as_seen_by(cases, by)
        if not cases:
            raise ValidationError({"cases": _("Choose at least one case.")})
        if len(cases) > MOST:
            said = _("At most %(most)s cases at once; these are more. Narrow the list.")
            raise ValidationError({"cases": said % {"most": places.grouped(MOST)}})
        batch = cls(
            organisation=by.organisation, person=by.person, environment=by.environment, via=by.via,
            language=places.language(),
            what=what, particulars=_kept(what, particulars, by), expects_answer=expects_answer,
        )  # fmt: skip
        with change(batch, by=by):  # nothing has happened yet that anyone could be told
            batch.save()
            judged = (batch._judged(number, case, by) for number, case in enumerate(cases, 1))
            BatchItem.objects.bulk_create(judged, batch_size=500)
        return batch

    def confirm(self, *, by: Actor) -> None:
        """From now on the worker does it. Twice is once."""
        self._must_be_mine(by)
        with change(self, by=by) as record:
            if self.state != self.State.PREVIEW:
                return
            waiting = self.items.filter(state=BatchItem.State.WAITING).count()
            if not waiting:
                raise Refused(_("None of these cases can be changed this way. Choose others."))
            self.state, self.confirmed_at = self.State.RUNNING, record.at
            self.save(update_fields=["state", "confirmed_at"])
            record("batch.started", what=self.what, count=waiting)

    def stop(self, *, by: Actor) -> None:
        """What is not done yet stays as it is. A preview is thrown away."""
        self._must_be_mine(by, or_admin=True)
        with change(self, by=by) as record:
            if self.state == self.State.PREVIEW:
                self.items.all().delete()
                self.delete()
            elif self.state == self.State.RUNNING:
                self._end(self.State.STOPPED, record)

    def step(self, now: datetime) -> bool:
        """Does the next item, in one change with what it does: cut off anywhere, it is done once or not at all.

        Answers whether there is more to do.
        """
        item = self.items.filter(state=BatchItem.State.WAITING).order_by("number").first()
        if item is None:
            self._finish()
            return False
        try:
            actor = self.actor()
            with change(self, by=actor):
                if self.state != self.State.RUNNING:
                    return False
                if item.take(now):
                    self._do(item, actor)
        except (InterfaceError, OperationalError):
            raise
        except Exception as trouble:  # undone as a whole; why is kept instead
            item.fail(self._said(trouble, item), now)
        return True

    # --- questions ----------------------------------------------------------------------------------------------------

    @staticmethod
    def gathered(cases: models.QuerySet[Case]) -> list[Case]:
        """With what judging needs; one more than may be is enough to know."""
        return list(cases.select_related("client", "partner", "referrer").order_by("pk")[: MOST + 1])

    @staticmethod
    def counted(batches: Iterable[Batch]) -> dict[int, dict[str, int]]:
        """`counts` of several, by one query."""
        batches = list(batches)
        found = (
            BatchItem.objects.filter(batch__in=batches).values_list("batch", "state").annotate(Count("pk")).order_by()
        )
        counts = {batch.pk: dict.fromkeys(("all", *BatchItem.State.values), 0) for batch in batches}
        for pk, state, number in found:
            counts[pk][state] = number
            counts[pk]["all"] += number
        return counts

    @property
    def move(self) -> Move | None:
        return MOVES.get(self.what)

    @property
    def label(self) -> Any:
        return label(self.what)

    @property
    def words(self) -> str:
        """What the other sides will read; or who is to look after the cases."""
        if self.what == OWNER:
            named = Person.objects.filter(public_id=self.particulars["owner"]).first()
            return named.name if named else str(_("Nobody"))
        return next(
            (self.particulars[name] for name in ("body", "message", "reason", "comment") if self.particulars.get(name)),
            "",
        )

    def counts(self) -> dict[str, int]:
        """How many items by state, with `all` of them."""
        return Batch.counted([self])[self.pk]

    def actor(self) -> Actor:
        """Who does it: as it stands now. Raises `Refused` when they have left."""
        if self.person is None:
            return Actor(self.organisation, None, self.environment, via=self.via)
        membership = Membership.objects.filter(organisation=self.organisation, person=self.person).first()
        if membership is None or not self.person.is_active:
            raise Refused(
                _("{person} no longer belongs to {organisation}.").format(
                    person=self.person, organisation=self.organisation
                )
            )
        return Actor(self.organisation, self.person, self.environment, membership.role, self.via)

    def is_of(self, actor: Actor) -> bool:
        return self.person_id == (actor.person.pk if actor.person else None)

    def _must_be_mine(self, by: Actor, *, or_admin: bool = False) -> None:
        if by.organisation.pk != self.organisation_id or not (self.is_of(by) or (or_admin and by.may_administer)):
            raise Refused(_("Only who prepared this may do that."))

    def _judged(self, number: int, case: Case, by: Actor) -> BatchItem:
        item = BatchItem(batch=self, case=case, number=number)
        try:
            self._check(case, by)
        except (ValidationError, Refused, MoveRefused) as why:
            item.state, item.reason = BatchItem.State.REFUSED, _words(why)
        return item

    def _check(self, case: Case, by: Actor) -> None:
        """Whether it could be done now, without doing it. Raises as doing it would."""
        if self.what == MESSAGE:
            if case.former or by.organisation.pk not in (case.client_id, case.partner_id) or case.state == State.MERGED:
                raise Refused(_("Only the client and the assigned partner write in this conversation."))
            return
        if self.what == OWNER:
            case.must_have_owners_of(by)
            return
        allowed = case.may_move(by)
        if self.move not in allowed:
            raise MoveRefused(self.what, case.state, allowed)
        code = self.particulars.get("code")
        if code and code not in close_codes(case.state, self.what):
            raise ValidationError(_("This close code does not fit a case in this state."))

    def _do(self, item: BatchItem, actor: Actor) -> None:
        case = Case.objects.visible_to(actor).with_parties().filter(pk=item.case_id).first()
        if case is None:
            raise Refused(_("You do not see this case any more."))
        if actor.side == Side.PARTNER and case.partner_id != actor.organisation.pk:
            raise Refused(_("This case is with you no longer."))
        if self.what == MESSAGE:
            self._say(case, actor, item)
        elif self.what == OWNER:
            case.assign_owner(_member(self.particulars["owner"], actor), by=actor)
        else:
            case.move(self.what, by=actor, **_found(self.particulars))

    def _say(self, case: Case, actor: Actor, item: BatchItem) -> None:
        conversation = Conversation.objects.visible_to(actor).filter(case=case).first()
        if conversation is None:
            raise Refused(_("The conversation has not opened yet: the case is with no partner."))
        key = f"{self.public_id}:{item.number}"  # said once, whoever tries again
        conversation.post(by=actor, body=self.particulars["body"], expects_answer=self.expects_answer, key=key)

    def _said(self, trouble: Exception, item: BatchItem) -> str:
        """In the language of who asked for it."""
        with translation.override(self.language):
            if isinstance(trouble, ValidationError | Refused | MoveRefused | KeyReused):
                return _words(trouble)
            log.error("batch %s, item %s", self.public_id, item.number, exc_info=trouble)
            return str(_("Something went wrong here. Try this case by itself."))

    def _finish(self) -> None:
        with change(self, by=SYSTEM) as record:
            if self.state == self.State.RUNNING:
                self._end(self.State.DONE, record)

    def _end(self, state: str, record: Any) -> None:
        self.state, self.finished_at = state, record.at
        self.save(update_fields=["state", "finished_at"])
        counts = self.counts()
        refused = counts[BatchItem.State.REFUSED]
        record("batch.finished", what=self.what, done=counts[BatchItem.State.DONE], refused=refused, outcome=state)


def label(what: str) -> Any:
    """What is done with many cases, in words."""
    return MOVES[what].label if what in MOVES else _("Hand to a colleague") if what == OWNER else _("Write a message")


class BatchItem(models.Model):
    """One case of a batch, and what became of it. `reason` says why it could not be done."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        REFUSED = "refused", _("not possible")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveIntegerField()
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "case"], name="batch_case_once"),
            models.UniqueConstraint(fields=["batch", "number"], name="batch_item_number"),
        ]
        indexes = [models.Index(fields=["batch", "state", "number"], name="batch_items_left")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.number}: {self.state}"

    def take(self, now: datetime) -> bool:
        """Exactly one does it. Call within the change that does."""
        waiting = BatchItem.objects.filter(pk=self.pk, state=self.State.WAITING)
        return bool(waiting.update(state=self.State.DONE, at=now))

    def fail(self, reason: str, now: datetime) -> None:
        waiting = BatchItem.objects.filter(pk=self.pk, state=self.State.WAITING)
        waiting.update(state=self.State.REFUSED, reason=reason, at=now)


def carry_on(now: datetime, limit: int = 25) -> int:
    """The worker's round: the next few items of what runs, the oldest batch first; answers how many steps it took."""
    _sweep(now)
    taken = 0
    for batch in Batch.objects.filter(state=Batch.State.RUNNING).order_by("confirmed_at")[:4]:
        while taken < limit:
            taken += 1
            if not batch.step(now):
                break
    return taken


def _sweep(now: datetime) -> None:
    """What nobody confirmed within a day is nothing."""
    old = Batch.objects.filter(state=Batch.State.PREVIEW, created_at__lt=now - UNCONFIRMED)[:5]
    for batch in old:
        batch.delete()


# --- what comes along -------------------------------------------------------------------------------------------------


def offered(actor: Actor) -> list[Move]:
    """The moves that the actor's side can make with many cases at once."""
    return [move for move in MOVES.values() if actor.side in move.sides and move.name not in NOT_IN_BULK]


def _kept(what: str, particulars: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """What is kept of the particulars, as plain values. Raises `ValidationError` by field for what is missing."""
    if what == MESSAGE:
        return {"body": checked(str(particulars.get("body") or ""), ())}
    if what == OWNER:
        named = str(particulars.get("owner") or "")
        _member(named, by)
        return {"owner": named}
    move = MOVES.get(what)
    if move is None or move not in offered(by):
        raise ValidationError({"what": _("Your side cannot do this with many cases at once.")})
    kept = {key: _plain(particulars[key]) for key in (*move.needs, *move.takes) if particulars.get(key)}
    if missing := [key for key in move.needs if not kept.get(key)]:
        raise ValidationError({key: _("This is needed for “%(move)s”.") % {"move": move.label} for key in missing})
    longest = {"message": LONGEST_MESSAGE}
    if long := [key for key, value in kept.items() if len(value) > longest.get(key, 4000)]:
        raise ValidationError({key: _("This is too long. Shorten it.") for key in long})
    return kept


def _member(named: str, by: Actor) -> Person | None:
    """Of one's own organisation, by public id; None for nobody. Raises `ValidationError` at `owner`."""
    if named == NOBODY:
        return None
    member = by.organisation.memberships.filter(person__public_id=named, person__is_active=True).first()
    if member is None:
        raise ValidationError({"owner": _("Choose someone who belongs to your organisation, or nobody.")})
    return member.person


def _plain(value: Any) -> str:
    return value.public_id if isinstance(value, Organisation) else typed.cleaned(str(value))


def _found(particulars: Mapping[str, Any]) -> dict[str, Any]:
    """As the verbs take them."""
    found = dict(particulars)
    if "partner" in found:
        found["partner"] = Organisation.objects.partners().get(public_id=found["partner"])
    return found


def _words(why: Exception) -> str:
    return " ".join(map(str, why.messages)) if isinstance(why, ValidationError) else str(why)
