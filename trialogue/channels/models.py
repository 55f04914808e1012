"""The channel policy as it is in force, and every edition that was."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from trialogue.channels import advice, rules
from trialogue.channels.advice import Advice
from trialogue.channels.rules import Rules, Unreadable, Who
from trialogue.events.change import change
from trialogue.people.models import Actor, Environment, Organisation, Person, Refused, Side


class Edition(models.Model):
    """The whole policy as somebody adopted it. Never edited: a change is another edition, and so is going back."""

    number = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    digest = models.CharField(max_length=64)
    why = models.CharField(max_length=200, blank=True)
    adopted_at = models.DateTimeField()
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.number} of {self.adopted_at:%Y-%m-%d}"

    @property
    def rules(self) -> Rules:
        """In the reader's language, as far as its words are those that are shipped."""
        return _spoken(self.digest, self.text, get_language() or "")

    @property
    def rules_as_written(self) -> Rules:
        return _read(self.digest, self.text)

    @classmethod
    def ship(cls) -> None:
        """The first edition, where there is none yet."""
        if not cls.objects.exists():
            text = rules.shipped()
            cls.objects.create(number=1, text=text, digest=_digest(text), adopted_at=timezone.now(), why="As shipped")

    @classmethod
    def in_force(cls) -> Edition:
        return cls.objects.select_related("person")[0]

    @classmethod
    def adopt(
        cls, text: str, *, by: Actor, why: str = "", replaces: int | None = None, at: datetime | None = None
    ) -> Edition:
        """Makes another policy the one in force. Raises `Unreadable`, `Refused`, `ValidationError`.

        `replaces` is the edition its author has seen; when another came between, nothing is adopted.
        """
        must_set_policy(by)
        told = rules.read(text)
        with change(by.organisation, by=by, at=at) as record:
            before = cls.in_force()
            if replaces is not None and replaces != before.number:
                said = _("Someone else adopted edition {number} meanwhile. Look at it, then adopt yours.")
                raise ValidationError(str(said).format(number=before.number))
            edition = cls(
                number=before.number + 1, text=text, digest=_digest(text), why=why.strip()[:200], adopted_at=record.at,
                organisation=by.organisation, person=by.person,
            )  # fmt: skip
            try:
                edition.save()
            except IntegrityError as error:  # an operator of two organisations, at once
                raise ValidationError(_("Someone else adopted another edition at this moment. Try again.")) from error
            record("policy.adopted", edition=edition.number, policy=text, rules=told)
        return edition

    @classmethod
    def roll_back(cls, number: int, *, by: Actor, replaces: int | None = None, at: datetime | None = None) -> Edition:
        """Adopts an earlier edition once more."""
        must_set_policy(by)
        earlier = cls.objects.filter(number=number).first()
        if earlier is None:
            raise ValidationError(_("There is no edition %(number)s."), params={"number": number})
        said = str(_("As edition {number}")).format(number=number)
        return cls.adopt(earlier.text, by=by, why=said, replaces=replaces, at=at)


def may_set_policy(actor: Actor) -> bool:
    """An admin of the operator; by program with a production key, since there is one policy for both environments."""
    if actor.side != Side.OPERATOR:
        return False
    if actor.person is None and actor.via == "api":
        return actor.environment == Environment.PRODUCTION
    return actor.may_administer


def must_set_policy(actor: Actor) -> None:
    if not may_set_policy(actor):
        raise Refused(_("Only an admin of the operator may change the channel policy."))


def who_is(actor: Actor | None) -> Who | None:
    """As whom the policy knows someone; None for the operator, whom nobody needs to send anywhere."""
    if actor is None:
        return "public"
    match actor.side:
        case Side.CLIENT:
            return "referred_client" if actor.organisation.referrer_id else "client"
        case Side.PARTNER:
            return "collection_partner"
        case Side.REFERRER:
            return "referral_partner"
    return None


def advise(actor: Actor | None, situation: str, **facts: Any) -> Advice | None:
    """Where this belongs for someone, by the policy in force. None: nowhere that the policy knows."""
    who = who_is(actor)
    return advice.advise(Edition.in_force().rules, who, situation, **facts) if who else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=32)
def _read(digest: str, text: str) -> Rules:
    return rules.read(text)


@lru_cache(maxsize=32)
def _spoken(digest: str, text: str, language: str) -> Rules:
    return rules.spoken(_read(digest, text))


__all__ = ["Edition", "Unreadable", "advise", "may_set_policy", "must_set_policy", "who_is"]
