"""Lists: cases, what is owed, the wall of promises, a timeline. Pages by key, so that the last is as fast as the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from trialogue.cases import timeline as telling
from trialogue.cases.lifecycle import OVER, State
from trialogue.cases.models import Case, CaseQuerySet
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.events.models import Event
from trialogue.people.models import Actor, Organisation, Side

PAGE = 50
OPEN = "open"


@dataclass
class Row:
    """A case in a list: its next clock, what is unread, the last words."""

    case: Case
    clock: Clock | None = None
    unread: int = 0
    last: str = ""


def cases(actor: Actor, asked: Mapping[str, str]) -> dict[str, Any]:
    """One page of the actor's cases by state and search, the ones that moved last first."""
    visible = Case.objects.visible_to(actor)
    counts = visible.counted_by_state()
    state, q = asked.get("state", OPEN), asked.get("q", "")[:100]
    chosen = _in_state(visible.search(q), state) if not q or "state" in asked else visible.search(q)
    found, older, newer = _keyset(chosen.with_parties(), asked)
    tabs = [
        (OPEN, sum(n for s, n in counts.items() if s not in OVER)),
        *((s.value, counts[s]) for s in State if counts.get(s)),
    ]
    return {
        "rows": rows(actor, found),
        "tabs": [
            (value, _label(value), count, value == state and ("state" in asked or not q)) for value, count in tabs
        ],
        "state": state,
        "q": q,
        "older": older and f"?{urlencode({**_kept(asked), 'before': older})}",
        "newer": newer and f"?{urlencode({**_kept(asked), 'after': newer})}",
        "any": sum(counts.values()),
    }


def _label(value: str) -> Any:
    return State(value).label if value in State.values else None


def _kept(asked: Mapping[str, str]) -> dict[str, str]:
    return {key: asked[key] for key in ("state", "q") if asked.get(key)}


def _in_state(cases: CaseQuerySet, state: str) -> CaseQuerySet:
    if state in State.values:
        return cases.filter(state=state)
    return cases.exclude(state__in=OVER)


def _keyset(cases: QuerySet[Case], asked: Mapping[str, str]) -> tuple[list[Case], str, str]:
    """A page before or after a place, and the places to go on from in both directions ("" where there is nothing more)."""
    before, after = _place(asked.get("before")), _place(asked.get("after"))
    newer = list(cases.filter(_beyond("gt", after)).order_by("moved_at", "pk")[: PAGE + 1]) if after else []
    if newer:  # else there is nothing newer any more, and the first page is what was meant
        more, found = len(newer) > PAGE, newer[:PAGE][::-1]
        return found, _key(found[-1]), _key(found[0]) if more else ""
    here = cases.filter(_beyond("lt", before)) if before else cases
    found = list(here.order_by("-moved_at", "-pk")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    return found, _key(found[-1]) if more else "", _key(found[0]) if before and found else ""


def _beyond(way: str, place: tuple[datetime, int]) -> Q:
    moment, pk = place
    return Q(**{f"moved_at__{way}": moment}) | Q(moved_at=moment, **{f"pk__{way}": pk})


def _key(case: Case) -> str:
    return f"{case.moved_at.isoformat()}~{case.pk}"


def _place(key: str | None) -> tuple[datetime, int] | None:
    moment, _, number = (key or "").partition("~")
    try:
        parsed = parse_datetime(moment)
        return (parsed.astimezone(UTC), int(number)) if parsed and parsed.tzinfo and int(number) < 2**63 else None
    except (ValueError, OverflowError):  # no moment, or one that only its zone has: the year 1 begins later in UTC
        return None


def rows(actor: Actor, found: Iterable[Case]) -> list[Row]:
    """With each case's next clock and unread messages: two queries for all of them."""
    listed = {case.pk: Row(case) for case in found}
    for clock in Clock.objects.visible_to(actor).open().filter(case__in=listed).shown().order_by("-due_at"):
        row = listed[clock.case_id]
        # What I owe stands before what I am owed.
        if row.clock is None or clock.owner_id == actor.organisation.pk or row.clock.owner_id != actor.organisation.pk:
            row.clock = clock
    if actor.person and actor.side != Side.OPERATOR:
        for conversation in Conversation.objects.visible_to(actor).filter(case__in=listed).with_unread(actor.person):
            listed[conversation.case_id].unread = conversation.unread  # type: ignore[attr-defined]
    return list(listed.values())


def beside(actor: Actor) -> list[Row]:
    """The cases beside the open one: those where something is owed, the soonest first; for whom no clocks are shown, the last moved."""
    if actor.side == Side.REFERRER:
        return rows(actor, Case.objects.visible_to(actor).order_by("-moved_at", "-pk")[:20])
    soonest = Clock.objects.visible_to(actor).open().order_by("due_at").values_list("case", flat=True)[:40]
    order = {pk: place for place, pk in reversed(list(enumerate(soonest)))}
    found = sorted(Case.objects.visible_to(actor).filter(pk__in=order), key=lambda case: order[case.pk])
    return rows(actor, found[:20])


def owed(actor: Actor) -> tuple[str, dict[str, Any]]:
    clocks = Clock.objects.visible_to(actor).open().shown().order_by("due_at", "pk")
    mine, theirs = clocks.owed_by(actor.organisation), clocks.owed_to(actor.organisation)
    lists = {"mine": list(mine[: PAGE + 1]), "theirs": list(theirs[: PAGE + 1])}
    more = {f"more_{name}": len(found) > PAGE for name, found in lists.items()}
    return "web/home.html", {name: found[:PAGE] for name, found in lists.items()} | more | {"page": PAGE}


def wall(actor: Actor) -> tuple[str, dict[str, Any]]:
    """Broken, at risk, due soon; and how each organisation that owes stands."""
    now, clocks = timezone.now(), Clock.objects.visible_to(actor).open()
    broken = Q(state=Clock.State.BROKEN) | Q(due_at__lte=now)
    at_risk = ~broken & Q(warn_at__lte=now)
    columns = [("broken", broken), ("at-risk", at_risk), ("running", ~broken & ~at_risk)]
    counts = clocks.aggregate(**{name.replace("-", "_"): Count("pk", filter=which) for name, which in columns})
    shown = clocks.shown().order_by("due_at", "pk")
    return "web/wall.html", {
        "columns": [(name, counts[name.replace("-", "_")], list(shown.filter(which)[:20])) for name, which in columns],
        "partners": _standing(clocks, broken, at_risk),
    }


def _standing(clocks: QuerySet[Clock], broken: Q, at_risk: Q) -> QuerySet[Organisation, dict[str, Any]]:
    counted = clocks.values(name=F("owner__name"), kind=F("owner__kind")).annotate(
        open=Count("pk"), broken=Count("pk", filter=broken), at_risk=Count("pk", filter=at_risk)
    )
    return counted.order_by("-broken", "-at_risk", "name")[:100]  # type: ignore[return-value]


def timeline(actor: Actor, case: Case, asked: Mapping[str, str]) -> dict[str, Any]:
    """A page of what happened, the newest first."""
    events = Event.objects.visible_to(actor).filter(case_id=case.pk)
    before = asked.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        events = events.filter(pk__lt=int(before))
    found = list(events.order_by("-pk")[: PAGE + 1])
    return {"lines": telling.tell(found[:PAGE], when), "older": found[PAGE - 1].pk if len(found) > PAGE else None}
