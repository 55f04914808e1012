"""A hatch beside the door for what programs do most: plain words by a key into the conversation of a case.

Nothing is decided here. Whatever is out of the ordinary goes the ordinary way, untouched: through Django and the operation
in `messages`, which knows what to say. What that puts around an answer depends on how a request came, so the hatch opens to
requests of one manner when it has seen an answer to the first of them.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_finished, request_started
from django.http import HttpResponse
from django.utils import translation

from trialogue import posting
from trialogue.doors.api import problems
from trialogue.doors.api.asking import REPLAYED, encoded
from trialogue.doors.api.messages import KEY
from trialogue.doors.api.rate import PER_KEY
from trialogue.doors.api.shapes import message_shape
from trialogue.doors.web.middleware import Storms

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
Manner = tuple[str | None, ...]

PATH = re.compile(r"/api/v1/cases/([0-9A-Za-z]{8})/messages")
BEARER = re.compile(r"Bearer ([\x21-\x7e]+)")
MOST_BYTES = 2**17  # ten thousand characters, whichever way they are written
# What decides over the headers of an answer. A cookie may, too: with one, the ordinary way is taken.
MANNER = ("wsgi.url_scheme", "HTTP_HOST", "HTTP_ACCEPT_LANGUAGE", "HTTP_X_FORWARDED_PROTO")
MOST_MANNERS = 1000
CREATED = "201 Created"
OWN = ("Content-Type", REPLAYED)  # the operation's headers; the others are put around it


class Asked(NamedTuple):
    secret: str
    reference: str
    body: str
    expects_answer: bool
    key: str


class Hatch:
    """A WSGI application before another, the ordinary one."""

    def __init__(self, ordinary: WSGIApplication) -> None:
        self.ordinary = ordinary
        self.known: dict[Manner, Headers] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = _asked(environ)
        if asked is None:
            return self.ordinary(environ, start_response)
        manner = tuple(environ.get(name) for name in MANNER)
        around = self.known.get(manner)
        if around is None:
            return self.ordinary(environ, self._seeing(manner, start_response))
        request_started.send(sender=type(self), environ=environ)
        Storms.pass_by()
        try:
            answer = _answer(asked, environ, around)
        finally:
            request_finished.send(sender=type(self))
        if answer is None:
            return self.ordinary(environ, start_response)
        status, headers, content = answer
        start_response(status, headers)
        return [content]

    def _seeing(self, manner: Manner, start_response: StartResponse) -> Any:
        def started(status: str, headers: Headers, *trouble: Any) -> Callable[[bytes], object]:
            if status == CREATED and len(self.known) < MOST_MANNERS:
                self.known[manner] = [header for header in headers if header[0] not in OWN]
            return start_response(status, headers, *trouble)

        return started


def _asked(environ: WSGIEnvironment) -> Asked | None:
    """What is asked, if it may be for the hatch. The body can be read again."""
    path, bearer = PATH.fullmatch(environ["PATH_INFO"]), BEARER.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
    length = environ.get("CONTENT_LENGTH", "")
    if (
        path is None or bearer is None or environ["REQUEST_METHOD"] != "POST" or environ.get("CONTENT_TYPE") != "application/json"
        or environ.get("SCRIPT_NAME") or environ.get("QUERY_STRING") or "HTTP_COOKIE" in environ
        or not length.isdecimal() or int(length) > MOST_BYTES
    ):  # fmt: skip
        return None
    try:
        content = environ["wsgi.input"].read(int(length))
    except OSError:
        return None
    environ["wsgi.input"] = io.BytesIO(content)
    key = environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not KEY.fullmatch(key):
        return None
    return _understood(content, bearer[1], path[1].upper(), key or "")


def _understood(content: bytes, secret: str, reference: str, key: str) -> Asked | None:
    """Words and whether they expect an answer, as the operation would read them; None for all else."""
    try:
        told = json.loads(content)
        body, expects_answer = told.pop("body"), told.pop("expects_answer", True)
        body.encode()  # half a character
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return None
    if told or type(body) is not str or type(expects_answer) is not bool or "\x00" in body:
        return None
    return Asked(secret, reference, body, expects_answer, key)


def _answer(asked: Asked, environ: WSGIEnvironment, around: Headers) -> tuple[str, Headers, bytes] | None:
    """Status, headers and content; None when nothing was said, and the ordinary way is to be taken."""
    counted: list[str] = []

    def admits(key: str) -> bool:
        if counted:  # asked again, because someone else was faster in this conversation
            return True
        counted.append(key)
        return not PER_KEY.spend(key)

    secret, reference, body, expects_answer, key = asked
    try:
        message = posting.post_by_key(
            secret=secret, admits=admits, reference=reference, body=body, expects_answer=expects_answer, key=key
        )
    except ValidationError:
        return None
    except Exception as trouble:  # it may have been said: the ordinary way would say it again
        with translation.override(dict(around)["Content-Language"]):
            return _whole(problems.answer(WSGIRequest(environ), trouble), around)
    if message is None:
        for one in counted:
            PER_KEY.give_back(one)
        return None
    content = encoded(message_shape(message, ()))
    return CREATED, _headers([("Content-Type", "application/json")], around, content), content


def _whole(problem: HttpResponse, around: Headers) -> tuple[str, Headers, bytes]:
    content = problem.content
    status = f"{problem.status_code} {problem.reason_phrase}"
    return status, _headers(list(problem.items()), around, content), content


def _headers(own: Headers, around: Headers, content: bytes) -> Headers:
    length = str(len(content))
    return own + [(name, length if name == "Content-Length" else value) for name, value in around]
