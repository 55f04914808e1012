"""The conversation as a page shows it: messages grouped by author and day, with what the log says between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.utils import timezone

from trialogue.cases import timeline
from trialogue.cases.models import Case
from trialogue.conversations.models import Bookmark, Conversation, Message, MessageQuerySet, Note
from trialogue.deliveries.models import Delivery
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.events import tail
from trialogue.events.kinds import IN_THREAD
from trialogue.events.models import Event
from trialogue.people.models import Actor

PAGE = 50
CONTEXT = 10  # what stands before a message that one has jumped to
CHANGED = ("message.edited", "message.withdrawn", "message.excused")
NOTED = ("note.written", "note.removed")
TOGETHER = timedelta(minutes=10)


@dataclass
class Said:
    """A message on the page: whose it is for this reader, whether it goes on from the one before, who was told, who read."""

    message: Message
    own: bool
    again: bool = False
    new: bool = False
    mark: int | None = None  # how far the reader had read before this page
    told: list[Delivery] = field(default_factory=list)
    readers: list[Bookmark] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.message.at


@dataclass
class Noted:
    """A private note of the reader's own organisation."""

    note: Note

    @property
    def at(self) -> datetime:
        return self.note.at


@dataclass
class Told:
    """One quiet line from the log."""

    line: timeline.Line

    @property
    def at(self) -> datetime:
        return self.line.at


Item = Said | Told | Noted


@dataclass
class Day:
    date: date
    at: datetime
    items: Sequence[Item]


@dataclass
class Thread:
    """A stretch of a conversation. `earlier` is the number to ask before, None at the beginning; `last` the newest number.

    `later` is the number to ask after, None at the end; `unread` the first message not read, when it stands further up.
    `changed` and `gone` are what a live page shows and has to draw anew: messages, and ids of notes.
    """

    days: list[Day]
    earlier: int | None
    last: int
    later: int | None = None
    unread: int | None = None
    changed: list[Said] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """Where to read: before a number, after one, around one, or (none of them) at the end."""

    before: int | None = None
    later: int | None = None
    around: int | None = None


END = Place()


def read(conversation: Conversation, actor: Actor, place: Place = END) -> Thread:
    """The newest messages, or those of a place. As many queries for fifty as for one."""
    found = conversation.messages_for(actor).shown()
    messages, earlier, following = _stretch(found, place)
    lines = Event.objects.visible_to(actor).filter(case_id=conversation.case_id, kind__in=IN_THREAD).order_by("-id")
    notes = Note.objects.visible_to(actor).filter(conversation=conversation).shown().order_by("-at", "-pk")
    if earlier and messages:
        lines, notes = lines.filter(at__gte=messages[0].at), notes.filter(at__gte=messages[0].at)
    # Each line stands on one page: what was said next begins the page after this one.
    if following:
        lines, notes = lines.filter(at__lt=following.at), notes.filter(at__lt=following.at)
    said = _said(messages, conversation, actor)
    told = [Told(line) for line in timeline.tell(list(lines[:200])[::-1], when)]
    thread = _thread([*told, *map(Noted, list(notes[:200])[::-1]), *said], said, earlier if messages else None)
    thread.later = messages[-1].number if following and messages else None
    if place == END:
        thread.unread = _first_unread(conversation, actor, said)
    return thread


def _stretch(found: MessageQuerySet, place: Place) -> tuple[list[Message], int | None, Message | None]:
    """The messages of a place, the number to ask before (None at the beginning), and what was said next."""
    if place.later is not None:
        return _onwards(found, place.later + 1, PAGE)
    if place.around is None:
        newest = found.filter(number__lt=place.before) if place.before else found
        messages, earlier = _backwards(newest, PAGE)
        return messages, earlier, found.filter(number__gte=place.before).first() if place.before else None
    context, earlier = _backwards(found.filter(number__lt=place.around), CONTEXT)
    messages, _earlier, following = _onwards(found, place.around, PAGE - CONTEXT)
    return [*context, *messages], earlier, following


def _backwards(found: MessageQuerySet, count: int) -> tuple[list[Message], int | None]:
    messages = list(found.order_by("-number")[: count + 1])[::-1]
    return messages[-count:], messages[1].number if len(messages) > count else None


def _onwards(found: MessageQuerySet, first: int, count: int) -> tuple[list[Message], int, Message | None]:
    messages = list(found.filter(number__gte=first)[: count + 1])
    return messages[:count], first, messages[count] if len(messages) > count else None


def _first_unread(conversation: Conversation, actor: Actor, said: Sequence[Said]) -> int | None:
    mark = next((one.mark for one in said), None)
    return mark + 1 if mark is not None and mark + 1 < said[0].message.number else None


def on_day(conversation: Conversation, actor: Actor, day: date) -> int | None:
    """The number of the first message of a day in the reader's zone, or of the next day on which there is one."""
    return at_moment(conversation, actor, timezone.make_aware(datetime.combine(day, time.min)))


def at_moment(conversation: Conversation, actor: Actor, at: datetime) -> int | None:
    """The number of the first message from a moment on."""
    found = conversation.messages_for(actor).filter(at__gte=at).order_by("number")
    return found.values_list("number", flat=True).first()


def read_on(conversation: Conversation, actor: Actor, *, after: int, since: str) -> Thread:
    """What a live page does not show yet: messages after a number; lines, notes and changes after a position of the log."""
    messages = list(conversation.messages_for(actor).shown().filter(number__gt=after)[:PAGE])
    kinds = (*IN_THREAD, *CHANGED, *NOTED)
    events = tail.after(since, Event.objects.visible_to(actor).filter(case_id=conversation.case_id, kind__in=kinds))
    before = conversation.messages_for(actor).filter(number=after).first()
    said = _said(messages, conversation, actor)
    if said and before:
        said[0].again = _goes_on(before, said[0].message)
    for one in said:
        one.new = False  # whoever looks on is not told what is new: it just arrived
    told = [Told(line) for line in timeline.tell([event for event in events if event.kind in IN_THREAD], when)]
    thread = _thread([*told, *_new_notes(events, actor), *said], said, None)
    thread.changed = _changed(events, conversation, actor, after)
    thread.gone = [event.facts["note"] for event in events if event.kind == "note.removed"]
    return thread


def _new_notes(events: Sequence[Event], actor: Actor) -> list[Noted]:
    written = [event.facts["note"] for event in events if event.kind == "note.written"]
    return (
        [Noted(note) for note in Note.objects.visible_to(actor).filter(public_id__in=written).shown()]
        if written
        else []
    )


def _changed(events: Sequence[Event], conversation: Conversation, actor: Actor, shown: int) -> list[Said]:
    """Messages that the page shows in words they no longer have."""
    numbers = {event.facts["number"] for event in events if event.kind in CHANGED}
    if not numbers:
        return []
    found = conversation.messages_for(actor).shown().filter(number__in=numbers, number__lte=shown)
    return [Said(message, own=message.organisation_id == actor.organisation.pk) for message in found]


def feet(conversation: Conversation, actor: Actor, *, until: int, count: int = 10) -> list[Said]:
    """The latest messages a live page shows, for what stands under them: who was told, who has read."""
    # With those that came since: whoever has read further has their mark there.
    shown = conversation.messages_for(actor).shown().filter(number__gt=until - count)[: 2 * count]
    return [one for one in _said(list(shown), conversation, actor) if one.message.number <= until]


def _thread(items: Sequence[Item], said: Sequence[Said], earlier: int | None) -> Thread:
    days = _by_day(sorted(items, key=lambda item: item.at))
    return Thread(days, earlier, said[-1].message.number if said else 0)


def _said(messages: Sequence[Message], conversation: Conversation, actor: Actor) -> list[Said]:
    mark = _through(conversation, actor)
    own = actor.organisation.pk
    said = [Said(message, own=message.organisation_id == own, mark=mark) for message in messages]
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


def _by_day(items: Iterable[Item]) -> list[Day]:
    def date_of(item: Item) -> date:
        return timezone.localtime(item.at).date()

    def days() -> Iterator[Day]:
        for day, group in groupby(items, key=date_of):
            of_day = list(group)
            yield Day(day, of_day[0].at, of_day)

    return list(days())
