"""Pages of others where meetings are booked post here what was booked, moved or called off there."""

from __future__ import annotations

import json
import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from trialogue.meetings.models import Meeting
from trialogue.meetings.outside import PROVIDERS, Unreadable

log = logging.getLogger(__name__)
MOST_BYTES = 256 * 1024


@csrf_exempt
@login_not_required
@require_POST
def booked(request: HttpRequest, name: str) -> HttpResponse:
    """What we understand is taken in once, however often it comes. What was called off and is unknown here is kept for when its booking
    comes, logged and thanked for: another answer would have it sent again and again."""  # fmt: skip
    key, provider = settings.BOOKING_PAGES.get(name), PROVIDERS.get(name)
    if not key or provider is None:
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _say(_("This is too large."), 413)
    if not provider.is_theirs(key, request.headers, request.body, timezone.now()):
        return _say(
            _(
                "This does not come from who it says. Compare the key in TRIALOGUE_BOOKING_PAGES with theirs, and the clocks."
            ),
            403,
        )
    try:
        booking = provider.read(json.loads(request.body))
    except (Unreadable, ValueError, RecursionError) as why:
        log.warning("%s posted what cannot be read: %s", name, why)
        return _say(_("This cannot be read as a booking."), 400)
    if booking is not None and Meeting.take_in(booking, source=name) is None:
        log.warning("%s called off %s, which is unknown here", name, booking.id)
        return _say(_("Thank you; this booking is not known here."), 200)
    return _say(_("Thank you."), 200)


def _say(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
