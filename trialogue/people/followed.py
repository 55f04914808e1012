"""Calendars of others that are read again and again: an address, what became of reading it, and when it is read next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from trialogue.lib import safehttp


class Trouble(models.TextChoices):
    UNREACHABLE = "unreachable", _("Nothing answered there in time.")
    STATUS = "status", _("The answer was an error.")
    FORBIDDEN = "forbidden", _("The address leads into a network of our own, and is not read.")
    NO_CALENDAR = "no_calendar", _("What is there is no calendar file (.ics).")
    TOO_MUCH = "too_much", _("The calendar is too large to be read.")


class NotRead(Exception):
    """What was answered there is of no use: `trouble`."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble


class Followed(models.Model):
    """What could not be read leaves what is known as it was."""

    EVERY: ClassVar[timedelta]
    LEASE = timedelta(minutes=5)

    address = models.CharField(max_length=safehttp.LONGEST_URL)
    read_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=12, choices=Trouble.choices, blank=True)
    answered = models.PositiveSmallIntegerField(null=True)  # with which status, if that was the trouble
    troubled_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True

    @classmethod
    def read_due(
        cls, now: datetime, *, take: Callable[[Self, bytes], None], reach: safehttp.Reach, whose: str, limit: int = 10
    ) -> int:
        """Reads those that are due, outside any transaction; answers how many. One that cannot be read stops no other, and is tried
        again. `take` keeps what was answered, or raises `NotRead`; `whose` is the column that says whose they are."""
        due = cls._default_manager.filter(due_at__lte=now).select_related(whose).order_by("due_at")[:limit]
        return sum(one._read(now, take, reach) for one in due)

    def _read(self, now: datetime, take: Callable[[Self, bytes], None], reach: safehttp.Reach) -> bool:
        if not self.claim(now):
            return False
        try:
            answer = safehttp.get(self.address, {"User-Agent": "Trialogue", "Accept": "text/calendar"}, reach=reach)
            if answer.status != 200:
                self.fail(Trouble.STATUS, now, answer.status)
            else:
                take(self, answer.body)
        except safehttp.Forbidden:
            self.fail(Trouble.FORBIDDEN, now)
        except safehttp.Unreachable:
            self.fail(Trouble.UNREACHABLE, now)
        except NotRead as why:
            self.fail(why.trouble, now)
        return True

    def claim(self, now: datetime) -> bool:
        """Ours to read, until the lease runs out."""
        mine = self._mine().filter(due_at=self.due_at)
        return bool(mine.update(due_at=now + self.LEASE))

    def keep(self, now: datetime, **told: Any) -> None:
        told |= {"read_at": now, "trouble": "", "answered": None, "troubled_at": None}
        self._mine().update(due_at=now + self.EVERY, **told)

    def fail(self, trouble: str, now: datetime, answered: int | None = None) -> None:
        """It could not be read: what was known stays."""
        told = {"trouble": trouble, "answered": answered, "troubled_at": self.troubled_at or now}
        self._mine().update(due_at=now + self.EVERY, **told)

    def _mine(self) -> models.QuerySet[Self]:
        """Its row, unless another address is followed meanwhile."""
        return type(self)._default_manager.filter(pk=self.pk, address=self.address)


def check_address(address: str, field: str) -> str:
    """As it is read; `webcal:` is what some call the same. Raises `ValidationError` at the field."""
    address = address.strip()
    if address.lower().startswith("webcal://"):
        address = f"https://{address[9:]}"
    try:
        if address:
            safehttp.check(address)
    except safehttp.Forbidden as why:
        raise ValidationError({field: _("This is no address of a calendar. Begin with https://.")}) from why
    return address
