"""The reactions of endpoints: what is critical calls whoever is on duty by webhook, too; and that one is paused, its admins hear."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from trialogue.cases.feed import encode, moment
from trialogue.clocks.models import Clock
from trialogue.deliveries.carriers.asked import facts_of
from trialogue.deliveries.endpoints import PAGE
from trialogue.deliveries.models import Delivery, Endpoint
from trialogue.escalations.models import Escalation
from trialogue.events.change import Happening
from trialogue.people.models import Role
from trialogue.requests.models import Request


def page_endpoints(happening: Happening) -> None:
    """As those on duty are called by mail; what is sent to them opens nothing and does nothing for who has not signed in."""
    step, at = happening.subject, happening.at
    assert isinstance(step, Escalation)
    request = step.request
    clock = Clock.objects.next_in(request.conversation_id) if request else None
    if request and clock:
        words = encode(_told(step, request, clock))
        called = Endpoint.objects.to_page(request.operator, step.environment)
        Delivery.objects.bulk_create(endpoint.sending(PAGE, words, at, clock) for endpoint in called)


def _told(step: Escalation, request: Request, clock: Clock) -> dict[str, Any]:
    return {
        "kind": PAGE,
        "at": moment(step.begun_at),
        "environment": step.environment,
        "escalation": step.public_id,
        "request": request.number,
        "from": {"id": step.climber.public_id, "name": step.climber.name},
        "subject": request.subject,
        "facts": {item.key: value for item, value in facts_of(request)},
        "due_at": moment(clock.due_at),
        "acknowledge_url": settings.BASE_URL + reverse("desk-request", args=[request.number]),
    }


def tell_of_pause(happening: Happening) -> None:
    """Why, and what makes it go on."""
    endpoint = happening.things["endpoint"]
    admins = endpoint.organisation.memberships.filter(role=Role.ADMIN, person__is_active=True)
    link = settings.BASE_URL + reverse("endpoint", args=[endpoint.public_id])
    for one in admins.select_related("person").order_by("pk"):
        with translation.override(one.person.language):
            subject = translation.gettext("A webhook is paused: {name}").format(name=endpoint)
            text = translation.gettext(
                "Nothing is sent to {url} any more: {trouble}.\n\nWhen it can be reached again, turn it on here: {link}\n\n"
                "It then hears of all that has happened since, if you do so within 14 days. Meanwhile nothing is lost: "
                "everything stands in the list of events."
            ).format(url=endpoint.url, trouble=endpoint.trouble, link=link)
            Delivery.write_letter(to=one.person.email, subject=subject, text=text + "\n", person=one.person)
