"""All that leaves the house: one row for each thing to be sent, with its tries and its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.events.change import SYSTEM, Happening, change
from trialogue.lib import backoff, publicid
from trialogue.people.models import Actor, Organisation, Person, Side

LEASE = timedelta(seconds=90)


def _delivery_id() -> str:
    return publicid.new("dlv")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, actor: Actor) -> Self:
        """Both sides see how notices of their conversations fared; letters (invitations and the like) are nobody's to list."""
        here = self.filter(case__environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(case__client=actor.organisation)
            case Side.PARTNER:
                return here.filter(case__partner=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()

    def unsettled(self) -> Self:
        return self.filter(state__in=(Delivery.State.WAITING, Delivery.State.SENDING))

    def due(self, now: datetime) -> Self:
        return self.unsettled().filter(due_at__lte=now).order_by("due_at")


class Delivery(models.Model):
    """One mail to one person.

    A *bundle* carries what was said and done in a case since `since`, waits a quiet time and gathers more meanwhile. A *clock*
    notice goes at once. A *letter* (an invitation, a password link) carries its own frozen words.
    """

    class Kind(models.TextChoices):
        BUNDLE = "bundle", _("messages")
        CLOCK = "clock", _("clock")
        LETTER = "letter", _("letter")

    class State(models.TextChoices):
        WAITING = "waiting", _("not sent yet")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        READ = "read", _("read here")
        MOOT = "moot", _("not needed any more")
        FAILED = "failed", _("not delivered")

    public_id = models.CharField(max_length=32, unique=True, default=_delivery_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="deliveries")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="deliveries")
    clock = models.ForeignKey(Clock, null=True, on_delete=models.CASCADE, related_name="deliveries")
    event_kind = models.CharField(max_length=48, blank=True)
    since = models.DateTimeField()
    first = models.PositiveIntegerField(default=0)
    through = models.PositiveIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)
    address = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=250, blank=True)
    settled_at = models.DateTimeField(null=True)

    objects: ClassVar[DeliveryQuerySet] = DeliveryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            # What is still waiting gathers; what is being sent does not, and the next message opens another.
            models.UniqueConstraint(
                fields=["case", "person"], condition=Q(kind="bundle", state="waiting"), name="delivery_one_gathering"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=("waiting", "sending")), name="delivery_due"),
            models.Index(fields=["case", "through"], name="delivery_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.person or self.address}: {self.state}"

    @classmethod
    def write_letter(
        cls, *, to: str, subject: str, text: str, html: str = "", person: Person | None = None
    ) -> Delivery:
        """A mail with words of its own, sent at once by the worker. The words are wiped once it is sent."""
        now = timezone.now()
        return cls.objects.create(
            kind=cls.Kind.LETTER,
            address=to,
            person=person,
            subject=" ".join(subject.split())[:250],
            text=text,
            html=html,
            since=now,
            due_at=now,
        )

    @classmethod
    def gather(cls, case: Case, listener: Organisation, *, at: datetime, number: int = 0, but: str) -> None:
        """Lets each member of an organisation hear of something in a case, with what else happens in the quiet time.

        `number` is that of a message; without one a state of the case changed. `but` names whom not to tell. Within a change.
        """
        told = {"through": number} if number else {"moved_at": at}
        # By person, not by organisation: someone may sit on both sides of a case and still gets one mail.
        bundles = cls.objects.filter(case=case, kind=cls.Kind.BUNDLE, state=cls.State.WAITING)
        waiting = bundles.filter(person__in=listener.memberships.values("person")).exclude(person__public_id=but)
        waiting.update(**told)
        gathering = waiting.values("person")
        people = (
            Person.objects.filter(memberships__organisation=listener, is_active=True)
            .exclude(pk__in=gathering)
            .exclude(public_id=but)
        )
        due = at + timedelta(seconds=settings.QUIET_SECONDS)
        cls.objects.bulk_create(
            cls(
                kind=cls.Kind.BUNDLE,
                person=person,
                organisation=listener,
                case=case,
                since=at,
                first=number,
                due_at=due,
                **told,
            )
            for person in people
        )
        if number:  # a bundle that began with a change of state starts its messages here
            waiting.filter(first=0).update(first=number)

    @classmethod
    def ring(cls, clock: Clock, event_kind: str, listener: Organisation, *, at: datetime) -> None:
        """Tells each member of an organisation of a clock, at once."""
        people = Person.objects.filter(memberships__organisation=listener, is_active=True)
        cls.objects.bulk_create(
            cls(
                kind=cls.Kind.CLOCK,
                person=person,
                organisation=listener,
                case=clock.case,
                clock=clock,
                event_kind=event_kind,
                since=at,
                due_at=at,
            )
            for person in people
        )

    def claim(self, now: datetime) -> bool:
        """Ours to send, until the lease runs out: the due date moves forward, so a dead worker's work simply comes due again."""
        mine = Delivery.objects.unsettled().filter(pk=self.pk, tries=self.tries, due_at=self.due_at)
        if not mine.update(state=self.State.SENDING, due_at=now + LEASE, tries=self.tries + 1):
            return False
        self.refresh_from_db()
        return True

    def settle(self, outcome: Outcome, *, at: datetime) -> None:
        """Keeps how the try ended; nothing, if another worker settled it after our lease had run out."""
        why = outcome.why[:250]
        if isinstance(outcome, Later) and self.tries < backoff.MOST_TRIES:
            again = at + timedelta(seconds=backoff.jittered(backoff.pause(self.tries)))
            self._keep(Delivery.objects.filter(tries=self.tries), due_at=again, why=why)
            return
        ended: dict[str, Any] = {"state": outcome.state, "why": why, "settled_at": at}
        if self.kind == self.Kind.LETTER:  # whether it arrived or not, the secret in it is no longer ours to keep
            ended |= {"text": "", "html": ""}
        if self.case is None:
            self._keep(Delivery.objects.all(), **ended)
            return
        with change(self.case, by=SYSTEM, at=at) as record:
            if self._keep(Delivery.objects.all(), **ended) and self.state in (self.State.SENT, self.State.FAILED):
                record("delivery.settled", delivery=self, person=self.person, outcome=self.state)

    def _keep(self, ours: DeliveryQuerySet, **columns: Any) -> bool:
        for name, value in columns.items():
            setattr(self, name, value)
        return bool(ours.unsettled().filter(pk=self.pk).update(**columns))


class Outcome:
    """How a try ended: one of the classes below."""

    state: str = Delivery.State.FAILED

    def __init__(self, why: Any = "") -> None:
        self.why = str(why)


class Delivered(Outcome):
    state = Delivery.State.SENT


class Later(Outcome):
    """Did not work now; worth another try. Given up after three days."""


class Never(Outcome):
    """Will not work, ever."""


class AlreadyRead(Outcome):
    state = Delivery.State.READ


class Moot(Outcome):
    """Not worth sending any more: the reader left, or the clock was met."""

    state = Delivery.State.MOOT


# --- reactions --------------------------------------------------------------------------------------------------------


def tell_listener(happening: Happening) -> None:
    """A message waits its quiet time for everyone on the other side."""
    message, conversation = happening.things["message"], happening.subject
    listener = conversation.other_side(message.organisation)  # type: ignore[attr-defined]
    if listener:
        Delivery.gather(conversation.case, listener, at=happening.at, number=message.number, but=happening.by.by)  # type: ignore[attr-defined]


def tell_of_move(happening: Happening) -> None:
    """A change of state, or a document laid in, is told to both sides but the one that did it."""
    case = happening.subject
    assert isinstance(case, Case)
    if case.partner is None:
        return  # evidence laid in before anyone works the case
    # Under the conversation's lock, or a message posted at the same moment would begin a second mail to the same person.
    with change(case.conversation, by=happening.by, at=happening.at):
        for organisation in (case.client, case.partner):
            if organisation and organisation.public_id != happening.by.acting_for:
                Delivery.gather(case, organisation, at=happening.at, but=happening.by.by)


def ring_owner(happening: Happening) -> None:
    clock = happening.things["clock"]
    Delivery.ring(clock, happening.kind, clock.owner, at=happening.at)


def ring_both(happening: Happening) -> None:
    clock = happening.things["clock"]
    for organisation in (clock.owner, clock.owed_to):
        Delivery.ring(clock, happening.kind, organisation, at=happening.at)
