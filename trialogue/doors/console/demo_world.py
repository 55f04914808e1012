"""Loads the demo's world by living it through: every step is a verb, at its own moment, with the worker going on between."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case, ask_for_updates
from trialogue.clocks.models import Calendar, Clock, Policy, break_due, warn_due
from trialogue.conversations.models import Message
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import begin_digests, send_due
from trialogue.deliveries.wishes import How, Notice, Wishes
from trialogue.doors.console import demo_briefs, demo_meetings, demo_papers, demo_requests
from trialogue.doors.console.demo_moments import Promise, moment
from trialogue.doors.console.demo_requests import Asking
from trialogue.doors.console.demo_steps import DOING, Doing
from trialogue.people.brands import Brand, Logo
from trialogue.people.models import Actor, Environment, Membership, Organisation, Person, Role

# Whom one can enter as, with a click: the address, and what is going on there.
ENTRANCES = [
    ("clara@nordlys.example", _("A Danish utility. One partner is silent, another nearly late; it owes answers itself, and a quote waits.")),
    ("katharina@falkenberg.example", _("A German manufacturer, in German. An offer waits for a decision.")),
    ("paul@brandt.example", _("A law firm in Hamburg. A case to confirm, an answer nearly due, a monthly update, a client who wants to close.")),
    ("pia@pinto.example", _("A collector in Portugal, who has left a client waiting too long.")),
    ("soeren@bech.example", _("A collector in Aarhus, in Danish. A question came in just now.")),
    ("rita@fintegra.example", _("A platform in the Netherlands, which brought the Danish utility.")),
    ("olga@trialogue.example", _("Releases cases, finds partners, sees every promise, and works no case.")),
    ("lotte@friis.example", _("Works for the manufacturer and for the collector in Aarhus, and switches between them.")),
]  # fmt: skip

_EARLIER = timedelta(days=150)
_TOLD_SINCE = timedelta(days=9)  # before that nobody wanted mail: to write it is half of what loading takes
# What the worker does meanwhile. The pictures of documents it draws once the pages are open.
_ROUNDS = (break_due, warn_due, ask_for_updates, begin_digests, send_due)
_SECOND = timedelta(seconds=1)
_A_NIGHT = timedelta(hours=23)


class AnotherWorld(Exception):
    """The database holds organisations that are not the demo's."""

    def __init__(self) -> None:
        super().__init__(
            "This database is in real use, and a demo lets anyone in as anyone. Give the demo a folder of its own: --data DIR."
        )


def load(now: datetime) -> bool:
    """Makes the world where there is none; answers whether it did. Raises `AnotherWorld`. All of it or nothing."""
    if Organisation.objects.exists():
        if not Person.objects.filter(email=ENTRANCES[-1][0]).exists():
            raise AnotherWorld
        return False
    with _all_or_nothing():
        World(tomllib.loads(files(__package__).joinpath("demo_world.toml").read_text("utf-8")), now).live()
    return True


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """One commit for a world: a load cut short leaves nothing behind, and a disk is asked once, not a thousand times."""
    whole = transaction.atomic()
    # Every verb is durable by itself and refuses to be part of something larger, but for test cases. This is another exception.
    whole._from_testcase = True  # type: ignore[attr-defined]
    with whole:
        yield


@dataclass(frozen=True)
class Step:
    """Something somebody does in a case or a request, at its moment."""

    at: datetime
    told: dict[str, Any]
    story: Story | Asking

    @property
    def is_fresh(self) -> bool:
        """Whether it belongs to what is going on now, which not everybody has read."""
        return "fresh" in self.told or str(self.told["at"]).startswith(("owed", "now"))


@dataclass
class World:
    """What demo_world.toml tells, and who is who in it once they exist."""

    told: dict[str, Any]
    now: datetime
    organisations: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    actors: dict[tuple[str, str, str], Actor] = field(default_factory=dict)

    def live(self) -> None:
        self._found()
        self._admit()
        asked = demo_requests.told()
        demo_requests.keep(self, asked)
        steps = sorted([*self._steps(), *self._asked(asked["request"])], key=lambda step: step.at)
        told_since, wanted = self.now - _TOLD_SINCE, False
        self._want_mail(dict.fromkeys({*Notice.values} - {Notice.OVERDUE}, How.OFF))
        for step in steps:
            if not wanted and step.at > told_since:
                self._want_mail({})
                wanted = True
            self._work_until(step.at)
            step.story.take(step)
        demo_meetings.keep(self)
        self._work_until(self.now)

    def _steps(self) -> Iterator[Step]:
        told = [*self.told["case"], *self.told["beside"]]
        for number, brief in enumerate(self.told["brief"]):
            told.append(demo_briefs.story(brief, number, self.told["talk"], self.told["writers"]))
        for one in told:
            yield from Story(self, one).steps()

    def _asked(self, told: list[dict[str, Any]]) -> Iterator[Step]:
        named: dict[str, Asking] = {}
        for one in told:
            asking = Asking(self, one, named)
            yield from (Step(at, step, asking) for at, step in asking.moments())

    def _want_mail(self, how: dict[str, str]) -> None:
        for person in self.people.values():
            Wishes.choose(person, how=how)

    def _found(self) -> None:
        at = self.now - _EARLIER
        for key, told in self.told["organisations"].items():
            about = {name: told[name] for name in ("name", "kind", "country", "zone")}
            brought = self.organisations.get(told.get("referrer", ""))
            made = Organisation.found(**about, subdivision=told.get("subdivision", ""), referrer=brought, at=at)
            self.organisations[key] = made
            if hours := told.get("hours"):
                week = {str(day): [span] for day, span in enumerate(hours)}
                Calendar.introduce(
                    made, zone=made.zone, week=week, country=made.country, subdivision=made.subdivision, at=at
                )

    def _admit(self) -> None:
        for key, told in self.told["people"].items():
            joined = [(name, role) for role in Role.values for name in told.get(role, ())]
            zone = self.organisations[joined[0][0]].zone
            person = Person.objects.create_user(told["email"], name=told["name"], zone=zone, language=told["language"])
            self.people[key] = person
            for name, role in joined:
                self.organisations[name].admit(person, role, at=self.now - _EARLIER)
            self._dress(person, told.get(Role.ADMIN, ()))

    def _dress(self, admin: Person, names: Iterable[str]) -> None:
        for name in names:
            if brand := self.told["organisations"][name].get("brand"):
                by = Actor(self.organisations[name], admin, role=Role.ADMIN)
                logo = Logo.keep(demo_papers.logo(brand["light"]), by=by)
                Brand.proposed(by.organisation, **brand, logo=logo.digest).put_on(by=by)

    def _work_until(self, at: datetime) -> None:
        """What the worker would have done meanwhile, each a second after it was due."""
        done = 1
        while done and (due := self._next_due(at)):
            done = sum(each(min(due + _SECOND, at)) for each in _ROUNDS)

    def _next_due(self, at: datetime) -> datetime | None:
        unwarned = Clock.objects.filter(state=Clock.State.RUNNING, warned_at=None, warn_at__lte=at)
        columns = (
            Clock.objects.due(at).values_list("due_at", flat=True),
            unwarned.order_by("warn_at").values_list("warn_at", flat=True),
            Delivery.objects.due(at).values_list("due_at", flat=True),
            Case.objects.filter(next_update_at__lte=at)
            .order_by("next_update_at")
            .values_list("next_update_at", flat=True),
            Wishes.objects.filter(digest_due_at__lte=at)
            .order_by("digest_due_at")
            .values_list("digest_due_at", flat=True),
        )
        return min((found for column in columns if (found := column.first())), default=None)

    def actor(self, person: str, organisation: str, environment: str) -> Actor:
        key = (person, organisation, environment)
        if key not in self.actors:
            membership = Membership.objects.select_related("person", "organisation").get(
                person=self.people[person], organisation=self.organisations[organisation]
            )
            self.actors[key] = Actor.of(membership, environment)
        return self.actors[key]

    def words(self, text: str, language: str) -> str:
        """With its dates, as somebody of that language writes them."""

        def date(found: re.Match[str]) -> str:
            day = (self.now + timedelta(days=int(found[1]))).date()
            return format_date(day, "long", locale={"en": "en_GB"}.get(language, language))

        return re.sub(r"\{(-\d+)\}", date, text.strip())


@dataclass
class Story:
    """One case of the world: its steps, and how each is taken."""

    world: World
    told: dict[str, Any]
    case: Case | None = None
    said: dict[str, Message] = field(default_factory=dict)  # messages that a step gave an `id`

    def steps(self) -> list[Step]:
        steps = list(self._told_steps())
        return steps + list(self._caught_up(steps))

    def _told_steps(self) -> Iterator[Step]:
        at, last = self.world.now - _EARLIER, None
        for told in self.told["step"]:
            found = moment(
                told["at"], now=self.world.now, before=at, zone=ZoneInfo(self.world.people[told["by"]].zone),
                workdays=self._workdays, promise=partial(self._promise, told), promised=partial(self._promise, last or told),
            )  # fmt: skip
            if found < at:
                if not told.get("flexible"):
                    raise ValueError(
                        f"{self.told['reference']}: “{told['at']}” comes before the step above it, at {found}"
                    )
                found = at + _SECOND  # holidays have moved the two together
            at, last = found, told
            yield Step(at, told, self)

    def _caught_up(self, steps: list[Step]) -> Iterator[Step]:
        """Everyone on both sides has read what lies behind: a night after it, and before anything fresh."""
        fresh = next((step for step in steps if step.is_fresh), None)
        behind = steps[: steps.index(fresh)] if fresh else steps
        if any(step.told.get("does") == "release" for step in behind):
            at = min(behind[-1].at + _A_NIGHT, (fresh.at if fresh else self.world.now) - _SECOND)
            for person in self.world.told["people"]:
                if self._side(person) in (self.told["client"], self.told.get("partner")):
                    yield Step(at, {"at": "", "by": person, "does": "read"}, self)

    @cached_property
    def _workdays(self) -> Any:
        whose = self.world.organisations[self.told.get("partner", self.told["client"])]
        return Calendar.in_force(whose, self.world.now).working_time

    def _promise(self, told: dict[str, Any]) -> Promise:
        """What a step begins: a release a confirmation, a partner's words an answer of the client, anybody else's words a reply."""
        client, partner = self.told["client"], self.told.get("partner", "")
        begins = {"operator": ("confirm", partner), partner: ("supply", client)}
        name, owner = begins.get(self._side(told["by"]), ("reply", partner))
        calendar = Calendar.in_force(self.world.organisations[owner], self.world.now)
        policy = Policy.in_force(name, self.world.now)
        return Promise(policy, policy.time(calendar))

    def _side(self, person: str) -> str:
        """For which of the case's organisations someone acts here; else the operator."""
        told = self.world.told["people"][person]
        parties = [self.told.get(party) for party in ("client", "partner", "before")]
        parties.append(self.world.told["organisations"][self.told["client"]].get("referrer"))
        theirs = [name for role in Role.values for name in told.get(role, ())]
        return next((name for name in theirs if name in parties), "operator")

    def take(self, step: Step) -> None:
        by = self._actor(step.told["by"])
        DOING[step.told.get("does", "post")](Doing(self, step.told, by, step.at))

    def _actor(self, person: str) -> Actor:
        return self.world.actor(person, self._side(person), self.told.get("environment", Environment.PRODUCTION))
