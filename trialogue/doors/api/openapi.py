"""The API itself, put together from its operations, and the document that describes it."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE

import trialogue
from trialogue.doors.api import (
    article_pictures,
    articles,
    brands,
    cases,
    channels,
    clocks,
    complaints,
    consents,
    documents,
    endpoints,
    escalations,
    events,
    examples,
    information,
    letters,
    lists,
    managers,
    me,
    meetings,
    messages,
    notices,
    overseeing,
    problems,
    relationships,
    requests,
    rules,
    schemas,
    talk,
    uploads,
    work,
)
from trialogue.doors.api.asking import StrictParser, described
from trialogue.doors.api.auth import BearerKey, SessionCookie

ABOUT = """\
What a page of Trialogue can do, a program can do here.

**Signing in.** `Authorization: Bearer KEY`. A key belongs to one organisation and one environment; test and production
never meet. Someone signed in on the pages may use their session instead.

**Answers** are JSON in snake_case; moments are ISO 8601 in UTC, ending in `Z`; amounts are strings with two decimals.
Sentences follow `Accept-Language` (en, de, da).

**Lists** come as `{"items": […], "next": …}`. Give `next` as `after` for the page that follows; it is null at the end.

**Problems** are `application/problem+json` (RFC 9457): `detail` says what to do. What you may not see is not found.

**Repeats.** `POST …/messages` and `POST /requests` take an `Idempotency-Key`, `POST /cases` knows your own reference: send again when in doubt.

**Rate.** 2,000 requests a minute for each key and server process; then 429 with `Retry-After`.
"""
TAGS = {
    "me": "Who is asking.",
    "cases": "Claims, their moves and their story.",
    "uploads": "Many cases at once, out of a file.",
    "lists": "Many cases: saved views, and one move or message for many at once.",
    "messages": "The conversation of a case.",
    "relationships": "What a client and a partner say outside their cases.",
    "consents": "Whether a referral partner writes along.",
    "presences": "The operator in the conversation of a case.",
    "pins": "What both sides want at hand.",
    "notes": "What your organisation writes to itself.",
    "documents": "The files of a case.",
    "information": "What a partner needs from the client, item by item.",
    "clocks": "Answers that are owed, and when.",
    "channels": "The one right place for every question.",
    "requests": "What you ask of the operator.",
    "desk": "What the operator keeps at hand: saved answers, and who looks after what.",
    "letters": "What came by mail, and what became of it.",
    "articles": "What the help portal says, and, for the operator, how it comes to say it.",
    "complaints": "What a client holds against the partner of a case, and what becomes of it.",
    "meetings": "Video calls with the operator, booked or asked for, and when hosts can be met.",
    "escalations": "The steps one takes when nobody answers.",
    "brands": "What the clients of a referral partner see instead of the house's look.",
    "managers": "Who at the operator stands for whom.",
    "policy": "What the channels are, edition by edition.",
    "promises": "Working hours, what is promised, and how it is kept.",
    "notices": "What people are told, and how they want to be told.",
    "search": "Finding words in all you may see.",
    "events": "Everything that concerned you, in order.",
    "stream": "The same, live.",
    "endpoints": "The same, posted to your own systems: webhooks.",
}
STREAM = {
    "operationId": "stream",
    "summary": "Follow what happens, live",
    "description": (
        "Server-sent events: each has the `id` of its position, the `event` of its kind and as `data` the same JSON as an "
        "item of GET /events. A comment line keeps the connection open. After a break a browser sends `Last-Event-ID` by "
        "itself and goes on where it was; a program may send `after`. Nothing is lost and nothing comes twice."
    ),
    "tags": ["stream"],
    "security": [{"BearerKey": []}, {"SessionCookie": []}],
    "parameters": [
        {
            "in": "query",
            "name": "after",
            "required": False,
            "schema": {"type": "string"},
            "description": "A position; without it, from now on.",
        },
        {
            "in": "header",
            "name": "Last-Event-ID",
            "required": False,
            "schema": {"type": "string"},
            "description": "A position; wins over `after`.",
        },
    ],
    "responses": {
        200: {
            "description": "An endless stream.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": f"id: {examples.EVENT['position']}\nevent: {examples.EVENT['kind']}\ndata: {{…}}\n\n",
                }
            },
        },
        **described()["responses"],
    },
}


class Api(NinjaAPI):
    def set_default_exception_handlers(self) -> None:
        self.add_exception_handler(Exception, problems.answer)


api = Api(
    title="Trialogue",
    version=trialogue.__version__,
    description=ABOUT,
    openapi_url=None,  # served by `reference`, with the stream in it
    docs_url=None,
    auth=[BearerKey(), SessionCookie()],
    parser=StrictParser(),
    urls_namespace="api",
    openapi_extra={"tags": [{"name": name, "description": about} for name, about in TAGS.items()]},
)
for room in (
    me,
    cases,
    work,
    information,
    messages,
    documents,
    clocks,
    consents,
    relationships,
    overseeing,
    events,
    lists,
    rules,
    notices,
    uploads,
    managers,
    brands,
    complaints,
    meetings,
    escalations,
    endpoints,
    article_pictures,  # before `/articles/{name}/{language}`, which any word would fit
    articles,
):
    api.add_router("", room.router)
for router in (
    talk.router,
    talk.pins,
    talk.notes,
    talk.searching,
    channels.router,
    requests.router,
    requests.desk,
    letters.router,
    channels.policy,
):
    api.add_router("", router)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    told: dict[str, Any] = api.get_openapi_schema(path_prefix="")
    told["servers"] = [{"url": f"{settings.BASE_URL}/api/v1"}]
    told["paths"]["/stream"] = {"get": STREAM}
    told["components"]["schemas"]["Problem"] = schemas.Problem.model_json_schema(ref_template=REF_TEMPLATE)
    _hoist(told["components"]["schemas"])
    return told


def _hoist(known: dict[str, Any]) -> None:
    """Definitions inside a schema stand beside it in an OpenAPI document."""
    for schema in list(known.values()):
        known |= {name: known.get(name, inner) for name, inner in schema.pop("$defs", {}).items()}
