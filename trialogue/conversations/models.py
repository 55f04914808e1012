"""Where people talk: a conversation, its messages and documents, and how far each person has read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case, Engagement
from trialogue.conversations import mentions
from trialogue.conversations.bookmarks import Bookmark as Bookmark
from trialogue.conversations.consents import Consent as Consent
from trialogue.conversations.consents import lets_write
from trialogue.conversations.documents import Document as Document
from trialogue.conversations.documents import must_be_few
from trialogue.conversations.information import InformationRequest as InformationRequest
from trialogue.conversations.information import InformationTemplate as InformationTemplate
from trialogue.conversations.information import Item as Item
from trialogue.conversations.messages import Message as Message
from trialogue.conversations.messages import MessageQuerySet, checked
from trialogue.conversations.notes import Note as Note
from trialogue.conversations.overseeing import Presence as Presence
from trialogue.conversations.overseeing import Reading as Reading
from trialogue.conversations.overseeing import has_joined
from trialogue.conversations.pins import Pin as Pin
from trialogue.conversations.writing import Writing as Writing
from trialogue.events.change import Doer, Happening, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.people.models import Actor, Environment, Organisation, Person, Refused, Side, Visitor


class KeyReused(Exception):
    """The same Idempotency-Key came with other words."""

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key was used for another message. Use a new key for a new message."))


def _conversation_id() -> str:
    return publicid.new("con")


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, actor: Actor) -> Self:
        """The conversations of the client's cases, of a partner's engagements, of a referral partner's clients, and all of them for
        the operator, who oversees."""
        here = self.filter(case__environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(case__client=actor.organisation)
            case Side.PARTNER:
                return here.filter(case__in=Engagement.objects.filter(partner=actor.organisation).values("case"))
            case Side.REFERRER:
                return here.filter(case__referrer=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()

    def relationships(self, actor: Actor) -> Self:
        """As `visible_to`, of those without a case: a client's with its partners, a partner's with its clients, all for the operator."""
        here = self.filter(kind=Conversation.Kind.RELATIONSHIP, environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(client=actor.organisation)
            case Side.PARTNER:
                return here.filter(partner=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()

    def heard_by(self, actor: Actor) -> Self:
        """Those in which something new may be said to the actor: not what goes on where a partner's part has ended."""
        if (
            actor.side == Side.PARTNER
        ):  # who works a case is engaged in it: asking that as well reads all its engagements
            return self.filter(case__environment=actor.environment, case__partner=actor.organisation)
        return self.visible_to(actor)

    def with_unread(self, person: Person) -> Self:
        """Annotates `unread`. Posting moves the writer's own bookmark, so what is left was said by others."""
        read = Bookmark.objects.filter(conversation=models.OuterRef("pk"), person=person).values("through")
        return self.annotate(unread=F("message_count") - Coalesce(models.Subquery(read), 0))


class Conversation(Subject):
    """Where two sides talk: the client and the partner of a *case*; the two of them about all else, in their *relationship*; or
    somebody and the operator, in a *request*.

    Of each case there is one, open while a partner works it; of each client and partner, one in each environment, from the first
    word on (`relationships.between`). Only that of a case has an engagement. That of a request has an `asker`: the
    organisation that asks, or nobody whom we know.
    """

    class Kind(models.TextChoices):
        CASE = "case", _("case")
        RELATIONSHIP = "relationship", _("client and partner")
        REQUEST = "request", _("request")

    public_id = models.CharField(max_length=32, unique=True, default=_conversation_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CASE)
    # Null where there is no case. Typed as if never: `visible_to` finds conversations of cases, and whoever works for all
    # kinds asks the kind first.
    case: models.OneToOneField[Case, Case] = models.OneToOneField(  # type: ignore[misc]
        Case, null=True, on_delete=models.CASCADE, related_name="conversation"
    )
    engagement: models.ForeignKey[Engagement, Engagement] = models.ForeignKey(  # type: ignore[misc]
        Engagement, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asker = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    operator = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Of a relationship.
    client = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    partner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Where there is no case to say these, for whoever shows a clock or a notice of it. A relationship has no reference.
    environment = models.CharField(max_length=10, choices=Environment.choices, blank=True)
    reference = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    message_count = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(null=True)

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind="case", case__isnull=False, engagement__isnull=False, operator=None, client=None, partner=None
                )
                | Q(
                    kind="relationship",
                    case=None,
                    engagement=None,
                    operator=None,
                    client__isnull=False,
                    partner__isnull=False,
                )
                | Q(kind="request", case=None, engagement=None, operator__isnull=False, client=None, partner=None),
                name="conversation_kind",
            ),
            models.UniqueConstraint(
                fields=["client", "partner", "environment"],
                condition=Q(kind="relationship"),
                name="conversation_of_two",
            ),
        ]
        indexes = [
            models.Index(fields=["asker"], condition=Q(asker__isnull=False), name="conversation_of_asker"),
            models.Index(
                fields=["partner", "environment"], condition=Q(partner__isnull=False), name="conversation_of_partner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        parties = ("case__client", "case__partner", "case__referrer", "client", "partner", "asker", "operator")
        return super().for_change().select_related(*parties)

    @classmethod
    def ask(cls, *, by: Doer, operator: Organisation, at: datetime, **about: Any) -> Self:
        """The conversation of a new request: `asker`, `environment`, `reference`, `title`. Within the change that opens it."""
        talk = cls(kind=cls.Kind.REQUEST, operator=operator, opened_at=at, **about)
        with change(talk, by=by, at=at) as record:
            talk.save()
            record("conversation.opened", conversation=talk)
        return talk

    @property
    def is_request(self) -> bool:
        return self.kind == self.Kind.REQUEST

    @property
    def is_relationship(self) -> bool:
        return self.kind == self.Kind.RELATIONSHIP

    @property
    def home(self) -> Case | Self:
        """Where the documents of what is said here are laid, and what says the environment: the case, if there is one."""
        return self.case or self

    def concerns(self) -> Concerned:
        if self.is_relationship:
            return Concerned(client=self.client_id, partner=self.partner_id, environment=self.environment)
        if not self.is_request:
            return self.case.concerns()
        return Concerned(
            client=self._asker_on(Side.CLIENT), partner=self._asker_on(Side.PARTNER), referrer=self._asker_on(Side.REFERRER),
            environment=self.environment, alone=True,
        )  # fmt: skip

    def _asker_on(self, side: str) -> int | None:
        return self.asker.pk if self.asker and self.asker.kind == side else None

    # --- verbs --------------------------------------------------------------------------------------------------------

    def post(
        self,
        *,
        by: Actor | Visitor,
        body: str,
        documents: Sequence[Document] = (),
        expects_answer: bool = True,
        answers: Message | None = None,
        key: str = "",
        since: datetime | None = None,
        at: datetime | None = None,
    ) -> Message:
        """Says something. Body: 1 to 10,000 characters, or none with a document.

        `documents` come from `Document.receive` or `taken_up`; `answers` is the message it quotes. `key` makes a repeat harmless: the same key with the same words answers
        with the message it made. `since`: it was said elsewhere first, and an answer is owed from then on.
        Raises `ValidationError`, `Refused`, `KeyReused`.
        """  # fmt: skip
        body = checked(body, documents)
        expects_answer = expects_answer and not self._is_overseen_by(by)
        with change(self, by=by, at=at) as record:
            self.must_allow(by)
            sender_key = sender_key_of(by, by.environment, key)
            earlier = sender_key and Message.objects.filter(sender_key=sender_key).first()
            if earlier:
                if not earlier.says(self, by, body, expects_answer, documents):
                    raise KeyReused
                earlier.replayed = True
                return earlier
            self._must_quote(answers)
            must_be_few(documents, self, by)
            message = self._keep(by, body, expects_answer, sender_key, record.at, answers)
            for document in documents:
                document.attach(message, by, at=record.at)
                if not self.case:  # by itself as well, with its checksum
                    record("document.added", document=document, sha256=document.sha256)
            if by.person and not self._is_overseen_by(by):
                Bookmark.lay(self, by.person, message.number, record.at)
            told: dict[str, Any] = {"number": message.number, "body": body, "documents": list(documents)}
            record("message.posted", message=message, since=since, **told)
            message.tell_mentioned(record, message.mentions)
        return message

    def copy(self, message: Message, *, by: Doer, at: datetime) -> Message:
        """What somebody has said elsewhere stands here as well, as they said it when they did. Within a change of a request's."""
        with change(self, by=by, at=at) as record:
            self.message_count += 1
            self.last_message_at = record.at
            copied = self.messages.create(
                number=self.message_count, author=message.author, organisation=message.organisation, body=message.body,
                via=message.via, at=message.at, **self._stamps(),
            )  # fmt: skip
            self.save(update_fields=["message_count", "last_message_at"])
            record("message.copied", message=copied, number=copied.number, body=copied.body)
        return copied

    def mark_read(self, *, by: Actor, through: int, at: datetime | None = None) -> None:
        """The person has seen messages up to `through`. Going backwards is nothing; overseeing leaves no mark, but in a request
        the operator is a side."""  # fmt: skip
        if by.person is None or self._is_overseen_by(by):
            return
        through = max(0, min(through, self.message_count))
        if Bookmark.objects.filter(conversation=self, person=by.person, through__gte=through).update(
            looked_at=at or timezone.now()
        ):
            return  # nothing new was read; only that someone looked is kept
        with change(self, by=by, at=at) as record:
            if Bookmark.move(self, by.person, through, record.at) and through:
                record("conversation.read", person=by.person, through=through)

    # --- questions ----------------------------------------------------------------------------------------------------

    def may_post(self, actor: Actor | Visitor) -> bool:
        if self.is_request:
            return self.is_of(actor) or _key_of(actor) == self.operator_id
        if self.is_relationship:
            return _key_of(actor) in (self.client_id, self.partner_id)
        case = self.case
        if case.state == "Merged" or case.former or case.partner_id is None:
            return False
        me = _key_of(actor)
        if me in (case.client_id, case.partner_id) or (me == case.referrer_id and lets_write(self)):
            return True
        return has_joined(self, actor)

    def is_of(self, actor: Actor | Visitor) -> bool:
        """Whether the actor's side asked this request: a visitor, who has come by its secret link, when nobody whom we know did."""
        return self.is_request and _key_of(actor) == self.asker_id

    def _is_overseen_by(self, actor: Actor | Visitor) -> bool:
        """Whether this is the operator where others talk: nobody owes it anything there, and it leaves no mark."""
        return isinstance(actor, Actor) and actor.side == Side.OPERATOR and not self.is_request

    def must_allow(self, actor: Actor | Visitor) -> None:
        if self.may_post(actor):
            return
        if self.is_request:
            raise Refused(_("Only who asked and the operator write in this request."))
        if self.is_relationship:
            raise Refused(_("Only the client and the partner write in this conversation."))
        if _key_of(actor) == self.case.referrer_id:
            raise Refused(
                _(
                    "The client does not allow you to write in this case, or not any more. You read along; ask the client to allow it."
                )
            )
        if self._is_overseen_by(actor):
            raise Refused(
                _("You oversee this conversation. Join it, with a reason, to write in it; both sides see that.")
            )
        raise Refused(_("Only the client and the assigned partner write in this conversation."))

    def messages_for(self, actor: Actor) -> MessageQuerySet:
        """What the actor may see here: a partner sees its own engagements, the others all."""
        return self.messages.visible_to(actor)

    def oldest_unanswered(self, asker: Organisation | None) -> Message | None:
        """What the asker said last and still expects an answer to, within the engagement of now."""
        here = self.messages.filter(engagement=self.engagement_id, withdrawn_at=None)
        theirs = (
            here.filter(organisation=self.other_side(asker))
            .order_by("-number")
            .values_list("number", flat=True)
            .first()
        )
        asked = here.filter(organisation=asker, number__gt=theirs or 0, expects_answer=True)
        return asked.order_by("number").first()

    @property
    def sides(self) -> list[Organisation]:
        """The organisations that talk here, as many of them as there are."""
        if self.is_request:
            return [side for side in (self.asker, self.operator) if side]
        if self.is_relationship:
            return [side for side in (self.client, self.partner) if side]
        case = self.case
        third = case.referrer if lets_write(self) else None
        return [side for side in (case.client, case.partner, third) if side]

    def other_side(self, organisation: Organisation | None) -> Organisation | None:
        """Who is spoken to when this organisation, or a visitor, speaks: a referral partner speaks to the partner. The operator, who
        has joined, speaks to both sides: it asks neither, and answers neither."""
        if self.is_request:
            return self.asker if organisation and organisation.pk == self.operator_id else self.operator
        assert organisation is not None
        if organisation.kind == Side.OPERATOR:
            return None
        pair = self if self.is_relationship else self.case
        return pair.client if organisation.pk == pair.partner_id else pair.partner

    def listeners(self, speaker: Organisation) -> list[Organisation]:
        """Who is told of what is said between client and partner: the other side; both, when a case's referral partner says it; all
        who talk there, when the operator does; and a referral partner that has had its say."""
        case, listener = self.case, self.other_side(speaker)
        if listener is None:
            return self.sides
        if self.is_relationship:
            return [listener]
        if speaker.pk == case.referrer_id:
            third: Organisation | None = case.client
        elif lets_write(self) and self.messages.filter(organisation=case.referrer_id).exists():
            third = case.referrer
        else:
            third = None
        return [one for one in (listener, third) if one]

    def _must_quote(self, answers: Message | None) -> None:
        if answers is None:
            return
        answers.refresh_from_db(fields=["withdrawn_at"])
        answers.must_stand()
        if answers.engagement_id != self.engagement_id:  # or its words would reach someone who never saw them
            raise Refused(_("That message belongs to an earlier partner's part. Say it in your own words."))

    def _stamps(self) -> dict[str, Any]:
        """Whose what is said here is."""
        if self.is_request:
            asker = {"client_id": self._asker_on(Side.CLIENT) or 0, "partner_id": self._asker_on(Side.PARTNER) or 0}
            asker["referrer_id"] = self._asker_on(Side.REFERRER)  # type: ignore[assignment]
            return asker | {"environment": self.environment, "engagement_id": None}
        pair = self if self.is_relationship else self.case
        told = {"environment": pair.environment, "client_id": pair.client_id, "partner_id": pair.partner_id}
        told["referrer_id"] = None if self.is_relationship else self.case.referrer_id
        return told | {"engagement_id": self.engagement_id}

    def _keep(
        self,
        by: Actor | Visitor,
        body: str,
        expects_answer: bool,
        sender_key: str | None,
        at: datetime,
        answers: Message | None,
    ) -> Message:
        self.message_count += 1
        self.last_message_at = at
        try:
            message = self.messages.create(
                number=self.message_count, author=by.person, organisation=by.organisation,
                body=body, expects_answer=expects_answer, sender_key=sender_key, via=by.via, at=at,
                answers=answers, mentions=mentions.found(body, self.sides) or None, **self._stamps(),
            )  # fmt: skip
        except IntegrityError as error:  # the same key at the same moment in another conversation
            raise KeyReused from error
        self.save(update_fields=["message_count", "last_message_at"])
        return message


def _key_of(actor: Actor | Visitor) -> int | None:
    return actor.organisation.pk if actor.organisation else None


def sender_key_of(by: Doer, environment: str, key: str) -> str | None:
    if not key:
        return None
    return hashlib.sha256(f"{by.acting_for}:{environment}:{key}".encode()).hexdigest()


# --- reactions --------------------------------------------------------------------------------------------------------


def open_for_case(happening: Happening) -> None:
    """The first release opens the case's conversation."""
    case = happening.subject
    assert isinstance(case, Case)
    engagement = happening.things["engagement"]
    if opened := Conversation.objects.filter(case=case).first():
        with change(opened, by=happening.by, at=happening.at):
            opened.engagement = engagement  # what is said from now on is the new partner's to see
            opened.save(update_fields=["engagement"])
        return
    conversation = Conversation(case=case, engagement=engagement, opened_at=happening.at)
    with change(conversation, by=happening.by, at=happening.at) as record:
        conversation.save()
        record("conversation.opened", conversation=conversation)


def post_words_of_move(happening: Happening) -> None:
    """What a partner says with a move (a welcome, a question, a reason) stands in the conversation like anything said."""
    things, case, by = happening.things, happening.subject, happening.by
    words = things.get("message") or things.get("question") or things.get("reason")
    if words:
        assert isinstance(case, Case)
        assert isinstance(by, Actor)
        asks = happening.kind in ("case.information_requested", "case.closure_requested")
        try:
            case.conversation.post(by=by, body=words, at=happening.at, expects_answer=asks)
        except ValidationError as error:  # said at the field where it was typed
            raise ValidationError({"reason" if "reason" in things else "message": error.messages}) from error
