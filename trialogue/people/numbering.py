"""Numbers that people say to each other: one row a year, so that none is given twice and none is left out."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F


class Numbering(models.Model):
    """The last number given in a year, taken under its row's lock. Each noun has a table of its own, and its letter."""

    letter: ClassVar[str]
    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"

    @classmethod
    def take(cls, at: datetime) -> str:
        """Such as R-2026-000001. Within a change."""
        rows = cls._default_manager
        rows.bulk_create([cls(year=at.year)], ignore_conflicts=True)
        rows.filter(year=at.year).update(last=F("last") + 1)
        return f"{cls.letter}-{at.year}-{rows.get(year=at.year).last:06}"
