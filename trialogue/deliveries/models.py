"""All that leaves the house: one row for each thing to be sent, with its tries and its end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Value, Window
from django.db.models.functions import Least, RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation, Note
from trialogue.deliveries.absences import Absence as Absence
from trialogue.deliveries.bounces import Bounce as Bounce
from trialogue.deliveries.browsers import Browser as Browser
from trialogue.deliveries.endpoints import PAGE, TEST
from trialogue.deliveries.endpoints import Endpoint as Endpoint
from trialogue.deliveries.hearers import hearers, hearers_in
from trialogue.deliveries.wishes import How, Mute, Notice, Wishes, named
from trialogue.events.change import SYSTEM, change
from trialogue.letters.models import Letter
from trialogue.lib import backoff, publicid
from trialogue.meetings.models import Meeting
from trialogue.people.models import Actor, Organisation, Person, Side
from trialogue.people.plain import words
from trialogue.requests.models import Request

LEASE = timedelta(seconds=90)
AT_ONCE = 5  # posted to one endpoint
ABOUT = (
    "person__wishes", "organisation", "case__client", "case__partner", "case__conversation", "conversation__client",
    "conversation__partner", "clock", "note__author", "letter",
    "request__conversation__asker", "request__conversation__operator", "request__operator", "request__asker", "request__person",
    "request__merged_into", "request__split_from", "request__case__conversation",
    "meeting__organisation", "meeting__person", "meeting__host__person",
)  # fmt: skip
REMEMBERED = timedelta(days=60)  # older notices are not counted as unread any more


def _delivery_id() -> str:
    return publicid.new("dlv")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, actor: Actor) -> Self:
        """Both sides see how notices of what they say to each other fared, the operator those of requests as well; letters, and
        notices of private notes and of meetings, are nobody's to list."""  # fmt: skip
        here = self.in_environment(actor.environment).exclude(kind__in=(Delivery.Kind.NOTE, Delivery.Kind.MEETING))
        match actor.side:
            case Side.CLIENT:
                return here.filter(Q(case__client=actor.organisation) | Q(conversation__client=actor.organisation))
            case Side.PARTNER:
                return here.filter(Q(case__partner=actor.organisation) | Q(conversation__partner=actor.organisation))
            case Side.OPERATOR:
                return here
        return self.none()

    def in_environment(self, environment: str) -> Self:
        here = Q(case__environment=environment) | Q(request__environment=environment)
        return self.filter(here | Q(conversation__environment=environment) | Q(meeting__environment=environment))

    def unsettled(self) -> Self:
        return self.filter(state__in=words((Delivery.State.WAITING, Delivery.State.SENDING)))

    def due(self, now: datetime) -> Self:
        return self.unsettled().filter(due_at__lte=now).order_by("due_at")

    def shown(self, kind: str) -> Self:
        """With all that is needed to write one of this kind."""
        if kind == Delivery.Kind.PUSH:
            return self.select_related("browser__person", *(f"about__{each}" for each in ABOUT))
        if kind == Delivery.Kind.WEBHOOK:
            return self.select_related("endpoint__organisation", "clock")
        return self.select_related(*ABOUT)

    def by_mail(self) -> Self:
        return self.exclude(kind__in=(Delivery.Kind.PUSH, Delivery.Kind.WEBHOOK))

    def by_push(self, now: datetime) -> Self:
        """Into browsers, but for those that rest."""
        return self.filter(kind=Delivery.Kind.PUSH).exclude(browser__rests_until__gt=now)

    def by_webhook(self, now: datetime) -> Self:
        """To endpoints, but for those that rest, where only a test goes: of each the few that are due first, so that none has the
        others wait."""
        here = self.filter(kind=Delivery.Kind.WEBHOOK, endpoint__state=Endpoint.State.ON).exclude(event_kind=PAGE)
        nth = Window(RowNumber(), partition_by="endpoint", order_by=("due_at", "pk"))
        resting = Q(endpoint__rests_until__gt=now) & ~Q(event_kind=TEST)
        return here.exclude(resting).annotate(nth=nth).filter(nth__lte=AT_ONCE)

    def by_webhook_to_duty(self) -> Self:
        """What calls to something critical, however its endpoint has fared."""
        return self.filter(kind=Delivery.Kind.WEBHOOK, event_kind=PAGE, endpoint__state=Endpoint.State.ON)

    def told_to(self, person: Any, organisation: Any, environment: str, now: datetime) -> Self:
        """What someone was or would be told for an organisation by now, but for what they have muted. Takes `OuterRef`, too."""
        this = Q(case=OuterRef("case")) | Q(request=OuterRef("request")) | Q(conversation=OuterRef("conversation"))
        mutes = Mute.objects.in_force(now).filter(person=OuterRef("person"))
        muted = mutes.filter(this)
        of_meeting = Q(meeting__isnull=False) & Exists(mutes.of_meeting(OuterRef(OuterRef("meeting"))))
        owed = Q(event_kind__in=("clock.broken", "clock.reminded"), clock__owner=F("organisation"))
        told = self.filter(person=person, organisation=organisation, kind__in=Delivery.NOTICES)
        told = told.in_environment(environment).filter(latest_at__lte=now).exclude(state=Delivery.State.MUTED)
        return told.exclude(Exists(muted) & ~owed | Exists(muted.filter(overdue_too=True)) | of_meeting)

    def notices_of(self, actor: Actor, now: datetime) -> Self:
        """The actor's notices, for the organisation they act for. A program has none."""
        return self.told_to(actor.person, actor.organisation, actor.environment, now) if actor.person else self.none()

    def unseen(self, since: datetime) -> Self:
        """Those not looked at; older ones than REMEMBERED are not to be counted."""
        return self.filter(seen_at=None, latest_at__gt=since)

    def see(self, now: datetime) -> int:
        """These were looked at; answers how many were new."""
        return self.filter(seen_at=None).update(seen_at=now)


class Delivery(models.Model):
    """One mail to one person, one ring in one of their browsers, or one post to an organisation's own systems.

    A *bundle* carries what was said and done in a case or a request since `since`, waits a quiet time and gathers more meanwhile. A *clock*
    notice goes at once. A *digest* is someone's morning summary. A *letter* (an invitation, a password link) carries its own
    frozen words. A *note* tells someone that a colleague named them in a private one, and tells it to nobody else in any way.
    A *page* calls whoever is on duty to something critical: at once, whatever they wish and however late it is.
    A *receipt* tells whoever asked that their request has arrived, and until when it is answered. Of a request, what has
    no person goes to the visitor who asked: its words, and the secret in them, are made when it is sent and kept nowhere.
    Bundles, clocks, notes and meetings are what stands in the person's notices as well; `seen_at` says that they were looked at.
    `letter` is the one that it answers, if any.
    A *webhook* carries its frozen words to an `endpoint`; `answered` is the status it was answered with last.
    A *meeting* tells what became of one, with what calendars read, or reminds of it, and is told to nobody before its moment;
    `first` is the meeting's sequence by then.
    A *push* rings in a `browser` what it is `about`, another delivery that came due; about nothing, it is a greeting.
    """

    class Kind(models.TextChoices):
        BUNDLE = "bundle", _("messages")
        CLOCK = "clock", _("clock")
        DIGEST = "digest", _("summary")
        LETTER = "letter", _("letter")
        PUSH = "push", _("browser")
        NOTE = "note", _("private note")
        RECEIPT = "receipt", _("receipt")
        PAGE = "page", _("call to those on duty")
        WEBHOOK = "webhook", _("webhook")
        MEETING = "meeting", _("meeting")

    class State(models.TextChoices):
        WAITING = "waiting", _("not sent yet")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        READ = "read", _("read here")
        MOOT = "moot", _("not needed any more")
        DIGEST = "digest", _("for the morning summary")
        MUTED = "muted", _("not mailed")
        FAILED = "failed", _("not delivered")
        BOUNCED = "bounced", _("came back")

    NOTICES = (Kind.BUNDLE, Kind.CLOCK, Kind.NOTE, Kind.PAGE, Kind.MEETING)
    NEVER_QUIET = (Kind.LETTER, Kind.RECEIPT, Kind.PAGE)

    public_id = models.CharField(max_length=32, unique=True, default=_delivery_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="deliveries")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="deliveries")
    # Found by the one that gathers; an index for it alone would cost at posting, where there is none.
    request = models.ForeignKey(Request, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    # Of a relationship; a case and a request have their own.
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    clock = models.ForeignKey(Clock, null=True, on_delete=models.CASCADE, related_name="deliveries")
    note = models.ForeignKey(Note, null=True, on_delete=models.CASCADE, related_name="+")
    meeting = models.ForeignKey(Meeting, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    browser = models.ForeignKey(Browser, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    endpoint = models.ForeignKey(
        Endpoint, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    answered = models.PositiveSmallIntegerField(null=True)
    about = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="pushes")
    letter = models.ForeignKey(Letter, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    event_kind = models.CharField(max_length=48, blank=True)
    since = models.DateTimeField()
    first = models.PositiveIntegerField(default=0)
    through = models.PositiveIntegerField(default=0)
    mentioned = models.PositiveIntegerField(default=0, db_default=0)  # the last message in which the person is named
    moved_at = models.DateTimeField(null=True)
    latest_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    address = models.EmailField(max_length=254, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=250, blank=True)
    settled_at = models.DateTimeField(null=True)

    objects: ClassVar[DeliveryQuerySet] = DeliveryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            # What is still waiting gathers; what is being sent does not, and the next message opens another.
            models.UniqueConstraint(
                fields=["case", "person"], condition=Q(kind="bundle", state="waiting"), name="delivery_one_gathering"
            ),
            models.UniqueConstraint(
                fields=["request", "person"],
                condition=Q(kind="bundle", state="waiting", request__isnull=False),
                name="delivery_one_of_request",
            ),
            models.UniqueConstraint(
                fields=["conversation", "person"],
                condition=Q(kind="bundle", state="waiting", conversation__isnull=False),
                name="delivery_one_of_relationship",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=("waiting", "sending")), name="delivery_due"),
            models.Index(fields=["case", "through"], name="delivery_of_case"),
            models.Index(fields=["request"], condition=Q(request__isnull=False), name="delivery_of_request"),
            models.Index(
                fields=["conversation"], condition=Q(conversation__isnull=False), name="delivery_of_relationship"
            ),
            models.Index(fields=["meeting"], condition=Q(meeting__isnull=False), name="delivery_of_meeting"),
            # What was sent to an endpoint, the newest first; and how much of it waits.
            models.Index(fields=["endpoint", "id"], condition=Q(endpoint__isnull=False), name="delivery_of_endpoint"),
            models.Index(
                fields=["endpoint", "settled_at"], condition=Q(endpoint__isnull=False), name="delivery_to_endpoint"
            ),
            # What was I told, the newest first; and how much of it have I not seen.
            models.Index(fields=["person", "organisation", "latest_at", "id"], name="delivery_of_person"),
            models.Index(
                fields=["person", "organisation", "latest_at"], condition=Q(seen_at=None), name="delivery_unseen"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.person or self.address}: {self.state}"

    @classmethod
    def write_letter(
        cls, *, to: str, subject: str, text: str, html: str = "", person: Person | None = None,
        answers: Letter | None = None,
    ) -> Delivery:  # fmt: skip
        """A mail with words of its own, sent at once by the worker. The words are wiped once it is sent."""
        now = timezone.now()
        return cls.objects.create(
            kind=cls.Kind.LETTER,
            address=to,
            person=person,
            letter=answers,
            subject=" ".join(subject.split())[:250],
            text=text,
            html=html,
            since=now,
            due_at=now,
            latest_at=now,
        )

    @classmethod
    def gather(
        cls,
        about: Case | Conversation,
        listener: Organisation,
        notice: Notice,
        *,
        at: datetime,
        number: int = 0,
        event_kind: str = "",
        only: list[int] | None = None,
        but: str,
    ) -> None:
        """Lets an organisation hear of something in a case, or in a relationship, with what else happens in the quiet time; some of them at once.

        `number` is that of a message; without one, `event_kind` happened to the case. `but` names whom not to tell, `only` who
        alone is meant. Within a change.
        """
        case = about if isinstance(about, Case) else None
        heard = hearers(case, listener, notice, at=at, but=but, only=only)
        cls._lay(heard, listener, at, number, event_kind, notice == Notice.MENTION, **named(about))

    @classmethod
    def gather_of(
        cls,
        request: Request,
        listener: Organisation | None,
        notice: Notice,
        *,
        at: datetime,
        number: int = 0,
        event_kind: str = "",
        only: list[int] | None = None,
        but: str,
    ) -> None:
        """The same of a request, by the lock of its conversation; with nobody to listen, by mail to the visitor who asked."""
        heard: Mapping[Any, str] = {None: How.BUNDLED}
        if listener:
            heard = hearers_in(request, listener, notice, at=at, but=but, only=only)
        cls._lay(heard, listener, at, number, event_kind, notice == Notice.MENTION, request=request)

    @classmethod
    def _lay(
        cls,
        heard: Mapping[Any, str],
        listener: Organisation | None,
        at: datetime,
        number: int,
        event_kind: str,
        named: bool,
        **about: Any,
    ) -> None:
        told: dict[str, Any] = {"through": number} if number else {"moved_at": at, "event_kind": event_kind}
        told |= {"latest_at": at} | ({"mentioned": number} if named else {})
        due = {person: _due(how, at) for person, how in heard.items()}
        # By person, not by organisation: someone may sit on both sides of a case and still gets one mail.
        waiting = cls.objects.filter(kind=cls.Kind.BUNDLE, state=cls.State.WAITING, **about)
        waiting = waiting.filter(Q(person__in=heard) if listener else Q(person=None))
        # Held: the worker claims without our lock, and what it claims between here and the update would gather nothing.
        gathering = list(waiting.select_for_update().values_list("person", flat=True))
        for moment in {due[person] for person in gathering}:
            these = waiting.filter(person__in=[p for p in gathering if due[p] == moment]) if listener else waiting
            these.update(**told, seen_at=None, due_at=Least(F("due_at"), Value(moment)))
        if number and gathering:  # a bundle that began with a change of state starts its messages here
            waiting.filter(first=0).update(first=number)
        cls.objects.bulk_create(
            cls(
                kind=cls.Kind.BUNDLE,
                person_id=person,
                organisation=listener,
                since=at,
                first=number,
                due_at=due[person],
                **told,
                **about,
            )
            for person in heard
            if person not in gathering
        )

    @classmethod
    def ring(cls, clock: Clock, event_kind: str, listener: Organisation | None, *, at: datetime) -> None:
        """Tells an organisation of a clock, or (None) a visitor: at once, unless someone wants it otherwise."""
        overdue = Notice.OVERDUE if listener and listener.pk == clock.owner_id else Notice.AWAITED
        notice = Notice.WARNED if event_kind == "clock.warned" else overdue
        talk = clock.conversation if clock.case_id is None else None
        request = talk.request if talk and talk.is_request else None
        heard: Mapping[Any, str] = {None: How.AT_ONCE}
        if listener:
            heard = (
                hearers_in(request, listener, notice, at=at)
                if request
                else hearers(clock.case, listener, notice, at=at)
            )
        cls.objects.bulk_create(
            cls(
                kind=cls.Kind.CLOCK,
                person_id=person,
                organisation=listener,
                case=clock.case,
                request=request,
                conversation=talk if request is None else None,
                clock=clock,
                event_kind=event_kind,
                since=at,
                latest_at=at,
                due_at=_due(how, at) if how != How.DAILY else at,
            )
            for person, how in heard.items()
        )

    @classmethod
    def pass_on(cls, note: Note, people: list[int], *, at: datetime, but: str) -> None:
        """Tells colleagues that they are named in a private note, each as they wish. Taken away, it is told no more."""
        told: dict[str, Any] = {"at": at, "but": but, "only": people}
        talk = note.conversation
        request = talk.request if talk.is_request else None
        if request:
            heard = hearers_in(request, note.organisation, Notice.MENTION, **told)
        else:
            heard = hearers(talk.case, note.organisation, Notice.MENTION, **told)
        cls.objects.bulk_create(
            cls(
                kind=cls.Kind.NOTE,
                person_id=person,
                organisation=note.organisation,
                case=talk.case,
                request=request,
                conversation=talk if talk.is_relationship else None,
                note=note,
                since=at,
                latest_at=at,
                due_at=_due(how, at),
            )
            for person, how in heard.items()
        )

    @classmethod
    def invite(
        cls, meeting: Meeting, person: Person, organisation: Organisation, event_kind: str, *, at: datetime, reminds: bool,
        stands_in: bool,
    ) -> None:  # fmt: skip
        """Tells somebody what became of it, as they wish; or reminds them when its moment has come. Who stands in hears of it,
        though it is off for themselves."""  # fmt: skip
        how = Wishes.of(person).how(Notice.MEETING)
        if how == How.OFF and not stands_in:
            return
        cls.objects.create(
            kind=cls.Kind.MEETING, person=person, organisation=organisation, meeting=meeting, event_kind=event_kind,
            first=meeting.sequence, since=at, latest_at=at, moved_at=None if reminds else at, due_at=at if reminds else _due(how, at),
        )  # fmt: skip

    @classmethod
    def acknowledge(cls, request: Request, *, at: datetime, letter: Letter | None = None) -> None:
        """Tells whoever asked, at once, that it has arrived; a program is told by the answer it gets. So is who wrote a `letter`
        of another matter into it."""  # fmt: skip
        person = letter.person if letter else request.person
        if person or request.asker is None:
            cls.objects.create(
                kind=cls.Kind.RECEIPT, person=person, organisation=request.asker, request=request, letter=letter,
                since=at, latest_at=at, due_at=at,
            )  # fmt: skip

    @classmethod
    def begin_digest(cls, wishes: Wishes, now: datetime) -> bool:
        """The morning summary that is due, or none on this day. One guarded update decides who begins it, and only once."""
        morning = wishes.morning_of(now)
        moved: dict[str, Any] = {"digest_due_at": wishes.next_morning(now)}
        with transaction.atomic():
            due = Wishes.objects.filter(pk=wishes.pk, digest_due_at=wishes.digest_due_at)
            won = due.update(**moved, **({"digested_at": now} if morning else {}))
            if won and morning:
                since = wishes.digested_at or now - timedelta(days=1)
                cls.objects.create(
                    kind=cls.Kind.DIGEST, person=wishes.person, since=since, latest_at=now, due_at=morning
                )
        return bool(won)

    def postpone(self, now: datetime) -> bool:
        """Puts it off to the end of the reader's quiet hours; answers whether it is quiet now. Letters, receipts and pages know
        no quiet."""  # fmt: skip
        about = self.about if self.kind == self.Kind.PUSH else self
        if about is None or about.kind in self.NEVER_QUIET or self.person is None:
            return False
        wishes = Wishes.of(self.person)
        until = None if about.is_overdue_of_ours and wishes.let_through else wishes.quiet_until(now)
        if until is None:
            return False
        Delivery.objects.unsettled().filter(pk=self.pk, tries=self.tries, due_at=self.due_at).update(due_at=until)
        return True

    def page(self, number: int = 0) -> str:
        """The path of what it is about, at a message or a note: for a visitor with the secret that opens it."""
        if self.meeting:
            return reverse("meeting", args=[self.meeting.number])
        if request := self.request:
            where = ("request", request.number) if self.person_id else ("visited", request.secret)
            path = reverse(where[0], args=where[1:])
            return path + (f"#note-{self.note.public_id}" if self.note else f"#message-{number}" if number else "")
        if self.note:
            return reverse("note-place", args=[self.where, self.note.public_id])
        path = reverse("relationship" if self.conversation else "case", args=[self.where])
        return path + (f"#message-{number}" if number else "")

    @property
    def where(self) -> str:
        """What stands in the addresses of the case, or of the relationship, that it is about."""
        return self.conversation.public_id if self.conversation else self.case.reference  # type: ignore[union-attr]

    @property
    def about_what(self) -> Case | Request | Conversation | None:
        return self.case or self.request or self.conversation

    @property
    def talk(self) -> Conversation | None:
        """The conversation that it is about, if it has begun."""
        if self.request:
            return self.request.conversation
        return self.conversation or getattr(self.case, "conversation", None)

    @property
    def mail_id(self) -> str:
        """The Message-ID of its mail, the same at every try."""
        return f"{self.public_id}@{settings.HOST}"

    @classmethod
    def named_by(cls, mail_id: str) -> str:
        """The public id of the one whose mail has this Message-ID; "" if it is none of ours."""
        found = re.fullmatch(rf"<?(dlv_[0-9a-z]{{16}})@{re.escape(settings.HOST)}>?", mail_id.strip())
        return found[1] if found else ""

    @property
    def to(self) -> str:
        """The address it goes to."""
        if self.kind == self.Kind.LETTER or (self.person is None and self.request is None):
            return self.address
        return self.person.email if self.person else self.request.email  # type: ignore[union-attr]

    @property
    def reference(self) -> str:
        """What people call the case, the request or the meeting it is about; "" of a relationship, whose title says it."""
        return str(self.case or self.request or self.meeting or "")

    @property
    def title(self) -> str:
        if self.conversation:
            return self.conversation.title
        if self.meeting:
            return self.meeting.subject
        return self.case.debtor_name if self.case else self.request.subject if self.request else ""

    @property
    def is_overdue_of_ours(self) -> bool:
        """Tells of an answer that the reader's own side owes and has not given in time."""
        return (
            self.event_kind in ("clock.broken", "clock.reminded")
            and self.clock is not None
            and self.clock.owner_id == self.organisation_id
        )

    def claim(self, now: datetime) -> bool:
        """Ours to send, until the lease runs out: the due date moves forward, so a dead worker's work simply comes due again."""
        mine = Delivery.objects.unsettled().filter(pk=self.pk, tries=self.tries, due_at=self.due_at)
        with transaction.atomic():
            if not mine.update(state=self.State.SENDING, due_at=now + LEASE, tries=self.tries + 1):
                return False
            if settings.PUSH and self.tries == 0 and self.kind in self.NOTICES:
                self._ring_browsers(now)
        self.refresh_from_db(from_queryset=Delivery.objects.shown(self.kind))
        return True

    def _ring_browsers(self, now: datetime) -> None:
        """What comes due for the first time rings as well, whatever becomes of the mail. Each push asks again whether it should."""
        told: dict[str, Any] = {"kind": self.Kind.PUSH, "person_id": self.person_id, "about": self}
        told |= {"since": now, "latest_at": now, "seen_at": now, "due_at": self.due_at}
        browsers = Browser.objects.filter(person=self.person_id).order_by("pk")
        Delivery.objects.bulk_create(Delivery(browser=browser, **told) for browser in browsers)

    def settle(self, outcome: Outcome, *, at: datetime) -> None:
        """Keeps how the try ended; nothing, if another worker settled it after our lease had run out."""
        why, ours = outcome.why[:250], Delivery.objects.unsettled()
        told: dict[str, Any] = {"why": why, "answered": outcome.answered or self.answered}
        if isinstance(outcome, Later) and self.tries < backoff.MOST_TRIES:
            again = at + timedelta(seconds=backoff.jittered(backoff.pause(self.tries)))
            self._keep(ours.filter(tries=self.tries), due_at=max(again, outcome.until or again), **told)
            return
        ended = {"state": outcome.state, "settled_at": at, **told}
        if isinstance(outcome, AlreadyRead | Moot | Muted):  # nothing that is still to be looked at
            ended["seen_at"] = at
        if self.kind == self.Kind.LETTER:  # whether it arrived or not, the secret in it is no longer ours to keep
            ended |= {"text": "", "html": ""}
        self._end(ours, at, ended)
        if isinstance(outcome, NoMailbox):
            Bounce.note(self.to, permanent=True, words=why, at=at)

    def come_back(self, words: str, *, permanent: bool, at: datetime) -> None:
        """It was sent, and another server says that it has not arrived: for good, or not yet."""
        with transaction.atomic():
            if permanent:
                sent = Delivery.objects.filter(state=self.State.SENT)
                self._end(sent, at, {"state": self.State.BOUNCED, "why": " ".join(words.split())[:250]})
            Bounce.note(self.to, permanent=permanent, words=words, at=at)

    def _end(self, ours: DeliveryQuerySet, at: datetime, ended: dict[str, Any]) -> None:
        about = self.about_what
        # Of a note not even the case's log may tell; and whom the operator tells of a request, its own affair.
        inside = self.kind == self.Kind.NOTE or (self.request and self.request.operator_id == self.organisation_id)
        if about is None or inside:
            self._keep(ours, **ended)
            return
        with change(about, by=SYSTEM, at=at) as record:
            if self._keep(ours, **ended) and self.state in (self.State.SENT, self.State.FAILED, self.State.BOUNCED):
                record("delivery.settled", delivery=self, person=self.person, outcome=self.state)

    def _keep(self, ours: DeliveryQuerySet, **columns: Any) -> bool:
        for name, value in columns.items():
            setattr(self, name, value)
        return bool(ours.filter(pk=self.pk).update(**columns))


class Outcome:
    """How a try ended: one of the classes below."""

    state: str = Delivery.State.FAILED
    until: datetime | None = None  # not before then
    answered: int | None = None  # with which status, of a webhook
    is_gone = False  # whether whoever answered wants to hear nothing any more

    def __init__(self, why: Any = "") -> None:
        self.why = str(why)


class Delivered(Outcome):
    state = Delivery.State.SENT


class Later(Outcome):
    """Did not work now; worth another try, but not before `until`. Given up after three days."""

    def __init__(self, why: Any = "", until: datetime | None = None) -> None:
        super().__init__(why)
        self.until = until


class Never(Outcome):
    """Will not work, ever."""


class NoMailbox(Never):
    """The other server knows nobody at this address."""


class AlreadyRead(Outcome):
    state = Delivery.State.READ


class Moot(Outcome):
    """Not worth sending any more: the reader left, or the clock was met."""

    state = Delivery.State.MOOT


class SetAside(Outcome):
    """The reader wants to hear of it in the morning."""

    state = Delivery.State.DIGEST


class Muted(Outcome):
    """The reader wants to hear nothing of this case."""

    state = Delivery.State.MUTED


def _due(how: str, at: datetime) -> datetime:
    return at if how == How.AT_ONCE else at + timedelta(seconds=settings.QUIET_SECONDS)
