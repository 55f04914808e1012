"""Where an organisation's own systems hear by webhook of what happens: what each hears, its secret, and how it fares."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from trialogue.cases.feed import encode, moment
from trialogue.clocks.models import Clock
from trialogue.events import tail
from trialogue.events.change import SYSTEM, change
from trialogue.events.kinds import BOTH, KINDS
from trialogue.events.models import Event
from trialogue.lib import backoff, publicid, safehttp, webhooksign
from trialogue.people import typed
from trialogue.people.models import Actor, Environment, Organisation, Refused, Side

if TYPE_CHECKING:
    from trialogue.deliveries.models import Delivery, Outcome

ALL, PAGES = "all", "pages"
PAGE, TEST = "page", "test"  # what is sent there besides events
MOST = 10  # of one organisation in one environment
MOST_WAITING = 100  # of one endpoint: what else has happened waits in the log
BOTH_VALID = timedelta(hours=24)
CAUGHT_UP = timedelta(days=14)  # one that stood still for longer begins anew
LONGEST_NAME = 80
# What a side may hear. Between a referral partner and the operator it is told what two sides are told elsewhere.
_HEARS = {
    Side.CLIENT: frozenset({"client"}),
    Side.PARTNER: frozenset({"partner"}),
    Side.REFERRER: BOTH,
    Side.OPERATOR: frozenset[str](),
}


def kinds_for(side: str) -> dict[str, list[str]]:
    """The kinds of event that a side may hear of, by the noun they begin with."""
    found: dict[str, list[str]] = {}
    for kind in KINDS.values():
        if kind.audience >= _HEARS[Side(side)]:
            found.setdefault(kind.name.split(".")[0], []).append(kind.name)
    return found


def _endpoint_id() -> str:
    return publicid.new("end")


def _salt() -> str:
    return secrets.token_hex(8)


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def visible_to(self, actor: Actor) -> Self:
        """An organisation's own: for its admins, and for its programs."""
        if actor.person is not None and not actor.may_administer:
            return self.none()
        return self.filter(organisation=actor.organisation, environment=actor.environment)

    def on(self) -> Self:
        return self.filter(state=Endpoint.State.ON)

    def to_page(self, organisation: Organisation, environment: str) -> list[Endpoint]:
        """Those that are called to what is critical."""
        theirs = self.on().filter(organisation=organisation, environment=environment).order_by("pk")
        return [endpoint for endpoint in theirs if PAGES in endpoint.wants]


class Endpoint(models.Model):
    """An address of an organisation's own systems, in one environment.

    `wants` are kinds of event, such as `case.closed`, or all of a noun, `case.*`; or ALL; and PAGES, for the operator. It follows the log
    from `position` on. Its secret is made of the house's own key and `salt`, so the database alone gives it to nobody.
    """

    class State(models.TextChoices):
        ON = "on", _("on")
        OFF = "off", _("turned off")
        PAUSED = "paused", _("paused: it could not be reached")
        GONE = "gone", _("paused: it said that it is gone")

    public_id = models.CharField(max_length=32, unique=True, default=_endpoint_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="endpoints")
    environment = models.CharField(max_length=10, choices=Environment.choices)
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    url = models.CharField(max_length=safehttp.LONGEST_URL)
    wants = models.JSONField(default=list)
    salt = models.CharField(max_length=16, default=_salt)
    former_salt = models.CharField(max_length=16, blank=True)
    both_until = models.DateTimeField(null=True)  # until when the secret before is valid, too
    state = models.CharField(max_length=6, choices=State.choices, default=State.ON)
    position = models.CharField(max_length=48)
    added_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    rests_until = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=250, blank=True)

    objects: ClassVar[EndpointQuerySet] = EndpointQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name or self.url

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def add(cls, *, by: Actor, url: str, wants: Iterable[str], name: str = "", at: datetime | None = None) -> Endpoint:
        """Hears from now on what happens. Raises `Refused`, `ValidationError` by field."""
        ours = by.organisation
        by.must_administer(ours)
        made = cls(organisation=ours, environment=by.environment)
        made._describe(url, wants, name)
        with change(ours, by=by, at=at) as record:
            if cls.objects.filter(organisation=ours, environment=by.environment).count() >= MOST:
                raise Refused(_("There are {most} webhooks already. Remove one first.").format(most=MOST))
            made.added_at, made.position = record.at, tail.head()
            made.save()
            record("endpoint.added", endpoint=made, environment=made.environment)
        return made

    def describe(self, *, by: Actor, url: str, wants: Iterable[str], name: str = "") -> Self:
        """Another address, other wishes. What waits goes to the new address. Raises `Refused`, `ValidationError` by field."""
        by.must_administer(self.organisation)
        self._describe(url, wants, name)
        with change(self.organisation, by=by) as record:
            self._keep(url=self.url, wants=self.wants, name=self.name, rests_until=None)
            record("endpoint.changed", endpoint=self, address=self.url, wants=" ".join(self.wants))
        return self

    def _describe(self, url: str, wants: Iterable[str], name: str) -> None:
        typed.check_text("name", name)
        name = " ".join(name.split())
        if len(name) > LONGEST_NAME:
            raise ValidationError({"name": _("Give a name of up to 80 characters.")})
        self.url, self.wants, self.name = _checked_url(url), self._checked(wants), name

    def _checked(self, wants: Iterable[str]) -> list[str]:
        known = kinds_for(self.organisation.kind)
        words = {ALL, *(f"{noun}.*" for noun in known), *(kind for kinds in known.values() for kind in kinds)}
        if self.organisation.kind == Side.OPERATOR:
            words.add(PAGES)
        chosen = sorted(set(wants))
        if not chosen:
            raise ValidationError({"wants": _("Choose at least one kind of event.")})
        if unknown := [each for each in chosen if each not in words]:
            said = _(
                "“%(kind)s” is nothing that you hear of. Give kinds of event, such as case.closed or case.*, or all."
            )
            raise ValidationError({"wants": said % {"kind": unknown[0][:60]}})
        if ALL in chosen and not {ALL, PAGES}.issuperset(chosen):
            raise ValidationError(
                {"wants": _("Everything is chosen as well. Leave it out to hear of some kinds only.")}
            )
        return chosen

    def rotate(self, *, by: Actor, at: datetime | None = None) -> None:
        """Another secret. For a day both are valid, so that nothing is turned away meanwhile."""
        by.must_administer(self.organisation)
        with change(self.organisation, by=by, at=at) as record:
            self.refresh_from_db(fields=["salt"])
            self._keep(salt=_salt(), former_salt=self.salt, both_until=record.at + BOTH_VALID)
            record("endpoint.rotated", endpoint=self)

    def turn_off(self, *, by: Actor) -> None:
        """It hears nothing from now on; what waited is dropped."""
        by.must_administer(self.organisation)
        with change(self.organisation, by=by) as record:
            if Endpoint.objects.filter(pk=self.pk).exclude(state=self.State.OFF).update(state=self.State.OFF):
                self._keep(state=self.State.OFF, stopped_at=record.at)
                waiting = self.deliveries.filter(state__in=("waiting", "sending"))
                waiting.update(state="moot", why="turned off", settled_at=record.at)
                record("endpoint.turned_off", endpoint=self)

    def turn_on(self, *, by: Actor, at: datetime | None = None) -> None:
        """It hears again what happens. One that was paused goes on where it was, unless that was too long ago."""
        by.must_administer(self.organisation)
        with change(self.organisation, by=by, at=at) as record:
            self.refresh_from_db(fields=["state", "stopped_at", "position"])
            if self.state == self.State.ON:
                return
            stopped = self.stopped_at or record.at
            if self.state == self.State.OFF or record.at - stopped > CAUGHT_UP:
                self.position = tail.head()
            rested = {"failures": 0, "rests_until": None, "trouble": "", "stopped_at": None}
            self._keep(state=self.State.ON, position=self.position, **rested)
            record("endpoint.turned_on", endpoint=self)

    def remove(self, *, by: Actor) -> None:
        """With the list of what was sent there."""
        by.must_administer(self.organisation)
        with change(self.organisation, by=by) as record:
            record("endpoint.removed", endpoint=self)
            Endpoint.objects.filter(pk=self.pk).delete()

    def test(self, *, by: Actor, at: datetime | None = None) -> Delivery:
        """Something to try it out with, at once. Raises `Refused`."""
        with change(self.organisation, by=by, at=at) as record:
            self._must_try(by)
            told = {"kind": TEST, "at": moment(record.at), "environment": self.environment}
            made = self.sending(TEST, encode(told), record.at)
            made.save()
            record("endpoint.tried", endpoint=self, delivery=made)
        return made

    def send_again(self, delivery: Delivery, *, by: Actor, at: datetime | None = None) -> None:
        """The same words once more, under the same id. Raises `Refused`."""
        with change(self.organisation, by=by, at=at) as record:
            self._must_try(by)
            settled = self.deliveries.filter(pk=delivery.pk, settled_at__isnull=False)
            if not settled.update(state="waiting", tries=0, settled_at=None, due_at=record.at, why=""):
                raise Refused(_("It is still being sent. Wait until it has arrived or was given up."))
            record("endpoint.tried", endpoint=self, delivery=delivery)
        delivery.refresh_from_db()

    def _must_try(self, by: Actor) -> None:
        """Whoever tries it out says that it is worth trying: it rests no longer."""
        by.must_administer(self.organisation)
        self.refresh_from_db(fields=["state"])
        if self.state != self.State.ON:
            raise Refused(_("This webhook is not on. Turn it on first."))
        self._keep(rests_until=None)

    def note(self, outcome: Outcome, at: datetime) -> None:
        """How a try ended. One that cannot be reached rests, longer each time, or it would keep all others waiting; after three days
        it is paused. So is one that says that it is gone."""  # fmt: skip
        ours = Endpoint.objects.filter(pk=self.pk)
        if outcome.state == "sent":
            ours.update(failures=0, rests_until=None, trouble="", reached_at=at)
            return
        failures = self.failures + 1
        rests = at + timedelta(seconds=backoff.jittered(backoff.pause(failures)))
        told = {"failures": failures, "rests_until": max(rests, outcome.until or rests), "trouble": outcome.why[:250]}
        # Several at once fail once: those that began by the same count.
        if ours.filter(failures=self.failures).update(**told):
            if outcome.is_gone:
                self._pause(self.State.GONE, at)
            elif failures >= backoff.MOST_TRIES:
                self._pause(self.State.PAUSED, at)

    def _pause(self, state: str, at: datetime) -> None:
        with change(self.organisation, by=SYSTEM, at=at) as record:
            if Endpoint.objects.on().filter(pk=self.pk).update(state=state, stopped_at=record.at):
                self.state = state
                record("endpoint.paused", endpoint=self, why=state)

    def _keep(self, **columns: Any) -> None:
        for name, value in columns.items():
            setattr(self, name, value)
        self.save(update_fields=[*columns])

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def actor(self) -> Actor:
        """As whom it hears."""
        return Actor(self.organisation, environment=self.environment)

    def hears(self, event: Event) -> bool:
        wanted = {ALL, event.kind, f"{event.kind.split('.')[0]}.*"}
        return not wanted.isdisjoint(self.wants) and event.is_visible_to(self.actor)

    def sending(self, event_kind: str, body: str, at: datetime, clock: Clock | None = None) -> Delivery:
        """A delivery of these words, not kept yet. With a clock, it is for as long as that is open."""
        return self.deliveries.model(
            kind="webhook", endpoint=self, organisation=self.organisation, event_kind=event_kind, text=body, clock=clock,
            since=at, latest_at=at, due_at=at,
        )  # fmt: skip

    @property
    def secret(self) -> str:
        """As its receiver keeps it. To be shown once, when it was made."""
        return webhooksign.shown(self._key(self.salt))

    def keys(self, at: datetime) -> list[bytes]:
        """What it is signed by: the secret, and for a day the one before."""
        both = self.both_until is not None and at < self.both_until
        return [self._key(salt) for salt in (self.salt, *([self.former_salt] if both else []))]

    def _key(self, salt: str) -> bytes:
        return bytes(salted_hmac("trialogue.webhook", f"{self.public_id}.{salt}", algorithm="sha256").digest())

    @property
    def is_on(self) -> bool:
        return self.state == self.State.ON


def _checked_url(url: str) -> str:
    """Raises `ValidationError` by field. Where a name leads is asked each time something is sent there."""
    url = url.strip()
    try:
        host = safehttp.check(url, plain=bool(settings.WEBHOOK_NETWORKS)).hostname or ""
    except safehttp.Forbidden:
        raise ValidationError({"url": _("Give an address that begins with https://, such as https://hooks.example.com/in.")}) from None  # fmt: skip
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return url
    if not admits(url)(number):
        raise ValidationError({"url": _("This leads into a private network. Give an address that can be reached from the internet.")})  # fmt: skip
    return url


def admits(url: str) -> Callable[[safehttp.Address], bool]:
    """Which machines may stand behind an address: anybody's on the internet, by TLS; and those in networks that the house names."""
    secure = urlsplit(url).scheme == "https"

    def admitted(address: safehttp.Address) -> bool:
        return (secure and safehttp.is_public(address)) or any(address in one for one in settings.WEBHOOK_NETWORKS)

    return admitted
