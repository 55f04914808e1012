"""Whose an address is: the one that answers come back to, and the ones a person writes from."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.conversations.models import Conversation
from trialogue.events.change import change
from trialogue.people.models import Actor, Environment, Person, Refused, Side
from trialogue.people.prepared import prepared

_TOKEN = re.compile(r"[a-z2-7]{26}")


def may_handle(actor: Actor) -> bool:
    """Mail is the operator's; and real, so that test data knows nothing of it."""
    return actor.side == Side.OPERATOR and actor.environment == Environment.PRODUCTION


class ReplyAddressQuerySet(models.QuerySet["ReplyAddress"]):
    def of(self, conversation: Conversation, person: Person | None) -> str:
        """The address at which this person alone answers in this conversation; "" where replying by mail is off.

        Nobody as person is the visitor who asked. The same pair has the same address as long as the site's secret key stands.
        """
        if not settings.REPLY_ADDRESS:
            return ""
        token = _token(conversation, person)
        self.get_or_create(digest=_digest(token), defaults={"conversation": conversation, "person": person})
        local, _at, domain = settings.REPLY_ADDRESS.partition("@")
        return f"{local}+{token}@{domain}"

    def behind(self, addresses: Iterable[str]) -> list[ReplyAddress]:
        """Those among some addresses that we gave out, in their order."""
        digests = [_digest(token) for address in addresses if (token := token_in(address))]
        found = {one.digest: one for one in _given_out(tuple(digests))} if digests else {}
        return [found[digest] for digest in dict.fromkeys(digests) if digest in found]


class ReplyAddress(models.Model):
    """128 bits, bound to one person and one conversation. Only their digest is kept: who reads this table can write to nobody."""

    digest = models.CharField(max_length=64, unique=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[ReplyAddressQuerySet] = ReplyAddressQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.person or 'visitor'} in {self.conversation}"


class AliasQuerySet(models.QuerySet["Alias"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may_handle(actor) else self.none()

    def shown(self) -> Self:
        return self.select_related("person", "trusted_by")


class Alias(models.Model):
    """Another address that somebody writes from: the operator has said that it is theirs."""

    address = models.EmailField(max_length=254, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="aliases")
    trusted_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[AliasQuerySet] = AliasQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.address} is {self.person}"

    def end(self, *, by: Actor) -> None:
        """It is not theirs any more."""
        if not may_handle(by):
            raise Refused(_("Only the operator says whose an address is."))
        with change(by.organisation, by=by) as record:
            record("alias.ended", person=self.person, address=self.address)
            self.delete()

    @classmethod
    def person_at(cls, address: str) -> Person | None:
        """Who writes from here, if it is somebody whom we know and who may still come in."""
        return next(iter(_at(address.lower())), None)


@prepared
def _given_out(digests: tuple[str, ...]) -> models.QuerySet[ReplyAddress]:
    return ReplyAddress.objects.filter(digest__in=digests).select_related("person")


@prepared
def _at(address: str) -> models.QuerySet[Person]:
    here = Person.objects.filter(models.Q(email=address) | models.Q(aliases__address=address))
    return here.filter(is_active=True).order_by("pk")[:1]


def is_reply(address: str) -> bool:
    """Whether an address is one of those that answers come back to, known or not."""
    return token_in(address) != ""


def token_in(address: str) -> str:
    """The token of a reply address, in whatever case a mail program has written it; "" if it is none."""
    local, _at, domain = settings.REPLY_ADDRESS.lower().partition("@")
    name, at, host = address.strip().lower().partition("@")
    if not (local and at and host == domain and name.startswith(f"{local}+")):
        return ""
    token = name.removeprefix(f"{local}+")
    return token if _TOKEN.fullmatch(token) else ""


def _token(conversation: Conversation, person: Person | None) -> str:
    told = f"reply:{conversation.public_id}:{person.public_id if person else ''}"
    bits = hmac.digest(settings.SECRET_KEY.encode(), told.encode(), "sha256")
    return base64.b32encode(bits)[:26].decode().lower()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
