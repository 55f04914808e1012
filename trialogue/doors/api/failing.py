"""Keeps what failed of the calls that come by a key. Whatever succeeds passes by at the cost of one comparison."""

from __future__ import annotations

import json
import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from trialogue.doors.api.keys import actor_of, key_of
from trialogue.doors.api.rate import Window
from trialogue.requests.calls import FailedCall

log = logging.getLogger(__name__)
# Nobody is known; too many were made; the database is away: of these nothing can or should be written.
UNKEPT = (401, 429, 503)
# So many in a minute, of an organisation in an environment and in this process: a program that fails all the time writes little.
PER_MINUTE = Window(limit=10, seconds=60)


def note(request: HttpRequest, response: HttpResponse) -> None:
    """After the operation, outside whatever it has done; that it cannot be kept is no trouble of whoever called."""
    if response.status_code in UNKEPT or not (key := key_of(request.headers.get("Authorization", ""))):
        return
    by = actor_of(key)
    if PER_MINUTE.spend(f"{by.acting_for} {by.environment}"):
        return
    body = response.content.decode(errors="replace")
    try:
        FailedCall.keep(
            by,
            method=request.method or "",
            path=request.path,
            status=response.status_code,
            title=_title(body),
            body=body,
        )
    except DatabaseError as trouble:
        log.warning("a failed call is not kept: %s", trouble)


def _title(body: str) -> str:
    try:
        return str(json.loads(body)["title"])
    except (ValueError, LookupError, TypeError):
        return ""
