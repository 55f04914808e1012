"""The operator in the conversation of a case: joined, where both sides see who is there and why; or reading, which they see as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.engagements import Engagement
from trialogue.cases.models import Case
from trialogue.events.change import Doer, Happening, Record, change
from trialogue.events.models import Concerned
from trialogue.lib import publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side, Visitor
from trialogue.people.prepared import prepared

if TYPE_CHECKING:
    from trialogue.conversations.models import Conversation, Document

LONGEST_REASON = 300
# Who reads on and on is told of once in so long.
ONCE_IN = timedelta(hours=1)


def _presence_id() -> str:
    return publicid.new("prs")


class PresenceQuerySet(models.QuerySet["Presence"]):
    def visible_to(self, actor: Actor) -> Self:
        """As what is said there: a partner sees those of its own engagements."""
        here = self.filter(conversation__case__environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(conversation__case__client=actor.organisation)
            case Side.PARTNER:
                return here.filter(engagement__partner=actor.organisation)
            case Side.REFERRER:
                return here.filter(conversation__case__referrer=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()

    def open(self) -> Self:
        return self.filter(left_at=None)

    def shown(self) -> Self:
        """The newest first."""
        return self.select_related("person", "organisation", "conversation__case").order_by("-pk")


class Presence(models.Model):
    """Somebody of the operator's is in a conversation, for a reason that both sides read: until they leave, or that partner's part is over."""

    public_id = models.CharField(max_length=32, unique=True, default=_presence_id, editable=False)
    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="presences")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+", db_index=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=LONGEST_REASON)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    objects: ClassVar[PresenceQuerySet] = PresenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "person"], condition=Q(left_at=None), name="presence_once")
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.reason}"

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def join(cls, conversation: Conversation, *, by: Actor, reason: str, at: datetime | None = None) -> Presence:
        """Is there from now on, and may write. Who is there already for the same reason stays. Raises `ValidationError`, `Refused`."""
        elsewhere = conversation.is_request or conversation.is_relationship
        if by.side != Side.OPERATOR or by.person is None or elsewhere:
            raise Refused(_("Only somebody of the operator joins the conversation of a case, and as a person."))
        reason = _checked(reason)
        with _held(conversation, by, at) as record:
            if not cls.is_possible(conversation.case):
                raise Refused(
                    _("The operator joins the conversation of a case while a partner works it. Nobody does now.")
                )
            there = cls.objects.open().filter(conversation=conversation, person=by.person).first()
            if there is None:
                there = cls.objects.create(
                    conversation=conversation, engagement=conversation.engagement, organisation=by.organisation,
                    person=by.person, reason=reason, joined_at=record.at,
                )  # fmt: skip
                record("operator.joined", presence=there, person=by.person, reason=reason)
            elif there.reason != reason:
                raise Refused(_("You are in this conversation already. Leave it first to join for another reason."))
        return there

    @staticmethod
    def is_possible(case: Case) -> bool:
        return case.partner_id is not None and not case.is_over

    def leave(self, *, by: Actor, at: datetime | None = None) -> None:
        """Whoever has joined leaves; twice is once. Raises `Refused`."""
        if by.person_id != self.person_id:
            raise Refused(_("Only who has joined a conversation leaves it."))
        self._end(by, at)

    def _end(self, by: Doer, at: datetime | None, concerned: Concerned | None = None) -> None:
        with _held(self.conversation, by, at) as record:
            won = Presence.objects.open().filter(pk=self.pk).update(left_at=record.at)
            self.refresh_from_db(fields=["left_at"])
            if won:
                record = replace(record, concerned=concerned)
                record("operator.left", presence=self, person=self.person)


class Reading(models.Model):
    """When it was told last that somebody of the operator's read a case, or what is said outside cases. Of its programs, which are
    nobody, there is one."""

    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(
        "conversations.Conversation", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "person"], name="reading_of_person"),
            models.UniqueConstraint(fields=["case"], condition=Q(person=None), name="reading_of_programs"),
            models.UniqueConstraint(fields=["conversation", "person"], name="reading_outside_of_person"),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(person=None), name="reading_outside_of_programs"
            ),
            models.CheckConstraint(condition=Q(case=None) ^ Q(conversation=None), name="reading_of_one"),
        ]

    def __str__(self) -> str:
        return f"{self.case or self.conversation}: {self.person or 'a program'}, {self.at}"

    @classmethod
    def note(cls, what: Case | Conversation | Document, *, by: Actor) -> None:
        """Says that the operator has read what both sides say and send: once within the hour, and not where it has joined.

        Asks nothing when anybody else reads, and is nothing in a request, where the operator is a side.
        """
        if by.side != Side.OPERATOR:
            return
        home = _home_of(what)
        if home is None:
            return
        of_case = isinstance(home, Case)
        where: dict[str, Any] = {"case" if of_case else "conversation": home, "person": by.person}
        told, long_ago = cls.objects.filter(**where), timezone.now() - ONCE_IN
        if told.filter(at__gt=long_ago).exists() or (of_case and _has_joined(by.person, case=home)):
            return
        with change(home, by=by) as record:
            # Under the lock: of two pages that are opened at once, one tells it.
            again = told.filter(at__lte=long_ago).update(at=record.at)
            if again or told.get_or_create(**where, defaults={"at": record.at})[1]:
                record("operator.read", person=by.person)


def _home_of(what: Case | Conversation | Document) -> Case | Conversation | None:
    """The case it is in, or the relationship; None of a request."""
    if isinstance(what, Case):
        return what
    case: Case | None = what.case
    talk: Any = getattr(what, "conversation", what)  # a document's, or the conversation itself
    return case or (talk if talk and talk.is_relationship else None)


# --- questions --------------------------------------------------------------------------------------------------------


def has_joined(conversation: Conversation, actor: Actor | Visitor) -> bool:
    """Whether the actor is somebody of the operator's who has joined. Asks nothing of anybody else."""
    overseer = isinstance(actor, Actor) and actor.side == Side.OPERATOR
    return overseer and _has_joined(actor.person, conversation=conversation)


def who_has_joined(conversation: Conversation) -> dict[Organisation, list[int]]:
    """Ids of people, by their organisation, the operator. Nobody joins outside the conversation of a case."""
    if conversation.case_id is None:
        return {}
    found: dict[Organisation, list[int]] = {}
    for there in Presence.objects.open().filter(conversation=conversation).select_related("organisation"):
        found.setdefault(there.organisation, []).append(there.person_id)
    return found


def _has_joined(person: Person | None, **where: Any) -> bool:
    where = {f"conversation__{name}" if name == "case" else name: value for name, value in where.items()}
    return person is not None and Presence.objects.open().filter(person=person, **where).exists()


@prepared
def reasons(presences: tuple[str, ...]) -> QuerySet[Presence, tuple[str, str]]:
    """For the sentences of the log, which keeps no words."""
    return Presence.objects.filter(public_id__in=presences).values_list("public_id", "reason")


# --- reactions --------------------------------------------------------------------------------------------------------


def leave_with_part(happening: Happening) -> None:
    """Where the partner's part of a case ends, whoever had joined has left."""
    for presence in Presence.objects.open().filter(conversation__case=happening.subject.pk).shown():
        presence._end(happening.by, happening.at, happening.concerned)


def leave_with_membership(happening: Happening) -> None:
    """So has whoever does not belong to the operator any more."""
    gone = {"person": happening.things["person"], "organisation": happening.subject.pk}
    for presence in Presence.objects.open().filter(**gone).shown():
        presence._end(happening.by, happening.at)


# --- within -----------------------------------------------------------------------------------------------------------


@contextmanager
def _held(conversation: Conversation, by: Doer, at: datetime | None) -> Iterator[Record]:
    """A case before its conversation: what is said comes before or after. It is told of the case, as its moves are."""
    with change(conversation.case, by=by, at=at) as record, change(conversation, by=by, at=at):
        yield record


def _checked(reason: str) -> str:
    reason = " ".join(typed.cleaned(reason).split())
    if not reason:
        raise ValidationError({"reason": _("Say why you join. Both sides read it.")})
    if len(reason) > LONGEST_REASON:
        problem = _("A reason holds up to 300 characters; this one has %(count)s. Shorten it.")
        raise ValidationError({"reason": problem % {"count": len(reason)}})
    return reason
