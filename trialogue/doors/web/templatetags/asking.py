"""How the pages of requests say whose a message is."""

from __future__ import annotations

from django import template

from trialogue.conversations.documents import limits
from trialogue.conversations.models import Message
from trialogue.people.models import Actor
from trialogue.requests.models import Request

register = template.Library()


@register.filter
def is_of(organisation_pk: int | None, asked: Request) -> bool:
    """Whether the sender's side said it."""
    return organisation_pk == asked.asker_id


@register.filter
def speaker(message: Message, asked: Request) -> str:
    """Who said it, by name; of a visitor's request also whoever has no account."""
    return str(message.author or message.organisation or asked.sender)


@register.simple_tag
def file_limits(actor: Actor | None) -> dict[str, int]:
    """How many files may be sent at once, and how large each may be."""
    files, size = limits(not actor)
    return {"files": files, "megabytes": size >> 20}
