"""Who is asking."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import answer, described
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.shapes import me_shape

router = Router(tags=["me"])


@router.get(
    "/me", response=schemas.Me, operation_id="me", summary="Who am I", openapi_extra=described(example=examples.ME)
)
def me(request: Asked) -> HttpResponse:
    """The organisation and environment this key or session acts for. Good for trying a new key."""
    return answer(me_shape(request.auth, request.key))
