"""The log: what happened, one line each, never changed and never deleted."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import Func

from trialogue.events import kinds

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    WholeNumber = models.BigIntegerField[Any, Any]
else:
    WholeNumber = models.BigIntegerField


class CurrentTransaction(Func):
    """The number of the writing transaction on PostgreSQL; zero on SQLite, whose one writer needs none."""

    template = "pg_current_xact_id()"
    arity = 0

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[str | int, ...]]:
        return "0", ()


class TransactionAfter(Func):
    """The number of the writing transaction, or that of the event before it in the chain when that is higher.

    PostgreSQL may number a transaction before it waits for its subject: by numbers alone, a later event could come first.
    """

    def __init__(self, subject: str, number: int) -> None:
        super().__init__()
        self.before = (subject, number)

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **context: Any) -> tuple[str, tuple[str | int, ...]]:
        if connection.vendor == "sqlite":
            return "0", ()
        before = "SELECT xid FROM events_event WHERE subject = %s AND number = %s"
        return f"greatest(pg_current_xact_id(), ({before}))", self.before


class TransactionField(WholeNumber):
    """`xid8` on PostgreSQL. Read and compared as text there, never sent to us as a number."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "xid8" if connection.vendor == "postgresql" else "integer"

    def from_db_value(self, value: Any, *_: Any) -> int:
        return int(value)


class Subject(models.Model):
    """A noun that things happen to. Its row is locked while they do, and carries the end of its chain of events."""

    public_id: Any  # each noun has its own, with its own prefix
    log_length = models.PositiveIntegerField(default=0, editable=False)
    log_digest = models.CharField(max_length=64, default="", editable=False)

    class Meta:
        abstract = True

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        """The query that reads one row for a change; rooms add what their verbs will need."""
        return cls._default_manager.all()

    def lock(self) -> None:
        """Waits for the row, then reads it. In one query the joined rows would be those from before the wait.

        Only as much lock as an update takes: rows that point here can be written by others meanwhile, or a message and the
        end of its case would each hold what the other wants next.
        """
        if connection.features.has_select_for_update:
            type(self)._default_manager.select_for_update(no_key=True).filter(pk=self.pk).values_list("pk").first()
        self.refresh_from_db(from_queryset=self.for_change())

    def concerns(self) -> Concerned:
        """Whom events of this subject concern."""
        raise NotImplementedError


class Concerned:
    """Ids of the organisations an event concerns (None: nobody on that side), its case, its environment.

    `alone`: they hear of it whatever their side, since it is between one of them and the operator.
    """

    __slots__ = ("alone", "case_id", "client_id", "environment", "partner_id", "referrer_id")

    def __init__(
        self,
        *,
        client: int | None = None,
        partner: int | None = None,
        referrer: int | None = None,
        case: int | None = None,
        environment: str = "",
        alone: bool = False,
    ) -> None:
        self.client_id, self.partner_id, self.referrer_id = client, partner, referrer
        self.case_id, self.environment, self.alone = case, environment, alone


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, actor: Any) -> Self:
        """Events that concerned the actor's organisation when they happened; the operator oversees all but what is private."""
        here = self.filter(environment__in=("", actor.environment))
        here = here.filter(Q(private=False) | Q(organisation=actor.acting_for))
        side: str | None = actor.organisation.log_column
        return here.filter(**{side: actor.organisation.pk}) if side else here

    def update(self, **values: Any) -> int:
        raise TypeError("An event is never changed. Record another one.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("An event is never deleted.")

    def about(self, subject: Subject) -> Self:
        return self.filter(subject=subject.public_id).order_by("number")


class Event(models.Model):
    """One line of the log. `at` is when it happened, `recorded_at` when we noticed.

    `facts` names things by public id and holds small old and new values, never words people wrote: those by digest.
    """

    xid = TransactionField(db_default=CurrentTransaction(), editable=False)
    subject = models.CharField(max_length=32)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=48)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.CharField(max_length=32, blank=True)
    organisation = models.CharField(max_length=32, blank=True)
    via = models.CharField(max_length=12)
    facts = models.JSONField(default=dict)
    environment = models.CharField(max_length=10, blank=True)
    # Nobody but the organisation that did it hears of it, not even the operator.
    private = models.BooleanField(default=False, db_default=False)
    case_id = models.BigIntegerField(null=True)
    client_id = models.BigIntegerField(null=True)
    partner_id = models.BigIntegerField(null=True)
    referrer_id = models.BigIntegerField(null=True)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    objects: ClassVar[EventQuerySet] = EventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="event_chain")]
        # One index per question "what has happened since that concerns me?" (events/tail.py), one for a case's timeline.
        indexes = [
            models.Index(fields=["xid", "id"], name="event_tail"),
            models.Index(fields=["client_id", "xid", "id"], name="event_of_client"),
            models.Index(fields=["partner_id", "xid", "id"], name="event_of_partner"),
            models.Index(fields=["referrer_id", "xid", "id"], name="event_of_referrer"),
            models.Index(fields=["case_id", "id"], name="event_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.number}: {self.kind}"

    @property
    def spoken(self) -> kinds.Kind:
        return kinds.KINDS[self.kind]

    def is_visible_to(self, actor: Any) -> bool:
        """The same rule as `Event.objects.visible_to`, for an event already read."""
        column: str | None = actor.organisation.log_column
        here = self.environment in ("", actor.environment) and (
            not self.private or self.organisation == actor.acting_for
        )
        return here and (column is None or getattr(self, column) == actor.organisation.pk)

    def sealed(self, previous: str) -> str:
        """The digest that this event must carry after an event with the digest `previous`."""
        return seal(
            previous, self.subject, self.number, self.kind, self.at, self.by, self.organisation, self.via, self.facts
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("An event is never changed. Record another one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An event is never deleted.")


_told = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def seal(
    previous: str,
    subject: str,
    number: int,
    kind: str,
    at: datetime,
    by: str,
    organisation: str,
    via: str,
    facts: dict[str, Any],
) -> str:
    """SHA-256 over the event before and this one, as 64 hexadecimal characters."""
    told = _told([previous, subject, number, kind, at.timestamp(), by, organisation, via, facts])
    return hashlib.sha256(told.encode()).hexdigest()


def first_broken_link(subject: Subject) -> Event | None:
    """The first event of a subject whose chain does not hold, or None when all of it does.

    When the end is missing: an unsaved event with the number of the first missing one.
    """
    rows = type(subject)._default_manager.filter(pk=subject.pk)
    length, digest = rows.values_list("log_length", "log_digest").get()
    event, previous, number = None, "", 0
    for number, event in enumerate(Event.objects.about(subject).filter(number__lte=length), 1):
        if event.number != number or event.previous != previous or event.digest != event.sealed(previous):
            return event
        previous = event.digest
    if number < length:
        return Event(subject=subject.public_id, number=number + 1)
    return event if previous != digest else None
