"""The conversation as a page shows it: messages grouped by author and day, with what the log says between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from trialogue.cases import timeline
from trialogue.conversations.messages import MessageQuerySet
from trialogue.conversations.models import Bookmark, Conversation, Document, Message, Note
from trialogue.deliveries.models import Delivery
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.events import tail
from trialogue.events.kinds import IN_THREAD
from trialogue.events.models import Event
from trialogue.letters.models import POSTMAN, Letter
from trialogue.people.models import Actor, Side
from trialogue.people.prepared import prepared

PAGE = 40  # as many as fill three screens; what stands further up is a click away
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
    documents: list[Document] = field(default_factory=list)
    letter: str = ""  # for the operator: the letter that it was

    @property
    def at(self) -> datetime:
        return self.message.at

    @property
    def face(self) -> tuple[Any, ...]:
        """All that its part of the page says of it, but for its documents."""
        quoted = self.message.answers
        told = [(one.person and one.person.name, one.state, one.settled_at, one.why) for one in self.told]
        read = [(mark.person.name, mark.person.email, mark.at) for mark in self.readers]
        own = self.own, self.again, self.new, self.letter
        return (*_words(self.message), *own, told, read, *(_words(quoted) if quoted else ()))


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


def _words(message: Message) -> tuple[Any, ...]:
    author, organisation = message.author, message.organisation
    who = (author and (author.name, author.email), organisation.name, organisation.kind)
    return (*who, *_columns(vars(message)))


_columns = itemgetter(*(column.attname for column in Message._meta.concrete_fields))
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


def read(conversation: Conversation, actor: Actor, place: Place = END, names: dict[str, str] | None = None) -> Thread:
    """The newest messages, or those of a place. As many queries for fifty as for one. `names`: see `timeline.tell`."""
    if place == END:
        messages, earlier = _ending(_newest(actor, conversation.pk, count=PAGE + 1)[::-1], PAGE)
        following = None
    else:
        messages, earlier, following = _stretch(conversation.messages_for(actor), place)
    # Each line stands on one page: what was said next begins the page after this one.
    since, until = messages[0].at if earlier and messages else None, following.at if following else None
    if conversation.case:
        told = _lines(actor, conversation.case.pk, since, until)
    else:
        told = _lines_outside(actor, conversation.public_id, since, until)
    lines = timeline.tell(told[::-1], when, names)
    notes = _notes(actor, conversation.pk, since, until)[::-1]
    said = _said(messages, conversation, actor)
    thread = _thread([*map(Told, lines), *map(Noted, notes), *said], said, earlier if messages else None)
    thread.later = messages[-1].number if following and messages else None
    if place == END:
        thread.unread = _first_unread(conversation, actor, said)
    return thread


@prepared
def _newest(actor: Actor, conversation: int, *, count: int) -> QuerySet[Message]:
    found = Message.objects.filter(conversation=conversation).visible_to(actor)
    return _joined(found.order_by("-number")[:count]).order_by("-number")


def _joined(found: MessageQuerySet) -> MessageQuerySet:
    """With all that is shown of them, joined once they are chosen: a plan for any conversation, which PostgreSQL keeps, takes a long one
    for a short one, and would join to all of it."""
    return Message.objects.filter(pk__in=found.values("pk")).seen()


@prepared
def _lines(actor: Actor, case: int, since: datetime | None, until: datetime | None) -> QuerySet[Event]:
    found = Event.objects.visible_to(actor).filter(_within(since, until), case_id=case, kind__in=IN_THREAD)
    return found.order_by("-id")[:200]


@prepared
def _notes(actor: Actor, conversation: int, since: datetime | None, until: datetime | None) -> QuerySet[Note]:
    found = Note.objects.visible_to(actor).filter(_within(since, until), conversation=conversation)
    return found.shown().order_by("-at", "-pk")[:200]


def _within(since: datetime | None, until: datetime | None) -> Q:
    return (Q(at__gte=since) if since else Q()) & (Q(at__lt=until) if until else Q())


@prepared
def _lines_outside(actor: Actor, conversation: str, since: datetime | None, until: datetime | None) -> QuerySet[Event]:
    # What was added stands under the message that brought it.
    kinds = IN_THREAD - {"document.added"}
    found = Event.objects.visible_to(actor).filter(_within(since, until), subject=conversation, kind__in=kinds)
    return found.order_by("-id")[:200]


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
    return _ending(list(_joined(found.order_by("-number")[: count + 1]).order_by("number")), count)


def _ending(messages: list[Message], count: int) -> tuple[list[Message], int | None]:
    return messages[-count:], messages[1].number if len(messages) > count else None


def _onwards(found: MessageQuerySet, first: int, count: int) -> tuple[list[Message], int, Message | None]:
    messages = list(_joined(found.filter(number__gte=first).order_by("number")[: count + 1]).order_by("number"))
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


def read_on(
    conversation: Conversation, actor: Actor, *, after: int, since: str, names: dict[str, str] | None = None
) -> Thread:
    """What a live page does not show yet: messages after a number; lines, notes and changes after a position of the log."""
    messages = _after(actor, conversation.pk, after, count=PAGE)
    kinds = (*IN_THREAD, *CHANGED, *NOTED)
    here = Q(case_id=conversation.case_id)
    if conversation.case_id is None:  # a private note has a chain of its own
        here = Q(subject=conversation.public_id) | Q(kind__in=NOTED, facts__conversation=conversation.public_id)
    events = tail.after(since, Event.objects.visible_to(actor).filter(here, kind__in=kinds))
    said = _said(messages, conversation, actor)
    if said and (before := conversation.messages_for(actor).filter(number=after).first()):
        said[0].again = _goes_on(before, said[0].message)
    for one in said:
        one.new = False  # whoever looks on is not told what is new: it just arrived
    told = [Told(line) for line in timeline.tell([event for event in events if event.kind in IN_THREAD], when, names)]
    thread = _thread([*told, *_new_notes(events, actor), *said], said, None)
    thread.changed = _changed(events, conversation, actor, after)
    thread.gone = [event.facts["note"] for event in events if event.kind == "note.removed"]
    return thread


@prepared
def _after(actor: Actor, conversation: int, number: int, *, count: int) -> QuerySet[Message]:
    return Message.objects.filter(conversation=conversation, number__gt=number).visible_to(actor).seen()[:count]


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
    found = conversation.messages_for(actor).seen().filter(number__in=numbers, number__lte=shown)
    return [Said(message, own=message.organisation_id == actor.organisation.pk) for message in found]


def feet(conversation: Conversation, actor: Actor, *, until: int, count: int = 10) -> list[Said]:
    """The latest messages a live page shows, for what stands under them: who was told, who has read."""
    # With those that came since: whoever has read further has their mark there.
    shown = _after(actor, conversation.pk, max(0, until - count), count=2 * count)
    return [one for one in _said(shown, conversation, actor) if one.message.number <= until]


def _thread(items: Sequence[Item], said: Sequence[Said], earlier: int | None) -> Thread:
    days = _by_day(sorted(items, key=lambda item: item.at))
    return Thread(days, earlier, said[-1].message.number if said else 0)


def _said(messages: Sequence[Message], conversation: Conversation, actor: Actor) -> list[Said]:
    if not messages:
        return []
    first, own = messages[0].number, actor.organisation.pk
    marks = _marks(conversation.pk, actor.person_id, first)
    mark = next((mark.through for mark in marks if mark.person_id == actor.person_id), None)
    said = [Said(message, own=message.organisation_id == own, mark=mark) for message in messages]
    for one, before in zip(said[1:], said, strict=False):
        one.again = _goes_on(before.message, one.message)
    first_new = next((one for one in said if not one.own and mark is not None and one.message.number > mark), None)
    if first_new:
        first_new.new = True
    _lay_documents(said, conversation)
    _name_letters(said, conversation, actor)
    if not conversation.is_request:
        _tell_deliveries(said, conversation, actor)
    _tell_readers(said, conversation, [mark for mark in marks if mark.person_id != actor.person_id])
    return said


@prepared
def _marks(conversation: int, person: int | None, first: int) -> QuerySet[Bookmark]:
    """The reader's own mark, and those that stand here."""
    mine = Q(person=person) if person else Q()
    found = Bookmark.objects.filter(Q(through__gte=first) | mine, conversation=conversation)
    return found.select_related("person").order_by("person__name")


@prepared
def _documents(conversation: int, first: int, last: int) -> QuerySet[Document]:
    said = Document.objects.filter(message__conversation=conversation, message__number__range=(first, last))
    return said.current().shown()


@prepared
def _bundles(case: int, first: int) -> QuerySet[Delivery]:
    found = Delivery.objects.filter(case=case, kind=Delivery.Kind.BUNDLE, through__gte=first)
    return found.select_related("person").order_by("pk")


@prepared
def _bundles_outside(conversation: int, first: int) -> QuerySet[Delivery]:
    found = Delivery.objects.filter(conversation=conversation, kind=Delivery.Kind.BUNDLE, through__gte=first)
    return found.select_related("person").order_by("pk")


def _goes_on(before: Message, message: Message) -> bool:
    if POSTMAN.via in (before.via, message.via):
        return False  # a letter stands by itself
    same = before.author_id == message.author_id and before.organisation_id == message.organisation_id
    local = timezone.localtime(before.at).date() == timezone.localtime(message.at).date()
    return same and local and message.at - before.at < TOGETHER


def _lay_documents(said: Sequence[Said], conversation: Conversation) -> None:
    shown = {one.message.pk: one for one in said}
    for document in _documents(conversation.pk, said[0].message.number, said[-1].message.number):
        if document.message_id in shown:
            shown[document.message_id].documents.append(document)


def _name_letters(said: Sequence[Said], conversation: Conversation, actor: Actor) -> None:
    by_mail = {one.message.pk: one for one in said if one.message.via == POSTMAN.via}
    if by_mail and actor.side == Side.OPERATOR:
        here = Letter.objects.visible_to(actor).filter(conversation=conversation.pk, message__in=by_mail)
        for message, letter in here.order_by("-pk").values_list("message", "public_id"):
            by_mail[message].letter = letter


def _tell_deliveries(said: Sequence[Said], conversation: Conversation, actor: Actor) -> None:
    """Whom a mail told of what our side said: each delivery stands at the last message it carries."""
    numbers = {one.message.number: one for one in said if one.own or actor.side == "operator"}
    if not numbers:
        return
    first, case = min(numbers), conversation.case
    for bundle in _bundles(case.pk, first) if case else _bundles_outside(conversation.pk, first):
        for number in range(max(bundle.first, first), bundle.through + 1):
            one = numbers.get(number)
            if one and one.message.organisation_id != bundle.organisation_id:
                one.told.append(bundle)


def _tell_readers(said: Sequence[Said], conversation: Conversation, marks: Sequence[Bookmark]) -> None:
    """Each reader's mark under the last message of others that they have seen."""
    last = said[-1].message.number
    for mark in marks:
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
