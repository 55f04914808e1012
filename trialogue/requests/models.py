"""Somebody asks the operator: a request with a number, a channel, a conversation, a state, and whoever takes care of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.channels.advice import redirect
from trialogue.channels.models import Edition, who_is
from trialogue.channels.rules import Channel, Item, Who
from trialogue.conversations.models import Conversation, Document, KeyReused, Message, sender_key_of
from trialogue.events.change import Doer, Record, System, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.people import numbering, typed
from trialogue.people.models import Actor, Environment, Organisation, Person, Refused, Side, Visitor
from trialogue.people.places import zones
from trialogue.requests import include
from trialogue.requests.calls import FailedCall as FailedCall
from trialogue.requests.desk import Duty as Duty
from trialogue.requests.desk import SavedAnswer as SavedAnswer

LONGEST_SUBJECT = 200
MOST_TAGS = 20
_LINKS = Signer(salt="trialogue.requests")


class Turned(Exception):
    """The channel is not for whoever asks. Carries the advice: where it belongs, and why not here."""

    def __init__(self, advice: Any) -> None:
        self.advice = advice
        super().__init__(advice.turned_away)


def _request_id() -> str:
    return publicid.new("req")


class State(models.TextChoices):
    """`open`: the operator owes an answer. `waiting`: the sender was asked for something. `solved`: the sender may say that it is not."""

    OPEN = "open", _("open")
    WAITING = "waiting", _("waiting for the sender")
    ANSWERED = "answered", _("answered")
    SOLVED = "solved", _("solved")
    CLOSED = "closed", _("closed")


AT_REST = (State.SOLVED, State.CLOSED)


class Numbering(numbering.Numbering):
    letter = "R"


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of one's own organisation; all for the operator."""
        here = self.filter(environment=actor.environment)
        return here if actor.side == Side.OPERATOR else here.filter(asker=actor.organisation)

    def by_secret(self, secret: str) -> Request | None:
        """The request of somebody without an account, by the secret in their link."""
        try:
            public_id = _LINKS.unsign(secret)
        except BadSignature:
            return None
        return self.shown().filter(public_id=public_id, asker=None).first()

    def shown(self) -> Self:
        """With everything needed to show them."""
        return self.select_related("asker", "person", "assignee", "case", "conversation", "operator", "merged_into")


class Request(Subject):
    """What somebody asks of the operator. `intents` are the channels it came by; `channel` is the one it belongs to."""

    State = State

    public_id = models.CharField(max_length=32, unique=True, default=_request_id, editable=False)
    number = models.CharField(max_length=20, unique=True, editable=False)
    environment = models.CharField(max_length=10, choices=Environment.choices)
    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="request")
    operator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    asker = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="requests", db_index=False
    )
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120, blank=True)  # of a visitor, as they gave it; so is the address
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=5, blank=True)  # in which a visitor asked, where it is known; so is the zone
    zone = models.CharField(max_length=64, blank=True)
    channel = models.CharField(max_length=20)
    intents = models.JSONField(default=list)
    situation = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    form = models.JSONField(default=dict)
    missing = models.JSONField(default=list)
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="requests")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    assignee = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    promise = models.CharField(
        max_length=20, blank=True
    )  # what holds instead of its channel's, once it has been escalated
    tags = models.ManyToManyField("requests.Tag", related_name="requests")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    split_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parted")
    opened_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    helped = models.BooleanField(null=True)
    verdict = models.CharField(max_length=1000, blank=True)
    rated_at = models.DateTimeField(null=True)

    replayed = False  # True on a request that a repeated key has found again
    objects: ClassVar[RequestQuerySet] = RequestQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            # What have we asked, the last moved first; what is on the desk, by what, whose, and how it stands.
            models.Index(fields=["asker", "environment", "-moved_at", "-id"], name="request_of_asker"),
            models.Index(fields=["environment", "-moved_at", "-id"], name="request_moved"),
            models.Index(fields=["environment", "state", "-moved_at", "-id"], name="request_by_state"),
            models.Index(fields=["environment", "channel", "state", "-moved_at", "-id"], name="request_by_channel"),
            models.Index(fields=["assignee", "environment", "state", "-moved_at", "-id"], name="request_of_assignee"),
            # The same in whatever state.
            models.Index(fields=["environment", "channel", "-moved_at", "-id"], name="request_moved_by_channel"),
            models.Index(fields=["assignee", "environment", "-moved_at", "-id"], name="request_moved_of_assignee"),
            # Whose open clocks are these? All that narrows them is read in the index: of the few that are open.
            models.Index(
                fields=["environment", "assignee", "channel", "state", "conversation", "id"],
                condition=models.Q(state=State.OPEN),
                name="request_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        return super().for_change().select_related("asker", "operator", "conversation", "assignee", "person")

    def concerns(self) -> Concerned:
        return self.conversation.concerns()

    # --- verbs of the sender ------------------------------------------------------------------------------------------

    @classmethod
    def open(
        cls,
        *,
        by: Actor | Visitor,
        channel: str,
        subject: str,
        body: str,
        situation: str = "",
        form: Mapping[str, str] | None = None,
        case: Case | None = None,
        intents: Iterable[str] = (),
        name: str = "",
        email: str = "",
        documents: Sequence[Document] = (),
        keep: Collection[str] = (),
        key: str = "",
        promise: str = "",
        assignee: Person | None = None,
        at: datetime | None = None,
    ) -> Request:
        """A new request, whose clock runs from now on. The same `key` again answers with the request it made.

        Personal data and secrets in what was typed are masked, but for the findings in `keep` (see `include`). `documents` are
        those of its first message, as `Conversation.post` takes them. An escalation has another `promise` than its channel, and an
        `assignee` from the start.

        Raises `Turned` when the channel is not for whoever asks, `ValidationError` by field. What is to be included and is
        not is kept in `missing`, to be asked for once.
        """
        if found := cls._opened_before(by, key):
            found.replayed = True
            return found
        told, operator = _channel_for(by, channel, situation), _operator()
        request = cls(
            environment=by.environment, operator=operator, asker=by.organisation, person=by.person, channel=told.key,
            intents=list(dict.fromkeys([*intents, told.key])), situation=situation, case=case,
            subject=_line(include.masked(subject, keep)), promise=promise,
        )  # fmt: skip
        if isinstance(by, Visitor):
            request.name, request.email = _line(name, "name", 120), _address(email)
            request.language = by.language if by.language in dict(settings.LANGUAGES) else ""
            request.zone = by.zone if by.zone in zones() else ""
        request.form, request.missing = include.checked(_wanted(told, by), situation, form or {}, keep)
        if told.insists and by.via != "mail":
            include.must_be_whole(_wanted(told, by), request.form)
        with change(request, by=by, at=at) as record:
            request._begin(record, record.at)
            body = include.masked(body, keep)
            message = request.conversation.post(by=by, body=body, documents=documents, key=key, at=record.at)
            record(
                "request.opened",
                request=request,
                channel=told.key,
                situation=situation,
                message=message,
                promise=promise or told.promise,
            )
            if assignee:
                request._take(record, assignee)
        return request

    @classmethod
    def plan(
        cls, *, by: Actor | Visitor, channel: str, situation: str = "", form: Mapping[str, str] | None = None
    ) -> tuple[Channel, list[Item]]:
        """What opening one would come to: its channel, and what an answer could not begin without. Raises as `open` does."""
        told = _channel_for(by, channel, situation)
        wanted = _wanted(told, by)
        given, missing = include.checked(wanted, situation, form or {})
        needed = include.lacking(wanted, given) if told.insists else [item for item in wanted if item.key in missing]
        return told, needed

    def write(
        self,
        *,
        by: Actor | Visitor,
        body: str,
        documents: Sequence[Document] = (),
        expects_answer: bool = True,
        keep: Collection[str] = (),
        key: str = "",
        at: datetime | None = None,
    ) -> Message:
        """The sender's side says something: the operator owes an answer again, also where it had been solved or closed.

        Masked as in `open`.
        """
        with change(self, by=by, at=at) as record:
            self._must_be_alive()
            message = self.conversation.post(
                by=by, body=include.masked(body, keep), documents=documents, expects_answer=expects_answer, key=key, at=record.at
            )  # fmt: skip
            if message.replayed or not expects_answer:
                return message
            if self.state in AT_REST:
                record("request.reopened", request=self, old=self.state)
            record("request.asked", request=self, message=message, promise=self._promise)
            self._become(record, State.OPEN, settled_at=None)
        return message

    def escalate(
        self, person: Person | None, *, by: Doer, promise: str, body: str = "", at: datetime | None = None
    ) -> Message | None:
        """It goes to somebody of the operator, or (None) back to its team, who answer by another promise from now on.

        The sender's side says why, unless the house itself does it. Within a change of the escalation's.
        """
        with change(self, by=by, at=at) as record:
            message = None
            if body:
                assert isinstance(by, Actor)
                message = self.conversation.post(by=by, body=body, at=record.at)
            if self.state in AT_REST:
                record("request.reopened", request=self, old=self.state)
            self.promise = promise
            self.save(update_fields=["promise"])
            record("request.escalated", request=self, message=message, promise=promise)
            if person != self.assignee:
                self._take(record, person)
            self._become(record, State.OPEN, settled_at=None)
        return message

    def supply(
        self, form: Mapping[str, str], *, by: Actor | Visitor, keep: Collection[str] = (), at: datetime | None = None
    ) -> None:
        """What was missing, or some of it. Raises `ValidationError` by field."""
        with change(self, by=by, at=at) as record:
            self._must_be_alive()
            if not self.conversation.is_of(by):
                raise Refused(_("Only who asked says what was missing."))
            wanted = _wanted(_requested(self.channel), by)
            given = {name: value for name, value in form.items() if value.strip()}
            added, _missing = include.checked(wanted, self.situation, given, keep)
            self.form = {**self.form, **added}
            self.missing = include.missing(wanted, self.situation, self.form)
            self.save(update_fields=["form", "missing"])
            record("request.supplied", request=self, items=len(given))

    def rate(self, helped: bool, *, by: Actor | Visitor, words: str = "", at: datetime | None = None) -> None:
        """Whether it helped, in one click; `words` may follow. The last say counts."""
        with change(self, by=by, at=at) as record:
            if not self.conversation.is_of(by):
                raise Refused(_("Only who asked says whether it helped."))
            self.helped, self.verdict, self.rated_at = helped, typed.cleaned(words)[:1000], record.at
            self.save(update_fields=["helped", "verdict", "rated_at"])
            record("request.rated", request=self, helped=str(helped).lower(), words=self.verdict)

    def hand_over(self, *, by: Actor, at: datetime | None = None) -> Message:
        """The sender puts it into the conversation of the case it is about: what they said stands there, and an answer is owed from
        the moment it arrived here. This one ends; traces stay on both sides."""  # fmt: skip
        self._must_fit_the_case(by)
        standing = self.conversation.messages.filter(organisation=by.organisation, withdrawn_at=None).order_by("number")
        # Stored before the change, because a store may be across a network.
        said = [(one, [file.again() for file in one.documents.current().openable()]) for one in standing]
        if not any(message.body or documents for message, documents in said):
            raise Refused(_("Nothing that was said in it still stands."))
        try:
            with change(self, by=by, at=at) as record:
                talk = self._must_fit_the_case(by)
                with change(talk, by=by, at=record.at) as record_there:
                    for message, documents in said:
                        if message.body or documents:
                            told: dict[str, Any] = {
                                "body": message.body,
                                "documents": documents,
                                "since": said[0][0].at,
                            }
                            posted = talk.post(by=by, at=record.at, **told)
                    record_there("message.handed", request=self, message=posted)
                record("request.handed", request=self, case=self.case, message=posted)
                self._become(record, State.CLOSED)
        except BaseException:
            for document in (document for _message, documents in said for document in documents):
                document.discard()
            raise
        return posted

    def _must_fit_the_case(self, by: Actor | Visitor) -> Conversation:
        self._must_be_alive()
        if not self.conversation.is_of(by):
            raise Refused(_("Only who asked puts it into the case."))
        if self.promise:
            raise Refused(_("It was escalated. It is answered here."))
        talk: Conversation | None = getattr(self.case, "conversation", None)
        if talk is None or not talk.may_post(by):
            raise Refused(_("It is about no case in whose conversation you write."))
        if self.state == State.CLOSED:
            raise Refused(_("This request is closed. Write in the conversation of the case."))
        return talk

    def may_hand_over(self, by: Actor | Visitor) -> bool:
        """Whether the conversation of a case is open to it, which is the better place."""
        try:
            self._must_fit_the_case(by)
        except Refused:
            return False
        return True

    @classmethod
    def _opened_before(cls, by: Actor | Visitor, key: str) -> Request | None:
        first = Message.objects.filter(sender_key=sender_key_of(by, by.environment, key), number=1) if key else None
        said = first.select_related("conversation__request").first() if first is not None else None
        if said and not said.conversation.is_request:
            raise KeyReused
        return said.conversation.request if said else None

    # --- verbs of the operator ----------------------------------------------------------------------------------------

    def answer(
        self, *, by: Actor, body: str, documents: Sequence[Document] = (), asks: bool = False, solves: bool = False, key: str = "",
        seen: int | None = None, told: Person | None = None, at: datetime | None = None,
    ) -> Message:  # fmt: skip
        """The operator answers, which meets the clock. `asks`: the sender is to say something first. `solves`: and that is it.
        `told` hears of it by the mail of a meeting.

        `seen` is the number of the last message the writer has seen; when a colleague has answered meanwhile, nothing is sent.
        """
        with change(self, by=by, at=at) as record:
            self._must_be_on_the_desk(by)
            if seen is not None:
                self._must_be_the_only_one(by, seen)
            message = self.conversation.post(
                by=by, body=body, documents=documents, expects_answer=asks, key=key, at=record.at
            )
            if message.replayed:
                return message
            record("request.answered", request=self, message=message, told=told)
            if self.assignee_id is None and by.person:
                self._take(record, by.person)
            self._become(record, State.WAITING if asks else State.SOLVED if solves else State.ANSWERED)
        return message

    def assign(self, person: Person | None, *, by: Actor | System, at: datetime | None = None) -> None:
        """Gives it to somebody of the operator, or lays it back on the desk; so does the house itself, when somebody is away or gone."""
        with change(self, by=by, at=at) as record:
            self._must_be_on_the_desk(by)
            if person and not self.operator.memberships.filter(person=person, person__is_active=True).exists():
                raise ValidationError({"assignee": _("Only people of the operator take requests.")})
            if person != self.assignee:
                self._take(record, person)

    def move_to(self, channel: str, *, by: Actor, at: datetime | None = None) -> None:
        """Puts it on another channel. No time is lost: what is owed is counted from the first arrival."""
        with change(self, by=by, at=at) as record:
            self._must_be_on_the_desk(by)
            if channel != self.channel:
                self._move(record, _requested(channel))

    def widen(self, channels: Iterable[str], *, by: Doer, at: datetime | None = None) -> None:
        """The same was written to these channels as well: all are kept as intents, and the strictest promise counts from the first arrival."""
        with change(self, by=by, at=at) as record:
            rules, who = Edition.in_force().rules, who_is(Actor(self.asker) if self.asker else None)
            told = [one for key in channels if (one := rules.taking_requests(key)) and key not in self.intents]
            if self.merged_into_id or not told:
                return
            self.intents = [*self.intents, *(one.key for one in told)]
            self.save(update_fields=["intents"])
            record("request.widened", request=self, channels=",".join(one.key for one in told))
            fitting = [one for one in (rules.channels.get(self.channel), *told) if one and who and one.is_open_to(who)]
            if fitting and (best := rules.strictest(fitting)).key != self.channel and not self.is_at_rest:
                self._move(record, best)

    def acknowledge(self, *, by: Actor, promise: str, at: datetime | None = None) -> None:
        """Somebody of the operator has seen it and is on it, which meets the clock; the answer is owed by another promise from now on.
        Within a change of the escalation's."""  # fmt: skip
        with change(self, by=by, at=at) as record:
            self._must_be_on_the_desk(by)
            self.promise = promise
            self.save(update_fields=["promise"])
            record("request.acknowledged", request=self, promise=promise, message=None)
            if by.person and by.person != self.assignee:
                self._take(record, by.person)

    def solve(self, *, by: Actor, at: datetime | None = None) -> None:
        """It is done, says the operator; the sender is asked, and an answer opens it again."""
        self._settle(State.SOLVED, by, at)

    def close(self, *, by: Actor | Visitor, at: datetime | None = None) -> None:
        """Nothing more is to be done, says either side. An answer opens it again all the same."""
        self._settle(State.CLOSED, by, at)

    def link(self, case: Case | None, *, by: Actor, at: datetime | None = None) -> None:
        """Says which case it is about, or none; the sender must see the case."""
        with change(self, by=by, at=at) as record:
            self._must_be_on_the_desk(by)
            if case == self.case:
                return
            if case and not self._sees(case):
                said = _("%(sender)s does not see this case. Link one of theirs.")
                raise ValidationError({"case": ValidationError(said, params={"sender": self.sender})})
            old, self.case = self.case, case
            self.save(update_fields=["case"])
            record("request.linked", request=self, case=case, old=old)

    def tag(self, names: Iterable[str], *, by: Actor, at: datetime | None = None) -> None:
        """These tags and no others. Nobody but the operator sees them."""
        with change(self, by=by, at=at) as record:
            self._must_be_on_the_desk(by)
            tags = Tag.called(names)
            if set(tags) != set(self.tags.all()):
                self.tags.set(tags)
                record("request.tagged", request=self, tags=",".join(sorted(tag.name for tag in tags)))

    def merge_into(self, other: Request, *, by: Actor, at: datetime | None = None) -> None:
        """The same question came twice: this one ends, and points to the other, which goes on. Traces stay on both sides."""
        first, second = sorted(
            (self, other), key=lambda each: each.pk
        )  # in one order, or two merges wait for each other
        with change(first, by=by, at=at), change(second, by=by, at=at):
            self._must_be_on_the_desk(by)
            other._must_be_on_the_desk(by)
            if other.pk == self.pk:
                raise Refused(_("A request cannot be merged with itself."))
            if (other.asker_id, other.email) != (self.asker_id, self.email):
                raise Refused(
                    _("Only requests of the same sender are merged: the one would read what the other wrote.")
                )
            with change(self, by=by, at=at) as record:
                self.merged_into = other
                self.save(update_fields=["merged_into"])
                record("request.merged", request=self, other=other, message=None)
                self._become(record, State.CLOSED, settled_at=record.at)
            with change(other, by=by, at=at) as record:
                record("request.absorbed", request=other, other=self)

    def split(
        self, message: Message, *, by: Actor | Visitor, subject: str, channel: str = "", at: datetime | None = None
    ) -> Request:
        """A second question in one request becomes a request of its own, from the moment it was asked: by the operator, or by the
        sender, on the same channel. Traces stay on both sides."""  # fmt: skip
        with change(self, by=by, at=at):
            if not self.conversation.is_of(by):
                self._must_be_on_the_desk(by)
            elif channel not in ("", self.channel):
                raise Refused(_("Only the operator puts it on another channel."))
            self._must_be_alive()
            if message.conversation_id != self.conversation_id or message.organisation_id == self.operator_id:
                raise ValidationError({"message": _("Choose a message of the sender.")})
            if not message.body:
                raise ValidationError(
                    {"message": _("Choose a message with words. Documents stay where they were sent.")}
                )
            told = _requested(channel or self.channel)
            new = Request(
                environment=self.environment, operator=self.operator, asker=self.asker, person=self.person, name=self.name,
                email=self.email, channel=told.key, intents=[told.key], situation=self.situation, subject=_line(subject),
                split_from=self,
            )  # fmt: skip
            with change(new, by=by, at=at) as record:
                new._begin(record, message.at)
                copied = new.conversation.copy(message, by=by, at=record.at)
                record("request.split", request=new, other=self, message=copied, original=message, promise=told.promise)
            with change(self, by=by, at=at) as record:
                record("request.parted", request=self, other=new)
        return new

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def is_at_rest(self) -> bool:
        return self.state in AT_REST

    @property
    def secret(self) -> str:
        """What opens it for a visitor who has it. Kept nowhere: it is made anew for each mail, and goes with the site's secret key."""
        assert self.asker_id is None, "who has an account signs in"
        return _LINKS.sign(self.public_id)

    @property
    def sender(self) -> str:
        """Whoever asked, by name."""
        return (self.person.name if self.person else self.name) or (self.asker.name if self.asker else self.email)

    @property
    def spoken_in(self) -> tuple[str, ZoneInfo]:
        """The language and the zone in which a visitor is written to: those in which they asked, else the house's and the operator's."""
        return self.language or settings.LANGUAGE_CODE, ZoneInfo(self.zone or self.operator.zone)

    @property
    def _promise(self) -> str:
        if self.promise:
            return self.promise
        told = Edition.in_force().rules.channels.get(self.channel)
        return told.promise if told and told.promise else "answer"

    def _sees(self, case: Case) -> bool:
        """Whether the sender's organisation sees a case."""
        if self.asker is None or self.environment != case.environment:
            return False
        asker = Actor(self.asker, environment=self.environment)
        return Case.objects.visible_to(asker).filter(pk=case.pk).exists()

    # --- how it goes ---------------------------------------------------------------------------------------------------

    def _begin(self, record: Record, opened_at: datetime) -> None:
        """Its number, its conversation, its row."""
        self.number = Numbering.take(record.at)
        self.opened_at, self.moved_at = opened_at, record.at
        self.conversation = Conversation.ask(
            by=record.by, operator=self.operator, asker=self.asker, environment=self.environment,
            reference=self.number, title=self.subject, at=record.at,
        )  # fmt: skip
        self.save()

    def _become(self, record: Record, state: str, **also: Any) -> None:
        if state != self.state:
            record("request.stands", request=self, old=self.state, state=state)
        self.state, self.moved_at = state, record.at
        if state in AT_REST:
            also.setdefault("settled_at", record.at)
        for name, value in also.items():
            setattr(self, name, value)
        self.save(update_fields=["state", "moved_at", *also])

    def _take(self, record: Record, person: Person | None) -> None:
        self.assignee = person
        self.save(update_fields=["assignee"])
        record("request.assigned", request=self, person=person)

    def _move(self, record: Record, told: Channel) -> None:
        old, self.channel = self.channel, told.key
        self.intents = list(dict.fromkeys([*self.intents, told.key]))
        self.save(update_fields=["channel", "intents"])
        record("request.moved", request=self, old=old, channel=told.key, promise=self._promise)

    def _settle(self, state: str, by: Actor | Visitor, at: datetime | None) -> None:
        with change(self, by=by, at=at) as record:
            self._must_be_alive()
            if not self.conversation.may_post(by) or (state == State.SOLVED and self.conversation.is_of(by)):
                raise Refused(_("Only the operator says that a request is solved."))
            if self.state in (state, State.CLOSED):
                return
            record("request.settled", request=self, state=state)
            self._become(record, state)

    def _must_be_alive(self) -> None:
        if self.merged_into_id:
            said = _("This request was merged into {number}. Go on there.")
            raise Refused(str(said).format(number=self.merged_into))

    def _must_be_on_the_desk(self, by: Actor | Visitor | System) -> None:
        if not isinstance(by, System) and (by.organisation is None or by.organisation.pk != self.operator_id):
            raise Refused(_("Only the operator does this."))
        self._must_be_alive()

    def _must_be_the_only_one(self, by: Actor, seen: int) -> None:
        others = self.conversation.messages.filter(organisation=by.organisation, number__gt=seen).exclude(
            author=by.person
        )
        if other := others.select_related("author").first():
            said = _("{name} has answered meanwhile. Read it, then send yours if it is still needed.")
            raise Refused(str(said).format(name=other.author or by.organisation))


class Tag(models.Model):
    """A word by which the operator finds requests again."""

    name = models.CharField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def called(cls, names: Iterable[str]) -> list[Tag]:
        """By name, in small letters; made where there is none. Within a change."""
        wanted = list(dict.fromkeys(" ".join(name.lower().split()) for name in names if name.strip()))
        if len(wanted) > MOST_TAGS:
            raise ValidationError({"tags": _("A request has twenty tags at most.")})
        if bad := next((name for name in wanted if len(name) > 40 or "," in name or not typed.can_be_kept(name)), None):
            said = _("“%(tag)s” is no tag: up to 40 characters, no comma.")
            raise ValidationError({"tags": ValidationError(said, params={"tag": bad[:60]})})
        Tag.objects.bulk_create([Tag(name=name) for name in wanted], ignore_conflicts=True)
        return list(cls.objects.filter(name__in=wanted))


def who_is_asking(by: Actor | Visitor) -> Who | None:
    return who_is(by if isinstance(by, Actor) else None)


def _channel_for(by: Actor | Visitor, channel: str, situation: str) -> Channel:
    """The channel, if it takes requests of whoever asks. Raises `Turned`, `ValidationError`."""
    who, told = who_is_asking(by), _requested(channel)
    if who is None:
        raise Refused(_("The operator asks nobody but itself here. Write to a colleague."))
    advice = redirect(Edition.in_force().rules, who, channel, situation)
    if advice and advice.instead_of:
        raise Turned(advice)
    return told


def _wanted(channel: Channel, by: Actor | Visitor) -> tuple[Item, ...]:
    return Edition.in_force().rules.items_of(channel, who_is_asking(by))


def _requested(channel: str) -> Channel:
    told = Edition.in_force().rules.taking_requests(channel)
    if told is None:
        raise ValidationError({"channel": _("Choose a channel that takes requests.")})
    return told


def _operator() -> Organisation:
    found = Organisation.objects.operator()
    if found is None:
        raise Refused(_("There is nobody here yet who could answer."))
    return found


def _line(text: str, field: str = "subject", longest: int = LONGEST_SUBJECT) -> str:
    line = " ".join(typed.cleaned(text).split())
    if not line:
        raise ValidationError(
            {field: _("Say in a few words what it is about.") if field == "subject" else _("Give your name.")}
        )
    if len(line) > longest:
        said = _("This is too long. Use up to %(most)s characters.")
        raise ValidationError({field: ValidationError(said, params={"most": longest})})
    return line


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as why:
        raise ValidationError({"email": _("Give the address at which we answer.")}) from why
    return address


__all__ = ["Duty", "FailedCall", "Request", "SavedAnswer", "State", "Tag", "Turned"]
