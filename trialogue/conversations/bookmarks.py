"""How far each person has read a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from trialogue.people.models import Person

if TYPE_CHECKING:
    from trialogue.conversations.models import Conversation


class Bookmark(models.Model):
    """How far one person has read one conversation, since when; and when they last looked."""

    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="bookmarks")
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
