"""Where people talk: a conversation, its messages and documents, and how far each person has read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import IO, Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case, Engagement
from trialogue.events.change import Happening, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import filekind, lightmarkup, publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side

LONGEST_MESSAGE = 10_000
# As `filekind.REASONS`, in the reader's language.
UNFIT = {
    "empty": _("This file is empty. Choose the file again."),
    "unknown": _("Files of this kind are not accepted. Accepted: %(accepted)s."),
    "unlike": _(
        "The name ends in .%(extension)s, but the content is something else. Save it as .%(extension)s and try again."
    ),
}


class KeyReused(Exception):
    """The same Idempotency-Key came with other words."""

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key was used for another message. Use a new key for a new message."))


def _conversation_id() -> str:
    return publicid.new("con")


def _message_id() -> str:
    return publicid.new("msg")


def _document_id() -> str:
    return publicid.new("doc")


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, actor: Actor) -> Self:
        """The conversations of the client's cases, of a partner's engagements, and all of them for the operator, who oversees."""
        here = self.filter(case__environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(case__client=actor.organisation)
            case Side.PARTNER:
                return here.filter(case__in=Engagement.objects.filter(partner=actor.organisation).values("case"))
            case Side.OPERATOR:
                return here
        return self.none()

    def unread_by(self, person: Person) -> int:
        """How many messages in these conversations the person has not read."""
        return int(self.with_unread(person).aggregate(all=Coalesce(Sum("unread"), 0))["all"])

    def with_unread(self, person: Person) -> Self:
        """Annotates `unread`. Posting moves the writer's own bookmark, so what is left was said by others."""
        read = Bookmark.objects.filter(conversation=models.OuterRef("pk"), person=person).values("through")
        return self.annotate(unread=F("message_count") - Coalesce(models.Subquery(read), 0))


class Conversation(Subject):
    """The one conversation of a case, between its client and its partner, open while a partner works the case."""

    class Kind(models.TextChoices):
        CASE = "case", _("case")

    public_id = models.CharField(max_length=32, unique=True, default=_conversation_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CASE)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="conversation")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    message_count = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(null=True)

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        return super().for_change().select_related("case__client", "case__partner", "case__referrer")

    def concerns(self) -> Concerned:
        return self.case.concerns()

    # --- verbs --------------------------------------------------------------------------------------------------------

    def post(
        self,
        *,
        by: Actor,
        body: str,
        documents: Sequence[Document] = (),
        expects_answer: bool = True,
        key: str = "",
        at: datetime | None = None,
    ) -> Message:
        """Says something. Body: 1 to 10,000 characters, or none with a document.

        `documents` come from `Document.receive`. `key` makes a repeat harmless: the same key with the same words answers
        with the message it made. Raises `ValidationError`, `Refused`, `KeyReused`.
        """  # fmt: skip
        body = checked(body, documents)
        with change(self, by=by, at=at) as record:
            self.must_allow(by)
            sender_key = sender_key_of(by, key)
            earlier = sender_key and Message.objects.filter(sender_key=sender_key).first()
            if earlier:
                if not earlier.says(self, by, body, expects_answer, documents):
                    raise KeyReused
                earlier.replayed = True
                return earlier
            message = self._keep(by, body, expects_answer, sender_key, record.at)
            for document in documents:
                document.attach(self.case, by, message=message, at=record.at)
            if by.person:
                Bookmark.lay(self, by.person, message.number, record.at)
            record("message.posted", message=message, number=message.number, body=body, documents=list(documents))
        return message

    def mark_read(self, *, by: Actor, through: int, at: datetime | None = None) -> None:
        """The person has seen messages up to `through`. Going backwards is nothing; overseeing leaves no mark."""
        if by.person is None or by.side == Side.OPERATOR:
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

    def may_post(self, actor: Actor) -> bool:
        case = self.case
        if case.state == "Merged":
            return False
        return actor.organisation.pk in (case.client_id, case.partner_id)

    def must_allow(self, actor: Actor) -> None:
        if not self.may_post(actor):
            raise Refused(_("Only the client and the assigned partner write in this conversation."))

    def messages_for(self, actor: Actor) -> MessageQuerySet:
        """What the actor may see here: a partner sees its own engagements, the others all."""
        return self.messages.visible_to(actor)

    def other_side(self, organisation: Organisation) -> Organisation | None:
        """Who is spoken to when this organisation speaks."""
        return self.case.partner if organisation.pk == self.case.client_id else self.case.client

    def _keep(self, by: Actor, body: str, expects_answer: bool, sender_key: str | None, at: datetime) -> Message:
        self.message_count += 1
        self.last_message_at = at
        try:
            message = self.messages.create(
                number=self.message_count, engagement_id=self.engagement_id, author=by.person, organisation=by.organisation,
                body=body, expects_answer=expects_answer, sender_key=sender_key, via=by.via, at=at,
            )  # fmt: skip
        except IntegrityError as error:  # the same key at the same moment in another conversation
            raise KeyReused from error
        self.save(update_fields=["message_count", "last_message_at"])
        return message


def checked(body: str, documents: Sequence[Document]) -> str:
    body = typed.cleaned(body)
    if not body and not documents:
        raise ValidationError({"body": _("Write something first.")})
    if len(body) > LONGEST_MESSAGE:
        problem = _(
            "A message holds up to 10,000 characters; this one has %(count)s. Shorten it, or attach it as a document."
        )
        raise ValidationError({"body": problem % {"count": f"{len(body):,}"}})
    return body


def sender_key_of(by: Actor, key: str) -> str | None:
    if not key:
        return None
    return hashlib.sha256(f"{by.acting_for}:{by.environment}:{key}".encode()).hexdigest()


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, actor: Actor) -> Self:
        here = self.filter(conversation__case__environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(conversation__case__client=actor.organisation)
            case Side.PARTNER:
                return here.filter(engagement__partner=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()

    def shown(self) -> Self:
        """With everything a page needs to show them, newest last."""
        return self.select_related("author", "organisation").prefetch_related("documents").order_by("number")


class Message(models.Model):
    """What one person (or an organisation's program) said. Belongs to the engagement it was said in."""

    public_id = models.CharField(max_length=32, unique=True, default=_message_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField()
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(blank=True)
    expects_answer = models.BooleanField(default=True)
    sender_key = models.CharField(max_length=64, null=True, unique=True)
    via = models.CharField(max_length=12)
    at = models.DateTimeField()

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]
    replayed = False  # True on a message that a repeated key has found again

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "number"], name="message_number")]

    def __str__(self) -> str:
        return f"{self.number}: {lightmarkup.to_line(self.body, 60)}"

    def says(
        self, conversation: Conversation, by: Actor, body: str, expects_answer: bool, documents: Sequence[Document]
    ) -> bool:
        """Whether this is what is being said again: the same words and files, there, by the same author, expecting the same."""
        said = (self.conversation_id, self.author_id, self.body, self.expects_answer)
        if said != (conversation.pk, by.person.pk if by.person else None, body, expects_answer):
            return False
        return [kept.sha256 for kept in self.documents.all()] == [sent.sha256 for sent in documents]

    @property
    def html(self) -> str:
        return lightmarkup.to_html(self.body)

    @property
    def line(self) -> str:
        return lightmarkup.to_line(self.body)


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, actor: Actor) -> Self:
        """As messages; and a partner also sees what the client laid into the case outside any engagement."""
        here = self.filter(case__environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(case__client=actor.organisation)
            case Side.PARTNER:
                mine = Engagement.objects.filter(partner=actor.organisation)
                return here.filter(Q(engagement__in=mine) | Q(engagement=None, case__in=mine.values("case")))
            case Side.OPERATOR:
                return here
        return self.none()


class Document(models.Model):
    """A file in a case, perhaps said along with a message."""

    public_id = models.CharField(max_length=32, unique=True, default=_document_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="documents")
    engagement = models.ForeignKey(Engagement, null=True, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="documents")
    uploader = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=200)
    at = models.DateTimeField()

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def receive(cls, content: IO[bytes], name: str) -> Document:
        """Judges and stores a file, and answers with a document that is not in any case yet.

        Called before the change, because a store may be across a network. Raises `ValidationError`.
        """
        name = filekind.clean_name(name)
        size = _size(content)
        if size > settings.DOCUMENT_MAX_BYTES:
            problem = _("“%(name)s” is larger than 25 MB. Send it in parts, or as a ZIP.")
            raise ValidationError({"documents": problem % {"name": name}})
        try:
            kind = filekind.judge(name, content)
        except filekind.Refused as why:
            unfit = UNFIT[why.reason] % {"extension": why.extension, "accepted": filekind.ALLOWED}
            raise ValidationError({"documents": f"“{name}”: {unfit}"}) from why
        document = cls(name=name, mime=kind.mime, size=size, sha256=_sha256(content))
        document.stored = default_storage.save(f"{timezone.now():%Y/%m}/{document.public_id}", File(content))
        return document

    @classmethod
    def add(cls, case: Case, received: Sequence[Document], *, by: Actor, at: datetime | None = None) -> None:
        """Lays documents into a case outside the conversation: evidence at hand-over, or later."""
        with change(case, by=by, at=at) as record:
            if by.organisation.pk not in (case.client_id, case.partner_id):
                raise Refused(_("Only the client and the assigned partner add documents."))
            for document in received:
                document.attach(case, by, message=None, at=record.at)
                record("document.added", document=document, sha256=document.sha256)

    def attach(self, case: Case, by: Actor, *, message: Message | None, at: datetime) -> None:
        self.case, self.message, self.at = case, message, at
        self.uploader, self.organisation = by.person, by.organisation
        # The client's documents are the case's own; what a partner adds belongs to its engagement.
        said_in = message.engagement_id if message else None
        self.engagement_id = said_in or (None if by.side == Side.CLIENT else case.current_engagement().pk)
        self.save()

    @property
    def inline(self) -> bool:
        """Whether a browser may show it in place: pictures and PDF, never anything that could run."""
        return any(kind.mime == self.mime and kind.inline for kind in filekind.KINDS.values())

    @property
    def pass_word(self) -> str:
        """The changing part of the download address; good for an hour, and only beside the right to see the document."""
        return TimestampSigner(salt="document").sign(self.public_id).split(":", 1)[1]

    def admits(self, pass_word: str) -> bool:
        try:
            TimestampSigner(salt="document").unsign(
                f"{self.public_id}:{pass_word}", max_age=settings.DOCUMENT_LINK_SECONDS
            )
        except (BadSignature, UnicodeError):
            return False
        return True

    def open(self) -> File[bytes]:
        return default_storage.open(self.stored)

    def discard(self) -> None:
        """Deletes what `receive` stored, of a document that came into no case."""
        default_storage.delete(self.stored)


def _size(content: IO[bytes]) -> int:
    content.seek(0, 2)
    size = content.tell()
    content.seek(0)
    return size


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(1 << 20):
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest()


class Bookmark(models.Model):
    """How far one person has read one conversation, since when; and when they last looked."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="bookmarks")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="bookmarks")
    through = models.PositiveIntegerField()
    at = models.DateTimeField()
    looked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "person"], name="bookmark_once")]

    def __str__(self) -> str:
        return f"{self.person} through {self.through}"

    @classmethod
    def lay(cls, conversation: Conversation, person: Person, through: int, at: datetime) -> None:
        """At the newest message, which is never backwards: whoever writes has the conversation before them."""
        mark = cls(conversation=conversation, person=person, through=through, at=at, looked_at=at)
        where = {"unique_fields": ["conversation", "person"], "update_fields": ["through", "at", "looked_at"]}
        cls.objects.bulk_create([mark], update_conflicts=True, **where)  # type: ignore[arg-type, list-item]

    @classmethod
    def move(cls, conversation: Conversation, person: Person, through: int, at: datetime) -> bool:
        """Forward only; answers whether it moved. Call within a change of the conversation."""
        moved = cls.objects.filter(conversation=conversation, person=person, through__lt=through).update(
            through=through, at=at, looked_at=at
        )
        if moved:
            return True
        _mark, made = cls.objects.get_or_create(
            conversation=conversation, person=person, defaults={"through": through, "at": at, "looked_at": at}
        )
        return made


# --- reactions --------------------------------------------------------------------------------------------------------


def open_for_case(happening: Happening) -> None:
    """The first release opens the case's conversation."""
    case = happening.subject
    assert isinstance(case, Case)
    if Conversation.objects.filter(case=case).exists():
        return
    conversation = Conversation(case=case, engagement=happening.things["engagement"], opened_at=happening.at)
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
        asks = happening.kind == "case.information_requested"
        try:
            case.conversation.post(by=by, body=words, at=happening.at, expects_answer=asks)
        except ValidationError as error:  # said at the field where it was typed
            raise ValidationError({"reason" if "reason" in things else "message": error.messages}) from error
