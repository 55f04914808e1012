"""How people want to be told: at once, bundled, in the morning or not; when to be left alone; what is to be silent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.conversations.models import Conversation
from trialogue.lib import quiethours
from trialogue.lib.quiethours import QuietHours, Span
from trialogue.meetings.models import Meeting
from trialogue.people.models import Actor, Person, Refused
from trialogue.requests.models import Request

MORNING = time(8)


class How(models.TextChoices):
    AT_ONCE = "at_once", _("At once")
    BUNDLED = "bundled", _("Bundled")
    DAILY = "daily", _("Daily, at 08:00")
    OFF = "off", _("Off")


NOW = frozenset({How.AT_ONCE, How.BUNDLED})


class Notice(models.TextChoices):
    """What people are told of. Each is a column of Wishes."""

    MESSAGE = "message", _("A new message")
    MENTION = "mention", _("Someone names me")
    INFORMATION = "information", _("Information is asked for")
    MOVE = "move", _("A case moves")
    DOCUMENT = "document", _("A document arrives")
    MEETING = "meeting", _("A meeting changes or is near")
    WARNED = "warned", _("An answer we owe is nearly due")
    OVERDUE = "overdue", _("An answer we owe is overdue")
    AWAITED = "awaited", _("An answer we wait for is overdue")


NEVER_OFF = frozenset({Notice.OVERDUE})
DIGEST = "digest"  # the morning summary, where notices are named
_NOT_OFF = _("This cannot be off: somebody must hear of an answer that your organisation owes. Choose another.")


def notice_of(event_kind: str) -> Notice:
    """What people call it when this happens to a case or a meeting."""
    if event_kind.startswith("document."):
        return Notice.DOCUMENT
    if event_kind.startswith("meeting."):
        return Notice.MEETING
    return Notice.INFORMATION if "information" in event_kind else Notice.MOVE


class Wishes(models.Model):
    """How one person wants to be told. Where there is no row, everything is as the defaults say."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="wishes")
    message = models.CharField(max_length=8, choices=How.choices, default=How.BUNDLED)
    mention = models.CharField(max_length=8, choices=How.choices, default=How.BUNDLED)
    information = models.CharField(max_length=8, choices=How.choices, default=How.BUNDLED)
    move = models.CharField(max_length=8, choices=How.choices, default=How.BUNDLED)
    document = models.CharField(max_length=8, choices=How.choices, default=How.BUNDLED)
    meeting = models.CharField(max_length=8, choices=How.choices, default=How.AT_ONCE)
    warned = models.CharField(max_length=8, choices=How.choices, default=How.AT_ONCE)
    overdue = models.CharField(max_length=8, choices=How.choices, default=How.AT_ONCE)
    awaited = models.CharField(max_length=8, choices=How.choices, default=How.AT_ONCE)
    weekdays_from = models.TimeField(null=True)
    weekdays_until = models.TimeField(null=True)
    weekends_from = models.TimeField(null=True)
    weekends_until = models.TimeField(null=True)
    let_through = models.BooleanField(default=True)  # what is overdue may break the quiet
    digest = models.BooleanField(default=False)
    digest_due_at = models.DateTimeField(null=True)
    digested_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "wishes"
        indexes = [
            models.Index(fields=["digest_due_at"], condition=Q(digest_due_at__isnull=False), name="wishes_digest_due")
        ]

    def __str__(self) -> str:
        return f"how {self.person} wants to be told"

    @classmethod
    def of(cls, person: Person) -> Wishes:
        """The person's, or the defaults."""
        return getattr(person, "wishes", None) or cls(person=person)

    @classmethod
    def default(cls, notice: str) -> str:
        return str(getattr(cls(), notice))

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def choose(
        cls,
        person: Person,
        *,
        how: Mapping[str, str],
        quiet: QuietHours | None = None,
        let_through: bool = True,
        digest: bool = False,
        at: datetime | None = None,
    ) -> Wishes:
        """What is not named in `how` becomes the default. Raises `ValidationError` by field."""
        quiet = quiet or QuietHours()
        _check(how, quiet)
        chosen = {notice.value: how.get(notice, cls.default(notice)) for notice in Notice}
        digest = digest or How.DAILY in chosen.values()
        morning = quiethours.next_at(MORNING, at or timezone.now(), person.zone) if digest else None
        (weekdays_from, weekdays_until), (weekends_from, weekends_until) = (span or (None, None) for span in quiet)
        wishes, _made = cls.objects.update_or_create(
            person=person,
            defaults={
                **chosen, "weekdays_from": weekdays_from, "weekdays_until": weekdays_until, "weekends_from": weekends_from,
                "weekends_until": weekends_until, "let_through": let_through, "digest": digest, "digest_due_at": morning,
            },
        )  # fmt: skip
        return wishes

    @classmethod
    def turn_off(cls, person: Person, what: Collection[str]) -> None:
        """Notices by their names, or with `digest` the morning summary and what comes by it alone. All else stays as it is."""
        wishes = cls.of(person)
        how = {notice.value: How.OFF if notice in wishes.ending(what) else wishes.how(notice) for notice in Notice}
        digest = wishes.digest and DIGEST not in what
        cls.choose(person, how=how, quiet=wishes.quiet, let_through=wishes.let_through, digest=digest)

    # --- questions ----------------------------------------------------------------------------------------------------

    def ending(self, what: Collection[str]) -> list[Notice]:
        """Of which notices nothing would be heard any more if this were turned off."""
        daily = DIGEST in what
        return [n for n in Notice if n not in NEVER_OFF and (n in what or (daily and self.how(n) == How.DAILY))]

    def how(self, notice: str) -> str:
        return str(getattr(self, notice))

    @property
    def quiet(self) -> QuietHours:
        return QuietHours(
            _span(self.weekdays_from, self.weekdays_until), _span(self.weekends_from, self.weekends_until)
        )

    def quiet_until(self, now: datetime) -> datetime | None:
        return self.quiet.until(now, self.person.zone)

    def morning_of(self, now: datetime) -> datetime | None:
        """When the summary that is due goes out: now, when the quiet ends, or (None) not on this day."""
        zone = ZoneInfo(self.person.zone)
        today = now.astimezone(zone)
        told_today = self.digested_at is not None and self.digested_at.astimezone(zone).date() >= today.date()
        if told_today or today.time() < MORNING:  # they have moved to another zone
            return None
        at = self.quiet_until(now) or now
        return at if at.astimezone(zone).date() == today.date() else None

    def next_morning(self, now: datetime) -> datetime:
        return quiethours.next_at(MORNING, now, self.person.zone)


def _span(first: time | None, last: time | None) -> Span | None:
    return (first, last) if first is not None and last is not None else None


def _check(how: Mapping[str, str], quiet: QuietHours) -> None:
    wrong: dict[str, list[object]] = {}
    for notice, chosen in how.items():
        if notice not in Notice.values:
            wrong[notice] = [_("There is no such notice.")]
        elif chosen not in How.values:
            wrong[notice] = [_("Choose one of: %(choices)s.") % {"choices": ", ".join(How.values)}]
        elif chosen == How.OFF and notice in NEVER_OFF:
            wrong[notice] = [_NOT_OFF]
    if quiet.never_end:
        wrong["weekdays"] = [_("Leave some time in which mail may come.")]
    if wrong:
        raise ValidationError(wrong)


# What one may wish to hear nothing of: a case, a request, or the conversation of a client and a partner outside cases.
Muted = Case | Request | Conversation


class MuteQuerySet(models.QuerySet["Mute"]):
    def in_force(self, at: datetime) -> Self:
        return self.filter(Q(until=None) | Q(until__gt=at))

    def of(self, actor: Actor) -> Self:
        """The actor's own, where they act now."""
        seen = Q(case__in=Case.objects.visible_to(actor)) | Q(request__in=Request.objects.visible_to(actor))
        seen |= Q(conversation__in=Conversation.objects.relationships(actor))
        return self.filter(seen, person=actor.person_id)

    def on(self, subject: Muted, actor: Actor, at: datetime) -> Mute | None:
        """The actor's own of one, if it is silent now."""
        return self.in_force(at).about(subject).filter(person=actor.person_id).first()

    def about(self, subject: Muted) -> Self:
        return self.filter(**named(subject))

    def of_meeting(self, meeting: Any) -> Self:
        """Those of the request on which a meeting hangs (its id, or an `OuterRef`), and of the one that goes on with it."""
        talk = Meeting.objects.filter(pk=meeting).values(talk=Coalesce("question__conversation", "conversation"))
        return self.filter(Q(request__conversation__in=talk) | Q(request__merged__conversation__in=talk))

    def cases(self) -> models.QuerySet[Any, Any]:
        return self.filter(case__isnull=False).values("case")  # a null among them, and nothing would be “not in” them

    def talks(self) -> models.QuerySet[Any, Any]:
        """The conversations of the requests, and of relationships."""
        elsewhere = self.filter(case=None).annotate(talk=Coalesce("request__conversation", "conversation"))
        return elsewhere.values("talk")


class Mute(models.Model):
    """A case, a request or a relationship of which one person wants to hear nothing for a while. Nobody else learns of it."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mutes")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="mutes")
    request = models.ForeignKey(Request, null=True, on_delete=models.CASCADE, related_name="mutes")
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField(null=True)
    overdue_too = models.BooleanField(default=False)
    since = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[MuteQuerySet] = MuteQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "case"], name="mute_once"),
            models.UniqueConstraint(fields=["person", "request"], name="mute_once_of_request"),
            models.UniqueConstraint(fields=["person", "conversation"], name="mute_once_of_relationship"),
            models.CheckConstraint(
                condition=Q(case__isnull=False, request=None, conversation=None)
                | Q(case=None, request__isnull=False, conversation=None)
                | Q(case=None, request=None, conversation__isnull=False),
                name="mute_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case or self.request or self.conversation} is silent for {self.person}"

    @classmethod
    def lay(
        cls,
        subject: Muted,
        *,
        by: Actor,
        until: datetime | None = None,
        overdue_too: bool = False,
        at: datetime | None = None,
    ) -> Mute:
        """From now on, until further notice or until a moment. What the actor's side owes is told though it is overdue,
        unless `overdue_too`. Raises `ValidationError`, `Refused` for a program."""  # fmt: skip
        if by.person is None:
            raise Refused(_("Only a person mutes something. Sign in."))
        now = at or timezone.now()
        if until is not None and until <= now:
            raise ValidationError({"until": _("This moment has passed. Choose a later one.")})
        told = {"until": until, "overdue_too": overdue_too, "since": now}
        mute, _made = cls.objects.update_or_create(person=by.person, **named(subject), defaults=told)
        return mute

    @classmethod
    def lift(cls, subject: Muted, *, by: Actor) -> None:
        cls.objects.about(subject).filter(person=by.person_id).delete()


def named(subject: Muted | Meeting) -> dict[str, Any]:
    """As a column of Mute, or of Delivery, names it."""
    names = {Case: "case", Request: "request", Conversation: "conversation", Meeting: "meeting"}
    return {names[type(subject)]: subject}
