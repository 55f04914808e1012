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
    """The words of every message are those that were posted, and none is missing or was added."""
    posted = {
        event.facts["message"]: event.facts["body"]
        for event in Event.objects.about(conversation).filter(kind="message.posted")
    }
    kept = {
        message.public_id: digest_of(message.body) if message.body else "" for message in conversation.messages.all()
    }
    if differing := sorted(name for name in posted.keys() | kept.keys() if posted.get(name) != kept.get(name)):
        return Finding(False, f"Messages: {', '.join(differing)} not as posted.")
    return Finding(True, f"Messages: {len(kept)}, word for word as posted.")


def documents(case: Case) -> Finding:
    differing = [document.public_id for document in case.documents.all() if not _as_received(document)]
    if differing:
        return Finding(False, f"Documents: {', '.join(differing)} missing or not as received.")
    return Finding(True, f"Documents: {case.documents.count()}, byte for byte as received.")


def _as_received(document: Document) -> bool:
    if not default_storage.exists(document.stored):
        return False
    with document.open() as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == document.sha256
