"""What goes wrong is answered as RFC 9457 asks: `application/problem+json` that says what happened and what to do."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ninja.errors
from django.conf import settings
from django.core.exceptions import (
    NON_FIELD_ERRORS,
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
    ValidationError,
)
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trialogue.cases.lifecycle import MoveRefused
from trialogue.channels.models import Unreadable
from trialogue.conversations.documents import Shut
from trialogue.conversations.models import KeyReused
from trialogue.doors.api.shapes import moment, move_shape
from trialogue.doors.web.middleware import AWAY, come_back
from trialogue.escalations.models import NotThere
from trialogue.events.tail import UnknownPosition
from trialogue.meetings.models import Taken
from trialogue.people.models import Refused
from trialogue.uploads.models import NotNow

log = logging.getLogger(__name__)

# The last part of a problem's type, its status and its title. `guides/errors.md` says the same in words.
KINDS: dict[str, tuple[int, Any]] = {
    "malformed": (400, gettext_lazy("The request cannot be read")),
    "unauthorized": (401, gettext_lazy("Not signed in")),
    "forbidden": (403, gettext_lazy("Not allowed")),
    "wrong-side": (403, gettext_lazy("Not a move of your side")),
    "not-found": (404, gettext_lazy("Not found")),
    "method-not-allowed": (405, gettext_lazy("Not done this way")),
    "move-refused": (409, gettext_lazy("Not possible in this state")),
    "not-open": (409, gettext_lazy("Not open yet")),
    "step-refused": (409, gettext_lazy("Not a step that is open")),
    "turned": (409, gettext_lazy("Belongs elsewhere")),
    "time-taken": (409, gettext_lazy("Not free any more")),
    "kept-shut": (409, gettext_lazy("A document that cannot be opened")),
    "gone": (410, gettext_lazy("Removed")),
    "too-large": (413, gettext_lazy("Too large")),
    "unsupported-media-type": (415, gettext_lazy("Not a kind we accept")),
    "invalid": (422, gettext_lazy("Some fields cannot be used")),
    "key-reused": (422, gettext_lazy("Idempotency-Key used before")),
    "too-many-requests": (429, gettext_lazy("Too many requests")),
    "internal": (500, gettext_lazy("Our mistake")),
    "unavailable": (503, gettext_lazy("Not available for the moment")),
}
NOT_FOUND = gettext_lazy("There is nothing here that you may see.")
UNAUTHORIZED = gettext_lazy("Send “Authorization: Bearer KEY” with a key that is in use, or sign in.")


class Problem(Exception):
    """An answer that says what went wrong. `kind` is one of KINDS; `more` are members beside the five of the RFC."""

    def __init__(self, kind: str, detail: Any, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers, self.more = kind, detail, headers, more

    @classmethod
    def at_fields(cls, errors: Iterable[tuple[str, Any]], kind: str = "invalid", detail: Any = "") -> Problem:
        """`errors` are pairs of a field ("" for all of it) and what is wrong with it."""
        told = [{"field": field, "message": str(message)} for field, message in errors]
        return cls(kind, detail or " ".join(dict.fromkeys(error["message"] for error in told)), errors=told)

    def answer(self) -> HttpResponse:
        status, title = KINDS[self.kind]
        told = {
            "type": f"{settings.BASE_URL}/api/v1/docs#problem-{self.kind}",
            "title": str(title),
            "status": status,
            "detail": str(self.detail),
            **self.more,
        }
        content = json.dumps(told, ensure_ascii=False)
        return HttpResponse(content, status=status, content_type="application/problem+json", headers=self.headers)


def answer(request: HttpRequest, trouble: Any) -> HttpResponse:
    """The answer to anything that an operation raised."""
    if isinstance(trouble, AWAY):
        return come_back(request, trouble)  # as pages do it: this process must ask its connections anew
    return problem_of(request, trouble).answer()


def problem_of(request: HttpRequest, trouble: Exception) -> Problem:
    if isinstance(trouble, Problem):
        return trouble
    for kinds, said in _SAID:
        if isinstance(trouble, kinds):
            return said(trouble)
    log.error("an operation failed", exc_info=trouble)
    got_request_exception.send(sender=None, request=request)
    return Problem("internal", _("Something went wrong here, and we have been told. Try again later."))


def _unreadable(trouble: ninja.errors.HttpError) -> Problem:
    # The framework wraps whatever reading a body raises into one error; what it was is its cause.
    if isinstance(trouble.__cause__, Problem):
        return trouble.__cause__
    return Problem("malformed", _("The body is not JSON: {why}").format(why=trouble.__cause__ or trouble))


def _refused_move(trouble: MoveRefused) -> Problem:
    kind = "wrong-side" if trouble.wrong_side else "move-refused"
    return Problem(kind, trouble, allowed=[move_shape(move) for move in trouble.allowed])


def _at_fields_of_model(trouble: ValidationError) -> Problem:
    told = trouble.message_dict if hasattr(trouble, "error_dict") else {NON_FIELD_ERRORS: trouble.messages}
    return Problem.at_fields(
        ("" if field == NON_FIELD_ERRORS else field, message)
        for field, messages in told.items()
        for message in messages
    )


def _at_fields_of_request(trouble: ninja.errors.ValidationError) -> Problem:
    return Problem.at_fields((_field(error["loc"]), _words(error)) for error in trouble.errors)


def _field(loc: tuple[Any, ...]) -> str:
    # A body stands under the name of the parameter that takes it: ("body", "told", "amount").
    return ".".join(str(part) for part in loc[2 if loc[0] == "body" else 1 :])


def _words(error: Mapping[str, Any]) -> str:
    """What the framework says in English, in the reader's language where it is common."""
    facts = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return _("This is needed.")
        case "extra_forbidden":
            return _("There is no such field.")
        case "string_type":
            return _("Give text.")
        case "bool_type":
            return _("Give true or false.")
        case "model_type" | "model_attributes_type" | "dict_type":
            return _("Send a JSON object.")
        case "decimal_type" | "decimal_parsing" | "finite_number":
            return _("Give a number, such as 12480.50.")
        case "int_parsing" | "int_type":
            return _("Give a whole number.")
        case "greater_than_equal":
            return _("Give at least {limit}.").format(limit=facts["ge"])
        case "less_than_equal":
            return _("Give at most {limit}.").format(limit=facts["le"])
        case "string_too_long":
            return _("Give at most {limit} characters.").format(limit=facts["max_length"])
        case "literal_error":
            return _("Give one of: {values}.").format(values=facts["expected"].replace("'", ""))
        case "value_error":
            return str(facts["error"])
    return str(error["msg"])


_MEGABYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
# What the rooms, the framework and Django raise, in this order: the first kind that fits says the problem.
_SAID: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], Problem]], ...] = (
    (MoveRefused, _refused_move),
    (NotNow, lambda why: Problem("move-refused", why)),
    (NotThere, lambda why: Problem("step-refused", why, opens_at=moment(why.opens_at) if why.opens_at else None)),
    (Taken, lambda why: Problem("time-taken", why)),
    (Refused, lambda why: Problem("forbidden", why)),
    (Shut, lambda why: Problem("gone" if why.gone else "kept-shut", why)),
    (Unreadable, lambda why: Problem.at_fields(("text", line) for line in str(why).splitlines())),
    (KeyReused, lambda why: Problem.at_fields([("Idempotency-Key", why)], "key-reused")),
    (ValidationError, _at_fields_of_model),
    (ninja.errors.ValidationError, _at_fields_of_request),
    (
        ninja.errors.AuthenticationError,
        lambda _why: Problem("unauthorized", UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"}),
    ),
    (ninja.errors.HttpError, _unreadable),
    (Http404, lambda _why: Problem("not-found", NOT_FOUND)),
    (UnknownPosition, lambda why: Problem("malformed", str(why))),
    (
        RequestDataTooBig,
        lambda _why: Problem("too-large", _("The body is larger than {size} MB.").format(size=_MEGABYTES)),
    ),
    (
        TooManyFilesSent,
        lambda _why: Problem(
            "too-large",
            _("Send at most {count} files at once.").format(count=settings.DATA_UPLOAD_MAX_NUMBER_FILES),
        ),
    ),
    (
        (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError),
        lambda _why: Problem("malformed", _("The request is not whole or not what it says it is. Send it again.")),
    ),
)
