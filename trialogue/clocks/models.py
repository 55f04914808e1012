"""Working time of an organisation, promises, and one row for every answer that is owed."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import IntegrityError, InterfaceError, OperationalError, models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from trialogue.cases.models import Case
from trialogue.channels import rules
from trialogue.conversations.models import Conversation, Message
from trialogue.events.change import SYSTEM, Doer, Record, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.lib.businesstime import BusinessTimeError, UnknownCountry, UnknownSubdivision, UnknownZone, WorkingTime
from trialogue.people.models import Actor, Environment, Organisation, Refused, Side
from trialogue.people.plain import Plain, words
from trialogue.people.prepared import prepared

log = logging.getLogger(__name__)

# Monday 00:00 to Friday 24:00: what "48 business hours" means until an organisation says otherwise.
WEEKDAYS_AROUND_THE_CLOCK: dict[str, list[list[str]]] = {str(day): [["00:00", "24:00"]] for day in range(5)}


def _calendar_id() -> str:
    return publicid.new("cal")


def _clock_id() -> str:
    return publicid.new("clk")


class Calendar(models.Model):
    """One version of an organisation's working time, in force from `effective_from` until the next one. Never edited."""

    public_id = models.CharField(max_length=32, unique=True, default=_calendar_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="calendars")
    version = models.PositiveIntegerField()
    effective_from = models.DateTimeField()
    zone = models.CharField(max_length=64)
    week = models.JSONField(default=dict)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=3, blank=True)
    closed = models.JSONField(default=list, blank=True)
    shortened = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "version"], name="calendar_version")]
        indexes = [models.Index(fields=["organisation", "-effective_from"], name="calendar_in_force")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.version}"

    @classmethod
    def introduce(
        cls,
        organisation: Organisation,
        *,
        by: Doer = SYSTEM,
        effective_from: datetime | None = None,
        at: datetime | None = None,
        replaces: int | None = None,
        **time: Any,
    ) -> Calendar:
        """A new version: zone, week, country, subdivision, closed, shortened. Raises `Refused`, `ValidationError` by field.

        `replaces` is the version its author has seen; when another came between, nothing is introduced.
        """
        with change(organisation, by=by, at=at) as record:
            version = organisation.calendars.count() + 1
            _must_set_hours(by, organisation, version)
            _must_follow(replaces, version)
            calendar = cls(
                organisation=organisation, version=version, effective_from=effective_from or record.at, **time
            )
            calendar.full_clean()
            calendar.save()
            record("calendar.introduced", calendar=calendar, version=version)
        return calendar

    @classmethod
    def in_force(cls, organisation: Organisation, at: datetime) -> Calendar:
        for calendar in _calendar_at(organisation.pk, at):
            calendar.organisation = organisation
            return calendar
        # A case may have begun before its organisation first said when it works (demo and imports look back).
        return organisation.calendars.order_by("version")[0]

    @classmethod
    def otherwise(cls, organisation: Organisation, told: rules.Hours, at: datetime) -> dict[str, Any] | None:
        """The hours that the channel policy gives an organisation, when it gives some that are not in force already."""
        hours, now = told.calendar(), cls.in_force(organisation, at)
        return hours if hours and any((getattr(now, name) or {}) != (of or {}) for name, of in hours.items()) else None

    def clean(self) -> None:
        for field, days in (("closed", self.closed), ("shortened", self.shortened)):
            given = days if isinstance(days, list | dict) else [days]
            if impossible := [day for day in given if not _is_date(day)]:
                problem = _("“%(day)s” is no date. Write it as 2026-12-24.")
                raise ValidationError({field: ValidationError(problem, params={"day": impossible[0]})})
        try:
            _built = self.working_time
        except BusinessTimeError as why:
            fields = {UnknownZone: "zone", UnknownCountry: "country", UnknownSubdivision: "subdivision"}
            raise ValidationError({fields.get(type(why), "week"): str(why)}) from why
        except (ValueError, TypeError, KeyError, AttributeError) as why:
            problem = _("These hours cannot be read. Give for each weekday, 0 to 6, pairs such as 08:00 and 16:00.")
            raise ValidationError({"week": problem}) from why

    @cached_property
    def working_time(self) -> WorkingTime:
        """Raises `ValueError` when this is no working time; built once for all rows that say the same."""
        told = [self.zone, self.week, self.country, self.subdivision, self.closed, self.shortened]
        return _working_time(json.dumps(told, sort_keys=True))

    @cached_property
    def business_time(self) -> WorkingTime:
        """The same working days around the clock, Monday 00:00 to Friday 24:00: what "48 business hours" are counted in."""
        if self.is_around_the_clock:
            return self.working_time
        week = {day: [["00:00", "24:00"]] for day, spans in self.week.items() if spans}
        shut: dict[str, list[str]] = {day: [] for day, spans in self.shortened.items() if not spans}
        told = [self.zone, week, self.country, self.subdivision, self.closed, shut]
        return _working_time(json.dumps(told, sort_keys=True))

    @property
    def is_around_the_clock(self) -> bool:
        return all([list(span) for span in spans] == [["00:00", "24:00"]] for spans in self.week.values() if spans)


def _is_date(day: Any) -> bool:
    try:
        return isinstance(day, str) and date.fromisoformat(day).isoformat() == day
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def _working_time(told: str) -> WorkingTime:
    zone, week, country, subdivision, closed, shortened = json.loads(told)
    days = {int(day): [tuple(span) for span in spans] for day, spans in week.items()}
    short = {date.fromisoformat(day): [tuple(span) for span in spans] for day, spans in shortened.items()}
    named: dict[str, str] = closed if isinstance(closed, dict) else dict.fromkeys(closed, "")
    shut = {date.fromisoformat(day): name for day, name in named.items()}
    if country:
        # "open": a country whose holidays are known only so far ahead must stop nobody from writing.
        return WorkingTime.for_country(
            country, subdivision or None, zone, days, closed=shut, shortened=short, beyond="open"
        )
    return WorkingTime(zone, days, holidays=shut, shortened=short)


class Unit(models.TextChoices):
    """What a promise counts: the owner's working days around the clock, only its office hours, its days, or every hour."""

    BUSINESS_HOURS = "business_hours", _("business hours")
    OFFICE_HOURS = "office_hours", _("office hours")
    BUSINESS_DAYS = "business_days", _("business days")
    HOURS = "hours", _("hours")


def in_words(count: int, unit: str) -> str:
    """“48 business hours”, “1 business day”."""
    if unit == Unit.HOURS and count > 48 and not count % 24:
        count //= 24
        return ngettext("{count} calendar day", "{count} calendar days", count).format(count=count)
    said = {
        Unit.BUSINESS_HOURS: ngettext("{count} business hour", "{count} business hours", count),
        Unit.OFFICE_HOURS: ngettext("{count} office hour", "{count} office hours", count),
        Unit.BUSINESS_DAYS: ngettext("{count} business day", "{count} business days", count),
        Unit.HOURS: ngettext("{count} hour", "{count} hours", count),
    }
    return said[Unit(unit)].format(count=count)


LONGEST = rules.MOST


def may_set_hours(actor: Actor, organisation: Organisation) -> bool:
    """Its admins and the operator's; by program with a production key, since there is one calendar for both environments."""
    return (actor.organisation == organisation or actor.side == Side.OPERATOR) and _speaks_for_it(actor)


def may_make_promises(actor: Actor) -> bool:
    return actor.side == Side.OPERATOR and _speaks_for_it(actor)


def _speaks_for_it(actor: Actor) -> bool:
    if actor.person is None and actor.via == "api":
        return actor.environment == Environment.PRODUCTION
    return actor.may_administer


def _must_set_hours(doer: Doer, organisation: Organisation, version: int) -> None:
    # The first calendar comes with the organisation, whoever founds it.
    if version > 1 and isinstance(doer, Actor) and not may_set_hours(doer, organisation):
        raise Refused(_("Only an admin of {organisation} may set its working hours.").format(organisation=organisation))


def _must_follow(replaces: int | None, version: int) -> None:
    if replaces is not None and replaces != version - 1:
        raise _came_between(version - 1)


def _came_between(version: int) -> ValidationError:
    said = _("Someone else introduced version %(last)s meanwhile. Look at it, then save yours.")
    return ValidationError(said, params={"last": version})


def _must_make_promises(actor: Actor) -> None:
    if not may_make_promises(actor):
        raise Refused(_("Only an admin of the operator may change a promise."))


class Policy(models.Model):
    """One version of a promise: how long someone may take to answer. Never edited; a clock keeps the one it began with."""

    promise = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    effective_from = models.DateTimeField()
    within = models.PositiveIntegerField()
    unit = models.CharField(max_length=16, choices=Unit.choices)
    warn_after = models.PositiveSmallIntegerField(default=75)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["promise", "version"], name="policy_version")]

    def __str__(self) -> str:
        return f"{self.promise} {self.version}: {self.within} {self.unit}"

    @classmethod
    def ship(cls) -> None:
        """The first version of every promise of the shipped channel policy, where there is none yet."""
        long_ago = datetime(2000, 1, 1, tzinfo=timezone.get_default_timezone())
        shipped = [
            Policy(promise=promise, version=1, effective_from=long_ago, **cls.particulars(told))
            for promise, told in rules.shipped_rules().promise.items()
        ]
        Policy.objects.bulk_create(shipped, ignore_conflicts=True)

    @staticmethod
    def particulars(told: rules.Promise) -> dict[str, Any]:
        return {"within": told.within, "unit": told.unit, "warn_after": told.warn_after}

    @classmethod
    def in_force(cls, promise: str, at: datetime) -> Policy:
        found = _policy_at(promise, at)
        assert found, f"no policy for {promise}: run trialogue migrate"
        return found[0]

    @classmethod
    def introduce(
        cls,
        promise: str,
        *,
        by: Actor,
        within: int,
        unit: str,
        warn_after: int,
        effective_from: datetime | None = None,
        at: datetime | None = None,
        replaces: int | None = None,
    ) -> Policy:
        """A new version, told in the log of the operator. Raises `Refused`, `ValidationError` by field."""
        _must_make_promises(by)
        with change(by.organisation, by=by, at=at) as record:
            version = cls.objects.filter(promise=promise).count() + 1
            _must_follow(replaces, version)
            policy = cls(
                promise=promise, version=version, within=within, unit=unit, warn_after=warn_after,
                effective_from=effective_from or record.at,
            )  # fmt: skip
            policy.full_clean(validate_constraints=False)
            try:
                policy.save()
            except IntegrityError as error:  # admins of two operators at once: each holds only its own row
                raise _came_between(version) from error
            record("policy.introduced", promise=promise, version=version, within=within, unit=unit)
        return policy

    @classmethod
    def adopt(cls, promise: str, told: rules.Promise, *, by: Actor, at: datetime) -> None:
        """What the channel policy says of a promise: nothing new, another version of it, or a promise nobody has made yet."""
        wanted = cls.otherwise(promise, told)
        if wanted and cls.objects.filter(promise=promise).exists():
            cls.introduce(promise, by=by, at=at, **wanted)
        elif wanted:
            with change(by.organisation, by=by, at=at) as record:
                cls.objects.create(promise=promise, version=1, effective_from=record.at, **wanted)
                record("policy.introduced", promise=promise, version=1, within=told.within, unit=told.unit)

    @classmethod
    def otherwise(cls, promise: str, told: rules.Promise) -> dict[str, Any] | None:
        """The particulars that the channel policy gives a promise, when its latest version has others, or there is none."""
        wanted = cls.particulars(told)
        latest = cls.objects.filter(promise=promise).order_by("-version").values(*wanted).first()
        return wanted if latest != wanted else None

    def clean(self) -> None:
        longest = LONGEST.get(self.unit, 0)
        wrong: dict[str, Any] = {}
        if not 1 <= (self.within or 0) <= longest:
            problem = _("Give a whole number from 1 to %(longest)s.")
            wrong["within"] = ValidationError(problem, params={"longest": longest or 1})
        if not 1 <= (self.warn_after or 0) <= 99:
            wrong["warn_after"] = _("Give a whole number from 1 to 99.")
        if not Policy.objects.filter(promise=self.promise).exists():
            wrong["promise"] = _("There is no such promise.")
        if wrong:
            raise ValidationError(wrong)

    @property
    def words(self) -> str:
        """“48 business hours”."""
        return in_words(self.within, self.unit)

    def time(self, calendar: Calendar) -> WorkingTime:
        """The time of this calendar that this promise counts."""
        return calendar.business_time if self.unit == Unit.BUSINESS_HOURS else calendar.working_time

    def due(self, start: datetime, time: WorkingTime) -> datetime:
        """When an answer is due that is owed from `start` on by someone whose time, as this promise counts it, is `time`."""
        match self.unit:
            case Unit.BUSINESS_DAYS:
                return time.add_days(start, self.within)
            case Unit.BUSINESS_HOURS | Unit.OFFICE_HOURS:
                return time.add(start, timedelta(hours=self.within))
        return start + timedelta(hours=self.within)

    def warn(self, start: datetime, due: datetime, time: WorkingTime) -> datetime:
        """When most of the promised time has passed."""
        share = self.warn_after / 100
        if self.unit == Unit.HOURS:
            return start + (due - start) * share
        return time.add(start, time.between(start, due) * share)


@prepared
def _calendar_at(organisation: int, at: datetime) -> models.QuerySet[Calendar]:
    begun = Calendar.objects.filter(organisation=organisation, effective_from__lte=at)
    return begun.order_by("-effective_from", "-version")[:1]


@prepared
def _policy_at(promise: str, at: datetime) -> models.QuerySet[Policy]:
    begun = Policy.objects.filter(promise=promise, effective_from__lte=at)
    return begun.order_by("-effective_from", "-version")[:1]


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
