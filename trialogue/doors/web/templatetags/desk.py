"""How requests and the channel policy are said on the operator's pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trialogue.channels.rules import Rules
from trialogue.clocks.policies import in_words
from trialogue.conversations.models import Message
from trialogue.requests.models import Request, State

register = template.Library()
LOOKS = {
    State.OPEN: "new", State.WAITING: "waits", State.ANSWERED: "active", State.SOLVED: "closed", State.CLOSED: "closed",
}  # fmt: skip
WHO: dict[str, Any] = {
    "client": gettext_lazy("client"),
    "referred_client": gettext_lazy("client of a referral partner"),
    "collection_partner": gettext_lazy("collection partner"),
    "referral_partner": gettext_lazy("referral partner"),
    "public": gettext_lazy("anybody without an account"),
    "operator": gettext_lazy("operator"),
}


@register.filter
def request_badge(request: Request) -> SafeString:
    state = State(request.state)
    return format_html('<span class="state state--{}">{}</span>', LOOKS[state], str(state.label).capitalize())


@register.filter
def sent_from(request: Request) -> str:
    """Whose organisation it comes from; of a visitor, the address."""
    return request.asker.name if request.asker else request.email


@register.filter
def named(names: Mapping[str, str], key: str) -> str:
    return names.get(key, key)


@register.filter
def speaker(request: Request, message: Message) -> str:
    if message.author:
        return message.author.name
    return message.organisation.name if message.organisation else request.name or _("a visitor")


@register.filter
def speaker_initials(request: Request, message: Message) -> Any:
    return message.author.initials if message.author else speaker(request, message)[:2].upper()


@register.filter
def who_words(who: str) -> str:
    return str(WHO[who])


@register.filter
def promised(promise: str, rules: Rules) -> str:
    """“2 business days”."""
    told = rules.promise[promise]
    return str(in_words(told.within, told.unit))
