"""How letters look in JSON. `shapes` says how these are used."""

from __future__ import annotations

from datetime import datetime

from trialogue.doors.api.request_shapes import person_shape
from trialogue.doors.api.shapes import Shape, moment
from trialogue.doors.mail.models import Mailbox
from trialogue.letters.filing import Outlook, outlook
from trialogue.letters.knowing import proof_of
from trialogue.letters.models import Alias, Letter, State
from trialogue.letters.route import PROBLEMS, REASONS, Open
from trialogue.lib.mailtext import Parsed
from trialogue.people.models import Actor


def letter_shape(letter: Letter) -> Shape:
    """Wants a letter that is `shown`."""
    talk = letter.conversation
    return {
        "id": letter.public_id,
        "state": letter.state,
        "state_label": str(State(letter.state).label),
        "reason": letter.reason or None,
        "reason_label": str(REASONS.get(letter.reason, letter.reason)) or None,
        "why": letter.why or None,
        "sender": letter.sender or None,
        "sender_name": letter.sender_name or None,
        "subject": letter.subject,
        "message_id": letter.mail_id or None,
        "written_at": moment(letter.written_at) if letter.written_at else None,
        "arrived_at": moment(letter.arrived_at),
        "settled_at": moment(letter.settled_at) if letter.settled_at else None,
        "door": letter.door,
        "mailbox": letter.mailbox or None,
        "envelope_from": letter.envelope_from or None,
        "envelope_to": letter.envelope_to,
        "size": letter.size,
        "person": person_shape(letter.person) if letter.person else None,
        "request": talk.reference if talk and talk.is_request else None,
        "case": talk.case.reference if talk and talk.case else None,
        "relationship": talk.public_id if talk and talk.is_relationship else None,
        "message": letter.message.public_id if letter.message else None,
        "released_by": person_shape(letter.released_by) if letter.released_by else None,
    }


def whole_letter_shape(letter: Letter, parsed: Parsed, trust: str) -> Shape:
    """Wants a letter that is `shown`, and what was read of it."""
    return {
        **letter_shape(letter),
        "proof": proof_of(parsed, trust),
        "recipients": [
            {"address": each.address.email, "name": each.address.name, "stood": each.stood}
            for each in parsed.recipients
        ],
        "text": parsed.text,
        "folded": [{"kind": each.kind, "text": each.text} for each in parsed.quoted],
        "documents": [{"name": each.name, "kind": each.kind, "size": len(each.content)} for each in parsed.documents],
        "machine": parsed.machine,
        "outlook": outlook_shape(outlook(letter, parsed)) if letter.state == State.HELD else None,
        "problems": [{"code": each.code, "words": str(PROBLEMS[each.code])} for each in parsed.problems],
    }


def outlook_shape(found: Outlook) -> Shape:
    """What would come of a held letter if it were released now."""
    reason, writer, place = found.where.reason, found.writer, found.place
    return {
        "releases": writer is not None,
        "reason": reason,
        "reason_label": str(REASONS[reason]),
        "person": person_shape(writer.person) if writer and writer.person else None,
        "organisation": writer.organisation.name if isinstance(writer, Actor) else None,
        "channel": found.where.channel if isinstance(found.where, Open) else None,
        "request": place.reference if place and place.is_request else None,
        "case": place.case.reference if place and place.case else None,
        "relationship": place.public_id if place and place.is_relationship else None,
    }


def mailbox_shape(mailbox: Mailbox, now: datetime) -> Shape:
    health = mailbox.health(now)
    return {
        "name": mailbox.name,
        "health": health.value,
        "health_label": str(health.label),
        "looked_into_at": moment(mailbox.last_ok_at) if mailbox.last_ok_at else None,
        "trouble": mailbox.trouble or None,
        "trouble_since": moment(mailbox.trouble_since) if mailbox.trouble_since else None,
        "read_to": mailbox.last_uid,
        "left": mailbox.left,
    }


def alias_shape(alias: Alias) -> Shape:
    """Wants one that is `shown`."""
    return {
        "address": alias.address,
        "person": person_shape(alias.person),
        "trusted_by": person_shape(alias.trusted_by) if alias.trusted_by else None,
        "at": moment(alias.at),
    }
