"""Pinned facts: what both sides want at hand all the time, a message or a short sentence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trialogue.cases.engagements import Engagement
from trialogue.events.change import change
from trialogue.lib import publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side

if TYPE_CHECKING:
    from trialogue.conversations.models import Conversation, Message

LONGEST_FACT = 200
MOST_PINS = 20


def _pin_id() -> str:
    return publicid.new("pin")


class PinQuerySet(models.QuerySet["Pin"]):
    def visible_to(self, actor: Actor) -> Self:
        """As messages: a partner sees what was pinned in its own engagements."""
        where = "conversation__case__environment", "conversation__environment"
        here = self.filter(Q(**{where[0]: actor.environment}) | Q(**{where[1]: actor.environment}))
        match actor.side:
            case Side.CLIENT:
                return here.filter(
                    Q(conversation__case__client=actor.organisation) | Q(conversation__client=actor.organisation)
                )
            case Side.PARTNER:
                return here.filter(
                    Q(engagement__partner=actor.organisation) | Q(conversation__partner=actor.organisation)
                )
            case Side.REFERRER:
                return here.filter(conversation__case__referrer=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()

    def shown(self) -> Self:
        return self.select_related("message__author", "message__organisation", "person", "organisation").order_by("pk")


class Pin(models.Model):
    """A message or a short fact that stands beside the conversation until someone takes it off."""

    public_id = models.CharField(max_length=32, unique=True, default=_pin_id, editable=False)
    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="pins")
    engagement = models.ForeignKey(Engagement, null=True, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey("conversations.Message", null=True, on_delete=models.CASCADE, related_name="pins")
    fact = models.CharField(max_length=LONGEST_FACT, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects: ClassVar[PinQuerySet] = PinQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "message"], name="pin_once")]

    def __str__(self) -> str:
        return self.fact or str(self.message)

    @classmethod
    def add(
        cls, conversation: Conversation, *, by: Actor, message: Message | None = None, fact: str = "", at: datetime | None = None
    ) -> Pin:  # fmt: skip
        """Pins a message, or a fact of up to 200 characters; what is pinned already stays. Raises `ValidationError`, `Refused`."""
        fact = _checked(fact) if message is None else ""
        with change(conversation, by=by, at=at) as record:
            conversation.must_allow(by)
            here = cls.objects.filter(conversation=conversation)
            there = here.filter(message=message).first() if message else here.filter(message=None, fact=fact).first()
            if there:
                return there
            if message:
                message.refresh_from_db(fields=["withdrawn_at"])
                message.must_stand()
            if here.count() >= MOST_PINS:
                raise Refused(_("Twenty facts are pinned already. Take one off first."))
            # By its id: it is no row that is needed here.
            said_in: dict[str, Any] = {"engagement_id": (message or conversation).engagement_id}
            pin = here.create(
                conversation=conversation, **said_in,
                message=message, fact=fact, person=by.person, organisation=by.organisation, at=record.at,
            )  # fmt: skip
            record("pin.added", pin=pin, message=message, fact=fact)
        return pin

    def remove(self, *, by: Actor, at: datetime | None = None) -> None:
        """Either side takes it off."""
        with change(self.conversation, by=by, at=at) as record:
            self.conversation.must_allow(by)
            if Pin.objects.filter(pk=self.pk).delete()[0]:
                record("pin.removed", pin=self, message=self.message)


def _checked(fact: str) -> str:
    fact = " ".join(typed.cleaned(fact).split())
    if not fact:
        raise ValidationError({"fact": _("Write the fact first.")})
    if len(fact) > LONGEST_FACT:
        raise ValidationError({"fact": _("A fact holds up to 200 characters. Shorten it, or pin a message.")})
    return fact
