"""The change feed: everything that concerned an organisation, from any point on."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from trialogue.cases.feed import event_shape, with_references
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import Limit, answer, described
from trialogue.doors.api.auth import Asked
from trialogue.events import tail
from trialogue.events.models import Event

router = Router(tags=["events"])


@router.get(
    "/events", response=schemas.EventPage, operation_id="list_events", summary="Follow what happens",
    openapi_extra=described("invalid", example=examples.EVENT_PAGE),
)  # fmt: skip
def list_events(
    request: Asked,
    after: Annotated[
        str, Query(tail.START, description="A position: `next` of the page before, or one from the stream.")
    ],
    limit: Limit,
) -> HttpResponse:
    """Events that concerned your organisation after a position, oldest first; without one, from the beginning.

    Keep `next` and ask again with it: nothing is lost and nothing comes twice, however long you were away.
    """
    events = tail.after(after, with_references(Event.objects.visible_to(request.auth)), limit)
    further = tail.position_of(events[-1]) if events else after
    return answer({"items": [event_shape(event) for event in events], "next": further})
