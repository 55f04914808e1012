"""All documents of a case in one ZIP, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import IO

from django.core.files.storage import default_storage
from django.utils import timezone

from trialogue.conversations.documents import Document, DocumentQuerySet
from trialogue.lib import zipstream

AT_ONCE = 200


def packed(documents: DocumentQuerySet) -> Iterator[bytes]:
    """The newest version of each document that can be opened, in the order they came."""
    return zipstream.stream(_entries(documents.current().openable().order_by("pk")))


def _entries(documents: DocumentQuerySet) -> Iterator[zipstream.Entry]:
    after = 0
    # In stretches, and each asked for when its turn has come: what is removed meanwhile is left out.
    while stretch := list(documents.filter(pk__gt=after)[:AT_ONCE]):
        for document in stretch:
            yield zipstream.Entry(document.name, timezone.localtime(document.at), partial(_open, document))
        after = stretch[-1].pk


def _open(document: Document) -> IO[bytes]:
    return default_storage.open(document.stored)
