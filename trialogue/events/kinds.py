"""All that can happen. Each kind has its fields, whom it concerns, the sentence a person reads, and how it forgets a person.

A fact is a public id, a small value, or the digest of words; so an event holds no personal data of its own. Whoever did
something is named by public id, and the name is looked up when the sentence is read: a forgotten person is forgotten here too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

EVERYONE = frozenset({"client", "partner", "referrer"})  # the operator sees every event
BOTH = frozenset({"client", "partner"})
_AUDIENCES = {"everyone": EVERYONE, "both": BOTH, "client": frozenset({"client"}), "operator": frozenset[str]()}


@dataclass(frozen=True)
class Kind:
    """`fields` maps the name of a fact to its type: `id`, `text`, `number`, `moment`, `ids` or `digest`."""

    name: str
    sentence: Any
    fields: Mapping[str, str]
    audience: frozenset[str]
    in_thread: bool = False
    private: bool = False  # nobody hears of it but the organisation that did it
    forgets: str = "Names are looked up by id when read; nothing to do."

    def facts(self, things: Mapping[str, Any]) -> dict[str, Any]:
        """What the log keeps of the things handed to `record`; the others are for reactions. A missing one is a `KeyError`."""
        return {name: _FORMS[form](things[name]) for name, form in self.fields.items()}


def _moment(value: datetime) -> str:
    return value.isoformat()


_FORMS: dict[str, Any] = {
    "id": lambda thing: thing if isinstance(thing, str) else thing.public_id if thing is not None else "",
    "ids": lambda things: [thing.public_id for thing in things],
    "text": str,
    "number": int,
    "moment": _moment,
    "digest": lambda words: hashlib.sha256(words.encode()).hexdigest() if words else "",
}


# What can happen: its name; whom it concerns, besides the operator; the sentence; its facts, each with its type.
# fmt: off
_TABLE: tuple[tuple[str, str, Any, str], ...] = (
    # people
    ("organisation.founded", "everyone", _("{by} added {organisation}."), "kind:text"),
    ("organisation.described", "everyone", _("{by} changed the details of {organisation}."), "name:digest country:text zone:text"),
    ("organisation.plan_set", "everyone", _("{by} changed what {organisation} has agreed on."), "plan:text"),
    ("organisation.branded", "everyone", _("{by} changed the brand that the clients of {organisation} see."), "name:digest look:digest"),
    ("organisation.unbranded", "everyone", _("{by} took off the brand of {organisation}."), "name:digest"),
    ("invitation.sent", "everyone", _("{by} invited someone as {role}."), "invitation:id role:text"),
    ("invitation.withdrawn", "everyone", _("{by} withdrew an invitation."), "invitation:id"),
    ("member.admitted", "everyone", _("{person} joined {organisation} as {role}."), "person:id role:text"),
    ("member.role_changed", "everyone", _("{person} is now {role} of {organisation}."), "person:id role:text"),
    ("member.left", "everyone", _("{person} no longer belongs to {organisation}."), "person:id"),
    ("member.away", "everyone", _("{person} is away for a while."), "person:id begins_at:moment ends_at:moment"),
    ("member.back", "everyone", _("{person} is back."), "person:id"),
    ("member.steps_left", "everyone, private", _("{person} needs the first steps no more."), "person:id"),
    ("member.steps_resumed", "everyone, private", _("{person} takes up the first steps again."), "person:id"),
    ("key.issued", "everyone", _("{by} made an API key for {environment}."), "key:id environment:text"),
    ("key.revoked", "everyone", _("{by} revoked an API key."), "key:id"),
    ("endpoint.added", "everyone", _("{by} added a webhook for {environment}."), "endpoint:id environment:text"),
    ("endpoint.changed", "everyone", _("{by} changed a webhook."), "endpoint:id address:digest wants:digest"),
    ("endpoint.rotated", "everyone", _("{by} gave a webhook another secret."), "endpoint:id"),
    ("endpoint.turned_on", "everyone", _("{by} turned a webhook on."), "endpoint:id"),
    ("endpoint.turned_off", "everyone", _("{by} turned a webhook off."), "endpoint:id"),
    ("endpoint.paused", "everyone", _("A webhook is paused: it could not be reached, or said that it is gone."), "endpoint:id why:text"),
    ("endpoint.tried", "everyone", _("{by} had something sent to a webhook."), "endpoint:id delivery:id"),
    ("endpoint.removed", "everyone", _("{by} removed a webhook."), "endpoint:id"),
    # cases
    ("case.submitted", "everyone", _("{by} submitted the case."), "client:id"),
    ("case.released", "everyone, in thread", _("{by} released the case to {partner}."), "partner:id engagement:id"),
    ("case.confirmed", "everyone, in thread", _("{by} confirmed the case."), "engagement:id"),
    ("case.information_requested", "everyone, in thread", _("{by} asked for information."), "question:digest"),
    ("case.resumed", "everyone, in thread", _("{by} resumed the case."), "old:text"),
    ("case.paused", "everyone, in thread", _("{by} paused the case."), "reason:digest"),
    ("case.closed", "everyone, in thread", _("{by} closed the case: {code}."), "code:text comment:digest"),
    ("case.contract_awaited", "everyone, in thread", _("{by} waits for the contract."), "old:text"),
    ("case.contract_signed", "everyone, in thread", _("The contract is signed."), "old:text"),
    ("case.quotes_collected", "everyone, in thread", _("{by} collects quotes for the case."), "old:text"),
    ("case.quote_presented", "everyone, in thread", _("{by} presented a quote of {quoted}."), "quoted:id quote:digest"),
    ("case.quote_accepted", "everyone, in thread", _("{by} accepted the quote of {partner}, who works the case from now on."), "partner:id engagement:id"),
    ("case.declined", "everyone, in thread", _("{by} declined the case: {decline_reason}."), "engagement:id decline_reason:text comment:digest"),
    ("case.closure_requested", "everyone, in thread", _("{by} asked to close the case. It is paused until the partner answers."), "reason:digest"),
    ("case.reassigned", "everyone, in thread", _("{by} took the case back from {partner}, to give it to another partner."), "partner:id engagement:id reason:digest"),
    ("case.reopened", "everyone, in thread", _("{by} reopened the case."), "message:digest"),
    ("case.recalled", "everyone, in thread", _("{by} reopened the case, to release it anew."), "old:text"),
    ("case.merged", "everyone, in thread", _("{by} merged the case into {into}."), "into:text comment:digest"),
    ("case.absorbed", "everyone, in thread", _("{by} merged case {merged} into this one."), "merged:text"),
    ("case.owner_assigned", "both", _("{person} now looks after the case on their side."), "person:id"),
    ("case.owner_removed", "both", _("{person} no longer looks after the case alone."), "person:id"),
    ("case.update_due", "both", _("The partner's monthly update is due."), "partner:id"),
    ("case.progress_reported", "everyone, in thread", _("{by} sent a monthly update and recommends: {recommendation}."), "recommendation:text message:digest"),
    ("case.reminded", "everyone, in thread", _("{by} reminds {partner}: an answer was due {due_at}."), "partner:id clock:id due_at:moment"),
    ("call.logged", "both, in thread", _("{by} logged a call to the debtor: {call_outcome}."), "call:id call_outcome:text"),
    # information requests
    ("information.asked", "both", _("{by} asked for information. Items: {items}."), "request:id items:number"),
    ("information.answered", "both, in thread", _("{by} answered “{item}”."), "item:id"),
    ("information.accepted", "both, in thread", _("{by} accepted the answer to “{item}”."), "item:id"),
    ("information.asked_again", "both", _("{by} asked again for “{item}”."), "item:id reason:digest"),
    ("information.dropped", "both, in thread", _("{by} no longer needs “{item}”."), "item:id"),
    ("template.kept", "everyone", _("{by} kept a list of what is often asked for."), "template:id"),
    ("template.removed", "everyone", _("{by} removed a list of what is often asked for."), "template:id"),
    # conversations
    ("conversation.opened", "everyone", _("The conversation opened."), "conversation:id"),
    ("conversation.read", "both", _("{by} read up to message {through}."), "person:id through:number"),
    ("message.posted", "everyone", _("{by} wrote."), "message:id number:number body:digest documents:ids"),
    ("message.copied", "both", _("{by} copied a message to here."), "message:id number:number body:digest"),
    ("message.handed", "both", _("{by} brought this over from a request."), "request:id message:id"),
    ("message.edited", "everyone", _("{by} changed message {number}."), "message:id number:number old:digest body:digest"),
    ("message.withdrawn", "everyone", _("{by} deleted message {number}."), "message:id number:number body:digest"),
    ("message.excused", "everyone, in thread", _("{by} said that message {number} needs no answer."), "message:id number:number"),
    ("message.mentioned", "everyone", _("{by} called on people in message {number}."), "message:id number:number people:ids"),
    ("pin.added", "everyone, in thread", _("{by} pinned a fact."), "pin:id message:id fact:digest"),
    ("pin.removed", "everyone, in thread", _("{by} took a pinned fact off."), "pin:id message:id"),
    ("note.written", "both, private", _("{by} wrote a private note."), "note:id conversation:id body:digest"),
    ("note.mentioned", "both, private", _("{by} called on colleagues in a private note."), "note:id conversation:id people:ids"),
    ("note.removed", "both, private", _("{by} removed a private note."), "note:id conversation:id body:digest"),
    ("document.added", "both, in thread", _("{by} added “{document}”."), "document:id sha256:text"),
    ("document.described", "both", _("{by} changed what “{document}” is said to be."), "document:id kind:text description:digest"),
    ("document.replaced", "both, in thread", _("{by} added version {version} of “{document}”."), "document:id old:id version:number sha256:text"),
    ("document.removed", "both, in thread", _("{by} removed “{document}”."), "document:id sha256:text"),
    ("document.checked", "both", _("The malware check found nothing in “{document}”."), "document:id"),
    ("document.held", "both, in thread", _("The malware check found something in “{document}”; nobody can open it. Whoever added it should remove it and send a clean copy."), "document:id"),
    ("consent.given", "everyone, in thread", _("{by} allowed {referrer} to write along, {scope}."), "consent:id referrer:id scope:text"),
    ("consent.withdrawn", "everyone, in thread", _("{by} no longer allows {referrer} to write along, {scope}."), "consent:id referrer:id scope:text"),
    # the operator in the conversation of a case: there for a reason, or reading
    ("operator.joined", "everyone, in thread", _("{by} joined the conversation for the operator (“{presence}”)."), "presence:id person:id reason:digest"),
    ("operator.left", "everyone, in thread", _("{person}, of the operator, left the conversation."), "presence:id person:id"),
    ("operator.read", "both", _("{by} read messages or documents here for the operator, without joining."), "person:id"),
    # clocks
    ("clock.started", "both", _("{owner} owes an answer by {due_at} ({promise})."), "clock:id promise:text owner:id due_at:moment"),
    ("clock.warned", "both", _("{owner} still owes an answer, due {due_at} ({promise})."), "clock:id promise:text owner:id due_at:moment"),
    ("clock.kept", "both", _("{owner} answered in time ({promise})."), "clock:id promise:text owner:id due_at:moment"),
    ("clock.broken", "both, in thread", _("{owner} did not answer in time: it was due {due_at} ({promise})."), "clock:id promise:text owner:id due_at:moment"),
    ("clock.reminded", "both, in thread", _("{by} reminded {owner} of the answer that was due {due_at} ({promise})."), "clock:id promise:text owner:id due_at:moment"),
    ("clock.answered", "both", _("{owner} answered late: it was due {due_at} ({promise})."), "clock:id promise:text owner:id due_at:moment"),
    ("clock.cancelled", "both", _("{owner} owes no answer any more ({promise}): {why}."), "clock:id promise:text owner:id due_at:moment why:text"),
    ("calendar.introduced", "everyone", _("{by} changed the working hours of {organisation}."), "calendar:id version:number"),
    ("calendar.followed", "everyone", _("{by} has the closed days of {organisation} read from a calendar each day."), "feed:id"),
    ("calendar.left", "everyone", _("{by} no longer has the closed days of {organisation} read from a calendar."), "feed:id"),
    ("policy.introduced", "everyone", _("{by} changed a promise: {promise}, within {within}."), "promise:text version:number within:number unit:text"),
    # channels
    ("policy.adopted", "everyone", _("{by} adopted edition {edition} of the channel policy."), "edition:number policy:digest"),
    # requests: between whoever asks and the operator
    ("request.opened", "everyone", _("{by} asked."), "request:id channel:text situation:text"),
    ("request.asked", "everyone", _("{by} wrote again."), "request:id message:id"),
    ("request.supplied", "everyone", _("{by} said what was missing."), "request:id items:number"),
    ("request.answered", "everyone", _("{by} answered."), "request:id message:id"),
    ("request.assigned", "everyone", _("{person} takes care of it."), "request:id person:id"),
    ("request.moved", "everyone", _("{by} put it on another channel: {channel}."), "request:id old:text channel:text"),
    ("request.widened", "everyone", _("The same was written to {channels}, too."), "request:id channels:text"),
    ("request.stands", "everyone", _("The request is now: {state}."), "request:id old:text state:text"),
    ("request.settled", "everyone", _("{by} said that it is done."), "request:id state:text"),
    ("request.reopened", "everyone", _("{by} opened it again."), "request:id old:text"),
    ("request.rated", "everyone", _("{by} said whether it helped."), "request:id helped:text words:digest"),
    ("request.escalated", "everyone", _("{by} took it a step further."), "request:id promise:text"),
    ("request.acknowledged", "everyone", _("{by} has seen it and is on it."), "request:id promise:text"),
    ("request.linked", "everyone", _("{by} said which case it is about."), "request:id case:id old:id"),
    ("request.merged", "everyone", _("{by} merged it into another request of yours."), "request:id other:id"),
    ("request.absorbed", "everyone", _("{by} merged another request into it."), "request:id other:id"),
    ("request.split", "everyone", _("{by} made this a request of its own."), "request:id other:id"),
    ("request.handed", "everyone", _("{by} put it into the conversation of the case."), "request:id case:id message:id"),
    ("request.parted", "everyone", _("{by} made a request of its own out of a part of it."), "request:id other:id"),
    ("request.tagged", "everyone, private", _("{by} tagged it."), "request:id tags:digest"),
    ("team.set", "everyone", _("{by} said who looks after {channel}."), "channel:text people:ids"),
    ("saved_answer.kept", "everyone, private", _("{by} kept an answer."), "answer:id title:digest body:digest"),
    ("saved_answer.removed", "everyone, private", _("{by} removed a kept answer."), "answer:id title:digest"),
    # articles: the operator writes them; what is live, everyone reads
    ("collection.described", "operator", _("{by} said what a collection of articles is."), "collection:id"),
    ("article.begun", "operator", _("{by} began an article."), "article:id visible:text"),
    ("article.described", "operator", _("{by} changed where an article stands and who may read it."), "article:id visible:text"),
    ("article.written", "operator", _("{by} wrote version {version} of an article."), "article:id language:text version:number words:digest"),
    ("article.in_review", "operator", _("An article waits to be reviewed."), "article:id language:text version:number"),
    ("article.scheduled", "operator", _("{by} had an article go live at {publish_at}."), "article:id language:text version:number publish_at:moment"),
    ("article.published", "operator", _("An article went live."), "article:id language:text version:number"),
    ("article.taken_back", "operator", _("{by} took an article back."), "article:id language:text version:number"),
    ("article.rolled_back", "operator", _("{by} brought back version {old} of an article."), "article:id language:text version:number old:number"),
    ("article.picture_added", "operator", _("{by} added a picture to an article."), "article:id picture:id sha256:text"),
    ("article.picture_removed", "operator", _("{by} removed a picture from an article."), "article:id picture:id sha256:text"),
    # account managers
    ("manager.assigned", "everyone", _("{by} made {person} the account manager."), "manager:id person:id deputy:id since:moment"),
    ("manager.ended", "everyone", _("{person} is no longer the account manager."), "manager:id person:id"),
    # complaints: their partner hears of one from the moment when it is passed on
    ("complaint.filed", "both, in thread", _("{by} filed a complaint about the work on the case."), "complaint:id category:text"),
    ("complaint.reviewed", "both", _("{person} looks after the complaint."), "complaint:id person:id"),
    ("complaint.passed_on", "both, in thread", _("{by} asked {partner} to respond to the complaint."), "complaint:id partner:id"),
    ("complaint.responded", "both, in thread", _("{by} responded to the complaint."), "complaint:id response:digest"),
    ("complaint.unanswered", "both, in thread", _("The time to respond to the complaint ran out."), "complaint:id"),
    ("complaint.decided", "both, in thread", _("{by} decided on the complaint: {outcome}."), "complaint:id outcome:text reasons:digest"),
    ("complaint.withdrawn", "both, in thread", _("{by} withdrew the complaint."), "complaint:id"),
    # meetings: between whoever asked and the operator; hosts are the operator's affair
    ("host.described", "operator", _("{by} said when {person} can be met."), "host:id person:id open:text"),
    ("meeting.asked", "everyone", _("{by} asked for a meeting."), "meeting:id wishes:number"),
    ("meeting.offered", "everyone", _("{by} offered other times."), "meeting:id times:number"),
    ("meeting.agreed", "everyone", _("The meeting was agreed for {starts_at}."), "meeting:id host:id starts_at:moment"),
    ("meeting.moved", "everyone", _("{by} moved the meeting to {starts_at}."), "meeting:id old:moment starts_at:moment"),
    ("meeting.declined", "everyone", _("{by} declined the meeting."), "meeting:id reason:digest"),
    ("meeting.called_off", "everyone", _("{by} called the meeting off."), "meeting:id reason:digest was:text"),
    ("meeting.held", "everyone", _("{by} noted that the meeting was held."), "meeting:id notes:digest"),
    ("meeting.missed", "everyone", _("{by} noted that nobody came."), "meeting:id notes:digest"),
    # escalations: between whoever climbs and the operator
    ("escalation.begun", "everyone", _("{by} took a step up the ladder: {step}."), "escalation:id ladder:text step:text request:id person:id"),
    ("escalation.paged", "everyone", _("Those on duty were called."), "escalation:id people:ids"),
    ("escalation.acknowledged", "everyone", _("{person} is on it."), "escalation:id person:id"),
    ("escalation.passed", "everyone", _("{person} must answer now."), "escalation:id person:id"),
    ("escalation.ended", "everyone", _("The step is {state}."), "escalation:id state:text"),
    ("escalation.reopened", "everyone", _("{by} asked again, and the step is open again."), "escalation:id"),
    # lists
    ("view.shared", "everyone", _("{by} shared a view of the cases."), "view:id name:digest"),
    ("view.changed", "everyone", _("{by} changed a shared view of the cases."), "view:id name:digest"),
    ("view.removed", "everyone", _("{by} removed a shared view of the cases."), "view:id name:digest"),
    ("batch.started", "everyone", _("{by} began: {what}. Cases: {count}."), "what:text count:number"),
    ("batch.finished", "everyone", _("Of {what}: {done} done, {refused} not possible."), "what:text done:number refused:number outcome:text"),
    # deliveries
    ("delivery.settled", "both", _("A notice to {person}: {outcome}."), "delivery:id person:id outcome:text"),
    # addresses that mails come back from: the person's own affair, and the operator's
    ("address.rested", "operator", _("Mails to an address come back."), "bounce:id permanent:text count:number"),
    ("address.cleared", "operator", _("{by} said that an address works again."), "bounce:id"),
    # letters: what has come by mail is the operator's to see; what is filed speaks for itself where it stands
    ("letter.arrived", "operator", _("A letter arrived."), "letter:id door:text sha256:text"),
    ("letter.filed", "operator", _("The letter was filed."), "letter:id reason:text conversation:id message:id"),
    ("letter.held", "operator", _("The letter is held for somebody to decide: {reason}."), "letter:id reason:text conversation:id message:id"),
    ("letter.noted", "operator", _("A machine wrote the letter: {reason}."), "letter:id reason:text conversation:id message:id"),
    ("letter.refused", "operator", _("The letter was refused: {reason}."), "letter:id reason:text conversation:id message:id"),
    ("letter.failed", "operator", _("The letter could not be filed: {reason}."), "letter:id reason:text conversation:id message:id"),
    ("letter.bounced", "operator", _("A mail of ours came back."), "letter:id addresses:number"),
    ("letter.released", "operator", _("{by} released the letter."), "letter:id trusted:text"),
    ("letter.replayed", "operator", _("{by} had the letter read again."), "letter:id"),
    ("alias.trusted", "operator", _("{by} said that {person} writes from another address, too."), "person:id address:digest"),
    ("alias.ended", "operator", _("{by} said that an address is not {person}'s any more."), "person:id address:digest"),
    # uploads: what a client is about to send is its own affair
    ("upload.received", "client", _("{by} sent a file of cases."), "sha256:text"),
    ("upload.matched", "client", _("{by} said which column of a file of cases is which."), "columns:number"),
    ("upload.checked", "client", _("A file of cases was checked: {ready} ready, {wrong} with errors."), "ready:number wrong:number known:number"),
    ("upload.started", "client", _("{by} had {ready} cases made of a file."), "ready:number"),
    ("upload.finished", "client", _("Of a file of cases, {created} were created."), "created:number wrong:number known:number"),
    ("upload.failed", "client", _("A file of cases could not be read."), "reason:digest"),
    ("upload.withdrawn", "client", _("{by} withdrew a file of cases."), "created:number"),
)
# fmt: on


def _kind(name: str, heard: str, sentence: Any, facts: str) -> Kind:
    whom, *how = heard.split(", ")
    assert {"in thread", "private"}.issuperset(how), heard
    fields = dict(fact.split(":") for fact in facts.split())
    return Kind(name, sentence, fields, _AUDIENCES[whom], in_thread="in thread" in how, private="private" in how)


KINDS: dict[str, Kind] = {row[0]: _kind(*row) for row in _TABLE}
IN_THREAD = frozenset(kind.name for kind in KINDS.values() if kind.in_thread)
