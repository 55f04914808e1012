"""Meetings: asked for, agreed, held, called off; and the hosts whom one meets."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trialogue.conversations.models import Conversation, Message
from trialogue.escalations.models import AccountManager
from trialogue.events.change import SYSTEM, Doer, Happening, Record, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.meetings import asking, free, given
from trialogue.meetings.given import LONGEST, LONGEST_SUBJECT
from trialogue.meetings.hosts import LENGTHS, Admission, Busy, Host, admission
from trialogue.meetings.outside import Booking
from trialogue.people import numbering
from trialogue.people.models import Actor, Environment, Membership, Organisation, Person, Refused, Side
from trialogue.requests.desk import must_be_operator
from trialogue.requests.models import AT_REST, Request


class State(models.TextChoices):
    ASKED = "asked", _("asked for")
    OFFERED = "offered", _("times offered")
    AGREED = "agreed", _("agreed")
    HELD = "held", pgettext_lazy("meeting", "held")
    MISSED = "missed", _("missed")
    DECLINED = "declined", _("declined")
    CALLED_OFF = "called_off", _("called off")


WAITING = (State.ASKED, State.OFFERED)
OPEN = (*WAITING, State.AGREED)


class Taken(Refused):
    """Somebody else was faster, or the time is not free any more."""

    def __init__(self) -> None:
        super().__init__(_("This time is not free any more. Choose another one: what you wrote is kept."))


def _meeting_id() -> str:
    return publicid.new("mtg")


def _token() -> str:
    return secrets.token_hex(12)


class Numbering(numbering.Numbering):
    letter = "M"


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, actor: Actor) -> Self:
        """An organisation's own; all for the operator."""
        here = self.filter(environment=actor.environment)
        return here if actor.side == Side.OPERATOR else here.filter(organisation=actor.organisation)

    def agreed_between(self, environment: str, since: datetime, until: datetime) -> Self:
        return self.filter(environment=environment, state=State.AGREED, starts_at__gt=since, starts_at__lt=until)

    def to_come(self, now: datetime) -> Self:
        """Agreed and not over, or waiting for somebody's word."""
        return self.filter(Q(state__in=WAITING) | Q(state=State.AGREED, ends_at__gt=now))

    def hanging_on(self, request: Request) -> Self:
        """Those asked for in a request, and those that are about it."""
        talk = request.conversation_id
        return self.filter(Q(question__conversation=talk) | Q(conversation=talk), organisation=request.asker)

    def shown(self) -> Self:
        return self.select_related(
            "organisation", "person", "host__person", "host__organisation", "conversation__case", "conversation__request__merged_into",
            "question__conversation__request__merged_into", "question__conversation__request__assignee",
        )  # fmt: skip


class Meeting(Subject):
    """A video call of somebody with a host of the operator. Who books takes a free time; who asks names up to three, or none, and a
    host agrees to one, offers others, or declines. `proposals` are the times that are being asked for or offered.

    What is asked for is asked in a request, by a message: its `question`. So the answer has a clock, and the verbs here that answer
    answer the request. `conversation` is what it is about. `sequence` counts what calendars were told. What comes from a
    page of others has its id there, and may be of somebody whom we do not know: `name` and `email`.
    """  # fmt: skip

    public_id = models.CharField(max_length=32, unique=True, default=_meeting_id, editable=False)
    number = models.CharField(max_length=20, unique=True, editable=False)
    token = models.CharField(max_length=24, default=_token, editable=False)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    environment = models.CharField(max_length=10)
    host = models.ForeignKey(Host, null=True, on_delete=models.PROTECT, related_name="meetings", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    about = models.TextField(blank=True)
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.SET_NULL, related_name="+")
    question = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    minutes = models.PositiveSmallIntegerField()
    proposals = models.JSONField(default=list)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    link = models.CharField(max_length=600, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    external_id = models.CharField(max_length=200, null=True, unique=True)

    objects: ClassVar[MeetingQuerySet] = MeetingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            # Under the host's lock nobody ever gets here; if somebody does, the database says no.
            models.UniqueConstraint(
                fields=["host", "environment", "starts_at"],
                condition=Q(state="agreed", external_id=None),
                name="meeting_one_at_a_time",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "environment", "-asked_at", "-id"], name="meeting_of_organisation"),
            models.Index(fields=["environment", "state", "starts_at"], name="meeting_by_state"),
            models.Index(fields=["host", "starts_at"], name="meeting_of_host"),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        return cls.objects.shown()

    def concerns(self) -> Concerned:
        theirs = {
            side: self.organisation_id if self.organisation and self.organisation.kind == side else None
            for side in Side
        }
        return Concerned(
            client=theirs[Side.CLIENT], partner=theirs[Side.PARTNER], referrer=theirs[Side.REFERRER],
            environment=self.environment, alone=self.organisation_id is not None,
        )  # fmt: skip

    # --- verbs: under the lock of the host, whose time it is, and then their own ----------------------------------------

    @classmethod
    def book(
        cls, host: Host, starts_at: datetime, *, by: Actor, minutes: int, subject: str, about: str = "",
        conversation: Conversation | None = None, at: datetime | None = None,
    ) -> Meeting:  # fmt: skip
        """Takes a free time of a host. Raises `ValidationError` by field, `Refused`, `Taken`."""
        allowed = admission(by)
        if not allowed.books:
            raise Refused(allowed.why or _("You ask for a meeting, and a host agrees."))
        told = given.told(by, subject, about, minutes)
        with change(host, by=by, at=at) as about_host:
            host.must_meet(by)
            meeting = cls(host=host, conversation=conversation, **told)
            meeting._must_be_free(host, starts_at, about_host.at)
            with change(meeting, by=by, at=about_host.at) as record:
                meeting._begin(by, record.at)
                meeting._agree(record, starts_at)
        return meeting

    @classmethod
    def ask(
        cls, *, by: Actor, subject: str, about: str = "", minutes: int = 30, host: Host | None = None,
        wishes: Sequence[datetime] = (), conversation: Conversation | None = None, at: datetime | None = None,
    ) -> Meeting:  # fmt: skip
        """Asks a host, or whoever hosts: of a referral partner its account manager. Up to three wished times, which a host then
        agrees to or not. It is asked in the request that it is about, or in a new one, whose clock runs from now on.
        Raises `ValidationError` by field, `Refused`."""
        allowed = admission(by)
        if allowed.asked_in is None:
            raise Refused(allowed.why or _("You need not ask: book a free time."))
        told = given.told(by, subject, about, minutes)
        if host:
            host.must_meet(by)
        now = at or timezone.now()
        times = given.proposals("wishes", wishes, now)
        manager = AccountManager.answering(by.organisation, now) if by.side == Side.REFERRER else None
        meeting = cls(host=host, conversation=conversation, state=State.ASKED, proposals=times, **told)
        with change(meeting, by=by, at=now) as record:
            meeting._begin(by, record.at)
            whom = host.person if host else manager
            meeting.question = asking.ask(meeting, allowed.asked_in.key, whom, by=by, at=record.at)
            meeting.save()
            record("meeting.asked", meeting=meeting, wishes=len(times))
        return meeting

    def agree(self, starts_at: datetime, *, by: Actor, host: Host | None = None, at: datetime | None = None) -> None:
        """By a host, to a wished time or another one that both have found; by who asked, to one that was offered.

        Raises `Refused`, `Taken`, `ValidationError`.
        """
        with self._changing(host or self._host_for(by), by, at) as (record, mine):
            if by.side == Side.OPERATOR:
                self._must_be(*WAITING)
                if starts_at <= record.at:
                    raise ValidationError({"starts_at": _("This time has passed. Choose one to come.")})
            else:
                self._must_be(State.OFFERED)
                self._must_be_ours(by)
                if self.host != mine or starts_at not in self.times:
                    raise ValidationError({"starts_at": _("Choose one of the times that were offered.")})
            self.host = mine
            self._must_not_collide(mine, starts_at)
            self._agree(record, starts_at)
            if by.side == Side.OPERATOR:
                asking.answer(self, asking.agreed(self), by=by, at=record.at)

    def offer(
        self, times: Sequence[datetime], *, by: Actor, host: Host | None = None, at: datetime | None = None
    ) -> None:
        """Other times than those asked for: one to three, of which the other side takes one. Nothing is kept free meanwhile."""
        must_be_operator(by)
        with self._changing(host or self._host_for(by), by, at) as (record, mine):
            self._must_be(*WAITING)
            self.host, self.proposals = mine, given.proposals("times", times, record.at, least=1)
            self._become(record, State.OFFERED)
            record("meeting.offered", meeting=self, times=len(self.proposals))
            asking.answer(self, asking.offered(self), by=by, at=record.at)

    def decline(self, *, by: Actor, reason: str, at: datetime | None = None) -> None:
        """By the operator, with a reason that says what to do instead."""
        must_be_operator(by)
        reason = given.words("reason", reason, required=True)
        with self._changing(None, by, at) as (record, _mine):
            self._must_be(*WAITING)
            self.reason = reason
            self._become(record, State.DECLINED)
            record("meeting.declined", meeting=self, reason=reason)
            asking.answer(self, asking.refused(self), by=by, at=record.at)

    def move(self, starts_at: datetime, *, by: Actor, at: datetime | None = None) -> None:
        """By either side: to a free time of the host; by the operator, to any that does not collide."""
        with self._changing(self.host, by, at) as (record, mine):
            self._must_be_movable(by, record.at)
            if by.side == Side.OPERATOR:
                if starts_at <= record.at:
                    raise ValidationError({"starts_at": _("This time has passed. Choose one to come.")})
                self._must_not_collide(mine, starts_at)
            else:
                self._must_be_free(mine, starts_at, record.at)
            if starts_at != self.starts_at:
                before, self.sequence = self.starts_at, self.sequence + 1
                self._take(record, starts_at)
                record("meeting.moved", meeting=self, old=before, starts_at=starts_at)

    def call_off(self, *, by: Doer, reason: str, at: datetime | None = None) -> None:
        """By either side, before it begins; what was only asked for, at any time: then nothing is owed any more."""
        reason = given.words("reason", reason, required=True)
        with self._changing(None, by, at) as (record, _mine):
            self._must_be(*OPEN)
            was = self.state
            if isinstance(by, Actor):
                self._must_be_ours(by)
                self._must_be_here()
            if self.state == State.AGREED and self.has_begun(record.at):
                raise Refused(_("It has begun already. The host notes afterwards whether it was held."))
            self._end(record, reason)
            if was in WAITING and isinstance(by, Actor):
                if by.side == Side.OPERATOR:
                    asking.answer(self, asking.refused(self), by=by, at=record.at)
                else:
                    asking.take_back(self, by=by, at=record.at)

    def hold(self, *, by: Actor, notes: str = "", missed: bool = False, at: datetime | None = None) -> None:
        """By the operator, once it has begun: that it was held, or that nobody came; and what there is to remember of it. That is
        said in the request or the case that it is about as well, where the writer may write."""  # fmt: skip
        must_be_operator(by)
        notes = given.words("notes", notes)
        with self._changing(None, by, at) as (record, _mine):
            self._must_be(State.AGREED)
            if not self.has_begun(record.at):
                raise Refused(_("It has not begun yet. Call it off if it is not to be."))
            self.notes = notes
            self._become(record, State.MISSED if missed else State.HELD)
            said = self._say(notes, by, record.at)
            record("meeting.missed" if missed else "meeting.held", meeting=self, notes=notes, said=said)

    @classmethod
    def take_in(cls, told: Booking, *, source: str, at: datetime | None = None) -> Meeting | None:
        """What a page of others tells: booked, moved or called off there; twice is once, and in whatever order. None: called off, and
        not heard of yet, which its booking meets when it comes.

        Whose it is says the address of whoever booked; whom nobody knows is kept by name and address, for the operator.
        """  # fmt: skip
        operator = Organisation.objects.operator()
        if operator is None:
            return None
        name, former = f"{source}:{told.id}", f"{source}:{told.former}" if told.former else ""
        # One at a time: what is told of one booking at the same moment must not pass each other by.
        with change(operator, by=SYSTEM, at=at) as outer:
            gone = Gone.objects.filter(name=name).first()
            known = cls.objects.filter(external_id__in=(name, former)).shown()
            found = known.order_by("pk").first()
            if gone and gone.meeting_id:  # another one has come in its place already
                if found and found.pk != gone.meeting_id:
                    found._change_outside(Booking(told.id, is_off=True), name, outer.at)
                found = cls.objects.shown().get(pk=gone.meeting_id)
            elif found:
                found._change_outside(told, name, outer.at)
            elif told.is_off:
                Gone.objects.get_or_create(name=name, defaults={"reason": given.line(told.reason, LONGEST)})
            else:
                found = cls._begin_outside(told, name, outer.at)
            if found and former:
                Gone.objects.update_or_create(name=former, defaults={"meeting": found})
            if found and gone and not gone.meeting_id:
                found._change_outside(Booking(told.id, is_off=True, reason=gone.reason), name, outer.at)
                gone.delete()
        return found

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def times(self) -> list[datetime]:
        """The proposals, as moments."""
        return [datetime.fromisoformat(told) for told in self.proposals]

    @property
    def span(self) -> free.Span:
        assert self.starts_at is not None
        return self.starts_at, self.starts_at + timedelta(minutes=self.minutes)

    @property
    def request(self) -> Request | None:
        """The one in which it is asked for, or else that it is about; or that goes on with that one."""
        talk = self.question.conversation if self.question else self.conversation
        return asking.goes_on(talk) if talk and talk.is_request else None

    @property
    def asked_of(self) -> Person | None:
        """Who takes care of the request."""
        return self.request.assignee if self.request else None

    @property
    def guest(self) -> str:
        """Who comes, by name."""
        return str(self.person or self.name or self.email or self.organisation or "")

    @property
    def is_external(self) -> bool:
        return self.external_id is not None

    def is_met_by(self, one: Membership) -> bool:
        """Whether a member is its guest or its host."""
        met = (self.person_id, self.organisation_id), (self.host and (self.host.person_id, self.host.organisation_id))
        return (one.person_id, one.organisation_id) in met

    def has_begun(self, now: datetime) -> bool:
        return self.starts_at is not None and self.starts_at <= now

    def is_ours(self, actor: Actor) -> bool:
        return actor.side == Side.OPERATOR or actor.organisation.pk == self.organisation_id

    def may_agree(self, actor: Actor) -> bool:
        return self.state in WAITING and actor.side == Side.OPERATOR

    def may_choose(self, actor: Actor) -> bool:
        return self.state == State.OFFERED and actor.side != Side.OPERATOR and self.is_ours(actor)

    def may_move(self, actor: Actor, now: datetime) -> bool:
        return self.state == State.AGREED and not self.is_external and not self.has_begun(now) and self.is_ours(actor)

    def may_call_off(self, actor: Actor, now: datetime) -> bool:
        begun = self.state == State.AGREED and self.has_begun(now)
        return self.state in OPEN and not begun and not self.is_external and self.is_ours(actor)

    def may_hold(self, actor: Actor, now: datetime) -> bool:
        return self.state == State.AGREED and self.has_begun(now) and actor.side == Side.OPERATOR

    # --- within ---------------------------------------------------------------------------------------------------------

    def _begin(self, by: Actor, at: datetime) -> None:
        if self.conversation and not may_be_about(self.conversation, by):
            raise ValidationError({"conversation": _("Choose a case or a request of yours.")})
        self.number, self.asked_at, self.changed_at = Numbering.take(at), at, at
        self.organisation, self.person = by.organisation, by.person

    @classmethod
    def _begin_outside(cls, told: Booking, name: str, at: datetime | None) -> Meeting:
        who = Membership.objects.filter(person__email=told.email.lower(), person__is_active=True)
        who = who.exclude(organisation__kind=Side.OPERATOR).select_related("person", "organisation").order_by("pk")
        guest = who.first()
        host = (
            Host.objects.filter(person__email=told.host.lower()).shown().order_by("pk").first() if told.host else None
        )
        meeting = cls(
            external_id=name, environment=Environment.PRODUCTION, state=State.AGREED, host=host,
            organisation=guest.organisation if guest else None, person=guest.person if guest else None,
            name=given.line(told.name, 200), email=told.email if given.is_address(told.email) else "",
            subject=given.line(told.title, LONGEST_SUBJECT) or str(_("Meeting")),
        )  # fmt: skip
        with change(meeting, by=SYSTEM, at=at) as record:
            meeting.number, meeting.asked_at = Numbering.take(record.at), record.at
            meeting._take_outside(told, record)
            record("meeting.agreed", meeting=meeting, host=host, starts_at=told.starts_at)
        return meeting

    def _change_outside(self, told: Booking, name: str, at: datetime | None) -> None:
        with change(self, by=SYSTEM, at=at) as record:
            if self.state != State.AGREED:
                return
            if told.is_off:
                self._end(record, given.line(told.reason, LONGEST))
                return
            before, self.external_id = self.starts_at, name
            self._take_outside(told, record)
            if before != told.starts_at:
                record("meeting.moved", meeting=self, old=before, starts_at=told.starts_at)

    def _take_outside(self, told: Booking, record: Record) -> None:
        assert told.starts_at is not None
        length = (told.ends_at or told.starts_at) - told.starts_at
        self.minutes = max(1, min(int(length.total_seconds() // 60), 24 * 60))
        self.link = told.link if len(told.link) <= 600 and told.link.startswith("https://") else ""
        self._take(record, told.starts_at)

    @contextmanager
    def _changing(self, host: Host | None, by: Doer, at: datetime | None) -> Iterator[tuple[Record, Any]]:
        """The lock of the host, whose time is asked for, that of the request, and then its own."""
        with ExitStack() as held:
            for each in (host, self.request):
                if each:
                    at = held.enter_context(change(each, by=by, at=at)).at
            yield held.enter_context(change(self, by=by, at=at)), host

    def _agree(self, record: Record, starts_at: datetime) -> None:
        self.proposals = []
        self.state = State.AGREED
        assert self.host is not None
        self.link = self.host.link_of(self)
        self._take(record, starts_at)
        record("meeting.agreed", meeting=self, host=self.host, starts_at=starts_at)

    def _take(self, record: Record, starts_at: datetime) -> None:
        self.starts_at, self.ends_at = starts_at, starts_at + timedelta(minutes=self.minutes)
        self.changed_at = record.at
        self.save()

    def _end(self, record: Record, reason: str) -> None:
        self.reason = reason
        self.sequence += self.state == State.AGREED
        was = self.state
        self._become(record, State.CALLED_OFF)
        record("meeting.called_off", meeting=self, reason=reason, was=was)

    def _become(self, record: Record, state: str) -> None:
        self.state, self.changed_at = state, record.at
        self.save()

    def _host_for(self, by: Actor) -> Host:
        """Who agrees: whoever was asked for, or else the one who does it."""
        if by.side != Side.OPERATOR:
            self._must_be(State.OFFERED)
            assert self.host is not None
            return self.host
        host = self.host or Host.objects.filter(organisation=by.organisation, person=by.person).shown().first()
        if host is None:
            raise Refused(
                _("Say first when you can be met: under “Meetings”, “When I can be met”. Or choose another host.")
            )
        return host

    def _say(self, notes: str, by: Actor, at: datetime) -> bool:
        """In the conversation that it is about, or where it was asked for, if the writer may write there; answers whether."""
        talks = (self.conversation, self.request.conversation if self.request else None)
        talk = next((one for one in talks if one and one.may_post(by)), None)
        if talk is None or not notes:
            return False
        said = _("Notes of meeting {number}, “{subject}”:").format(number=self.number, subject=self.subject)
        body = f"{said}\n\n{notes}"
        if talk.is_request:
            asking.goes_on(talk).answer(by=by, body=body, at=at)
        else:
            talk.post(by=by, body=body, at=at)
        return True

    def _must_be_free(self, host: Host, starts_at: datetime, now: datetime) -> None:
        """Raises `Taken`."""
        but = self if self.pk else None
        if starts_at not in host.free(self.minutes, self.environment, now, until=starts_at, but=but):
            raise Taken

    def _must_not_collide(self, host: Host, starts_at: datetime) -> None:
        """Raises `Taken`."""
        span, day = (starts_at, starts_at + timedelta(minutes=self.minutes)), timedelta(days=1)
        others = host.meetings.agreed_between(self.environment, starts_at - day, starts_at + day).exclude(pk=self.pk)
        if any(free.overlap(span, other.span) for other in others):
            raise Taken

    def _must_be(self, *states: str) -> None:
        if self.state not in states:
            said = _("This meeting is {state} by now. Load the page again to see what can be done.")
            raise Refused(str(said).format(state=State(self.state).label))

    def _must_be_ours(self, by: Actor) -> None:
        if not self.is_ours(by):
            raise Refused(_("Only whoever asked for it and the operator do this."))

    def _must_be_here(self) -> None:
        if self.is_external:
            raise Refused(_("It was booked on another page. Move it or call it off there; it changes here by itself."))

    def _must_be_movable(self, by: Actor, now: datetime) -> None:
        self._must_be(State.AGREED)
        self._must_be_ours(by)
        self._must_be_here()
        if self.has_begun(now):
            raise Refused(_("It has begun already. Ask for another meeting."))


class Gone(models.Model):
    """A booking on a page of others that is no more, by its name there: replaced by what is a `meeting` here, or called off before
    its booking came. What comes later than `KEPT` comes no more."""  # fmt: skip

    KEPT = timedelta(days=60)

    name = models.CharField(max_length=220, unique=True)
    meeting = models.ForeignKey(Meeting, null=True, on_delete=models.CASCADE, related_name="+")
    reason = models.TextField(blank=True)
    told_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def forget(cls, now: datetime) -> None:
        cls.objects.filter(told_at__lt=now - cls.KEPT).delete()


def may_be_about(talk: Conversation, by: Actor) -> bool:
    """Whether somebody's meeting may hang on this conversation: of a case that they see, or of a request of theirs."""
    if talk.is_request:
        return talk.is_of(by)
    return Conversation.objects.visible_to(by).filter(pk=talk.pk).exists()


def leave_with_membership(happening: Happening) -> None:
    """Whoever leaves the operator is met no more: what was agreed with them is called off, and what was asked waits for another."""
    gone, home = happening.things["person"], happening.subject
    for host in Host.objects.filter(organisation_id=home.pk, person=gone).shown():
        with change(host, by=happening.by, at=happening.at) as record:
            host.is_open = False
            host.save(update_fields=["is_open"])
            Busy.objects.filter(host=host).delete()
            record("host.described", host=host, person=gone, open="no")
        for meeting in host.meetings.filter(state__in=OPEN).shown():
            with change(meeting, by=SYSTEM, at=happening.at) as about:
                if meeting.state == State.AGREED and not meeting.has_begun(happening.at):
                    meeting._end(about, "")
                elif meeting.state != State.AGREED:
                    meeting.host = None
                    meeting.save(update_fields=["host"])


def end_with_request(happening: Happening) -> None:
    """Whoever says of a request that it is done says it of a meeting that is asked for in it and was not answered."""
    request = happening.subject
    assert isinstance(request, Request)
    if happening.things["state"] not in AT_REST or request.merged_into_id:
        return
    here = Q(question__conversation=request.conversation_id)
    here |= Q(question__conversation__request__merged_into=request)
    for meeting in Meeting.objects.filter(here, state=State.ASKED).order_by("pk").shown():
        with change(meeting, by=happening.by, at=happening.at) as record:
            meeting._end(record, "")


def must_stay_where_it_is_asked(happening: Happening) -> None:
    """The question of a meeting would be asked twice: here, and where the meeting is answered."""
    meeting = Meeting.objects.filter(question=happening.things["original"]).first()
    if meeting:
        said = _("This message asks for meeting {number}, which is answered in this request. Choose another message.")
        raise Refused(str(said).format(number=meeting))


def stay_away(happening: Happening) -> None:
    """While a host is away, or until they are back, nobody books them. What is agreed already stays: they move it."""
    told = happening.things
    hosts = Host.objects.filter(organisation_id=happening.subject.pk, person=told["person"])
    hosts.update(away_from=told.get("begins_at"), away_until=told.get("ends_at"))


__all__ = [
    "LENGTHS",
    "Admission",
    "Busy",
    "Host",
    "Meeting",
    "State",
    "Taken",
    "admission",
    "end_with_request",
    "leave_with_membership",
    "must_stay_where_it_is_asked",
    "stay_away",
]
