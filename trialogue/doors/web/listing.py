"""Lists: cases, what is owed, the wall of promises, a timeline. Pages by key, so that the last is as fast as the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from trialogue.cases import timeline as telling
from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.clocks.feeds import Feed
from trialogue.clocks.models import Clock, ClockQuerySet
from trialogue.clocks.policies import may_set_hours
from trialogue.conversations.models import Conversation
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.events.models import Event
from trialogue.lists import pages
from trialogue.meetings.models import Meeting
from trialogue.meetings.models import State as MeetingState
from trialogue.people.models import Actor, Person, Side
from trialogue.people.places import grouped
from trialogue.people.plain import Plain
from trialogue.people.prepared import prepared

# Rows of a list; of each list on the first page; of each column of the wall; beside an open case.
PAGE, FIRST, SHOWN, BESIDE = 50, 25, 20, 20


@dataclass
class Row:
    """A case in a list: its next clock, what is unread, who looks after it on the reader's side."""

    case: Case
    clock: Clock | None = None
    unread: int = 0
    owner: Person | None = None

    def lay(self, clock: Clock, actor: Actor) -> None:
        """One after the other, the soonest first. What I owe stands before what I am owed."""
        if self.clock is None or self.clock.owner_id != actor.organisation.pk == clock.owner_id:
            self.clock = clock

    @property
    def face(self) -> tuple[Any, ...]:
        """All that its line says, but for the clock."""
        case, owner = self.case, self.owner.name if self.owner else ""
        names = case.client.name, case.partner.name if case.partner else "", owner
        claim = case.debtor_name, case.debtor_country, case.client_reference, case.amount, case.currency
        return (case.reference, *names, *claim, case.state, case.close_code, self.unread)


def rows(actor: Actor, found: Iterable[Case], *, unread: bool = True) -> list[Row]:
    """With each case's next clock and unread messages: two queries for all of them."""
    listed = {case.pk: Row(case) for case in found}
    if actor.side == Side.REFERRER:
        return list(listed.values())  # neither clocks nor messages are theirs to see
    # By their cases, which the actor sees: asked for by organisation, a database may read all that the organisation has.
    for clock in _clocks(tuple(listed)):
        row = listed[clock.case_id]  # type: ignore[index]
        clock.case = row.case
        if actor.side != Side.OPERATOR and actor.organisation.pk not in (clock.owner_id, clock.owed_to_id):
            continue
        row.lay(clock, actor)
    return _with_unread(listed, actor) if unread else list(listed.values())


def _with_unread(listed: dict[int, Row], actor: Actor) -> list[Row]:
    if actor.person and actor.side != Side.OPERATOR:
        for case, count in _unread(tuple(listed), actor):
            listed[case].unread = count
    return list(listed.values())


@prepared
def _clocks(cases: tuple[int, ...]) -> QuerySet[Clock]:
    found = Clock.objects.open().filter(case__in=cases).order_by("due_at")
    return found.select_related("owner", "owed_to", "calendar", "policy").defer(*_UNSAID)


# Moments that no line says: each of fifty rows has them, and SQLite's are texts to be read.
_UNSAID = (
    "started_at",
    "warned_at",
    "owner__created_at",
    "owed_to__created_at",
    "calendar__effective_from",
    "policy__effective_from",
)


@prepared
def _unread(cases: tuple[int, ...], actor: Actor) -> QuerySet[Conversation, tuple[int, int]]:
    assert actor.person is not None
    found = Conversation.objects.filter(case__in=cases).with_unread(actor.person)
    return found.values_list("case", "unread")  # type: ignore[misc]


def beside(actor: Actor) -> list[Row]:
    """The cases beside the open one: those where something is owed, the soonest first; for whom no clocks are shown, the last moved."""
    if actor.side == Side.REFERRER:
        return rows(actor, _last_moved(actor))
    found: dict[int, Row] = {}
    columns = ("",) if actor.side == Side.OPERATOR else ("owner", "owed_to")
    soonest = sorted((clock for column in columns for clock in _soonest(actor, column=column)), key=_due)
    for clock in soonest:
        assert clock.case is not None
        found.setdefault(clock.case.pk, Row(clock.case)).lay(clock, actor)
    return _with_unread(dict(islice(found.items(), BESIDE)), actor)


_due = attrgetter("due_at", "pk")


@prepared
def _last_moved(actor: Actor) -> QuerySet[Case]:
    return Case.objects.visible_to(actor).only("reference", "debtor_name").order_by("-moved_at", "-pk")[:BESIDE]


@prepared
def _soonest(actor: Actor, *, column: str) -> QuerySet[Clock]:
    """Whose `column` names the actor's organisation: each is the beginning of an index, which both in one question are not."""
    clocks = Clock.objects.visible_to(actor)
    if column:
        clocks = Clock.objects.mine(actor) if column == "owner" else Clock.objects.theirs(actor)
    shown = clocks.open().exclude(case=None).select_related("case")
    told = shown.only("state", "due_at", "warn_at", "owner_id", "case__reference", "case__debtor_name")
    return told.order_by("due_at", "pk")[: 2 * BESIDE]


def owed(actor: Actor) -> tuple[str, dict[str, Any]]:
    lists = {
        "mine": _owing(actor, count=FIRST + 1),
        "theirs": _expecting(actor, count=FIRST + 1),
    }
    more = {f"more_{name}": len(found) > FIRST for name, found in lists.items()}
    lists = {name: found[:FIRST] for name, found in lists.items()}
    meetings = list(_meetings(actor, timezone.now()))
    return "web/home.html", {**lists, **more, "page": FIRST, "waiting": waiting(actor), "meetings": meetings}


@prepared
def _meetings(actor: Actor, now: datetime) -> QuerySet[Meeting]:
    """The next that are agreed, and those of whose offered times one is to be chosen."""
    to_come = Q(state=MeetingState.OFFERED) | Q(state=MeetingState.AGREED, ends_at__gt=now)
    return Meeting.objects.visible_to(actor).filter(to_come).order_by("starts_at", "pk")[:2]


def waiting(actor: Actor) -> list[tuple[str, str, str]]:
    """What the reader's side is to decide though no clock runs: where, how much, and what to do."""
    states = {Side.CLIENT: [State.QUOTED], Side.OPERATOR: [State.VALIDATION, State.LEADS, State.CONTRACT]}
    mine = states.get(Side(actor.side), [])
    cases = Case.objects.visible_to(actor)
    counts = pages.up_to(actor, {state: cases.filter(state=state) for state in mine}) if mine else {}
    cases_in = f"{reverse('cases')}?state="
    found = [(cases_in + state, in_words(count), _to_do(state, count)) for state, count in counts.items() if count != 0]
    for count in _closed_days(actor, actor.organisation.pk) if may_set_hours(actor, actor.organisation) else ():
        to_do = ngettext("closed day of your calendar to look at", "closed days of your calendar to look at", count)
        found.append((f"{reverse('working-hours')}#feed", in_words(count), to_do))
    return found


@prepared
def _closed_days(_actor: Actor, organisation: int) -> QuerySet[Feed, int]:
    return Feed.objects.with_news().filter(organisation=organisation).values_list("new_days", flat=True)


def _to_do(state: str, count: int | None) -> str:
    count = pages.COUNTED if count is None else count
    match state:
        case State.QUOTED:
            return ngettext("quote to decide on", "quotes to decide on", count)
        case State.VALIDATION:
            return ngettext("case to release to a partner", "cases to release to a partner", count)
        case State.LEADS:
            return ngettext("case to find a partner for", "cases to find a partner for", count)
    return ngettext("case whose contract is not signed", "cases whose contract is not signed", count)


@prepared
def _owing(actor: Actor, *, count: int) -> QuerySet[Clock]:
    return Clock.objects.mine(actor).open().shown().order_by("due_at", "pk")[:count]


@prepared
def _expecting(actor: Actor, *, count: int) -> QuerySet[Clock]:
    return Clock.objects.theirs(actor).open().shown().order_by("due_at", "pk")[:count]


def wall(actor: Actor) -> tuple[str, dict[str, Any]]:
    """Broken, at risk, due soon, each counted as far as is said; and how each organisation stands that owes what is due first."""
    now, clocks = timezone.now(), Clock.objects.visible_to(actor).open()
    looks = {"broken": clocks.broken(now), "at-risk": clocks.at_risk(now), "running": clocks.calm(now)}
    counts = pages.up_to(actor, {**looks, "all": clocks})
    looks["running"] = looks["running"].filter(due_at__gt=now)  # says nothing new, but where the index is to begin
    if counts["at-risk"] is not None:  # few: found by when they were warned of, not among all that is due later
        soonest = looks["at-risk"].order_by(Plain("due_at"), "pk").values("pk")[:SHOWN]
        looks["at-risk"] = Clock.objects.filter(pk__in=soonest)
    return "web/wall.html", {
        "columns": [
            (look, in_words(counts[look]), list(found.order_by("due_at", "pk").shown()[:SHOWN]))
            for look, found in looks.items()
        ],
        "partners": _standing(clocks if counts["all"] is not None else _first(clocks), now),
        "counted": pages.COUNTED,
        "all_counted": counts["all"] is not None,
        "waiting": waiting(actor),
    }


def _first(clocks: ClockQuerySet) -> ClockQuerySet:
    """Of very many the answers that are due first, as many as are counted (and those due with the last of them)."""
    last = clocks.order_by("due_at", "pk").values_list("due_at", flat=True)[pages.COUNTED - 1 : pages.COUNTED].get()
    return clocks.filter(due_at__lte=last)


def _standing(clocks: ClockQuerySet, now: datetime) -> QuerySet[Clock, dict[str, Any]]:
    """How each organisation stands that owes some of these."""
    rows = clocks.values(name=F("owner__name"), kind=F("owner__kind"))
    broken, at_risk = Q(due_at__lte=now), Q(due_at__gt=now, warn_at__lte=now)
    told = rows.annotate(open=Count("pk"), broken=Count("pk", filter=broken), at_risk=Count("pk", filter=at_risk))
    return told.order_by("-broken", "-at_risk", "name")[:100]  # type: ignore[return-value]


def in_words(count: int | None) -> str:
    """“312”, or “10,000+”."""
    return grouped(count) if count is not None else f"{grouped(pages.COUNTED)}+"


def timeline(actor: Actor, case: Case, asked: Mapping[str, str]) -> dict[str, Any]:
    """A page of what happened, the newest first."""
    events = Event.objects.visible_to(actor).filter(case_id=case.pk)
    before = asked.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        events = events.filter(pk__lt=int(before))
    found = list(events.order_by("-pk")[: PAGE + 1])
    return {"lines": telling.tell(found[:PAGE], when), "older": found[PAGE - 1].pk if len(found) > PAGE else None}
