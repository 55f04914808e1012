"""How the pages of requests say whose a message is."""

from __future__ import annotations

from urllib.parse import urlencode

from django import template
from django.urls import reverse

from trialogue.channels.rules import Channel
from trialogue.conversations.documents import limits
from trialogue.conversations.models import Message
from trialogue.people.models import Actor
from trialogue.requests import include
from trialogue.requests.models import Request

register = template.Library()
LONGEST_CARRIED = 1_000  # characters of what was typed, in an address


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


@register.filter
def chosen(choice: str) -> str:
    return include.chosen(choice)


@register.simple_tag
def sign_in_to_write(channel: Channel, situation: str, text: str) -> str:
    """To the form of a channel that is open to those who have signed in; what was typed goes along, as much as an address holds."""
    told = {"situation": situation, "text": text[:LONGEST_CARRIED]}
    there = f"{reverse('ask', args=[channel.key])}?{urlencode({name: value for name, value in told.items() if value})}"
    return f"{reverse('account_login')}?{urlencode({'next': there})}"
