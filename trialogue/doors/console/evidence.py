"""Holds what stands in the tables against what the log says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.storage import default_storage

from trialogue.cases.models import Case
from trialogue.conversations.models import Conversation, Document
from trialogue.events.change import digest_of
from trialogue.events.models import Event, Subject, first_broken_link

WORDING = ("message.posted", "message.edited", "message.withdrawn")


@dataclass(frozen=True)
class Finding:
    """One sentence, and whether the record holds there."""

    holds: bool
    said: str


def examine(case: Case, conversation: Conversation | None) -> Iterator[Finding]:
    yield chain("Case", case)
    if conversation:
        yield chain("Conversation", conversation)
        yield messages(conversation)
    else:
        yield Finding(True, "No conversation yet: the case was not released to a partner.")
    yield documents(case)


def chain(name: str, subject: Subject) -> Finding:
    """Every event follows from the one before, up to the one that the subject's own row remembers as the last."""
    if broken := first_broken_link(subject):
        said = f"{broken.kind}, does not follow from the one before" if broken.pk else "is missing, with all after it"
        return Finding(False, f"{name}: event {broken.number} {said}.")
    events = Event.objects.about(subject)
    last = events.last()
    sealed = f"; the last carries {last.digest}" if last else ""
    return Finding(True, f"{name}: {events.count()} events, each follows from the one before{sealed}.")


def messages(conversation: Conversation) -> Finding:
    """The words of every message are those that were posted or last put in their place, and none is missing or was added."""
    posted: dict[str, str] = {}
    for event in Event.objects.about(conversation).filter(kind__in=WORDING):
        posted[event.facts["message"]] = "" if event.kind == "message.withdrawn" else event.facts["body"]
    kept = {
        message.public_id: digest_of(message.body) if message.body else "" for message in conversation.messages.all()
    }
    if differing := sorted(name for name in posted.keys() | kept.keys() if posted.get(name) != kept.get(name)):
        return Finding(False, f"Messages: {', '.join(differing)} not as posted.")
    return Finding(True, f"Messages: {len(kept)}, word for word as posted.")


def documents(case: Case) -> Finding:
    """Every document is as it was received; one that was removed is removed by the log as well."""
    told = Event.objects.about(case).filter(kind="document.removed").values_list("facts__document", flat=True)
    removed, kept = set(told), list(case.documents.all())
    differing = [document.public_id for document in kept if not _as_told(document, removed)]
    if differing:
        return Finding(False, f"Documents: {', '.join(differing)} missing or not as received.")
    count = sum(document.removed_at is None for document in kept)
    gone = f"; {len(kept) - count} removed, as the log says" if len(kept) > count else ""
    return Finding(True, f"Documents: {count}, byte for byte as received{gone}.")


def _as_told(document: Document, removed: set[str]) -> bool:
    if document.removed_at or document.public_id in removed:
        return document.removed_at is not None and document.public_id in removed
    return _as_received(document)


def _as_received(document: Document) -> bool:
    if not default_storage.exists(document.stored):
        return False
    with default_storage.open(document.stored) as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == document.sha256
