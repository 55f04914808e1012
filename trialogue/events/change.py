"""How anything happens: `with change(subject, by=actor) as record`. See ARCHITECTURE.md, "How anything happens"."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from trialogue.events import bell, kinds
from trialogue.events.models import Concerned, Event, Subject, TransactionAfter, seal


class Doer(Protocol):
    """Who does something: public ids of the person and the organisation acted for ("" if none), and by which door."""

    @property
    def by(self) -> str: ...
    @property
    def acting_for(self) -> str: ...
    @property
    def via(self) -> str: ...


@dataclass(frozen=True)
class System:
    """The house itself: a clock that ran out, a round of the worker."""

    by: str = ""
    acting_for: str = ""
    via: str = "system"


SYSTEM = System()


@dataclass
class Happening:
    """One recorded event on its way to the log, with the live objects for reactions to work on."""

    kind: str
    subject: Subject
    by: Doer
    at: datetime
    things: Mapping[str, Any]
    facts: dict[str, Any]
    concerned: Concerned  # as it stands when it happens: a partner hears of its own end


Reaction = Callable[[Happening], None]


@dataclass(frozen=True)
class Record:
    """Says what happened to the subject of a change, at `at` unless told otherwise."""

    change: _Change
    subject: Subject
    by: Doer
    at: datetime
    concerned: Concerned | None = None  # whom it concerns, if not whom the subject does now

    def __call__(self, kind: str, /, *, at: datetime | None = None, **things: Any) -> None:
        facts = kinds.KINDS[kind].facts(things)
        concerned = self.concerned or self.subject.concerns()
        self.change.happenings.append(Happening(kind, self.subject, self.by, at or self.at, things, facts, concerned))


@dataclass
class _Change:
    """What the outermost `change` has collected so far."""

    happenings: list[Happening] = field(default_factory=list)
    locked: dict[str, Subject] = field(default_factory=dict)

    def recorder(self, subject: Subject, by: Doer, at: datetime | None) -> Record:
        # A row we do not hold yet is locked and read; a second copy of one we hold must see what the first has saved.
        if subject.pk is not None and self.locked.get(subject.public_id) is not subject:
            subject.lock()
        self.locked.setdefault(subject.public_id, subject)
        # After the lock: the order of moments within a subject is the order of its events.
        return Record(self, subject, by, at or timezone.now())

    def react(self) -> None:
        table: Mapping[str, tuple[Reaction, ...]] = import_module(settings.ROOT_REACTIONS).REACTIONS
        for happening in self.happenings:  # grows while we go
            for reaction in table.get(happening.kind, ()):
                reaction(happening)

    def write(self) -> None:
        now = timezone.now()
        events: list[Event] = []
        ends: dict[str, Subject] = {}
        after: dict[str, TransactionAfter] = {}
        for happening in self.happenings:
            head = ends.setdefault(happening.subject.public_id, self.locked[happening.subject.public_id])
            event = _event(happening, head, happening.concerned, now)
            event.xid = after.setdefault(head.public_id, TransactionAfter(head.public_id, head.log_length))
            head.log_length, head.log_digest = event.number, event.digest
            events.append(event)
        Event.objects.bulk_create(events)
        for head in ends.values():
            type(head)._default_manager.filter(pk=head.pk).update(
                log_length=head.log_length, log_digest=head.log_digest
            )


def _event(happening: Happening, head: Subject, concerned: Concerned, now: datetime) -> Event:
    kind = kinds.KINDS[happening.kind]
    audience = kinds.EVERYONE if concerned.alone else kind.audience
    number, by = head.log_length + 1, happening.by
    return Event(
        subject=head.public_id, number=number, kind=happening.kind, at=happening.at, recorded_at=now,
        by=by.by, organisation=by.acting_for, via=by.via, facts=happening.facts,
        environment=concerned.environment, private=kind.private, case_id=concerned.case_id,
        client_id=concerned.client_id if "client" in audience else None,
        partner_id=concerned.partner_id if "partner" in audience else None,
        referrer_id=concerned.referrer_id if "referrer" in audience else None,
        previous=head.log_digest,
        digest=seal(head.log_digest, head.public_id, number, happening.kind, happening.at, by.by, by.acting_for, by.via, happening.facts),
    )  # fmt: skip


_current: ContextVar[_Change | None] = ContextVar("change", default=None)


@contextmanager
def change(subject: Subject, *, by: Doer, at: datetime | None = None) -> Iterator[Record]:
    """Locks the subject, gathers what is recorded, runs the reactions, writes the events, commits: all or nothing.

    A change inside a change joins the outer one. `at` is when it happened, if that was not now.
    """
    outer = _current.get()
    if outer is not None:
        yield outer.recorder(subject, by, at)
        return
    with transaction.atomic(durable=True):
        this = _Change()
        token = _current.set(this)
        try:
            yield this.recorder(subject, by, at)
            this.react()
            this.write()
        finally:
            _current.reset(token)
    bell.ring()


def digest_of(text: str) -> str:
    """What the log keeps of words that people wrote."""
    return hashlib.sha256(text.encode()).hexdigest()
