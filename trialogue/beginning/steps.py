"""The first steps of each side. Whether one is done is asked of what is there, all of them in one query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import BooleanField, Exists, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from trialogue.articles.models import Version
from trialogue.cases.engagements import Engagement
from trialogue.cases.models import Case
from trialogue.channels.models import Edition
from trialogue.clocks.models import Calendar, Clock
from trialogue.deliveries.endpoints import Endpoint
from trialogue.deliveries.wishes import Wishes
from trialogue.letters.models import Letter
from trialogue.people.brands import Brand
from trialogue.people.models import Actor, ApiKey, Invitation, Membership, Organisation, Side
from trialogue.people.prepared import prepared
from trialogue.requests.desk import Duty

KEPT = (Clock.State.KEPT, Clock.State.LATE)
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True)
class Step:
    """`page`: where it is done, by the name of its address, and where on it. `done` is None for what is there to be read."""

    key: str
    title: Any
    why: Any
    page: str
    place: str = ""
    admins: bool = False
    done: bool | None = False


_NOTICES = Step("notices", _("Say how you want to be told"), _("By mail at once, gathered or once a day, and when to keep quiet. Your language and time zone stand under My profile."), "notice-wishes")  # fmt: skip
_SIGN_IN = Step("sign_in", _("Protect your sign-in"), _("With a passkey or a second step, a stolen password opens nothing."), "security")  # fmt: skip
_COLLEAGUE = Step("colleague", _("Invite a colleague"), _("So that somebody answers while you are away. Whoever joins sees the cases of your organisation."), "organisation", admins=True)  # fmt: skip
_KEY = Step("key", _("Make an API key"), _("With it your own systems hand in cases and follow them. Begin with one for the test environment."), "keys", admins=True)  # fmt: skip
_WEBHOOK = Step("webhook", _("Have your systems told"), _("A webhook says what happens the moment it does: nothing needs to be asked for again and again."), "endpoints", admins=True)  # fmt: skip

STEPS: Mapping[str, tuple[Step, ...]] = {
    Side.CLIENT: (
        Step("case", _("Hand in your first case"), _("One by one, or many out of a file. The operator finds a collection partner for each."), "new-case"),
        Step("answer", _("Answer what a partner asks"), _("A case waits until its partner has what it needs. What is asked stands under “We owe”, with the moment your answer is due."), "home", "#mine"),
        _NOTICES, _SIGN_IN, _COLLEAGUE,
    ),
    Side.PARTNER: (
        Step("hours", _("Set your working hours"), _("Every answer you owe is counted on them: days on which you are closed do not count."), "working-hours", admins=True),
        Step("confirm", _("Confirm your first case"), _("Its client waits for your decision, and a clock runs until you confirm or decline."), "cases"),
        Step("answer", _("Answer your first message"), _("What clients ask stands under “We owe”, what is due first on top."), "home", "#mine"),
        _NOTICES, _SIGN_IN, _COLLEAGUE,
    ),
    Side.REFERRER: (
        Step("client", _("Bring your first client"), _("Whoever came by you stands under Clients, with their cases. There are also the addresses to hand to them."), "clients"),
        Step("brand", _("Put on your brand"), _("Your clients see your name, logo and colours on pages and mails."), "brand", admins=True),
        _KEY, _WEBHOOK, _NOTICES, _SIGN_IN, _COLLEAGUE,
        Step("ladder", _("Know your ladder"), _("Where you turn when nobody answers, step by step."), "help", "?situation=unanswered", done=None),
    ),
    Side.OPERATOR: (
        Step("addresses", _("Put your own addresses into the channel policy"), _("Those that are shipped are examples: whatever is written to them arrives nowhere."), "channel-policy", admins=True),
        Step("mail", _("Let mail come in"), _("Letters become requests and messages. The page says which mailboxes are read, and how to add one."), "mailboxes", admins=True),
        _COLLEAGUE,
        Step("teams", _("Say who looks after what"), _("Whoever looks after a channel hears first of what arrives there."), "teams", admins=True),
        Step("hours", _("Set your working hours"), _("Answers to requests are promised in your own business days."), "working-hours", admins=True),
        Step("articles", _("Write your first article"), _("What people find in the help portal they need not ask. Those that are shipped tell how the platform works; yours tell how you do."), "articles-desk", admins=True),
        _NOTICES, _SIGN_IN,
    ),
}  # fmt: skip

# What there is once a step has been made. Each begins with an index, and ends at the first row.
_SIGNS: Mapping[str, Callable[[Actor], QuerySet[Any]]] = {
    "case": lambda actor: Case.objects.filter(client=actor.organisation, environment=actor.environment),
    "confirm": lambda actor: Engagement.objects.filter(partner=actor.organisation, confirmed_at__isnull=False),
    "answer": lambda actor: Clock.objects.filter(
        owner=actor.organisation, settled_at__isnull=False, state__in=KEPT, promise__in=("reply", "supply")
    ),
    "hours": lambda actor: Calendar.objects.filter(organisation=actor.organisation, version=2),
    "client": lambda actor: Organisation.objects.filter(referrer=actor.organisation),
    "brand": lambda actor: Brand.objects.filter(organisation=actor.organisation),
    "key": lambda actor: ApiKey.objects.filter(organisation=actor.organisation, revoked_at=None),
    "webhook": lambda actor: Endpoint.objects.filter(organisation=actor.organisation),
    "mail": lambda actor: Letter.objects.all(),
    "teams": lambda actor: Duty.objects.filter(organisation=actor.organisation),
    "articles": lambda actor: Version.objects.filter(organisation=actor.organisation),
    "notices": lambda actor: Wishes.objects.filter(person=actor.person),
    "sign_in": lambda actor: Authenticator.objects.filter(user=actor.person, type__in=_FACTORS),
    "colleague": lambda actor: Membership.objects.filter(organisation=actor.organisation).exclude(person=actor.person),
    "invited": lambda actor: Invitation.objects.filter(organisation=actor.organisation),
}
_EXAMPLES = (".example", "@example.com")


def first_steps(actor: Actor) -> list[Step]:
    """Those of somebody's side that are theirs to make."""
    mine = [step for step in STEPS[Side(actor.side)] if actor.may_administer or not step.admins]
    asked = tuple(step.key for step in mine if step.key in _SIGNS)
    there: dict[str, bool] = dict(zip(asked, _there(actor, keys=asked)[0], strict=True))
    if any(step.key == "addresses" for step in mine):
        there["addresses"] = _has_own_addresses()
    return [replace(step, done=there.get(step.key)) for step in mine]


@prepared
def _there(actor: Actor, *, keys: tuple[str, ...]) -> QuerySet[Organisation, tuple[bool, ...]]:
    signs = {f"is_{key}": ExpressionWrapper(_sign(key, actor), BooleanField()) for key in keys}
    return Organisation.objects.filter(pk=actor.organisation.pk).annotate(**signs).values_list(*signs)


def _sign(key: str, actor: Actor) -> Q:
    one = Q(Exists(_SIGNS[key](actor)))
    return one | Q(Exists(_SIGNS["invited"](actor))) if key == "colleague" else one


def _has_own_addresses() -> bool:
    return not any(one.address.endswith(_EXAMPLES) for one in Edition.in_force().rules_as_written.channel)
