"""A meeting is asked for in a request: so the answer is owed by somebody, with a clock, and whoever gives it answers there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from trialogue.conversations.models import Conversation, Message
from trialogue.events.change import SYSTEM
from trialogue.people.models import Actor, Person
from trialogue.requests.models import Request

if TYPE_CHECKING:
    from trialogue.meetings.models import Meeting


def ask(meeting: Meeting, channel: str, whom: Person | None, *, by: Actor, at: datetime) -> Message:
    """In the request that it is about, or in a new one on the channel; `whom` takes care of it, unless somebody does already."""
    talk = meeting.conversation
    if talk is None or not talk.is_request:
        body = _question(meeting)
        request = Request.open(by=by, channel=channel, subject=meeting.subject, body=body, assignee=whom, at=at)
        return request.conversation.messages.get(number=1)
    request = goes_on(talk)
    message = request.write(by=by, body=_question(meeting), at=at)
    if whom and request.assignee is None:
        request.assign(whom, by=SYSTEM, at=at)
    return message


def answer(meeting: Meeting, said: str, *, by: Actor, at: datetime) -> None:
    """Meets the clock. The guest hears of it by the mail that is for calendars."""
    if meeting.request:
        meeting.request.answer(by=by, body=said, told=meeting.person, at=at)


def take_back(meeting: Meeting, *, by: Actor, at: datetime) -> None:
    """Who asked does not want it any more: nothing is owed, and a request that asked for nothing else is closed."""
    question = meeting.question
    if question is None or question.withdrawn_at or question.conversation.request.merged_into_id:
        return
    question.excuse(by=by, at=at)
    if question.number == 1 and question.conversation.oldest_unanswered(by.organisation) is None:
        question.conversation.request.close(by=by, at=at)


def goes_on(talk: Conversation) -> Request:
    """The request of a conversation, or the one that it was merged into."""
    request: Request = talk.request
    return request.merged_into or request


# --- what is said there -------------------------------------------------------------------------------------------------


def _question(meeting: Meeting) -> str:
    words = _("I ask for a meeting ({number}): “{subject}”, {minutes} minutes.")
    said = [words.format(number=meeting.number, subject=meeting.subject, minutes=meeting.minutes), meeting.about]
    if meeting.conversation and meeting.conversation.case:
        said.append(_("It is about case {reference}.").format(reference=meeting.conversation.case))
    if meeting.times:
        said.append(_("These times would suit me ({zone}):").format(zone=_zone(meeting)) + _listed(meeting))
    return "\n\n".join(part for part in said if part)


def agreed(meeting: Meeting) -> str:
    assert meeting.starts_at
    words = _("Agreed: meeting {number}, {time} ({zone}), with {host}.")
    time = _at(meeting, meeting.starts_at)
    return words.format(number=meeting.number, time=time, zone=_zone(meeting), host=meeting.host)


def offered(meeting: Meeting) -> str:
    words = _("For meeting {number} {host} offers these times ({zone}). Choose one on the page of the meeting:")
    return words.format(number=meeting.number, host=meeting.host, zone=_zone(meeting)) + _listed(meeting)


def refused(meeting: Meeting) -> str:
    return _("Meeting {number} is not to be:").format(number=meeting.number) + f"\n\n{meeting.reason}"


def _listed(meeting: Meeting) -> str:
    return "".join(f"\n- {_at(meeting, one)}" for one in meeting.times)


def _at(meeting: Meeting, moment: datetime) -> str:
    return date_format(moment.astimezone(ZoneInfo(_zone(meeting))), "D j M Y, H:i")


def _zone(meeting: Meeting) -> str:
    """The guest's, for both sides read it."""
    assert meeting.person
    return meeting.person.zone
