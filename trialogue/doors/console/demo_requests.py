"""What the demo's people have asked the operator: each request lived through by its own verbs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from trialogue.clocks.models import Calendar
from trialogue.conversations.models import Document
from trialogue.conversations.notes import Note
from trialogue.doors.console.demo_moments import moment
from trialogue.doors.console.demo_steps import paper
from trialogue.escalations.models import AccountManager, Escalation
from trialogue.people.models import Actor, Environment, Role, Visitor
from trialogue.requests.models import Duty, FailedCall, Request, SavedAnswer

if TYPE_CHECKING:
    from trialogue.doors.console.demo_world import World

_LAUNCHED = timedelta(days=90)  # ago
_ASKED = ("channel", "subject", "situation", "form", "name", "email")


def told() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("demo_requests.toml").read_text("utf-8"))


class Asking:
    """One request of the world: its steps, and how each is taken."""

    def __init__(self, world: World, told: dict[str, Any], named: dict[str, Asking]) -> None:
        self.world, self.told, self.named = world, told, named
        self.request: Request | None = None
        if "id" in told:
            named[told["id"]] = self

    def moments(self) -> Iterator[tuple[datetime, dict[str, Any]]]:
        """When each of its steps is, in the operator's working days."""
        workdays = Calendar.in_force(self.world.organisations["operator"], self.world.now).working_time
        at = self.world.now
        for told in (self.told, *self.told.get("step", ())):
            zone = self.world.people[told["by"]].zone if "by" in told else workdays.zone.key
            at = moment(
                told["at"], now=self.world.now, before=at, zone=ZoneInfo(zone), workdays=workdays, promise=_none,
                promised=_none,
            )  # fmt: skip
            yield at, told

    def take(self, step: Any) -> None:
        told, at, by = step.told, step.at, self._by(step.told)
        if self.request is None:
            about = {name: told[name] for name in _ASKED if name in told}
            self.request = Request.open(by=by, body=told["says"], documents=self._papers(told, by), at=at, **about)
            return
        request = Request.objects.get(pk=self.request.pk)
        says = told.get("says", "")
        if told["does"] in ("write", "rate", "close", "climb"):
            self._of_sender(request, by, told, at)
            return
        assert isinstance(by, Actor)
        match told["does"]:
            case "answer":
                come_along = {name: told[name] for name in ("asks", "solves") if name in told}
                request.answer(by=by, body=says, documents=self._papers(told, by), at=at, **come_along)
            case "assign":
                request.assign(self.world.people[told["to"]], by=by, at=at)
            case "move":
                request.move_to(told["channel"], by=by, at=at)
            case "tag":
                request.tag(told["tags"], by=by, at=at)
            case "note":
                Note.write(request.conversation, by=by, body=says, at=at)
            case "solve":
                request.solve(by=by, at=at)
            case "merge":
                other = self.named[told["into"]].request
                assert other is not None
                request.merge_into(Request.objects.get(pk=other.pk), by=by, at=at)
            case unknown:
                raise ValueError(f"{unknown!r} is nothing that is done to a request")

    def _of_sender(self, request: Request, by: Actor | Visitor, told: dict[str, Any], at: datetime) -> None:
        match told["does"]:
            case "write":
                papers = self._papers(told, by)
                request.write(by=by, body=told["says"], documents=papers, expects_answer=not told.get("quiet"), at=at)
            case "rate":
                request.rate(True, by=by, at=at)
            case "close":
                request.close(by=by, at=at)
            case "climb":
                Escalation.climb(request, by=by, reason=told["says"], at=at)

    def _papers(self, told: dict[str, Any], by: Actor | Visitor) -> list[Document]:
        language = by.person.language if by.person else "en"
        return [paper(self.world, name, language) for name in told.get("with", ())]

    def _by(self, told: dict[str, Any]) -> Actor | Visitor:
        if "by" not in told:
            return Visitor()
        person = self.world.told["people"][told["by"]]
        (first, *_more) = [name for role in Role.values for name in person.get(role, ())]
        return self.world.actor(told["by"], first, Environment.PRODUCTION)


def keep(world: World, told: dict[str, Any]) -> None:
    """Who looks after which channel, who stands for whom, what is said often, and which calls of programs have failed lately."""
    olga = world.actor("olga", "operator", Environment.PRODUCTION)
    for channel, people in told["teams"].items():
        Duty.give(channel, [world.people[name] for name in people], by=olga)
    for name, (person, deputy) in told["managers"].items():
        AccountManager.assign(
            world.organisations[name],
            world.people[person],
            deputy=world.people[deputy],
            by=olga,
            at=world.now - _LAUNCHED,
        )
    for saved in told["saved"]:
        SavedAnswer.keep(by=olga, title=saved["title"], body=saved["says"], channel=saved.get("channel", ""))
    for failed in sorted(told["failed"], key=lambda one: one["hours_ago"], reverse=True):
        program = Actor(world.organisations[failed["of"]], environment=failed["environment"])
        about = {name: failed[name] for name in ("method", "path", "status", "title", "body")}
        FailedCall.keep(program, at=world.now - timedelta(hours=failed["hours_ago"]), **about)


def _none() -> Any:
    raise ValueError("a request's moments are told in days and hours")
