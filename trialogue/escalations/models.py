"""The steps one climbs when nobody answers, and how far one has come."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.channels.models import Edition, who_is
from trialogue.channels.rules import Ladder, Rules, Step
from trialogue.clocks.models import OPEN, Clock
from trialogue.escalations import ladder as ladders
from trialogue.escalations.ladder import Closed, Early, Facts, May, Verdict
from trialogue.escalations.standing import AccountManager as AccountManager
from trialogue.events.change import SYSTEM, Doer, Happening, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Environment, Organisation, Person, Refused, Side
from trialogue.requests import include
from trialogue.requests.models import Request

LONGEST_REASON = 2000
ANSWER = "escalation"  # the promise by which a critical one is answered once somebody is on it


class NotThere(Refused):
    """The step is not open. `opens_at` is when it will be, if nobody answers until then."""

    def __init__(self, why: str, opens_at: datetime | None = None) -> None:
        super().__init__(why)
        self.opens_at = opens_at


def _escalation_id() -> str:
    return publicid.new("esc")


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of one's own organisation; all for the operator."""
        here = self.filter(environment=actor.environment)
        return here if actor.side == Side.OPERATOR else here.filter(climber=actor.organisation)

    def open(self) -> Self:
        return self.standing(Escalation.State.OPEN)

    def standing(self, state: str) -> Self:
        """As they stand: a reminder as its clock does, which is met or cancelled without asking anybody."""
        reminder = Q(state=Escalation.State.OPEN, request=None)
        answered, states = {"answered": [Clock.State.LATE], "solved": [Clock.State.CANCELLED]}, Q(state=state)
        if state == Escalation.State.OPEN:
            return self.filter(states & ~Q(request=None) | reminder & Q(clock__state__in=OPEN))
        return self.filter(states | reminder & Q(clock__state__in=answered.get(state, ())))

    def shown(self) -> Self:
        """With everything needed to show them."""
        return self.select_related("climber", "person", "manager", "request", "clock__case", "clock__owner")


class Escalation(Subject):
    """A step up a ladder: who took it, from which clock, why, and who must answer now.

    It is carried by a request, whose answer ends it. While it is the last of that request it opens again when the sender asks again.
    A *reminder* has no request: it stands in the conversation of a case, and with its broken clock.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        SOLVED = "solved", _("solved")
        CLIMBED = "climbed", _("climbed further")

    public_id = models.CharField(max_length=32, unique=True, default=_escalation_id, editable=False)
    environment = models.CharField(max_length=10, choices=Environment.choices)
    ladder = models.CharField(max_length=20)
    step = models.CharField(max_length=20)
    climber = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="escalations", db_index=False)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")  # null: the house itself
    request = models.ForeignKey(
        Request, null=True, on_delete=models.PROTECT, related_name="escalations", db_index=False
    )
    clock = models.ForeignKey(Clock, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    manager = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")  # null: the team
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # Of a critical one: somebody has seen it and is on it.
    acknowledged_at = models.DateTimeField(null=True)

    objects: ClassVar[EscalationQuerySet] = EscalationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "step"], name="escalation_step_once"),
            models.UniqueConstraint(fields=["request"], condition=Q(state="open"), name="escalation_one_open"),
            # Of one clock a case is reminded once, and each side climbs once.
            models.UniqueConstraint(fields=["clock"], condition=Q(request=None), name="escalation_one_reminder"),
            models.UniqueConstraint(fields=["clock", "climber", "step"], name="escalation_of_clock_once"),
        ]
        indexes = [
            # What is open anywhere, the oldest first; what have we climbed, the last first.
            models.Index(fields=["environment", "begun_at", "id"], condition=Q(state="open"), name="escalation_open"),
            models.Index(fields=["climber", "environment", "-id"], name="escalation_of_climber"),
        ]

    def __str__(self) -> str:
        return f"{self.climber}: {self.step}"

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        return super().for_change().select_related("climber", "request", "manager", "clock")

    def concerns(self) -> Concerned:
        sides = {Side.CLIENT: "client", Side.PARTNER: "partner", Side.REFERRER: "referrer"}
        whose = {sides[Side(self.climber.kind)]: self.climber_id}
        return Concerned(**whose, environment=self.environment, alone=True)

    @property
    def stands(self) -> str:
        """Its state; that of a reminder is its clock's."""
        if self.request_id or self.state != self.State.OPEN or self.clock is None or self.clock.is_open:
            return self.state
        return self.State.ANSWERED if self.clock.state == Clock.State.LATE else self.State.SOLVED

    @property
    def conversation(self) -> int | None:
        """Where it is answered, by id."""
        return self.request.conversation_id if self.request else self.clock.conversation_id if self.clock else None

    @property
    def is_open(self) -> bool:
        return self.stands == self.State.OPEN

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def climb(
        cls, request: Request, *, by: Doer, step: str = "", reason: str = "", keep: Collection[str] = (), at: datetime | None = None
    ) -> Self:  # fmt: skip
        """The sender's side, or the house itself, takes the next step: it goes to the account manager, or without one to the team,
        with a clock of its own. The reason is masked as in `Request.open`. Raises `NotThere`, `Refused`, `ValidationError`."""
        reason = _reason(reason, keep)
        with change(request, by=by, at=at) as record:
            if isinstance(by, Actor) and not request.conversation.is_of(by):
                raise Refused(_("Only who asked takes it further."))
            way = Way.of(request, record.at)
            if way is None or request.asker is None or way.is_over:
                raise Refused(_("No ladder begins with this request. If it is urgent, say so in it."))
            taken = way.must_take(step, reason)
            made = cls._of(way, taken, request.asker, by, reason, request=request)
            made.manager = AccountManager.answering(request.asker, record.at)
            made._begin(by)
            said = (reason or _("Nobody has answered. Please take care of it.")) if isinstance(by, Actor) else ""
            request.escalate(made.manager, by=by, promise=way.promise(taken), body=str(said), at=record.at)
        return made

    @classmethod
    def press(
        cls, case: Case, *, by: Actor, step: str = "", reason: str = "", keep: Collection[str] = (), at: datetime | None = None
    ) -> Self:  # fmt: skip
        """Where a case's partner is silent: a reminder that everybody in its conversation sees; then, when the case is blocked, a
        request to the account manager with what has happened so far. By its client, or who brought it. Raises as `climb` does."""  # fmt: skip
        reason = _reason(reason, keep)
        with change(case, by=by, at=at) as record:
            way = Way.in_case(case, by, record.at)
            if way is None:
                raise Refused(
                    _("Only the client of a case that is worked, and who brought the client, remind its partner.")
                )
            # The partner's answer waits for this lock, or was first.
            with change(case.conversation, by=by, at=record.at):
                way = Way.in_case(case, by, record.at) or way
                taken = way.must_take(step, reason)
                made = cls._of(way, taken, by.organisation, by, reason)
                if way.rules.channels[taken.channels[0]].way == "case":
                    made._begin(by)
                    record("case.reminded", partner=case.partner, clock=made.clock, due_at=way.facts.due_at)
                else:
                    made._ask(way, taken, case, by, keep)
        return made

    @classmethod
    def _of(cls, way: Way, step: Step, climber: Organisation, by: Doer, reason: str, **about: Any) -> Self:
        return cls(
            environment=way.environment, ladder=way.ladder.key, step=step.key, climber=climber, clock=way.first,
            person=by.person if isinstance(by, Actor) else None, previous=way.taken[-1] if way.taken else None, reason=reason,
            begun_at=way.now, **about,
        )  # fmt: skip

    def _ask(self, way: Way, step: Step, case: Case, by: Actor, keep: Collection[str]) -> None:
        """In the first channel of the step that takes requests of whoever climbs, or else where that one sends them."""
        self.manager = AccountManager.answering(self.climber, self.begun_at)
        who = who_is(by)
        assert who
        places = [way.rules.channels[key] for key in step.channels]
        found = next(one for one in places if one.is_open_to(who))
        self.request = Request.open(
            by=by, channel=found.key if found.takes_requests else found.further(who), case=case, keep=keep,
            subject=_("Case {reference}: the partner does not answer").format(reference=case),
            body=f"{self.reason}\n\n{way.history}", promise=way.promise(step), assignee=self.manager, at=self.begun_at,
        )  # fmt: skip
        self._begin(by)

    @classmethod
    def call(cls, request: Request, *, by: Doer, at: datetime) -> None:
        """Asked where what is critical is asked directly: a step by itself. In production those on duty are called at once."""
        who = who_is(Actor(request.asker)) if request.asker else None
        found = Edition.in_force().rules.step_to(request.channel, who)
        if found and request.asker and not request.escalations.exists():
            ladder, step = found
            made = cls(
                environment=request.environment, ladder=ladder.key, step=step.key, climber=request.asker, person=request.person,
                request=request, begun_at=at,
            )  # fmt: skip
            made._begin(by, pages=request.environment == Environment.PRODUCTION)

    def acknowledge(self, *, by: Actor, at: datetime | None = None) -> None:
        """Whoever is on duty has seen it and is on it, by one click; the first one wins. Raises `NotThere`, `Refused`."""
        if self.request is None:
            raise NotThere(str(_("There is nothing to acknowledge.")))
        if by.organisation.pk != self.request.operator_id:
            raise Refused(_("Only the operator does this."))
        with change(self.request, by=by, at=at) as outer, change(self, by=by, at=outer.at) as record:
            self.must_be_unseen()
            assert self.request
            self.request.acknowledge(by=by, promise=ANSWER, at=record.at)
            self.acknowledged_at, self.manager = record.at, by.person
            self.save(update_fields=["acknowledged_at", "manager"])
            record("escalation.acknowledged", escalation=self, person=by.person)

    def must_be_unseen(self) -> None:
        if self.acknowledged_at:
            raise NotThere(str(_("{name} is on it already.")).format(name=self.manager or _("Somebody")))
        if not self.may_acknowledge(Edition.in_force().rules):
            raise NotThere(str(_("There is nothing to acknowledge.")))

    def may_acknowledge(self, rules: Rules) -> bool:
        """Whether it is open, critical, and nobody has said that they are on it."""
        return self.is_open and self.acknowledged_at is None and rules.is_direct(self.ladder, self.step)

    def _begin(self, by: Doer, *, pages: bool = False) -> None:
        if self.previous and self.previous.is_open:
            self.previous.end(self.State.CLIMBED, by=by, at=self.begun_at)
        with change(self, by=by, at=self.begun_at) as record:
            self.save()
            told: dict[str, Any] = {"request": self.request, "person": self.manager, "pages": pages}
            record("escalation.begun", escalation=self, ladder=self.ladder, step=self.step, **told)

    def end(self, state: str, *, by: Doer, at: datetime) -> None:
        """Answered, solved or climbed further, within the change that makes it so."""
        with change(self, by=by, at=at) as record:
            self.state, self.ended_at = state, record.at
            self.save(update_fields=["state", "ended_at"])
            record("escalation.ended", escalation=self, state=state)

    def reopen(self, *, by: Doer, at: datetime) -> None:
        with change(self, by=by, at=at) as record:
            self.state, self.ended_at = self.State.OPEN, None
            self.save(update_fields=["state", "ended_at"])
            record("escalation.reopened", escalation=self)

    def pass_to(self, person: Person | None, *, by: Doer, at: datetime) -> None:
        """Whoever was to answer is away or gone: somebody else does, or (None) the team. By the house itself."""
        assert self.request
        with change(self.request, by=by, at=at), change(self, by=by, at=at) as record:
            self.manager = person
            self.save(update_fields=["manager"])
            record("escalation.passed", escalation=self, person=person)
            self.request.assign(person, by=SYSTEM, at=at)


@dataclass
class Way:
    """How far somebody has climbed, from a request or from a case, and what is owed there."""

    environment: str
    rules: Rules
    ladder: Ladder
    taken: list[Escalation]
    first: Clock | None  # what was owed when they asked; None where that is all there is to know
    clock: Clock | None  # what is owed now
    asked_at: datetime | None  # None: nothing was
    state: str  # of what was asked
    name: str  # of where
    now: datetime
    is_over: bool = False  # nothing lies ahead
    is_direct: bool = False  # it began with what is critical

    @classmethod
    def of(cls, request: Request, now: datetime, rules: Rules | None = None) -> Way | None:
        """None where no ladder begins on its channel for whoever asked, and none has led to it."""
        who = who_is(Actor(request.asker)) if request.asker else None
        rules = rules or Edition.in_force().rules
        found = rules.ladder_from(request.channel, who)
        direct = rules.step_to(request.channel, who)
        if not (found or direct or request.promise):
            return None
        taken = list(request.escalations.shown().order_by("pk"))
        owed = Clock.objects.next_in(request.conversation_id)
        if taken and taken[0].clock and taken[0].clock.case_id:
            return cls._after_reminder(request, taken[0], rules, owed, now)
        whole = found or (direct[0] if direct else None)
        if whole is None:
            return None
        name = rules.channels[request.channel].name
        return cls(
            request.environment, rules, whole, taken, owed, owed, request.opened_at, request.state, name, now,
            is_over=found is None or request.merged_into_id is not None, is_direct=found is None,
        )  # fmt: skip

    @classmethod
    def _after_reminder(
        cls, request: Request, last: Escalation, rules: Rules, owed: Clock | None, now: datetime
    ) -> Way | None:
        """Of the request to which the silence of a partner has led."""
        found, first = rules.ladders.get(last.ladder), last.clock
        if found is None or first is None:
            return None
        taken = [*Escalation.objects.filter(clock=first, request=None).shown(), last]
        name = rules.channels[found.first.channels[0]].name
        return cls(request.environment, rules, found, taken, first, owed, first.started_at, "open", name, now)

    @classmethod
    def in_case(cls, case: Case, actor: Actor, now: datetime) -> Way | None:
        """None for who is neither its client nor brought them, and where nobody works it."""
        who = who_is(actor)
        rules = Edition.in_force().rules
        found = next((one for one in rules.ladder if who in one.open_to and _is_of_cases(one, rules)), None)
        if found is None or case.partner is None or actor.organisation.pk not in (case.client_id, case.referrer_id):
            return None
        asked = Clock.objects.filter(case=case, owner=case.partner, conversation__isnull=False).shown()
        owed = asked.open().order_by("due_at").first()
        first = owed or asked.order_by("pk").last()
        mine = Q(request=None) | Q(climber=actor.organisation)
        taken = list(Escalation.objects.filter(mine, clock=first).shown().order_by("pk")) if first else []
        last = taken[-1].request if taken else None
        if last:
            owed = Clock.objects.next_in(last.conversation_id)
        state, name = "open" if owed else "answered", rules.channels[found.first.channels[0]].name
        asked_at = first.started_at if first else None
        return cls(
            case.environment, rules, found, taken, first, owed, asked_at, state, name, now, is_over=first is None
        )

    @property
    def facts(self) -> Facts:
        return Facts(self.clock.due_at if self.clock else None, self.state in ("answered", "solved", "closed"))

    @property
    def next(self) -> Step | None:
        return ladders.following(self.ladder, self._keys)

    def verdict(self, step: str = "") -> Verdict:
        """On a step, or on the one that comes next."""
        wanted = step or (self.next.key if self.next else "")
        if not wanted:
            return Closed(None, str(_("This is as far as one climbs. Whoever must answer has been told.")))
        return ladders.climb(self.ladder, wanted, self._keys, self.facts, self.now)

    @property
    def may_acknowledge(self) -> bool:
        return bool(self.taken) and self.taken[-1].may_acknowledge(self.rules)

    def must_take(self, step: str, reason: str) -> Step:
        """Raises `NotThere`, `ValidationError`."""
        verdict = self.verdict(step)
        if not isinstance(verdict, May):
            raise NotThere(verdict.why, verdict.opens_at if isinstance(verdict, Early) else None)
        if verdict.needs_reason and not reason:
            raise ValidationError({"reason": _("Say what is blocked, and why.")})
        return verdict.step

    def promise(self, step: Step) -> str:
        return self.rules.channels[step.channels[0]].promise

    @property
    def history(self) -> str:
        """What has happened so far, a line each: for who has not seen it."""
        assert self.first
        said = {
            _("Asked"): self.first.started_at,
            _("The answer was due"): self.first.due_at,
            **{_("Reminded"): one.begun_at for one in self.taken},
        }
        return "\n".join(f"- {what}: {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" for what, at in said.items())

    @property
    def rungs(self) -> list[Rung]:
        """All that whoever climbs and whoever must answer are to see: asking, the steps taken, and those that may be."""
        first = "climbed" if self.taken else "open" if self.clock else self.state
        if self.asked_at is None:
            first = "unasked"
        elif self.first and self.first.state in (Clock.State.KEPT, Clock.State.LATE):
            first = "answered"
        found: list[Rung] = []
        if not self.is_direct:
            found.append(Rung(self.ladder.first, self.name, first, self.asked_at, None if self.taken else self.clock))
        for one in self.taken:
            if step := self.ladder.called(one.step):
                clock = self.clock if one.is_open else None
                found.append(Rung(step, self._called(step, one), one.stands, one.begun_at, clock, one))
        if self.next and not self.is_over:
            found.append(Rung(self.next, self._called(self.next), "ahead", verdict=self.verdict()))
        direct = [step for step in self.ladder.step if "critical" in step.when and step.key not in self._keys]
        return found + [Rung(step, self._called(step), "direct") for step in direct]

    def _called(self, step: Step, taken: Escalation | None = None) -> str:
        """As the policy calls it, or as where it has led who has no account manager."""
        if (
            taken
            and taken.request
            and taken.manager is None
            and taken.request.channel not in self.ladder.first.channels
        ):
            return self.rules.channels[taken.request.channel].name
        return self.rules.step_name(self.ladder.key, step.key)

    @property
    def _keys(self) -> list[str]:
        return [one.step for one in self.taken]


def _is_of_cases(ladder: Ladder, rules: Rules) -> bool:
    return rules.channels[ladder.first.channels[0]].way == "case"


@dataclass(frozen=True)
class Rung:
    """One step of a way: asking, or one that was taken (as it stands, since when), or one `ahead` with what holds of it now;
    `direct` is one that is on no way."""  # fmt: skip

    step: Step
    name: str
    state: str
    at: datetime | None = None
    clock: Clock | None = None
    escalation: Escalation | None = None
    verdict: Verdict | None = None

    @property
    def is_late(self) -> bool:
        return self.clock is not None and self.clock.due_at < timezone.now()

    @property
    def may(self) -> bool:
        return isinstance(self.verdict, May)

    @property
    def is_reminder(self) -> bool:
        """Words of one's own are not needed: what everybody in the conversation sees is that an answer was due."""
        return "blocked" not in self.step.when and "unresolved" not in self.step.when

    @property
    def needs_reason(self) -> bool:
        return isinstance(self.verdict, May) and self.verdict.needs_reason

    @property
    def opens_at(self) -> datetime | None:
        return self.verdict.opens_at if isinstance(self.verdict, Early) else None

    @property
    def why(self) -> str:
        return "" if self.verdict is None or isinstance(self.verdict, May) else self.verdict.why


def _reason(words: str, keep: Collection[str]) -> str:
    said = include.masked(typed.cleaned(words), keep)
    if len(said) > LONGEST_REASON:
        raise ValidationError({"reason": _("Use up to 2,000 characters: what is blocked, and why.")})
    return said


# --- reactions --------------------------------------------------------------------------------------------------------


def call_those_on_duty(happening: Happening) -> None:
    """Asked directly, or put there: a critical request is a step by itself."""
    Escalation.call(happening.things["request"], by=happening.by, at=happening.at)


def end_step(happening: Happening) -> None:
    """The operator answered, or it is over: so is the step that was open."""
    request = happening.things["request"]
    over = request.is_at_rest or happening.kind != "request.answered"
    for step in Escalation.objects.open().filter(request=request):
        step.end(Escalation.State.SOLVED if over else Escalation.State.ANSWERED, by=happening.by, at=happening.at)


def reopen_step(happening: Happening) -> None:
    """The sender asks again: whoever answered last owes an answer again."""
    last = Escalation.objects.filter(request=happening.things["request"]).order_by("pk").last()
    if last and not last.is_open:
        last.reopen(by=happening.by, at=happening.at)


def pass_on(happening: Happening) -> None:
    """What somebody who leaves the operator was to answer goes to who stands for the climber now, or to the team."""
    gone = happening.things["person"]
    for step in Escalation.objects.open().filter(manager=gone).select_related("request", "climber"):
        if step.request and step.request.operator_id == happening.subject.pk:
            step.pass_to(AccountManager.answering(step.climber, happening.at), by=happening.by, at=happening.at)
