"""One row for every answer that is owed."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import InterfaceError, OperationalError, models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.clocks.feeds import Feed as Feed
from trialogue.clocks.policies import Calendar as Calendar
from trialogue.clocks.policies import Policy as Policy
from trialogue.clocks.policies import Unit as Unit
from trialogue.conversations.models import Conversation, Message
from trialogue.events.change import SYSTEM, Record, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.lib.businesstime import WorkingTime
from trialogue.people.models import Actor, Organisation, Refused, Side
from trialogue.people.plain import Plain, words

log = logging.getLogger(__name__)


def _clock_id() -> str:
    return publicid.new("clk")


REMIND_EVERY = timedelta(days=1)

# A complaint's: it is about what was, so it outlives the case, and its partner's part in it.
RESPOND = "respond"

PROMISES = {
    "confirm": _("decision on the new case"),
    "reply": _("answer in the conversation"),
    "supply": _("answer to the partner"),
    "follow_up": _("follow-up on the paused case"),
    "update": _("monthly update"),
    RESPOND: _("response to the complaint"),
    "answer": _("answer to the request"),
    "acknowledge": _("confirmation that the request has arrived"),
    "escalation": _("answer to the escalation"),
    "critical": _("answer to the critical issue"),
}

# Why nothing is owed any more.
CANCELLED = {
    "over": _("it went on without it"),
    "excused": _("it was said to need none"),
    "withdrawn": _("the question was deleted"),
    "climbed": _("it was escalated, and another answer is owed instead"),
}


def at_risk(now: datetime) -> Q:
    """By when it was warned of: what is due later is most of all that there is."""
    return Q(GreaterThan(Plain("due_at"), now), warn_at__lte=now)


class ClockQuerySet(models.QuerySet["Clock"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those the actor's organisation owes or is owed; all for the operator."""
        here = self.filter(environment=actor.environment)
        match actor.side:
            case Side.CLIENT | Side.PARTNER | Side.REFERRER:
                return here.filter(Q(owner=actor.organisation) | Q(owed_to=actor.organisation))
            case Side.OPERATOR:
                return here
        return self.none()

    def mine(self, actor: Actor) -> Self:
        """What the actor's organisation owes: a part of what it sees, said so that one index answers it."""
        return self.filter(environment=actor.environment, owner=actor.organisation)

    def theirs(self, actor: Actor) -> Self:
        """What the actor's organisation is owed, likewise."""
        return self.filter(environment=actor.environment, owed_to=actor.organisation)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_WORDS)

    def open_in(self, talk: Conversation | int) -> Self:
        return self.open().filter(conversation=talk)

    def next_in(self, talk: Conversation | int) -> Clock | None:
        """What is owed first in a conversation; in a request nothing else is."""
        return self.open_in(talk).order_by("due_at", "pk").shown().first()

    def next_by_talk(self, talks: Iterable[Conversation | int | None]) -> dict[int | None, Clock]:
        """The same of many, by the id of the conversation."""
        owed = self.open().filter(conversation__in=list(talks)).order_by("-due_at", "-pk").shown()
        return {clock.conversation_id: clock for clock in owed}

    def broken(self, now: datetime) -> Self:
        """Of open ones: past due, whether or not a worker has noticed yet. Each of the three is a range of an index."""
        return self.filter(due_at__lte=now)

    def at_risk(self, now: datetime) -> Self:
        return self.filter(at_risk(now))

    def calm(self, now: datetime) -> Self:
        return self.filter(warn_at__gt=now)  # nothing is due before it is warned of

    def owed_by(self, organisation: Organisation) -> Self:
        return self.filter(owner=organisation)

    def owed_to(self, organisation: Organisation) -> Self:
        return self.filter(owed_to=organisation)

    def due(self, now: datetime) -> Self:
        """Past due. An answer in the very moment it is due is in time, whoever comes first."""
        return self.filter(state=Clock.State.RUNNING, due_at__lt=now).order_by("due_at")

    def to_warn(self, now: datetime) -> Self:
        return self.filter(state=Clock.State.RUNNING, warned_at=None, warn_at__lte=now, due_at__gt=now).order_by(
            "warn_at"
        )

    def shown(self) -> Self:
        """With everything needed to show them."""
        return self.select_related("case", "conversation", "owner", "owed_to", "calendar", "policy")


MOST_DAYS = 400  # that are counted one by one
_IS_OPEN = Q(state__in=("running", "broken"))


class Clock(models.Model):
    """One answer owed by `owner` to `owed_to` before `due_at`, counted on the owner's calendar."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        KEPT = "kept", _("kept")
        BROKEN = "broken", _("broken")
        LATE = "late", _("answered late")
        CANCELLED = "cancelled", _("no longer owed")

    public_id = models.CharField(max_length=32, unique=True, default=_clock_id, editable=False)
    promise = models.CharField(max_length=20)
    # An index for what nobody asks by alone would only cost at posting: those below say what is asked.
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", db_index=False)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Null when an answer is owed in a conversation without a case; typed as if never, as there.
    case: models.ForeignKey[Case | None, Case] = models.ForeignKey(  # type: ignore[misc]
        Case, null=True, on_delete=models.CASCADE, related_name="clocks"
    )
    environment = models.CharField(max_length=10)  # its case's, which never changes
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE, related_name="clocks")
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="clocks_owed", db_index=False)
    # Null when it is owed to a visitor.
    owed_to: models.ForeignKey[Organisation | None, Organisation] = models.ForeignKey(  # type: ignore[misc]
        Organisation, null=True, on_delete=models.PROTECT, related_name="clocks_expected", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects: ClassVar[ClockQuerySet] = ClockQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            # The oldest unanswered message of a side starts the clock; later ones find it running.
            models.UniqueConstraint(
                fields=["case", "owner", "promise", "owed_to"], condition=_IS_OPEN, name="clock_one_open"
            ),
            models.UniqueConstraint(
                fields=["conversation", "promise"], condition=_IS_OPEN & Q(case=None), name="clock_one_open_request"
            ),
        ]
        indexes = [
            # The worker's two questions: what is due, what is to be warned of.
            models.Index(fields=["due_at"], condition=Q(state="running"), name="clock_due"),
            models.Index(fields=["warn_at"], condition=Q(state="running", warned_at=None), name="clock_to_warn"),
            # What do I owe, what am I owed, what is open anywhere: soonest first. And what is at risk anywhere.
            *(
                models.Index(fields=[*whose, "environment", *columns], condition=_IS_OPEN, name=name)
                for name, whose, columns in (
                    ("clock_owed_by", ["owner"], ["due_at", "id"]),
                    ("clock_owed_to", ["owed_to"], ["due_at", "id"]),
                    ("clock_open", [], ["due_at", "id", "case"]),
                    ("clock_warned", [], ["warn_at", "due_at", "id"]),
                )
            ),
            # What do I owe in requests: counted, and narrowed by their conversations, within the index.
            models.Index(
                fields=["owner", "environment", "due_at", "id", "conversation", "state", "case"],
                condition=_IS_OPEN & Q(case=None),
                name="clock_owed_in_requests",
            ),
            # How were promises kept in these weeks (keeping.py): by whom, to whom, anywhere.
            models.Index(
                fields=["owner", "settled_at"], condition=Q(settled_at__isnull=False), name="clock_settled_by"
            ),
            models.Index(
                fields=["owed_to", "settled_at"], condition=Q(settled_at__isnull=False), name="clock_settled_to"
            ),
            models.Index(fields=["settled_at"], condition=Q(settled_at__isnull=False), name="clock_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} owes {self.owed_to or 'a visitor'}: {self.promise} by {self.due_at:%Y-%m-%d %H:%M}"

    # --- verbs, all within a change of `subject` -----------------------------------------------------------------------

    @classmethod
    def start(
        cls,
        promise: str,
        *,
        record: Record,
        owner: Organisation,
        owed_to: Organisation | None,
        case: Case | None = None,
        conversation: Conversation | None = None,
        message: Message | None = None,
        since: datetime | None = None,
    ) -> Clock:
        """The owner owes an answer, in a case or in a conversation without one: from now on, or `since` a moment that was."""
        at, about = since or record.at, case or conversation
        assert about is not None
        calendar, policy = Calendar.in_force(owner, at), Policy.in_force(promise, at)
        time = policy.time(calendar)
        due = policy.due(at, time)
        clock = cls.objects.create(
            promise=promise, policy=policy, calendar=calendar, case=case, environment=about.environment, conversation=conversation, message=message,
            owner=owner, owed_to=owed_to, started_at=at, due_at=due, warn_at=policy.warn(at, due, time),
        )  # fmt: skip
        clock._tell(record, "clock.started")
        return clock

    def meet(self, record: Record) -> None:
        """The answer came. In time or late is a matter of the two moments, not of who noticed first."""
        self._break_if_past(record)
        late = self.state == self.State.BROKEN
        self._become(self.State.LATE if late else self.State.KEPT, settled_at=record.at)
        self._tell(record, "clock.answered" if late else "clock.kept")

    def cancel(self, record: Record, why: str = "over") -> None:
        """Nothing is owed any more; `why` is one of CANCELLED. What was broken before stays known in the log."""
        self._break_if_past(record)
        self._become(self.State.CANCELLED, settled_at=record.at)
        self._tell(record, "clock.cancelled", why=why)

    def _break_if_past(self, record: Record) -> None:
        if self.state == self.State.RUNNING and record.at > self.due_at:
            self._become(self.State.BROKEN)
            self._tell(record, "clock.broken", at=self.due_at)

    def break_(self, now: datetime) -> bool:
        """The worker noticed that it is past due. One guarded update decides who breaks it; answers whether we did."""
        with change(self.subject, by=SYSTEM, at=self.due_at) as record:
            won = Clock.objects.due(now).filter(pk=self.pk).order_by().update(state=self.State.BROKEN)
            if won:
                self._tell(record, "clock.broken")
        return bool(won)

    def warn(self, now: datetime) -> bool:
        """Most of the time has passed; told once."""
        with change(self.subject, by=SYSTEM, at=self.warn_at) as record:
            won = Clock.objects.to_warn(now).filter(pk=self.pk).order_by().update(warned_at=F("warn_at"))
            if won:
                self._tell(record, "clock.warned")
        return bool(won)

    def remind(self, *, by: Actor, at: datetime | None = None) -> None:
        """The operator reminds whoever is late, once a day at most; everyone concerned sees that. Raises `Refused`."""
        with change(self.subject, by=by, at=at) as record:
            self.refresh_from_db(fields=["state", "reminded_at"])  # it may have been met while we waited
            if by.side != Side.OPERATOR or self.owner_id == by.organisation.pk:
                raise Refused(_("Only the operator reminds others of what they owe."))
            if not self.is_open or record.at <= self.due_at:
                raise Refused(_("Nothing is overdue here any more."))
            if self.reminded_at and record.at < self.reminded_at + REMIND_EVERY:
                raise Refused(
                    _("They were reminded of this within the last day. Call somebody in, or give it to others.")
                )
            self._break_if_past(record)
            self._become(self.state, reminded_at=record.at)
            self._tell(record, "clock.reminded")

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def subject(self) -> Subject:
        return self.conversation or self.case

    @property
    def reference(self) -> str:
        """What people call that which it is about: a case or a request. Of a relationship, "": its title says it."""
        return self.case.reference if self.case_id or self.conversation is None else self.conversation.reference

    @property
    def title(self) -> str:
        return self.case.debtor_name if self.case_id or self.conversation is None else self.conversation.title

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def look(self, now: datetime) -> str:
        """The state as people see it: running, at-risk, broken, kept, late, cancelled."""
        if self.state != self.State.RUNNING:
            return self.state
        if now >= self.due_at:
            return "broken"
        return "at-risk" if now >= self.warn_at else "running"

    def left(self, now: datetime) -> timedelta:
        """Working time until it is due; negative once it is past."""
        if self.policy.unit == Unit.HOURS:
            return self.due_at - now
        return self.working_time.between(now, self.due_at)

    def left_in_days(self, now: datetime) -> timedelta:
        """Until it is due, or since it was, for a promise of business days: so many of them as days of 24 hours, and the working time beyond."""
        time, (begin, end) = self.working_time, sorted((now, self.due_at))
        days = 0
        while days < MOST_DAYS and (later := time.add_days(begin, 1)) <= end:
            begin, days = later, days + 1
        return timedelta(days=days) + time.between(begin, end)

    @property
    def working_time(self) -> WorkingTime:
        """The time that is counted, as the promise reads the owner's calendar."""
        return self.policy.time(self.calendar)

    @property
    def counts_whole_days(self) -> bool:
        """Whether 24 counted hours make a day."""
        return self.policy.unit in (Unit.BUSINESS_HOURS, Unit.HOURS) or self.calendar.is_around_the_clock

    def _become(self, state: str, **also: Any) -> None:
        self.state = state
        for name, value in also.items():
            setattr(self, name, value)
        self.save(update_fields=["state", *also])

    def _tell(self, record: Record, kind: str, at: datetime | None = None, **also: str) -> None:
        told = record.concerned or record.subject.concerns()
        if self.promise == RESPOND and record.concerned is None:
            told.partner_id = self.owner_id  # who may work the case no longer
        if self.owed_to_id is not None and self.owed_to_id == told.referrer_id:  # it hears of what it is owed
            told = Concerned(
                client=told.client_id, partner=told.partner_id, referrer=told.referrer_id, case=told.case_id,
                environment=told.environment, alone=True,
            )  # fmt: skip
        record = replace(record, concerned=told)
        record(kind, at=at, clock=self, promise=self.promise, owner=self.owner, due_at=self.due_at, **also)


OPEN = (Clock.State.RUNNING, Clock.State.BROKEN)
OPEN_WORDS = words(OPEN)


def break_due(now: datetime, limit: int = 100) -> int:
    """Breaks what is past due, oldest first; answers how many."""
    return _each(Clock.objects.due(now)[:limit], lambda clock: clock.break_(now))


def warn_due(now: datetime, limit: int = 100) -> int:
    return _each(Clock.objects.to_warn(now)[:limit], lambda clock: clock.warn(now))


def _each(clocks: ClockQuerySet, act: Callable[[Clock], bool]) -> int:
    """How many were ours. One that fails never stops the next; only a database that is away does."""
    done, found = 0, list(clocks.select_related("conversation", "case", "owner", "owed_to"))
    random.shuffle(found)  # several workers find the same ones; in the same order each would wait for the other
    for clock in found:
        try:
            done += act(clock)
        except (InterfaceError, OperationalError):
            raise
        except Exception:
            log.exception("clock %s", clock.public_id)
    return done
