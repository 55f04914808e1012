"""The requests on the desk, narrowed as its inbox asks. What needs clocks is put together by whoever shows it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from trialogue.conversations import search
from trialogue.people.models import Actor, Organisation, Person
from trialogue.requests import numbers
from trialogue.requests.models import Duty, Request, RequestQuerySet, Tag

WHOSE = ("mine", "team", "nobody")
# Subjects and the names of visitors have no index of words: they are looked through among the last moved.
NEWEST = 10_000
MOST_FOUND = 200
FEW = 2_000
MOST_NEAR = 5


@dataclass(frozen=True)
class Choice:
    """What is asked for; empty is whatever. `state` is one state: only so is a page one range of one index."""

    state: str = ""
    whose: str = ""
    channel: str = ""
    tag: str = ""
    found: frozenset[int] | None = None  # what `holding` has found

    @property
    def narrows(self) -> bool:
        return bool(self.whose or self.channel or self.tag or self.found is not None)

    def requests(self, actor: Actor) -> RequestQuerySet:
        here = Request.objects.visible_to(actor)
        if self.state:
            here = here.filter(state=self.state)
        match self.whose:
            case "mine":
                here = here.filter(assignee=actor.person_id)
            case "team":
                here = here.filter(channel__in=looked_after_by(actor))
            case "nobody":
                here = here.filter(assignee=None)
        if self.channel:
            here = here.filter(channel=self.channel)
        if self.tag:
            here = tagged(here, self.tag)
        return here if self.found is None else _among(here, self.found)


def tagged(here: RequestQuerySet, name: str) -> RequestQuerySet:
    """A tag on few is looked up by those; of one on many, the last moved are soon met."""
    # By its key: its name would be looked at anew for each request.
    tags = Request.tags.through.objects.filter(tag=Tag.objects.filter(name=name).values_list("pk", flat=True).first())
    few = list(tags.values_list("request", flat=True)[: FEW + 1])
    return _among(here, few) if len(few) <= FEW else here.filter(Exists(tags.filter(request=OuterRef("pk"))))


def _among(here: RequestQuerySet, keys: Collection[int]) -> RequestQuerySet:
    """Those of a few that are here. Each is found by its key and then asked: with other conditions beside the keys, SQLite would
    rather read a whole index in the order that is wanted (a million requests, 0.2 s) than sort two hundred."""
    return Request.objects.filter(Exists(here.filter(pk=OuterRef("pk"))), pk__in=keys)


def looked_after_by(actor: Actor) -> list[str]:
    """The channels that the actor looks after."""
    mine = Duty.objects.filter(organisation=actor.organisation, person=actor.person_id)
    return list(mine.order_by("channel").values_list("channel", flat=True))


def nearest(actor: Actor, typed: str) -> list[Request]:
    """Requests whose number a mistyped one may have meant, the likeliest first."""
    seen = Request.objects.visible_to(actor)
    wanted = numbers.near(typed, timezone.now().year)
    there = set(seen.filter(number__in=wanted).values_list("number", flat=True)) if wanted else set()
    likeliest = [number for number in wanted if number in there][:MOST_NEAR]
    found = seen.shown().in_bulk(likeliest, field_name="number")
    return [found[number] for number in likeliest]


def holding(actor: Actor, q: str) -> frozenset[int]:
    """By number; by subject and sender; by the words said in them, and the names of documents. Each so many at most, the last moved first."""
    here, found = Request.objects.visible_to(actor).order_by("-moved_at", "-pk"), set[int]()
    if written := numbers.exact(q, timezone.now().year):
        found |= set(here.filter(number__in=written).values_list("pk", flat=True))
    typed = Q(subject__icontains=q) | Q(name__icontains=q) | Q(email__icontains=q)
    # A range of one index, in its order: each looked up by its key takes ten times as long.
    oldest = here.values_list("moved_at", flat=True)[NEWEST - 1 : NEWEST].first()
    recent = here.filter(typed, moved_at__gte=oldest) if oldest else here.filter(typed)
    found |= set(recent.values_list("pk", flat=True)[:MOST_FOUND])
    people = list(Person.objects.filter(name__icontains=q).values_list("pk", flat=True)[:20])
    sides = list(Organisation.objects.filter(name__icontains=q).values_list("pk", flat=True)[:20])
    if people or sides:
        of_them = here.filter(Q(person__in=people) | Q(asker__in=sides))
        found |= set(of_them.values_list("pk", flat=True)[:MOST_FOUND])
    said = search.newest(search.messages, actor, search.words(q), MOST_FOUND, {"engagement": None})
    talks = [*(message.conversation_id for message in said), *with_document(actor, q)]
    return frozenset(found) | set(Request.objects.filter(conversation__in=talks).values_list("pk", flat=True))


def with_document(actor: Actor, q: str) -> list[int]:
    """The conversations with a document whose name holds each word, the newest so many."""
    named = search.newest(search.documents_elsewhere, actor, search.words(q), MOST_FOUND)
    return [document.conversation_id for document in named if document.conversation_id]
