"""What readers say of an article, and what they look for: counted, and nobody's name is kept with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.conversations.search import words
from trialogue.people import typed
from trialogue.people.models import Actor

if TYPE_CHECKING:
    from trialogue.articles.models import Translation

LONGEST_WORDS, LONGEST_LOOKED_FOR = 1_000, 100
REMEMBERED = timedelta(days=90)
MOST = 10_000  # different words that are counted; whoever types without end fills nothing


class Reason(models.TextChoices):
    """Why an article did not help."""

    OTHER = "other", _("My question is another one")
    UNCLEAR = "unclear", _("It is hard to understand")
    STEPS = "steps", _("The steps do not work")
    WRONG = "wrong", _("It is wrong or out of date")


class Opinion(models.Model):
    """Whether an article answered somebody's question. `asking`: they were about to ask, so a yes has prevented a request."""

    translation = models.ForeignKey("articles.Translation", on_delete=models.CASCADE, related_name="opinions")
    version = models.PositiveIntegerField()
    helped = models.BooleanField()
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    words = models.CharField(max_length=LONGEST_WORDS, blank=True)
    side = models.CharField(max_length=20, blank=True)
    asking = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.translation_id}: {'yes' if self.helped else 'no'}"

    @classmethod
    def give(cls, translation: Translation, helped: bool, *, by: Actor | None, asking: bool = False) -> Opinion:
        """Of the words that are live."""
        assert translation.live is not None
        told = {"version": translation.live.number, "helped": helped, "asking": asking}
        return cls.objects.create(translation=translation, side=by.side if by else "", **told)

    def explain(self, reason: str, said: str) -> None:
        """Why not, in a word or in one's own. What is no reason of ours counts as none."""
        self.reason = reason if reason in Reason.values else ""
        self.words = typed.cleaned(said)[:LONGEST_WORDS]
        self.save(update_fields=["reason", "words"])


class LookupQuerySet(models.QuerySet["Lookup"]):
    def most(self) -> Self:
        return self.order_by("-times", "-last_at", "pk")

    def missed(self) -> Self:
        """What was found nowhere, when it was last looked for."""
        return self.filter(found=0).most()


class Lookup(models.Model):
    """What was looked for, as often as it was; `found`: how many articles, the last time."""

    words = models.CharField(max_length=LONGEST_LOOKED_FOR)
    language = models.CharField(max_length=5)
    side = models.CharField(max_length=20, blank=True)
    times = models.PositiveIntegerField(default=1)
    found = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[LookupQuerySet] = LookupQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["words", "language", "side"], name="lookup_once")]
        indexes = [models.Index(fields=["found", "-times"], name="lookup_missed")]

    def __str__(self) -> str:
        return self.words

    @classmethod
    def note(cls, looked_for: str, language: str, found: int, *, by: Actor | None, at: datetime | None = None) -> None:
        told = " ".join(words(looked_for))[:LONGEST_LOOKED_FOR]
        if not told:
            return
        about: dict[str, Any] = {"words": told, "language": language, "side": by.side if by else ""}
        last = {"found": found, "last_at": at or timezone.now()}
        if not cls.objects.filter(**about).update(times=F("times") + 1, **last) and cls.objects.count() < MOST:
            cls.objects.bulk_create([cls(**about, **last)], ignore_conflicts=True)  # two at once: one is enough

    @classmethod
    def forget(cls, now: datetime) -> None:
        """What nobody has looked for in a while."""
        cls.objects.filter(last_at__lt=now - REMEMBERED).delete()
