"""How far each mailbox has been read, by which process, and what ails it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from trialogue.letters.models import may_handle
from trialogue.people.models import Actor

# A process that dies leaves its mailboxes to another after so long.
LEASE_SECONDS = 30.0
LATE = timedelta(minutes=2)  # each is looked into every half minute
GONE = timedelta(days=30)  # what nobody has read for so long is missed by nobody


class Health(models.TextChoices):
    FINE = "fine", _("read")
    LATE = "late", _("late")
    TROUBLE = "trouble", _("in trouble")
    UNREAD = "unread", _("read by nobody")


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may_handle(actor) else self.none()

    def unwell(self, now: datetime) -> Self:
        """Those whose health is not fine."""
        unread = models.Q(held_until=None) | models.Q(held_until__lt=now)
        late = models.Q(last_ok_at=None) | models.Q(last_ok_at__lt=now - LATE)
        found = self.filter(unread | late | ~models.Q(trouble=""))
        return found.exclude(unread, last_ok_at__lt=now - GONE)


class Mailbox(models.Model):
    """One of TRIALOGUE_MAILBOXES. Nothing here is a letter: what was read is kept first, and noted here after."""

    name = models.CharField(max_length=80, unique=True)
    # Numbers of letters mean something only together with this one.
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    # Read from here on, not what lay there before. None: all of it.
    began_at = models.DateTimeField(null=True)
    # The server has numbered its letters anew: up to this one, those from before the beginning may be among them.
    renumbered_to = models.BigIntegerField(default=0)
    left = models.JSONField(default=list)  # numbers of letters that could not be fetched
    refresh_token = models.BinaryField(default=b"")  # sealed; newer than the one in the file
    last_ok_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=250, blank=True)
    trouble_since = models.DateTimeField(null=True)
    holder = models.CharField(max_length=40, blank=True)
    held_until = models.DateTimeField(null=True)

    objects: ClassVar[MailboxQuerySet] = MailboxQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def hold(cls, names: Collection[str], holder: str, now: datetime) -> set[str]:
        """Takes those that nobody holds, and holds on to the holder's own; answers with the names of all it holds."""
        ours = cls.objects.filter(name__in=names)
        free = models.Q(holder=holder) | models.Q(held_until=None) | models.Q(held_until__lt=now)
        ours.filter(free).update(holder=holder, held_until=now + timedelta(seconds=LEASE_SECONDS))
        return set(ours.filter(holder=holder).values_list("name", flat=True))

    @classmethod
    def introduce(cls, names: Iterable[str]) -> None:
        Mailbox.objects.bulk_create((Mailbox(name=name) for name in names), ignore_conflicts=True)

    @classmethod
    def let_go(cls, holder: str) -> None:
        cls.objects.filter(holder=holder).update(holder="", held_until=None)

    @classmethod
    def fine(cls, names: Collection[str], now: datetime) -> None:
        cls.objects.filter(name__in=names).update(last_ok_at=now)

    def ails(self, trouble: str, now: datetime) -> None:
        """What is wrong with it now, in words; "" when nothing is."""
        self.trouble_since = (self.trouble_since or now) if trouble else None
        self.trouble = trouble[:250]
        self.save(update_fields=["trouble", "trouble_since"])

    def begin(self, uid_validity: int, next_uid: int, *, oldest: bool, now: datetime) -> None:
        """What the server says of its numbers when the folder is opened: the first time, as before, or all new."""
        if self.uid_validity == uid_validity:
            return
        if self.uid_validity is None and not oldest:
            self.last_uid, self.began_at = next_uid - 1, now
        elif self.uid_validity is not None:
            self.last_uid, self.renumbered_to, self.left = 0, next_uid - 1, []
        self.uid_validity = uid_validity
        self.save(update_fields=["uid_validity", "last_uid", "began_at", "renumbered_to", "left"])

    def may_be_old(self, uid: int) -> bool:
        """Whether a letter may have lain there before we began, under another number."""
        return self.began_at is not None and uid <= self.renumbered_to

    def was_there_before(self, received_at: datetime | None) -> bool:
        """Whether such a letter did. An hour for clocks that differ."""
        return bool(self.began_at and received_at and received_at < self.began_at - timedelta(hours=1))

    def reached(self, uid: int, *, left: bool = False) -> None:
        """All up to this one are kept, or were `left` because they cannot be fetched."""
        self.last_uid = uid
        self.left = [*self.left, uid][-100:] if left else self.left
        # Another who has taken over meanwhile may be further.
        Mailbox.objects.filter(pk=self.pk, holder=self.holder, last_uid__lt=uid).update(last_uid=uid, left=self.left)

    def health(self, now: datetime) -> Health:
        """How it is, the gravest first."""
        if self.held_until is None or self.held_until < now:
            return Health.UNREAD
        if self.trouble:
            return Health.TROUBLE
        return Health.LATE if self.last_ok_at is None or self.last_ok_at < now - LATE else Health.FINE
