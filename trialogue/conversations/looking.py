"""The worker's round for documents: checks them for malware, draws their pages, wipes what was removed."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import F

from trialogue.conversations.documents import Document, Verdict
from trialogue.lib import backoff, clamd, drawing

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=10)
LONGEST_WAIT = 600.0  # seconds: a scanner that comes back has a queue before it
MOST_TRIES = 5  # of drawing; a scanner is waited for as long as it takes


def look_into(now: datetime, limit: int = 10) -> int:
    """Does for documents what is due, oldest first; answers how many were claimed here. One that fails never stops the next."""
    done = 0
    for document in Document.objects.due(now).select_related("case", "conversation")[:limit]:
        if not _claim(document, now):
            continue
        done += 1
        try:
            _step(document)(document, now)
        except clamd.Away as trouble:
            log.error("the malware scanner is away: %s", trouble)
            Document.objects.due(now).filter(verdict=Verdict.WAITING).update(due_at=_later(document, now))
            _again(document, now)
            break  # the others would wait for it in vain
        except clamd.Unsure as trouble:
            log.error("the malware scanner gives no verdict on %s: %s", document.public_id, trouble)
            _again(document, now)
        except Exception:
            log.exception("document %s", document.public_id)
            _again(document, now)
    return done


def _claim(document: Document, now: datetime) -> bool:
    """Ours until the lease runs out: a dead worker's work simply comes due again."""
    mine = Document.objects.filter(pk=document.pk, due_at=document.due_at)
    document.due_at, document.tries = now + LEASE, document.tries + 1
    return bool(mine.update(due_at=document.due_at, tries=F("tries") + 1))


def _step(document: Document) -> Callable[[Document, datetime], None]:
    if document.is_waste:
        return lambda document, _now: document.wipe()
    return _check if document.verdict == Verdict.WAITING else _draw


def _again(document: Document, now: datetime) -> None:
    waits = document.verdict == Verdict.WAITING or document.is_waste
    again = _later(document, now) if waits or document.tries < MOST_TRIES else None
    Document.objects.filter(pk=document.pk, due_at=document.due_at).update(due_at=again)


def _later(document: Document, now: datetime) -> datetime:
    return now + timedelta(seconds=min(backoff.jittered(backoff.pause(document.tries)), LONGEST_WAIT))


def _check(document: Document, now: datetime) -> None:
    if not settings.CLAMAV:
        raise clamd.Away("TRIALOGUE_CLAMAV is no longer set")
    with default_storage.open(document.stored) as content:
        found = clamd.scan(content, clamd.parse(settings.CLAMAV))
    if found:
        log.warning("malware in document %s: %s", document.public_id, found)
        document.hold(found, at=now)
    else:
        document.clear(at=now)


def _draw(document: Document, now: datetime) -> None:
    with TemporaryDirectory(prefix="trialogue-drawing-") as folder:
        source, into = Path(folder) / "source", Path(folder) / "into"
        into.mkdir()
        with default_storage.open(document.stored) as content, source.open("wb") as copy:
            shutil.copyfileobj(content, copy)
        try:
            drawn = drawing.draw(source, document.drawable, into)
        except drawing.CannotDraw:
            drawn = drawing.Drawn(0, 0)
        _keep(document, drawn, into)


def _keep(document: Document, drawn: drawing.Drawn, into: Path) -> None:
    kept = [document.picture(number) for number in range(drawn.pages + 1)] if drawn.pages else []
    for name in kept:
        default_storage.delete(name)  # of a try that was cut off; or the store would choose another name
        with (into / name.removeprefix(f"{document.stored}.")).open("rb") as picture:
            default_storage.save(name, File(picture))
    ours = Document.objects.filter(pk=document.pk, due_at=document.due_at, removed_at=None)
    if not ours.update(pages=drawn.pages, page_count=drawn.of, due_at=None):
        for name in kept:  # removed while we drew
            default_storage.delete(name)
