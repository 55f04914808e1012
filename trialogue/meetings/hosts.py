"""Hosts: who at the operator may be met, when and by whom; and the busy times that their own calendar tells."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from trialogue.channels.models import Edition, who_is
from trialogue.channels.rules import Channel
from trialogue.clocks.models import Calendar
from trialogue.events.change import change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid, safehttp
from trialogue.lib.businesstime import WorkingTime
from trialogue.meetings import free
from trialogue.meetings.free import Span
from trialogue.people import places
from trialogue.people.followed import Followed, Trouble, check_address
from trialogue.people.models import Actor, Organisation, Person, Refused, Side

if TYPE_CHECKING:
    from trialogue.meetings.models import Meeting

LENGTHS = (15, 30, 45, 60, 90)
LONGEST_LINK, LONGEST_BUFFER, LONGEST_NOTICE, FARTHEST, MOST_A_DAY = 500, 120, 14 * 24, 180, 20
_PLACES = re.compile(r"\{([^{}]*)\}")
PLACES = ("number", "token")  # what a link may hold, of each meeting
MEETS = (Side.CLIENT, Side.PARTNER, Side.REFERRER)
_NO_SIDE = _("Choose at least one side: client, collection_partner, referral_partner.")


@dataclass(frozen=True)
class Admission:
    """What somebody may do about a meeting: `books` a free time at once, asks for one (`may_ask`), or neither: `why`.

    What is asked for is answered in the channel `asked_in`. `elsewhere` is the page of others where meetings are booked instead; ""
    where it is here.
    """  # fmt: skip

    books: bool = False
    may_ask: bool = False
    why: str = ""
    elsewhere: str = ""
    asked_in: Channel | None = None
    instead: Channel | None = None

    @property
    def is_open(self) -> bool:
        return self.books or self.may_ask


def admission(actor: Actor) -> Admission:
    """By the channel policy in force, and by what a client has agreed on."""
    who, rules = who_is(actor), Edition.in_force().rules
    channel = next((each for each in rules.channel if each.way == "meeting"), None)
    if who is None or channel is None:
        return Admission(why=str(_("The channel policy knows no meetings.")))
    lacks_plan = actor.side == Side.CLIENT and channel.plan and actor.organisation.plan != channel.plan
    if lacks_plan or not channel.is_open_to(who):
        why = channel.closed_to.get(who) or channel.says
        return Admission(why=why, instead=rules.channels.get(channel.further(who)))
    if who in channel.books:
        return Admission(books=True, elsewhere=channel.bookings)
    asked_in = rules.asked_instead(channel, who)
    if asked_in is None:
        return Admission(why=str(_("The channel policy names no place where a meeting that is asked for is answered.")))
    return Admission(may_ask=True, elsewhere=channel.bookings, asked_in=asked_in)


def _host_id() -> str:
    return publicid.new("hst")


class HostQuerySet(models.QuerySet["Host"]):
    def visible_to(self, actor: Actor) -> Self:
        """All for the operator; for the others those who meet their side, where they may meet anybody."""
        if actor.side == Side.OPERATOR:
            return self.filter(organisation=actor.organisation)
        return self.meeting(actor.side) if admission(actor).is_open else self.none()

    def meeting(self, side: str) -> Self:
        return self.filter(is_open=True, person__is_active=True, **{f"meets_{_COLUMNS[Side(side)]}": True})

    def shown(self) -> Self:
        return self.select_related("person", "organisation", "busy").order_by("person__name", "pk")


_COLUMNS = {Side.CLIENT: "clients", Side.PARTNER: "partners", Side.REFERRER: "referrers"}


class Host(Subject):
    """A member of the operator who may be met: on which weekdays and when (`week`, on the clocks of `zone`), for how many minutes, with
    how many minutes free before and after, how many hours ahead at least and days ahead at most, how often a day (0: any number),
    and where: `link` is an address with places for what each meeting has of its own.

    The operator's holidays and closed days are the host's as well, and nobody is met while they are away.
    """  # fmt: skip

    public_id = models.CharField(max_length=32, unique=True, default=_host_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="hosts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    is_open = models.BooleanField(default=True)
    zone = models.CharField(max_length=64)
    week = models.JSONField(default=dict)
    lengths = models.JSONField(default=list)
    before = models.PositiveSmallIntegerField(default=0)
    after = models.PositiveSmallIntegerField(default=0)
    notice = models.PositiveSmallIntegerField(default=24)
    ahead = models.PositiveSmallIntegerField(default=30)
    most_a_day = models.PositiveSmallIntegerField(default=0)
    meets_clients = models.BooleanField(default=True)
    meets_partners = models.BooleanField(default=True)
    meets_referrers = models.BooleanField(default=True)
    link = models.CharField(max_length=LONGEST_LINK, blank=True)
    away_from = models.DateTimeField(null=True)
    away_until = models.DateTimeField(null=True)

    objects: ClassVar[HostQuerySet] = HostQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "person"], name="host_once")]

    def __str__(self) -> str:
        return str(self.person)

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        return cls.objects.shown()

    def concerns(self) -> Concerned:
        return Concerned()

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def describe(
        cls,
        person: Person,
        *,
        by: Actor,
        meets: Collection[str] = MEETS,
        busy_address: str = "",
        at: datetime | None = None,
        **told: Any,
    ) -> Host:
        """When and how somebody may be met from now on: by an admin of the operator, or the person for themself.

        Raises `Refused`, `ValidationError` by field. What is agreed already stays as it is.
        """
        cls.must_set(person, by)
        address = check_address(busy_address, "busy_address")
        if not set(meets) <= set(MEETS):
            raise ValidationError({"meets": _NO_SIDE})
        with change(by.organisation, by=by, at=at) as about:
            host = cls.objects.filter(organisation=by.organisation, person=person).shown().first()
            host = host or cls(organisation=by.organisation, person=person)
            with change(host, by=by, at=about.at) as record:
                told |= {f"meets_{column}": side in meets for side, column in _COLUMNS.items()}
                for name, value in told.items():
                    setattr(host, name, value)
                host._check(record.at)
                host.save()
                Busy.follow(host, address, record.at)
                record("host.described", host=host, person=person, open="yes" if host.is_open else "no")
        return host

    # --- questions ----------------------------------------------------------------------------------------------------

    @staticmethod
    def may_set(person: Person, actor: Actor) -> bool:
        return actor.side == Side.OPERATOR and (actor.may_administer or actor.person == person)

    @classmethod
    def must_set(cls, person: Person, by: Actor) -> None:
        if not cls.may_set(person, by):
            raise Refused(_("Only an admin of the operator, or the host, says when a host can be met."))
        if not by.organisation.memberships.filter(person=person, person__is_active=True).exists():
            raise ValidationError({"person": _("Choose someone who belongs to your organisation.")})

    def must_meet(self, by: Actor) -> None:
        """Raises `Refused`."""
        if not self.is_open or by.side not in self.meets:
            raise Refused(
                _("{name} cannot be met at present. Choose somebody else, or write to us.").format(name=self.person)
            )

    @property
    def meets(self) -> list[str]:
        return [side for side in MEETS if getattr(self, f"meets_{_COLUMNS[side]}")]

    def working_time(self, at: datetime) -> WorkingTime:
        """The host's week, without the days on which the operator is closed."""
        ours = Calendar.in_force(self.organisation, at)
        shut: dict[str, list[str]] = {day: [] for day, hours in ours.shortened.items() if not hours}
        return _hours(self.zone, self.week, ours, shut).working_time

    def free(
        self,
        minutes: int,
        environment: str,
        now: datetime,
        *,
        until: datetime | None = None,
        but: Meeting | None = None,
    ) -> list[datetime]:
        """When a meeting of so many minutes may begin, up to the last day that may be booked, or `until`. `but` makes room: it moves."""
        since, last = now + timedelta(hours=self.notice), now + timedelta(days=self.ahead)
        last = min(last, until) if until else last
        if since > last or minutes not in self.lengths:
            return []
        around = timedelta(days=2)  # a day of the host's may begin before and end after
        agreed = self.meetings.agreed_between(environment, since - around, last + around)
        taken = [one.span for one in (agreed.exclude(pk=but.pk) if but else agreed)]
        busy = [*(self.busy.spans if hasattr(self, "busy") else ()), *self._away]
        terms = free.Terms(minutes, self.before, self.after, self.most_a_day)
        return free.starts(terms, self.working_time(now), taken, busy, since, last)

    @property
    def _away(self) -> list[Span]:
        return [(self.away_from, self.away_until)] if self.away_from and self.away_until else []

    def link_of(self, meeting: Meeting) -> str:
        return self.link.replace("{number}", meeting.number).replace("{token}", meeting.token)

    def _check(self, at: datetime) -> None:
        wrong: dict[str, Any] = {}
        places.check_zone("zone", self.zone)
        try:
            _hours(self.zone, self.week, Calendar.in_force(self.organisation, at), {}).clean()
        except ValidationError as why:
            wrong["week"] = why.messages
        self.lengths = sorted(set(self.lengths))
        if not self.lengths or not set(self.lengths) <= set(LENGTHS):
            wrong["lengths"] = _("Choose at least one of the lengths.")
        for name, most in (
            ("before", LONGEST_BUFFER),
            ("after", LONGEST_BUFFER),
            ("notice", LONGEST_NOTICE),
            ("most_a_day", MOST_A_DAY),
        ):
            if not 0 <= getattr(self, name) <= most:
                wrong[name] = _("Give a whole number from 0 to %(most)s.") % {"most": most}
        if not 1 <= self.ahead <= FARTHEST:
            wrong["ahead"] = _("Give a whole number from 1 to %(most)s.") % {"most": FARTHEST}
        if self.ahead * 24 <= self.notice:
            wrong.setdefault(
                "ahead", _("With this minimum notice nothing could ever be booked: say how far ahead in more days.")
            )
        if not self.meets and self.is_open:
            wrong["meets"] = _NO_SIDE
        if problem := _wrong_link(self.link):
            wrong["link"] = problem
        if wrong:
            raise ValidationError(wrong)


def _hours(zone: str, week: Mapping[str, Any], ours: Calendar, shut: Mapping[str, Any]) -> Calendar:
    """As a calendar of the operator's that is kept nowhere."""
    return Calendar(
        zone=zone, week=week, country=ours.country, subdivision=ours.subdivision, closed=ours.closed, shortened=shut
    )


def _wrong_link(link: str) -> Any:
    """What is wrong with a template of links; "" where nothing is."""
    if not link:
        return ""
    if unknown := next((name for name in _PLACES.findall(link) if name not in PLACES), None):
        said = _("“{place}” stands for nothing. There are {{number}} and {{token}}.")
        return str(said).format(place=unknown[:40])
    plain = _PLACES.sub("x", link)
    try:
        safehttp.check(
            plain.replace("#", "/")
        )  # a fragment is never sent anywhere, and some rooms are told apart by it
    except safehttp.Forbidden:
        return _("This is no address of a room. Begin with https://.")
    return _("A brace stands alone. Write {number} or {token}.") if set(plain) & set("{}") else ""


# --- busy times ---------------------------------------------------------------------------------------------------------


class Busy(Followed):
    """When a host's own calendar says that they are busy, as far as it was read last."""

    EVERY = timedelta(minutes=15)

    host = models.OneToOneField(Host, on_delete=models.CASCADE, related_name="busy")
    told = models.JSONField(default=list)  # pairs of seconds since 1970

    class Meta:
        verbose_name_plural = "busy times"

    def __str__(self) -> str:
        return f"busy times of {self.host}"

    @property
    def spans(self) -> list[Span]:
        return [(datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC)) for begin, end in self.told]

    @classmethod
    def follow(cls, host: Host, address: str, at: datetime) -> None:
        """From now on this address is read, and no other; "" none. Within a change of the host."""
        theirs = cls.objects.filter(host=host)
        theirs.exclude(address=address).delete()
        if address and not theirs.exists():
            cls.objects.create(host=host, address=address, due_at=at)

    def keep_spans(self, spans: Iterable[Span], now: datetime) -> None:
        self.keep(now, told=[[int(begin.timestamp()), int(end.timestamp())] for begin, end in spans])


__all__: Sequence[str] = ("LENGTHS", "MEETS", "Admission", "Busy", "Host", "Trouble", "admission")
