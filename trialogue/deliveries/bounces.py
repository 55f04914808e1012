"""Addresses that mails come back from: they rest, for a while or until somebody says that they work again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.events.change import SYSTEM, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import backoff, publicid
from trialogue.people.models import Actor, Environment, Person, Refused, Side

FORGIVEN = timedelta(days=14)  # what comes back after so long without is the first again
_SHORTEST = 9  # steps of `backoff`: three quarters of an hour at first, then doubled up to its longest


def _bounce_id() -> str:
    return publicid.new("bnc")


class BounceQuerySet(models.QuerySet["Bounce"]):
    def visible_to(self, actor: Actor) -> Self:
        """One's own, those of the people of one's organisation for an admin, all for the operator; those of visitors for it alone."""
        if actor.side == Side.OPERATOR:
            return self
        theirs = Person.objects.filter(memberships__organisation=actor.organisation)
        if not actor.may_administer:
            theirs = theirs.filter(public_id=actor.by)
        return self.filter(address__in=theirs.values("email"))

    def in_force(self, now: datetime) -> Self:
        return self.filter(Q(rests_until=None) | Q(rests_until__gt=now), cleared_at=None)


class Bounce(Subject):
    """That mails to an address come back. `rests_until` is None when only a person can say that it works again."""

    public_id = models.CharField(max_length=32, unique=True, default=_bounce_id, editable=False)
    address = models.EmailField(max_length=254, unique=True)
    permanent = models.BooleanField(default=False)
    words = models.CharField(max_length=250, blank=True)  # of the server that sent it back
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    latest_at = models.DateTimeField()
    rests_until = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)

    objects: ClassVar[BounceQuerySet] = BounceQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"mails to {self.address} come back"

    def concerns(self) -> Concerned:
        return Concerned(environment=Environment.PRODUCTION)

    @classmethod
    def note(cls, address: str, *, permanent: bool, words: str, at: datetime) -> None:
        """A mail has come back from there. For good, it rests until somebody says otherwise; for now, longer each time."""
        bounce, _made = cls.objects.get_or_create(address=address.lower(), defaults={"since": at, "latest_at": at})
        with change(bounce, by=SYSTEM, at=at) as record:
            if bounce.cleared_at or at - bounce.latest_at > FORGIVEN:
                bounce.since, bounce.count, bounce.permanent, bounce.cleared_at = at, 0, False, None
            bounce.count += 1
            bounce.permanent |= permanent
            pause = timedelta(seconds=backoff.pause(bounce.count + _SHORTEST - 1))
            bounce.words, bounce.latest_at = " ".join(words.split())[:250], at
            bounce.rests_until = None if bounce.permanent else at + pause
            bounce.save()
            record("address.rested", bounce=bounce, permanent=str(bounce.permanent).lower(), count=bounce.count)

    def clear(self, *, by: Actor, at: datetime | None = None) -> None:
        """It works again, says whoever it belongs to, an admin of theirs, or the operator."""
        if not Bounce.objects.visible_to(by).filter(pk=self.pk).exists():
            raise Refused(_("Only the person, an admin of their organisation or the operator says this."))
        with change(self, by=by, at=at) as record:
            if self.cleared_at is None:
                self.cleared_at = record.at
                self.save(update_fields=["cleared_at"])
                record("address.cleared", bounce=self)

    @property
    def is_resting(self) -> bool:
        return self.cleared_at is None and (self.rests_until is None or self.rests_until > timezone.now())
