"""What operations have in common: reading JSON, finding a case, answering, and telling about themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, NoReturn, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import Query
from ninja.parser import Parser

from trialogue.cases.feed import encode
from trialogue.cases.models import Case
from trialogue.doors.api.problems import KINDS, Problem
from trialogue.people.models import Actor

T = TypeVar("T", bound=Model)
# What does not look like ours is not asked for: a database may refuse the text itself.
_REFERENCE = re.compile(r"[0-9A-Za-z]{8}")
_PUBLIC_ID = re.compile(r"[a-z]{3}_[0-9a-z]{16}")
Limit = Annotated[int, Query(50, ge=1, le=100, description="How many items, 1 to 100.")]
After = Annotated[str, Query("", description="`next` of the page before.", max_length=200)]
REPLAYED = "Idempotent-Replayed"


class StrictParser(Parser):
    """JSON as its standard has it, sent as JSON; and an empty parameter (`?state=`) is one left out."""

    def parse_body(self, request: HttpRequest) -> Any:
        kind = request.content_type or ""
        if kind not in ("application/json", "text/json") and not (
            kind.startswith("application/") and kind.endswith("+json")
        ):
            raise Problem("unsupported-media-type", _("Send JSON, with “Content-Type: application/json”."))
        return json.loads(request.body, parse_float=Decimal, parse_constant=_refuse_constant)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        told = {name: [value for value in values if value != ""] for name, values in data.lists()}
        return {name: values if name in list_fields else values[-1] for name, values in told.items() if values}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def as_reference(given: str) -> str:
    """A reference as we write it; people type it small, too. Raises `Http404` for what can be none."""
    if not _REFERENCE.fullmatch(given):
        raise Http404
    return given.upper()


def find_case(actor: Actor, reference: str) -> Case:
    """The case of that reference, if the actor may see it. Raises `Http404`."""
    case = Case.objects.visible_to(actor).with_parties().filter(reference=as_reference(reference)).first()
    if case is None:
        raise Http404
    return case.as_seen_by(actor)


def as_public_id(given: str) -> str:
    """Raises `Http404` for what can be none."""
    if not _PUBLIC_ID.fullmatch(given):
        raise Http404
    return given


def find(rows: QuerySet[T], public_id: str) -> T:
    """The one of that id among rows the actor may see. Raises `Http404`."""
    found = rows.filter(public_id=as_public_id(public_id)).first()
    if found is None:
        raise Http404
    return found


def must_be_states(given: Iterable[str], known: Sequence[str]) -> None:
    """Raises a problem at `state` that names those there are."""
    if unknown := next((each for each in given if each not in known), None):
        said = _("“{state}” is no state. Give one of: {values}.")
        raise Problem.at_fields([("state", said.format(state=unknown[:40], values=", ".join(known)))])


def encoded(shape: Mapping[str, Any]) -> bytes:
    return encode(shape).encode()


def answer(shape: Mapping[str, Any], status: int = 200, **headers: str) -> HttpResponse:
    return HttpResponse(encoded(shape), status=status, content_type="application/json", headers=headers)


def created(shape: Mapping[str, Any], replayed: bool, **headers: str) -> HttpResponse:
    """What was made; a header says of a repeat that it was made before."""
    return answer(shape, 201, **headers, **({REPLAYED: "true"} if replayed else {}))


def described(
    *problems: str, example: Any = None, given: Any = None, gives: int = 200, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the OpenAPI document says of an operation beside its types: examples, and the problems it may answer with."""
    responses: dict[int, Any] = {}
    for kind in ("malformed", "unauthorized", "too-many-requests", "unavailable", *problems):
        status, title = KINDS[kind]
        known = responses.setdefault(status, _problem_response(status))
        known["content"]["application/problem+json"]["examples"][kind] = {"value": _problem(kind, status, title)}
    if example is not None:
        responses[gives] = {"content": {"application/json": {"example": example}}}
    extra: dict[str, Any] = {"responses": responses}
    if given is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": given}}}
    if body is not None:
        extra["requestBody"] = body
    return extra


def _problem_response(status: int) -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
    return {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": content}}


def _problem(kind: str, status: int, title: Any) -> dict[str, Any]:
    return {"type": f"/api/v1/docs#problem-{kind}", "title": str(title), "status": status, "detail": "…"}
