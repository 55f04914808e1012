"""The morning summary of one person: what needs them, what is owed to them, what they have not read, case by case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from trialogue.cases import timeline
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation
from trialogue.deliveries.wishes import How, Mute, MuteQuerySet, Wishes, notice_of
from trialogue.events.models import Event
from trialogue.people.brands import worn_by
from trialogue.people.models import Actor, Membership, Organisation, Person, Side

MOST = 20  # of each; what is more stands on the pages


@dataclass
class Part:
    """What one organisation of the reader has for them."""

    organisation: Organisation
    mine: list[Clock] = field(default_factory=list)
    theirs: list[Clock] = field(default_factory=list)
    unread: list[Conversation] = field(default_factory=list)
    news: list[tuple[Case, list[timeline.Line]]] = field(default_factory=list)
    named: list[Any] = field(default_factory=list)  # deliveries that tell of a private note
    asked: list[Any] = field(default_factory=list)  # deliveries that tell of a request or a relationship

    @property
    def has_something(self) -> bool:
        return any((self.mine, self.theirs, self.unread, self.news, self.named, self.asked))


def gather(person: Person, since: datetime, now: datetime, kinds: Sequence[str]) -> list[Part]:
    """The parts that have something to say. `kinds` of events are news, if the reader wants them in the morning."""
    wishes = Wishes.of(person)
    wanted = [kind for kind in kinds if wishes.how(notice_of(kind)) == How.DAILY]
    memberships = (
        Membership.objects.filter(person=person)
        .select_related("person", "organisation", *worn_by("organisation"))
        .order_by("since")
    )
    parts = [_part(Actor.of(membership), since, now, wanted) for membership in memberships]
    return [part for part in parts if part.has_something]


def _part(actor: Actor, since: datetime, now: datetime, kinds: Sequence[str]) -> Part:
    mutes = Mute.objects.in_force(now).filter(person=actor.person)
    muted, wholly = _silent(mutes), _silent(mutes.filter(overdue_too=True))
    clocks = Clock.objects.visible_to(actor).open().filter(_mine(actor)).shown().order_by("due_at", "pk")
    silent = wholly | muted & ~Q(state=Clock.State.BROKEN)
    unread = Conversation.objects.none()
    if actor.person and actor.side in (Side.CLIENT, Side.PARTNER):
        unread = Conversation.objects.heard_by(actor).with_unread(actor.person).filter(Q(unread__gt=0))
    set_aside = _set_aside(actor, since, mutes)
    return Part(
        actor.organisation,
        mine=list(clocks.owed_by(actor.organisation).exclude(silent)[:MOST]),
        theirs=list(clocks.owed_to(actor.organisation).exclude(muted)[:MOST]),
        unread=list(
            unread.filter(_mine(actor))
            .exclude(case__in=mutes.cases())
            .select_related("case")
            .order_by("-last_message_at")[:MOST]
        ),
        news=_news(actor, since, kinds, mutes) if kinds else [],
        named=[one for one in set_aside if one.kind == "note"],
        asked=[one for one in set_aside if one.kind != "note"],
    )


def _silent(mutes: MuteQuerySet) -> Q:
    """Clocks and deliveries of what is muted."""
    return Q(case__in=mutes.cases()) | Q(conversation__in=mutes.talks())


def _set_aside(actor: Actor, since: datetime, mutes: MuteQuerySet) -> list[Any]:
    """Of private notes that name the reader, and of all that is no case, what was set aside since the last summary and not looked at.
    That a meeting was near is no news by then."""  # fmt: skip
    assert actor.person is not None
    told = actor.person.deliveries.filter(organisation=actor.organisation, state="digest", seen_at=None)
    of_meetings = Q(kind="meeting", moved_at__isnull=False)
    told = told.filter(Q(kind="note") | Q(kind="bundle", case=None) | of_meetings, settled_at__gte=since)
    told = told.in_environment(actor.environment)
    told = told.exclude(_silent(mutes) | Q(request__conversation__in=mutes.talks()))
    told = told.exclude(Exists(mutes.of_meeting(OuterRef(OuterRef("meeting")))))
    beside = ("case", "request", "conversation", "meeting", "note__author", "note__organisation")
    return list(told.select_related(*beside).order_by("pk")[:MOST])


def _mine(actor: Actor) -> Q:
    """Cases that somebody else of the reader's side looks after are left to them."""
    if actor.side not in (Side.CLIENT, Side.PARTNER):
        return Q()
    owner = "case__client_owner" if actor.side == Side.CLIENT else "case__partner_owner"
    return Q(**{owner: None}) | Q(**{owner: actor.person})


def _news(
    actor: Actor, since: datetime, kinds: Sequence[str], mutes: MuteQuerySet
) -> list[tuple[Case, list[timeline.Line]]]:
    """What was set aside for the morning, by case."""
    assert actor.person is not None
    told = actor.person.deliveries.filter(organisation=actor.organisation, moved_at__gte=since)
    cases = Case.objects.visible_to(actor).filter(pk__in=told.values("case")).exclude(pk__in=mutes.cases())[:MOST]
    by_id = {case.public_id: case for case in cases}
    # The case's own chain, and not all that was said in it.
    events = Event.objects.visible_to(actor).filter(subject__in=by_id, kind__in=kinds, at__gte=since)
    lines = timeline.tell(list(events.exclude(organisation=actor.organisation.public_id).order_by("id")[: 3 * MOST]))
    found: dict[str, list[timeline.Line]] = {}
    for line in lines:
        found.setdefault(line.event.subject, []).append(line)
    return [(by_id[subject], told_of) for subject, told_of in found.items()]
