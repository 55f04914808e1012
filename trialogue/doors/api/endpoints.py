"""Webhooks: where an organisation's own systems hear of what happens, and what became of all that was sent there."""

from __future__ import annotations

import json

from django.http import HttpResponse
from ninja import Router

from trialogue.deliveries.models import Delivery, Endpoint
from trialogue.doors.api import endpoint_examples as examples
from trialogue.doors.api import endpoint_schemas as schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.shapes import Shape, moment
from trialogue.people.models import Actor

router = Router(tags=["endpoints"])
NEWEST_FIRST = Order(("id",), falling=True)
_ON_ONE = ("forbidden", "not-found")


def endpoint_shape(endpoint: Endpoint) -> Shape:
    def said(at: object) -> str | None:
        return moment(at) if at else None  # type: ignore[arg-type]

    return {
        "id": endpoint.public_id,
        "url": endpoint.url,
        "name": endpoint.name,
        "environment": endpoint.environment,
        "wants": endpoint.wants,
        "state": endpoint.state,
        "state_label": str(endpoint.get_state_display()),
        "added_at": moment(endpoint.added_at),
        "reached_at": said(endpoint.reached_at),
        "failures": endpoint.failures,
        "trouble": endpoint.trouble,
        "rests_until": said(endpoint.rests_until),
        "former_secret_until": said(endpoint.both_until),
    }


def posted_shape(delivery: Delivery) -> Shape:
    return {
        "id": delivery.public_id,
        "kind": delivery.event_kind,
        "state": delivery.state,
        "state_label": str(delivery.get_state_display()),
        "tries": delivery.tries,
        "answered": delivery.answered,
        "why": delivery.why,
        "made_at": moment(delivery.since),
        "due_at": None if delivery.settled_at else moment(delivery.due_at),
        "settled_at": moment(delivery.settled_at) if delivery.settled_at else None,
        "body": json.loads(delivery.text),
    }


def _find(actor: Actor, public_id: str) -> Endpoint:
    return find(Endpoint.objects.visible_to(actor).select_related("organisation"), public_id)


def _with_secret(endpoint: Endpoint, status: int = 200) -> HttpResponse:
    return answer({"endpoint": endpoint_shape(endpoint), "secret": endpoint.secret}, status)


@router.get(
    "/endpoints", response=schemas.EndpointPage, operation_id="list_endpoints", summary="List webhooks",
    openapi_extra=described("invalid", example=examples.ENDPOINT_PAGE),
)  # fmt: skip
def list_endpoints(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """Those of your organisation in this environment, the last added first: for its admins, and for a key."""
    items, further = NEWEST_FIRST.page(Endpoint.objects.visible_to(request.auth), after=after, limit=limit)
    return answer({"items": [endpoint_shape(each) for each in items], "next": further})


@router.post(
    "/endpoints", response={201: schemas.EndpointWithSecret}, operation_id="add_endpoint", summary="Add a webhook",
    openapi_extra=described("forbidden", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_ENDPOINT, example=examples.MADE, gives=201),
)  # fmt: skip
def add_endpoint(request: Asked, told: schemas.NewEndpoint) -> HttpResponse:
    """Hears from now on what happens in this environment. The answer alone shows its secret. By an admin who has signed in, as are all
    changes; at most ten."""  # fmt: skip
    return _with_secret(Endpoint.add(by=request.auth, url=told.url, wants=told.wants, name=told.name), 201)


@router.get(
    "/endpoints/{id}", response=schemas.Endpoint, operation_id="get_endpoint", summary="Read a webhook",
    openapi_extra=described("not-found", example=examples.ENDPOINT),
)  # fmt: skip
def get_endpoint(request: Asked, id: str) -> HttpResponse:
    """How it is, and why it cannot be reached, if so."""
    return answer(endpoint_shape(_find(request.auth, id)))


@router.patch(
    "/endpoints/{id}", response=schemas.Endpoint, operation_id="change_endpoint", summary="Change a webhook",
    openapi_extra=described(*_ON_ONE, "too-large", "unsupported-media-type", "invalid", given=examples.CHANGE, example=examples.CHANGED),
)  # fmt: skip
def change_endpoint(request: Asked, id: str, told: schemas.EndpointChange) -> HttpResponse:
    """What is left out stays. Turned on again, one that was paused goes on where it was; one that was turned off begins anew."""
    found, by = _find(request.auth, id), request.auth
    said = {"url": told.url, "name": told.name, "wants": told.wants}
    if any(value is not None for value in said.values()):
        stays = {"url": found.url, "name": found.name, "wants": found.wants}
        found.describe(by=by, **(stays | {name: value for name, value in said.items() if value is not None}))
    if told.on is not None:
        (found.turn_on if told.on else found.turn_off)(by=by)
    return answer(endpoint_shape(found))


@router.delete(
    "/endpoints/{id}", response=schemas.Endpoint, operation_id="remove_endpoint", summary="Remove a webhook",
    openapi_extra=described(*_ON_ONE, example=examples.ENDPOINT),
)  # fmt: skip
def remove_endpoint(request: Asked, id: str) -> HttpResponse:
    """With the list of what was sent there."""
    found = _find(request.auth, id)
    found.remove(by=request.auth)
    return answer(endpoint_shape(found))


@router.post(
    "/endpoints/{id}/secret", response=schemas.EndpointWithSecret, operation_id="rotate_endpoint", summary="Make another secret",
    openapi_extra=described(*_ON_ONE, example=examples.ROTATED),
)  # fmt: skip
def rotate_endpoint(request: Asked, id: str) -> HttpResponse:
    """For 24 hours what is posted is signed with both."""
    found = _find(request.auth, id)
    found.rotate(by=request.auth)
    return _with_secret(found)


@router.post(
    "/endpoints/{id}/test", response={201: schemas.Posted}, operation_id="test_endpoint", summary="Send a test",
    openapi_extra=described(*_ON_ONE, example=examples.TEST, gives=201),
)  # fmt: skip
def test_endpoint(request: Asked, id: str) -> HttpResponse:
    """At once, whatever it wants to hear and however it rests."""
    return answer(posted_shape(_find(request.auth, id).test(by=request.auth)), 201)


@router.get(
    "/endpoints/{id}/deliveries", response=schemas.PostedPage, operation_id="list_posted", summary="List what was sent to a webhook",
    openapi_extra=described("not-found", "invalid", example=examples.POSTED_PAGE),
)  # fmt: skip
def list_posted(request: Asked, id: str, limit: Limit, after: After) -> HttpResponse:
    """The newest first, for 60 days."""
    items, further = NEWEST_FIRST.page(_find(request.auth, id).deliveries.all(), after=after, limit=limit)
    return answer({"items": [posted_shape(each) for each in items], "next": further})


@router.post(
    "/endpoints/{id}/deliveries/{delivery}/again", response=schemas.Posted, operation_id="send_again", summary="Send again",
    openapi_extra=described(*_ON_ONE, example=examples.WAITING),
)  # fmt: skip
def send_again(request: Asked, id: str, delivery: str) -> HttpResponse:
    """The same bytes under the same `webhook-id`, once it has arrived or was given up."""
    found = _find(request.auth, id)
    again = find(found.deliveries.all(), delivery)
    found.send_again(again, by=request.auth)
    return answer(posted_shape(again))
