"""What new working hours, or a new promise, would mean, before anybody is bound by them: pure looks at clocks, nothing stored.

A clock keeps the versions it was started with, so nothing that runs is moved. A preview counts what runs once more by the new
rules, which shows what they will mean for what begins later, and anything that was not meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from trialogue.cases.models import Case
from trialogue.channels.advice import Advice
from trialogue.channels.rules import Rules
from trialogue.clocks.models import Calendar, Clock, ClockQuerySet, Policy, Unit
from trialogue.clocks.policies import in_words
from trialogue.events.models import Event
from trialogue.lib.businesstime import BusinessTimeError
from trialogue.people.models import Organisation, Person, Side

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Micros = NDArray[np.int64]

SHOWN = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_BATCH = 20_000
OFFICE = {str(day): [["09:00", "17:00"]] for day in range(5)}


@dataclass(frozen=True)
class Moved:
    """A clock that runs, and when it would be due by the new rules."""

    clock: Clock
    would: datetime

    @property
    def by(self) -> timedelta:
        return self.would - self.clock.due_at


@dataclass
class Preview:
    """How the running clocks would stand: how many as now, later, earlier; those that would move furthest."""

    same: int = 0
    later: int = 0
    earlier: int = 0
    furthest: list[Moved] = field(default_factory=list)

    @property
    def running(self) -> int:
        return self.same + self.later + self.earlier

    @property
    def moving(self) -> int:
        return self.later + self.earlier


def preview_of_hours(clocks: ClockQuerySet, calendar: Calendar) -> Preview:
    """`clocks` are those its organisation owes; they are counted again on a calendar that need not be saved."""
    policies = {policy.pk: policy for policy in Policy.objects.all()}
    return _preview(clocks, "policy_id", lambda pk: (policies[pk], calendar))


def preview_of_promise(clocks: ClockQuerySet, policy: Policy) -> Preview:
    """`clocks` are those of its promise; each is counted again on the calendar it has, by a policy that need not be saved."""
    calendars = Calendar.objects.in_bulk(
        list(clocks.open().order_by().values_list("calendar_id", flat=True).distinct())
    )
    return _preview(clocks, "calendar_id", lambda pk: (policy, calendars[pk]))


@dataclass(frozen=True)
class Touched:
    """A promise, or with none the operator's hours, that a channel policy would change, and what that would mean for what runs."""

    promise: str
    proposal: Policy | Calendar
    preview: Preview


def preview_of_rules(clocks: ClockQuerySet, told: Rules, operator: Organisation, now: datetime) -> list[Touched]:
    """`clocks` are all that the reader may see. Raises `ValidationError` for hours that cannot be."""
    touched = []
    for promise, words in told.promise.items():
        if wanted := Policy.otherwise(promise, words):
            proposal = Policy(promise=promise, version=0, effective_from=now, **wanted)
            touched.append(Touched(promise, proposal, preview_of_promise(clocks.filter(promise=promise), proposal)))
    if hours := Calendar.otherwise(operator, told.hours, now):
        calendar = proposed_hours(operator, None, now, **hours)
        touched.append(Touched("", calendar, preview_of_hours(clocks.owed_by(operator), calendar)))
    return touched


def if_asked(advice: Advice, case: Case | None, now: datetime) -> Clock | None:
    """The clock as it would run if it were asked now, kept nowhere; None where nobody promises an answer, or it is not known who would."""
    if advice.promise is None or advice.channel.way == "person":  # nobody counts what is said to a person directly
        return None
    if advice.channel.way != "case":
        return owed_by_operator(advice.channel.promise, now) if advice.promise.owed_by == "operator" else None
    # Who may not write in the conversation of a case is owed nothing there.
    if (
        case is None
        or case.is_over
        or case.former
        or case.partner is None
        or advice.who in ("referral_partner", "public")
    ):
        return None
    owner = case.client if advice.who == "collection_partner" else case.partner
    return as_if_begun(promised_between(owner), owner, now)


def owed_by_operator(promise: str, now: datetime) -> Clock | None:
    """As if it began now; None in a house without an operator."""
    operator = Organisation.objects.operator()
    return as_if_begun(promise, operator, now) if operator else None


def as_if_begun(promise: str, owner: Organisation, now: datetime) -> Clock:
    policy, calendar = Policy.in_force(promise, now), Calendar.in_force(owner, now)
    due = policy.due(now, policy.time(calendar))
    return Clock(promise=promise, policy=policy, calendar=calendar, owner=owner, started_at=now, due_at=due)


def promised_between(owner: Organisation) -> str:
    """What a client or a partner promises to who writes to it in their conversation."""
    return "reply" if owner.kind == Side.PARTNER else "supply"


def _preview(clocks: ClockQuerySet, by: str, rules: Callable[[int], tuple[Policy, Calendar]]) -> Preview:
    preview, furthest = Preview(), list[tuple[int, int, int]]()
    for key, batch in _batches(clocks.open().filter(state=Clock.State.RUNNING), by):
        pks, starts, dues = _columns(batch)
        would = due_many(*rules(key), starts)
        moved = would - dues
        preview.later += int((moved > 0).sum())
        preview.earlier += int((moved < 0).sum())
        preview.same += int((moved == 0).sum())
        candidates = abs(moved).argsort()[::-1][:SHOWN]
        furthest += [(abs(int(moved[i])), int(pks[i]), int(would[i])) for i in candidates if moved[i]]
        furthest = nlargest(SHOWN, furthest)
    preview.furthest = _moved(furthest)
    return preview


def _batches(clocks: ClockQuerySet, by: str) -> Iterable[tuple[int, list[tuple[int, datetime, datetime]]]]:
    gathered: dict[int, list[tuple[int, datetime, datetime]]] = defaultdict(list)
    for key, *row in clocks.order_by().values_list(by, "pk", "started_at", "due_at").iterator(_BATCH):
        gathered[key].append(row)
        if len(gathered[key]) >= _BATCH:
            yield key, gathered.pop(key)
    yield from gathered.items()


def _columns(rows: list[tuple[int, datetime, datetime]]) -> tuple[Micros, Micros, Micros]:
    import numpy as np

    pks, starts, dues = zip(*rows, strict=True)
    return np.array(pks), as_micros(starts), as_micros(dues)


def as_micros(moments: Iterable[datetime]) -> Micros:
    """Microseconds since 1970, exactly."""
    import numpy as np

    seconds = [((m := moment - _EPOCH).days * 86_400 + m.seconds) * _SECOND + m.microseconds for moment in moments]
    return np.array(seconds, np.int64)


def due_many(policy: Policy, calendar: Calendar, starts: Micros) -> Micros:
    """`policy.due` for a column of starts."""
    time = policy.time(calendar)
    match policy.unit:
        case Unit.BUSINESS_DAYS:
            found: Micros = time.add_days_many(starts, policy.within)
        case Unit.BUSINESS_HOURS | Unit.OFFICE_HOURS:
            found = time.add_many(starts, timedelta(hours=policy.within))
        case _:
            found = starts + policy.within * 3600 * _SECOND
    return found


def _moved(found: list[tuple[int, int, int]]) -> list[Moved]:
    clocks = Clock.objects.shown().in_bulk([pk for _far, pk, _would in found])
    return [Moved(clocks[pk], _EPOCH + timedelta(microseconds=would)) for _far, pk, would in found if pk in clocks]


# --- what is proposed -------------------------------------------------------------------------------------------------


def proposed_hours(organisation: Organisation, effective_from: datetime | None, now: datetime, **time: Any) -> Calendar:
    """The next version of a calendar, checked and not saved. Raises `ValidationError` by field."""
    must_be_to_come(effective_from, now)
    calendar = Calendar(organisation=organisation, version=0, effective_from=effective_from or now, **time)
    calendar.clean_fields(exclude=["organisation"])
    calendar.clean()
    _must_get_somewhere(calendar, max(now, calendar.effective_from))
    return calendar


def _must_get_somewhere(calendar: Calendar, start: datetime) -> None:
    """A promise that never ends would stop every message that begins it."""
    try:
        done = calendar.working_time.add(start, timedelta(hours=40))
    except BusinessTimeError:
        done = datetime.max.replace(tzinfo=UTC)
    if done > start + timedelta(days=366):
        problem = _("By these hours, 40 hours of work take more than a year. Give more hours, or fewer closed days.")
        raise ValidationError({"week": problem})


def proposed_promise(promise: str, effective_from: datetime | None, now: datetime, **told: Any) -> Policy:
    """The next version of a promise, checked and not saved. Raises `ValidationError` by field."""
    must_be_to_come(effective_from, now)
    policy = Policy(promise=promise, version=0, effective_from=effective_from or now, **told)
    policy.clean_fields()
    policy.clean()
    return policy


def must_be_to_come(effective_from: datetime | None, now: datetime) -> None:
    if effective_from and effective_from < now - timedelta(minutes=1):
        problem = _("This moment is past, and new rules do not judge what was. Give one to come, or none for now.")
        raise ValidationError({"effective_from": problem})
    if effective_from and effective_from > now + timedelta(days=3660):
        raise ValidationError({"effective_from": _("Give a moment within the next ten years.")})


# --- three readings ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """One way to read a number of business hours or days, and what it makes of an example."""

    unit: str
    within: int
    start: datetime
    due: datetime

    @property
    def words(self) -> str:
        return in_words(self.within, self.unit)


def readings(hours: int, start: datetime, calendar: Calendar) -> list[Reading]:
    """The same promise read three ways: around the clock on weekdays, by office hours, by business days."""
    told = ((Unit.BUSINESS_HOURS, hours), (Unit.OFFICE_HOURS, hours), (Unit.BUSINESS_DAYS, max(1, round(hours / 24))))
    office = office_of(calendar)
    made = [(Policy(promise="", within=within, unit=unit), within) for unit, within in told]
    return [
        Reading(policy.unit, within, start, policy.due(start, policy.time(office if policy.unit == Unit.OFFICE_HOURS else calendar)))
        for policy, within in made
    ]  # fmt: skip


def office_of(calendar: Calendar) -> Calendar:
    """Where an organisation names no hours of the day, nine to five stand in for an office."""
    if not calendar.is_around_the_clock:
        return calendar
    return Calendar(
        zone=calendar.zone, week=OFFICE, country=calendar.country, subdivision=calendar.subdivision, closed=calendar.closed
    )  # fmt: skip


def example_start(calendar: Calendar, now: datetime) -> datetime:
    """The coming Thursday, 15:00 where the calendar is: a weekend lies ahead, which is what tells readings apart."""
    local = now.astimezone(ZoneInfo(calendar.zone))
    days = (3 - local.weekday()) % 7 or 7
    return (local + timedelta(days=days)).replace(hour=15, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


# --- history ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """Who brought a version in, for whom, when and by which door, from the log."""

    at: datetime
    by: str
    organisation: str
    via: str


def told_of_hours(organisation: Organisation) -> dict[str, Told]:
    """By public id of the calendar."""
    events = Event.objects.filter(subject=organisation.public_id, kind="calendar.introduced")
    return _told((event.facts["calendar"], event) for event in events)


def told_of_promises() -> dict[str, Told]:
    """By promise and version, such as “reply 2”."""
    operators = Organisation.objects.filter(kind=Side.OPERATOR).values_list("public_id", flat=True)
    events = Event.objects.filter(subject__in=list(operators), kind="policy.introduced")
    return _told((f"{event.facts['promise']} {event.facts['version']}", event) for event in events)


def _told(events: Iterable[tuple[str, Event]]) -> dict[str, Told]:
    found = dict(events)
    people = Person.objects.named(event.by for event in found.values() if event.by)
    wanted = {event.organisation for event in found.values() if event.organisation}
    names = dict(Organisation.objects.filter(public_id__in=wanted).values_list("public_id", "name")) if wanted else {}
    return {
        key: Told(event.at, people.get(event.by, ""), names.get(event.organisation, ""), event.via)
        for key, event in found.items()
    }


def differences(old: Calendar | None, new: Calendar) -> dict[str, tuple[Any, Any]]:
    """What a version changed, by field: before and after. Days of the week stand by themselves, as `week.0`."""
    if old is None:
        return {}
    fields = ("zone", "country", "subdivision", "shortened")
    changed: dict[str, tuple[Any, Any]] = {name: (getattr(old, name), getattr(new, name)) for name in fields}
    changed["closed"] = (old.closed_days, new.closed_days)
    changed |= {f"week.{day}": (_day(old.week, day), _day(new.week, day)) for day in range(7)}
    return {name: pair for name, pair in changed.items() if pair[0] != pair[1]}


def _day(week: Mapping[str, Any], day: int) -> list[list[str]]:
    return [list(span) for span in week.get(str(day), [])]
