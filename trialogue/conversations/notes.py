"""A private note: what one organisation writes to itself beside a conversation. Never a message, so it can leave by no door."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trialogue.conversations import mentions
from trialogue.events.change import change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import lightmarkup, publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side
from trialogue.people.places import grouped

if TYPE_CHECKING:
    from trialogue.conversations.models import Conversation

LONGEST_NOTE = 10_000


def _note_id() -> str:
    return publicid.new("not")


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's own organisation. The operator, too, sees only its own."""
        here = Q(conversation__case__environment=actor.environment) | Q(conversation__environment=actor.environment)
        return self.filter(here, organisation=actor.organisation)

    def shown(self) -> Self:
        return self.select_related("author", "organisation").order_by("at", "pk")


class Note(Subject):
    """Words of one organisation to itself, at their moment in a conversation. A chain of its own: no gap elsewhere tells of it."""

    public_id = models.CharField(max_length=32, unique=True, default=_note_id, editable=False)
    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="notes")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    sender_key = models.CharField(max_length=64, null=True, unique=True)
    mentions = models.JSONField(null=True)
    via = models.CharField(max_length=12)
    at = models.DateTimeField()

    objects: ClassVar[NoteQuerySet] = NoteQuerySet.as_manager()  # type: ignore[assignment]
    replayed = False  # True on a note that a repeated key has found again

    class Meta:
        indexes = [models.Index(fields=["conversation", "organisation", "at"], name="note_of_conversation")]

    def __str__(self) -> str:
        return lightmarkup.to_line(self.body, 60)

    def concerns(self) -> Concerned:
        """Its own organisation and nobody else; of the operator's, no side at all."""
        home, talk = self.organisation, self.conversation
        mine = {side: home.pk if home.kind == side else None for side in (Side.CLIENT, Side.PARTNER, Side.REFERRER)}
        return Concerned(
            client=mine[Side.CLIENT], partner=mine[Side.PARTNER], referrer=mine[Side.REFERRER],
            case=talk.case.pk if talk.case else None, environment=talk.home.environment, alone=True,
        )  # fmt: skip

    @classmethod
    def write(
        cls, conversation: Conversation, *, by: Actor, body: str, key: str = "", at: datetime | None = None
    ) -> Note:
        """Body: 1 to 10,000 characters. `key` makes a repeat harmless. Raises `ValidationError`, `Refused`."""
        talks = type(conversation).objects
        reads = talks.relationships(by) if conversation.is_relationship else talks.visible_to(by)
        if not (conversation.may_post(by) if conversation.is_request else reads.filter(pk=conversation.pk).exists()):
            raise Refused(_("Notes are written where one may read."))
        # A note and a message may carry the same key: the composer has only one.
        sender_key = _sender_key(by, key) if key else None
        if earlier := cls._said_before(sender_key):
            return earlier
        body = _checked(body)
        named = mentions.found(body, [by.organisation])
        note = cls(
            conversation=conversation, organisation=by.organisation, author=by.person, body=body, via=by.via, sender_key=sender_key,
            mentions=named or None,
        )  # fmt: skip
        try:
            with change(note, by=by, at=at) as record:
                note.at = record.at
                note.save()
                record("note.written", note=note, conversation=conversation, body=note.body)
                if named:
                    people = list(Person.objects.filter(public_id__in=[one["person"] for one in named]))
                    record("note.mentioned", note=note, conversation=conversation, people=people)
        except IntegrityError:  # the same key at the same moment
            if earlier := cls._said_before(sender_key):
                return earlier
            raise
        return note

    @classmethod
    def _said_before(cls, sender_key: str | None) -> Note | None:
        found = cls.objects.filter(sender_key=sender_key).select_related("author").first() if sender_key else None
        if found:
            found.replayed = True
        return found

    def remove(self, *, by: Actor, at: datetime | None = None) -> None:
        """Its author takes it away; the log keeps its digest."""
        if (self.organisation_id, self.author_id) != (by.organisation.pk, by.person.pk if by.person else None):
            raise Refused(_("Only who wrote a note removes it."))
        try:
            with change(self, by=by, at=at) as record:
                record("note.removed", note=self, conversation=self.conversation, body=self.body)
                Note.objects.filter(pk=self.pk).delete()
        except Note.DoesNotExist:  # pressed twice: the other one was faster
            return

    @classmethod
    def for_change(cls) -> models.QuerySet[Note]:
        return super().for_change().select_related("conversation__case", "organisation")

    @property
    def html(self) -> str:
        return mentions.mark(lightmarkup.to_html(self.body), self.mentions or ())

    @property
    def line(self) -> str:
        return lightmarkup.to_line(self.body)


def _sender_key(by: Actor, key: str) -> str:
    return hashlib.sha256(f"note:{by.acting_for}:{by.environment}:{key}".encode()).hexdigest()


def _checked(body: str) -> str:
    body = typed.cleaned(body)
    if not body:
        raise ValidationError({"body": _("Write something first.")})
    if len(body) > LONGEST_NOTE:
        problem = _("A note holds up to 10,000 characters; this one has %(count)s. Shorten it.")
        raise ValidationError({"body": problem % {"count": grouped(len(body))}})
    return body
