"""What is said in a conversation: a message, whose it is, what may still be changed about it, and for whom it is new."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case, Engagement
from trialogue.conversations import mentions
from trialogue.conversations.bookmarks import Bookmark
from trialogue.conversations.documents import Document
from trialogue.conversations.mentions import Mentions
from trialogue.events.change import Record, change
from trialogue.lib import lightmarkup, publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side, Visitor
from trialogue.people.places import grouped

if TYPE_CHECKING:
    from trialogue.conversations.models import Conversation

LONGEST_MESSAGE = 10_000
CHANGED_WITHIN = timedelta(minutes=10)
# Among so many messages the unread ones are counted: what is older, nobody has waited for.
NEWEST = 1_000
# What may have been changed about a message by someone else meanwhile.
_MOVING = ("body", "wordings", "mentions", "edited_at", "withdrawn_at", "expects_answer", "excused_at")


def _message_id() -> str:
    return publicid.new("msg")


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, actor: Actor) -> Self:
        """A client's own, a partner's of its own engagements, those of a referral partner's clients, and all for the operator: by
        what each message is stamped with."""
        here = self.filter(environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(client_id=actor.organisation.pk)
            case Side.PARTNER:
                return here.filter(partner_id=actor.organisation.pk)
            case Side.REFERRER:
                return here.filter(referrer_id=actor.organisation.pk)
        return here

    def of_cases(self) -> Self:
        return self.filter(engagement__isnull=False)

    def unread_keys(self, actor: Actor) -> QuerySet[Message, int | None]:
        """For each of the newest `NEWEST` that are said in cases to the actor's organisation its key, or None where the person has read it.

        Posting moves the writer's own bookmark, so what is left was said by others. How many conversations there are is no matter.
        """
        if actor.person is None or actor.side in (Side.OPERATOR, Side.REFERRER):  # who reads along is told by notices
            return self.none().values_list("pk", flat=True)
        read = Bookmark.objects.filter(conversation=OuterRef("conversation"), person=actor.person).values("through")
        unread = Q(number__gt=Coalesce(Subquery(read), 0))
        if actor.side == Side.PARTNER:  # not what is said where its part has ended
            going_on = Engagement.objects.filter(pk=OuterRef("engagement"), ended_at=None).values("pk")
            unread &= Q(engagement=Subquery(going_on))
        newest = self.visible_to(actor).of_cases().annotate(unread=models.Case(models.When(unread, then="pk")))
        return newest.order_by("-pk").values_list("unread", flat=True)[:NEWEST]

    def seen(self) -> Self:
        """With who said them and what they quote, newest last."""
        quoted = ("answers__author", "answers__organisation")
        return self.select_related("author", "organisation", *quoted).order_by("number")

    def shown(self) -> Self:
        """With their documents, too."""
        return self.seen().prefetch_related(models.Prefetch("documents", Document.objects.current().shown()))


class Message(models.Model):
    """What one person (or an organisation's program) said. Belongs to the engagement it was said in."""

    public_id = models.CharField(max_length=32, unique=True, default=_message_id, editable=False)
    # Found by (conversation, number); an index for it alone, or for what nobody asks by, would only cost at posting.
    conversation = models.ForeignKey(
        "conversations.Conversation", on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    number = models.PositiveIntegerField()
    # Null in a request, as in `Conversation`; of a visitor there is no organisation.
    engagement: models.ForeignKey[Engagement | None, Engagement] = models.ForeignKey(  # type: ignore[misc]
        Engagement, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Whose it is, stamped as an event is: none of it ever changes, and all that one may see is one range of one index.
    environment = models.CharField(max_length=10)
    client_id = models.BigIntegerField()
    partner_id = models.BigIntegerField()
    referrer_id = models.BigIntegerField(null=True)
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation: models.ForeignKey[Organisation | None, Organisation] = models.ForeignKey(  # type: ignore[misc]
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    body = models.TextField(blank=True)
    expects_answer = models.BooleanField(default=True)
    sender_key = models.CharField(max_length=64, null=True, unique=True)
    via = models.CharField(max_length=12)
    at = models.DateTimeField()
    # What the hot lane leaves out is null: it says plain words only.
    answers = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    mentions = models.JSONField(null=True)
    wordings = models.JSONField(null=True)  # earlier ones, the first first: `body` and when it was written, `at`
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    excused_at = models.DateTimeField(null=True)

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]
    replayed = False  # True on a message that a repeated key has found again

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "number"], name="message_number")]
        indexes = [
            models.Index(fields=["client_id", "environment", "id"], name="message_of_client"),
            models.Index(fields=["partner_id", "environment", "id"], name="message_of_partner"),
            models.Index(
                fields=["referrer_id", "environment", "id"],
                condition=Q(referrer_id__isnull=False),
                name="message_of_referrer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {lightmarkup.to_line(self.body, 60)}"

    def says(
        self,
        conversation: Conversation,
        by: Actor | Visitor,
        body: str,
        expects_answer: bool,
        documents: Sequence[Document],
    ) -> bool:
        """Whether this is what is being said again: the same words and files, there, by the same author, expecting the same."""
        if self.withdrawn_at and (self.conversation_id, self.author_id) == (conversation.pk, by.person_id):
            return True  # its words are gone; what is sent again late must not bring them back
        first = self.wordings[0]["body"] if self.wordings else self.body
        said = (self.conversation_id, self.author_id, first, self.expects_answer or self.excused_at is not None)
        if said != (conversation.pk, by.person_id, body, expects_answer):
            return False
        return [kept.sha256 for kept in self.documents.filter(version=1)] == [sent.sha256 for sent in documents]

    # --- verbs --------------------------------------------------------------------------------------------------------

    def edit(self, *, by: Actor, body: str, at: datetime | None = None) -> None:
        """Other words, by its author within ten minutes. The earlier ones stay beside them, for all who could see them.

        Raises `ValidationError`, `Refused`.
        """
        body = checked(body, list(self.documents.all()))
        with change(self.conversation, by=by, at=at) as record:
            self._must_be_young(by, record.at)
            if body == self.body:
                return
            old, since = self.body, self.edited_at or self.at
            self.wordings = [*(self.wordings or ()), {"body": old, "at": since.isoformat()}]
            before, self.mentions = self.mentions or [], mentions.found(body, self.conversation.sides) or None
            self.body, self.edited_at = body, record.at
            self.save(update_fields=["body", "wordings", "mentions", "edited_at"])
            record("message.edited", message=self, number=self.number, old=old, body=body)
            told = {one["person"] for one in before}
            self.tell_mentioned(record, [one for one in self.mentions or () if one["person"] not in told])

    def withdraw(self, *, by: Actor, at: datetime | None = None) -> None:
        """Its author deletes it within ten minutes, with the files it brought: that it was there stays, and in the log its digest."""
        # A case before its conversation, for the documents that go; without a case they go by the conversation's own lock.
        case: Case | None = self.conversation.case
        outer = change(case, by=by, at=at) if case else nullcontext()
        with outer, change(self.conversation, by=by, at=at) as record:
            self._must_be_young(by, record.at)
            for document in self.documents.filter(removed_at=None, version=1):
                document.remove(by=by, at=at)
            self.unpin(by=by, at=at)
            old, self.body, self.wordings, self.mentions = self.body, "", None, None
            self.withdrawn_at = record.at
            self.save(update_fields=["body", "wordings", "mentions", "withdrawn_at"])
            record("message.withdrawn", message=self, number=self.number, body=old)

    def unpin(self, *, by: Actor, at: datetime | None = None) -> None:
        for pin in self.pins.select_related("conversation__case", "message"):
            pin.remove(by=by, at=at)

    def excuse(self, *, by: Actor, at: datetime | None = None) -> None:
        """Needs no answer after all: says the side that wrote it, or the one that would owe the answer."""
        with change(self.conversation, by=by, at=at) as record:
            self.conversation.must_allow(by)
            if not self.is_between(by):
                raise Refused(_("Who wrote a message, or would owe the answer, says that it needs none."))
            self.refresh_from_db(fields=_MOVING)
            self.must_stand()
            if self.engagement_id != self.conversation.engagement_id:
                raise Refused(_("This message belongs to an earlier partner's part. Nobody owes an answer to it."))
            if not self.expects_answer:
                return
            self.expects_answer, self.excused_at = False, record.at
            self.save(update_fields=["expects_answer", "excused_at"])
            record("message.excused", message=self, number=self.number)

    def may_change(self, actor: Actor, now: datetime) -> bool:
        """Whether the actor may still edit or delete it."""
        return self._is_of(actor) and not self.withdrawn_at and now - self.at <= CHANGED_WITHIN

    def is_between(self, actor: Actor) -> bool:
        """Whether the actor's organisation said it, or is the one that it was said to."""
        to = self.conversation.other_side(self.organisation)
        return actor.organisation.pk in (self.organisation_id, to and to.pk)

    def must_stand(self) -> None:
        if self.withdrawn_at:
            raise Refused(_("This message was deleted meanwhile."))

    def _is_of(self, actor: Actor) -> bool:
        return (self.organisation_id, self.author_id) == (actor.organisation.pk, actor.person_id)

    def _must_be_young(self, by: Actor, now: datetime) -> None:
        """Under the lock: who may change it, and whether it is not too late."""
        self.conversation.must_allow(by)
        self.refresh_from_db(fields=_MOVING)
        self.must_stand()
        if not self._is_of(by):
            raise Refused(_("Only who wrote a message edits or deletes it."))
        if now - self.at > CHANGED_WITHIN:
            raise Refused(_("A message can be edited and deleted for 10 minutes. Write another one to put it right."))

    def tell_mentioned(self, record: Record, named: Mentions | None) -> None:
        people = Person.objects.filter(public_id__in=[one["person"] for one in named]) if named else ()
        if people:
            record("message.mentioned", message=self, number=self.number, people=list(people))

    @property
    def html(self) -> str:
        return mentions.mark(lightmarkup.to_html(self.body), self.mentions or ())

    @property
    def text(self) -> str:
        return lightmarkup.to_text(self.body)

    @property
    def line(self) -> str:
        return lightmarkup.to_line(self.body)


def checked(body: str, documents: Sequence[Document]) -> str:
    body = typed.cleaned(body)
    if not body and not documents:
        raise ValidationError({"body": _("Write something first.")})
    if len(body) > LONGEST_MESSAGE:
        problem = _(
            "A message holds up to 10,000 characters; this one has %(count)s. Shorten it, or attach it as a document."
        )
        raise ValidationError({"body": problem % {"count": grouped(len(body))}})
    return body
