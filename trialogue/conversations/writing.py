"""Who is writing now. Nothing of it is logged, and a few seconds later it is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef

from trialogue.people.models import Actor, Organisation, Person

if TYPE_CHECKING:
    from trialogue.conversations.models import Conversation

FOR, EVERY = timedelta(seconds=8), timedelta(seconds=3)


class Writing(models.Model):
    """Someone's fingers are on the keys, until told otherwise or for a few seconds."""

    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "person"], name="writing_once")]

    def __str__(self) -> str:
        return f"{self.person} until {self.until:%H:%M:%S}"

    @classmethod
    def tell(cls, conversation: Conversation, *, by: Actor, now: datetime) -> None:
        """Outside any change: nothing happened that anyone will ask about tomorrow."""
        if by.person is None or not conversation.may_post(by):
            return
        if cls.objects.filter(conversation=conversation, person=by.person, until__gt=now + FOR - EVERY).exists():
            return  # told just now: fast fingers write no rows
        one = cls(conversation=conversation, person=by.person, organisation=by.organisation, until=now + FOR)
        where = {"unique_fields": ["conversation", "person"], "update_fields": ["organisation", "until"]}
        cls.objects.bulk_create([one], update_conflicts=True, **where)  # type: ignore[arg-type, list-item]

    @classmethod
    def names(cls, conversation: Conversation, actor: Actor, now: datetime) -> list[str]:
        """Who writes now, but the one who asks. Only for those who may write themselves."""
        if not conversation.may_post(actor):
            return []
        here = cls.objects.filter(conversation=conversation, until__gt=now).exclude(person=actor.person)
        sent = conversation.messages.filter(author=OuterRef("person"), at__gt=OuterRef("until") - FOR)
        here = here.exclude(Exists(sent))  # their words have arrived
        return list(here.order_by("person__name").values_list("person__name", flat=True))
