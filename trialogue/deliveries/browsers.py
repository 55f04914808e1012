"""A browser in which someone lets their notices ring: what is mailed at once or bundled is also shown there, by Web Push."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from trialogue.lib import backoff, publicid, safehttp, webpush
from trialogue.people import typed
from trialogue.people.models import Person, Refused

MOST = 10  # of one person
LONGEST_ENDPOINT = 1000


def _browser_id() -> str:
    return publicid.new("brw")


class BrowserQuerySet(models.QuerySet["Browser"]):
    def of_session(self, key: str) -> Self:
        return self.filter(session=_session(key))


class Browser(models.Model):
    """Where to ring, and the browser's own key: what is sent there, nobody between can read.

    It was turned on in a session, with a password. When either is no more, whoever sits there may be someone else, and it is silent.
    """

    public_id = models.CharField(max_length=32, unique=True, default=_browser_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="browsers")
    name = models.CharField(max_length=80)
    endpoint = models.CharField(max_length=LONGEST_ENDPOINT, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    session = models.CharField(max_length=64)
    password = models.CharField(max_length=64)
    since = models.DateTimeField()
    rang_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    rests_until = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=250, blank=True)

    objects: ClassVar[BrowserQuerySet] = BrowserQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["session"], name="browser_of_session")]

    def __str__(self) -> str:
        return self.name

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def turn_on(
        cls,
        person: Person,
        *,
        endpoint: str,
        p256dh: str,
        auth: str,
        name: str,
        session: str,
        at: datetime | None = None,
    ) -> Browser:
        """From now on notices ring there, beginning with a greeting. A browser rings for one person, the last who turned it on.

        `session` is the key of the session it is done in. Raises `ValidationError` by field, `Refused`.
        """
        if not settings.PUSH:
            raise Refused(_("Notices in the browser are switched off here."))
        now = at or timezone.now()
        browser = cls(
            person=person, name=_checked(endpoint, p256dh, auth, name), endpoint=endpoint, p256dh=p256dh, auth=auth, since=now,
            session=_session(session), password=_password(person),
        )  # fmt: skip
        try:
            with transaction.atomic():
                browser._take_place()
                browser.deliveries.create(kind="push", person=person, since=now, latest_at=now, seen_at=now, due_at=now)
        except IntegrityError as error:  # two at once
            raise ValidationError(_("This browser is being turned on already. Load the page again.")) from error
        return browser

    def _take_place(self) -> None:
        """Of an earlier one at the same address, whose pushes are then nobody's: it may have been another person's."""
        if Browser.objects.filter(person=self.person).exclude(endpoint=self.endpoint).count() >= MOST:
            raise ValidationError(_("At most 10 browsers notify you. Take one away first."))
        Browser.objects.filter(endpoint=self.endpoint).delete()
        self.save()

    def note(self, why: str, at: datetime) -> None:
        """How a try ended. A browser that cannot be reached rests a while, or one that hangs would keep all others waiting."""
        ours = Browser.objects.filter(pk=self.pk)
        if not why:
            ours.update(rang_at=at, failures=0, rests_until=None, trouble="")
            return
        failures = self.failures + 1
        rests = at + timedelta(seconds=backoff.pause(failures))
        ours.update(failures=failures, rests_until=rests, trouble=why[:250])

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def is_still_theirs(self) -> bool:
        """Whether the password is the one it was turned on with."""
        return constant_time_compare(self.password, _password(self.person))

    @property
    def receiver(self) -> webpush.Receiver:
        return webpush.Receiver.read(self.p256dh, self.auth)


def _session(key: str) -> str:
    """A session's key opens what it opens: only its digest is kept."""
    return hashlib.sha256(key.encode()).hexdigest()


def _password(person: Person) -> str:
    return str(person.get_session_auth_hash())


def _checked(endpoint: str, p256dh: str, auth: str, name: str) -> str:
    """The name as it is kept. Raises `ValidationError` by field."""
    try:
        safehttp.check(endpoint)
    except safehttp.Forbidden:
        endpoint = ""
    if not endpoint or len(endpoint) > LONGEST_ENDPOINT:
        raise ValidationError({"endpoint": _("This is no address of a push service. Give the one your browser told.")})
    try:
        webpush.Receiver.read(p256dh, auth)
    except ValueError:
        raise ValidationError(
            {"p256dh": _("These are no keys of a browser. Give both as your browser told.")}
        ) from None
    typed.check_text("name", name)
    name = " ".join(name.split())
    if not 0 < len(name) <= 80:
        raise ValidationError({"name": _("Give a name of up to 80 characters, such as “Firefox at work”.")})
    return name
