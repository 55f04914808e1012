"""The conversation as a page shows it: messages grouped by author and day, with what the log says between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone

from trialogue.cases import timeline
from trialogue.cases.models import Case
from trialogue.conversations.models import Bookmark, Conversation, Message
from trialogue.deliveries.models import Delivery
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.events import tail
from trialogue.events.kinds import IN_THREAD
from trialogue.events.models import Event
from trialogue.people.models import Actor

PAGE = 50
TOGETHER = timedelta(minutes=10)


@dataclass
class Said:
    """A message on the page: whose it is for this reader, whether it goes on from the one before, who was told, who read."""

    message: Message
    own: bool
    again: bool = False
    new: bool = False
    told: list[Delivery] = field(default_factory=list)
    readers: list[Bookmark] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.message.at


@dataclass
class Told:
    """One quiet line from the log."""

    line: timeline.Line

    @property
    def at(self) -> datetime:
        return self.line.at


@dataclass
class Day:
    date: date
    at: datetime
    items: Sequence[Said | Told]


@dataclass
class Thread:
    """A stretch of a conversation. `earlier` is the number to ask before, None at the beginning; `last` the newest number."""

    days: list[Day]
    earlier: int | None
    last: int


def read(conversation: Conversation, actor: Actor, *, before: int | None = None) -> Thread:
    """The newest messages, or those before a number. As many queries for fifty as for one."""
    found = conversation.messages_for(actor).shown()
    newest = found.filter(number__lt=before) if before else found
    messages = list(newest.order_by("-number")[: PAGE + 1])[::-1]
    earlier = messages[1].number if len(messages) > PAGE else None
    messages = messages[-PAGE:]
    events = Event.objects.visible_to(actor).filter(case_id=conversation.case_id, kind__in=IN_THREAD).order_by("-id")
    if earlier:
        events = events.filter(at__gte=messages[0].at)
    # Each line stands on one page: what was said next begins the page after this one.
    following = before and found.filter(number__gte=before).order_by("number").first()
    if following:
        events = events.filter(at__lt=following.at)
    return _thread(_said(messages, conversation, actor), list(events[:200])[::-1], earlier)


def read_on(conversation: Conversation, actor: Actor, *, after: int, since: str) -> Thread:
    """What a live page does not show yet: messages after a number, lines after a position of the log."""
    messages = list(conversation.messages_for(actor).shown().filter(number__gt=after)[:PAGE])
    events = Event.objects.visible_to(actor).filter(case_id=conversation.case_id, kind__in=IN_THREAD)
    before = conversation.messages_for(actor).filter(number=after).first()
    said = _said(messages, conversation, actor)
    if said and before:
        said[0].again = _goes_on(before, said[0].message)
    for one in said:
        one.new = False  # whoever looks on is not told what is new: it just arrived
    return _thread(said, tail.after(since, events), None)


def feet(conversation: Conversation, actor: Actor, *, until: int, count: int = 10) -> list[Said]:
    """The latest messages a live page shows, for what stands under them: who was told, who has read."""
    # With those that came since: whoever has read further has their mark there.
    shown = conversation.messages_for(actor).shown().filter(number__gt=until - count)[: 2 * count]
    return [one for one in _said(list(shown), conversation, actor) if one.message.number <= until]


def _thread(said: list[Said], events: list[Event], earlier: int | None) -> Thread:
    lines = [Told(line) for line in timeline.tell(events, when)]
    days = _by_day(sorted([*lines, *said], key=lambda item: item.at))
    return Thread(days, earlier, said[-1].message.number if said else 0)


def _said(messages: Sequence[Message], conversation: Conversation, actor: Actor) -> list[Said]:
    mark = _through(conversation, actor)
    own = actor.organisation.pk
    said = [Said(message, own=message.organisation_id == own) for message in messages]
    for one, before in zip(said[1:], said, strict=False):
        one.again = _goes_on(before.message, one.message)
    first_new = next((one for one in said if not one.own and mark is not None and one.message.number > mark), None)
    if first_new:
        first_new.new = True
    _tell_deliveries(said, conversation.case, actor)
    _tell_readers(said, conversation, actor)
    return said


def _through(conversation: Conversation, actor: Actor) -> int | None:
    mark = Bookmark.objects.filter(conversation=conversation, person=actor.person).values_list("through", flat=True)
    return mark.first() if actor.person else None


def _goes_on(before: Message, message: Message) -> bool:
    same = before.author_id == message.author_id and before.organisation_id == message.organisation_id
    local = timezone.localtime(before.at).date() == timezone.localtime(message.at).date()
    return same and local and message.at - before.at < TOGETHER


def _tell_deliveries(said: Sequence[Said], case: Case, actor: Actor) -> None:
    """Whom a mail told of what our side said: each delivery stands at the last message it carries."""
    ours = [one for one in said if one.own or actor.side == "operator"]
    if not ours:
        return
    numbers = {one.message.number: one for one in ours}
    bundles = Delivery.objects.filter(case=case, kind=Delivery.Kind.BUNDLE, through__gte=min(numbers)).select_related(
        "person"
    )
    for bundle in bundles.order_by("pk"):
        for number in range(max(bundle.first, min(numbers)), bundle.through + 1):
            one = numbers.get(number)
            if one and one.message.organisation_id != bundle.organisation_id:
                one.told.append(bundle)


def _tell_readers(said: Sequence[Said], conversation: Conversation, actor: Actor) -> None:
    """Each reader's mark under the last message of others that they have seen."""
    if not said:
        return
    first, last = said[0].message.number, said[-1].message.number
    marks = conversation.bookmarks.filter(through__gte=first).exclude(person=actor.person).select_related("person")
    for mark in marks.order_by("person__name"):
        if mark.through > last < conversation.message_count:
            continue  # it stands on a later page
        seen = [one for one in said if one.message.number <= mark.through and one.message.author_id != mark.person_id]
        if seen:
            seen[-1].readers.append(mark)


def _by_day(items: Iterable[Said | Told]) -> list[Day]:
    def date_of(item: Said | Told) -> date:
        return timezone.localtime(item.at).date()

    def days() -> Iterator[Day]:
        for day, group in groupby(items, key=date_of):
            of_day = list(group)
            yield Day(day, of_day[0].at, of_day)

    return list(days())
