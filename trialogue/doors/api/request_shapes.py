"""How channels, requests and the policy look in JSON. `shapes` says how these are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from trialogue.channels.advice import Advice
from trialogue.channels.models import Edition
from trialogue.channels.rules import Channel, Item, Rules, Who
from trialogue.clocks.models import Clock
from trialogue.clocks.policies import in_words
from trialogue.doors.api.shapes import Shape, clock_shape, moment, organisation_shape
from trialogue.escalations.models import AccountManager, Escalation, Rung, Way
from trialogue.lib.redact import Finding
from trialogue.people.models import Actor, Person, Side
from trialogue.requests.models import FailedCall, Request, SavedAnswer, State

if TYPE_CHECKING:
    from trialogue.channels.hearing import Heard

# --- channels ---------------------------------------------------------------------------------------------------------


def channel_shape(rules: Rules, channel: Channel, who: Who | None) -> Shape:
    """For one role, or (None) for the operator."""
    promise = rules.promise.get(channel.promise)
    return {
        "key": channel.key,
        "way": channel.way,
        "name": channel.name,
        "says": channel.how.get(who, channel.says) if who else channel.says,
        "address": f"{settings.BASE_URL}{channel.address}"
        if channel.address.startswith("/")
        else channel.address or None,
        "open_to": list(channel.open_to),
        "promise": {
            "promise": channel.promise,
            "says": promise.says,
            "within": in_words(promise.within, promise.unit),
            "note": promise.note or None,
        }
        if promise
        else None,
        "answers_at_once": bool(channel.answers),
        "include": [item_shape(item) for item in rules.items_of(channel, who)],
        "uses": list(channel.uses),
        "avoid": list(channel.avoid),
        "instead": channel.instead or None,
        "further": (channel.further(who) if who else channel.otherwise) or None,
    }


def item_shape(item: Item) -> Shape:
    return {
        "key": item.key,
        "says": item.says,
        "kind": item.kind,
        "choices": list(item.choices),
        "needed_for": list(item.needed_for),
    }


def advice_shape(rules: Rules, who: Who, advice: Advice | None, heard: Heard | None, clock: Clock | None) -> Shape:
    """`heard` when it was told by a text; the `clock` as it would run if it were asked now."""
    situation = advice.situation.key if advice and advice.situation else None
    return {
        "role": who,
        "situation": situation or (heard.situation if heard else "") or None,
        "confidence": round(heard.confidence, 3) if heard else None,
        "reasons": list(heard.reasons) if heard else [],
        "guesses": [{"situation": name, "confidence": round(share, 3)} for name, share in heard.ranked]
        if heard
        else [],
        "channel": channel_shape(rules, advice.channel, who) if advice else None,
        "due_at": moment(clock.due_at) if clock else None,
        "include": [{**item_shape(item), "needed": advice.is_needed(item)} for item in advice.include]
        if advice
        else [],
        "instead_of": advice.instead_of.key if advice and advice.instead_of else None,
        "turned_away": (advice.turned_away if advice else "") or None,
        "then": (advice.then if advice else "") or None,
        "further": advice.further.key if advice and advice.further else None,
    }


# --- requests ---------------------------------------------------------------------------------------------------------


def request_shape(request: Request, actor: Actor, clock: Clock | None, now: datetime) -> Shape:
    """Wants a request that is `shown`, with its tags and what it was split from; its clock if one is open."""
    ours = actor.side == Side.OPERATOR
    return {
        "number": request.number,
        "environment": request.environment,
        "channel": request.channel,
        "intents": request.intents,
        "situation": request.situation or None,
        "subject": request.subject,
        "form": request.form,
        "missing": request.missing,
        "case": request.case.reference if request.case else None,
        "state": request.state,
        "state_label": str(State(request.state).label),
        "organisation": organisation_shape(request.asker) if request.asker else None,
        "sender": request.sender,
        "email": request.email or None,
        "assignee": person_shape(request.assignee) if request.assignee else None,
        "tags": sorted(tag.name for tag in request.tags.all()) if ours else None,
        "merged_into": request.merged_into.number if request.merged_into else None,
        "split_from": request.split_from.number if request.split_from else None,
        "messages": request.conversation.message_count,
        "opened_at": moment(request.opened_at),
        "moved_at": moment(request.moved_at),
        "settled_at": moment(request.settled_at) if request.settled_at else None,
        "helped": request.helped,
        "verdict": request.verdict or None,
        "clock": clock_shape(clock, now) if clock else None,
    }


def person_shape(person: Person) -> Shape:
    return {"id": person.public_id, "name": person.name}


def masked_shapes(found: Mapping[str, Iterable[Finding]]) -> Iterator[Shape]:
    """Kinds and hints, never values."""
    for field, findings in found.items():
        for one in findings:
            if not one.kept:
                yield {"field": field, "kind": str(one.kind), "hint": one.hint, "id": one.id, "instead": one.instead}


def failed_call_shape(call: FailedCall) -> Shape:
    return {
        "id": call.public_id,
        "environment": call.environment,
        "method": call.method,
        "path": call.path,
        "status": call.status,
        "title": call.title or None,
        "body": call.body,
        "at": moment(call.at),
    }


def saved_answer_shape(answer: SavedAnswer, filled: str | None = None) -> Shape:
    return {
        "id": answer.public_id,
        "title": answer.title,
        "body": answer.body,
        "channel": answer.channel or None,
        "filled": filled,
    }


def team_shape(channel: str, people: Iterable[Person]) -> Shape:
    return {"channel": channel, "people": [person_shape(person) for person in people]}


def manager_shape(manager: AccountManager) -> Shape:
    """Wants its organisation, person and deputy at hand."""
    return {
        "id": manager.public_id,
        "organisation": organisation_shape(manager.organisation),
        "person": person_shape(manager.person),
        "deputy": person_shape(manager.deputy) if manager.deputy else None,
        "since": moment(manager.since),
        "ended_at": moment(manager.ended_at) if manager.ended_at else None,
    }


def escalation_shape(step: Escalation, rules: Rules, clock: Clock | None, now: datetime) -> Shape:
    """Wants one that is `shown`; the clock that runs in its request, if it is open."""
    return {
        "id": step.public_id,
        "ladder": step.ladder,
        "step": step.step,
        "step_name": rules.step_name(step.ladder, step.step),
        "organisation": organisation_shape(step.climber),
        "person": person_shape(step.person) if step.person else None,
        "request": step.request.number if step.request else None,
        "case": step.clock.case.reference if step.clock and step.clock.case else None,
        "manager": person_shape(step.manager) if step.manager else None,
        "reason": step.reason or None,
        "state": step.stands,
        "begun_at": moment(step.begun_at),
        "acknowledged_at": moment(step.acknowledged_at) if step.acknowledged_at else None,
        "ended_at": moment(step.ended_at) if step.ended_at else None,
        "clock": clock_shape(clock, now) if clock else None,
    }


def ladder_shape(way: Way | None) -> Shape:
    return {
        "ladder": way.ladder.key if way else None,
        "says": way.ladder.says if way else None,
        "steps": [_rung_shape(rung) for rung in way.rungs] if way else [],
    }


def _rung_shape(rung: Rung) -> Shape:
    return {
        "step": rung.step.key,
        "name": rung.name,
        "says": rung.step.says,
        "state": rung.state,
        "at": moment(rung.at) if rung.at else None,
        "escalation": rung.escalation.public_id if rung.escalation else None,
        "may": rung.may,
        "needs_reason": rung.needs_reason,
        "opens_at": moment(rung.opens_at) if rung.opens_at else None,
        "why_not": rung.why or None,
    }


# --- the policy -------------------------------------------------------------------------------------------------------


def edition_shape(edition: Edition) -> Shape:
    """Wants its person and organisation at hand."""
    by = edition.person or edition.organisation
    return {
        "number": edition.number,
        "why": edition.why or None,
        "adopted_at": moment(edition.adopted_at),
        "adopted_by": str(by) if by else None,
    }
