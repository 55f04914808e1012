"""What the worker does with letters."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError

from trialogue.letters import filing
from trialogue.letters.models import Letter

log = logging.getLogger(__name__)
AT_ONCE = 50


def file_due(now: datetime) -> int:
    """Reads letters that have arrived, the first first; one that cannot be read does not stop the next."""
    done = 0
    for letter in list(Letter.objects.due(now).order_by("due_at", "pk")[:AT_ONCE]):
        if letter.claim(now):
            done += 1
            _file(letter)
    return done


def _file(letter: Letter) -> None:
    try:
        filing.file(letter)
    except filing.Overtaken:
        return
    except (OperationalError, InterfaceError):
        raise  # the database is away: the lease runs out, and it is read again
    except Exception as trouble:
        log.exception("letter %s", letter.public_id)
        Letter.objects.get(pk=letter.pk).fail(f"{type(trouble).__name__}: {trouble}")
