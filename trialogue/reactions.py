"""What follows from what: the whole table of consequences. Each runs inside the change; if one fails, the change fails."""

from __future__ import annotations

from collections.abc import Mapping

from trialogue.cases import models as cases
from trialogue.clocks import turning
from trialogue.complaints import models as complaints
from trialogue.conversations import models as conversations
from trialogue.deliveries import hearers, returns
from trialogue.deliveries import models as deliveries
from trialogue.escalations import models as escalations
from trialogue.events.change import Reaction
from trialogue.lists import views

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    "organisation.founded": (turning.give_calendar,),
    "organisation.plan_set": (escalations.end_with_plan,),
    "policy.adopted": (turning.adopt_promises,),
    "member.left": (cases.hand_back, views.forget_person, escalations.hand_over, escalations.pass_on),
    "case.released": (conversations.open_for_case, turning.expect_confirmation, deliveries.tell_of_move),
    "case.confirmed": (turning.meet_confirmation, conversations.post_words_of_move, deliveries.tell_of_move),
    "case.information_requested": (
        turning.meet_confirmation,
        conversations.post_words_of_move,
        deliveries.tell_of_move,
    ),
    "information.asked": (deliveries.tell_of_move,),
    "information.asked_again": (deliveries.tell_of_move,),
    "case.contract_awaited": (deliveries.tell_of_move,),
    "case.contract_signed": (deliveries.tell_of_move,),
    "case.quotes_collected": (deliveries.tell_of_move,),
    "case.quote_presented": (deliveries.tell_of_move,),
    "case.quote_accepted": (conversations.open_for_case, deliveries.tell_of_move),
    "case.declined": (turning.meet_confirmation, turning.cancel_all, deliveries.tell_of_move),
    "case.resumed": (turning.meet_follow_up, deliveries.tell_of_move),
    "case.paused": (conversations.post_words_of_move, turning.expect_follow_up, deliveries.tell_of_move),
    "case.closure_requested": (conversations.post_words_of_move, deliveries.tell_of_move),
    "case.reassigned": (turning.cancel_all, deliveries.tell_of_move),
    "case.closed": (turning.cancel_all, deliveries.tell_of_move),
    "case.reopened": (conversations.post_words_of_move, deliveries.tell_of_move),
    "case.recalled": (turning.cancel_all, deliveries.tell_of_move),
    "case.merged": (turning.cancel_all, deliveries.tell_of_move),
    "case.reminded": (deliveries.tell_of_move,),
    "case.update_due": (turning.expect_update,),
    "case.progress_reported": (turning.meet_update, conversations.post_words_of_move),
    "document.added": (deliveries.tell_of_document,),
    "document.replaced": (deliveries.tell_of_document,),
    "document.held": (deliveries.tell_uploader,),
    "consent.given": (deliveries.tell_of_consent,),
    "consent.withdrawn": (deliveries.tell_of_consent,),
    "message.posted": (turning.turn, deliveries.tell_listener),
    "message.mentioned": (deliveries.tell_mentioned,),
    "note.mentioned": (deliveries.tell_colleagues,),
    "conversation.read": (deliveries.saw,),
    "message.excused": (turning.forgive,),
    "message.withdrawn": (turning.must_not_undo_an_answer, turning.forgive),
    "request.opened": (
        turning.expect_answer,
        escalations.call_those_on_duty,
        deliveries.acknowledge,
        deliveries.tell_desk,
    ),
    "request.asked": (turning.expect_answer, escalations.reopen_step, deliveries.tell_desk),
    "request.handed": (turning.end_answer, escalations.end_step, deliveries.tell_desk),
    "request.split": (turning.expect_answer, deliveries.tell_other_side),
    "request.answered": (turning.meet_answer, escalations.end_step, deliveries.tell_sender),
    "request.moved": (turning.expect_answer_elsewhere, escalations.call_those_on_duty, deliveries.tell_sender),
    "request.settled": (turning.end_answer, escalations.end_step, deliveries.tell_other_side),
    "request.merged": (turning.end_answer, escalations.end_step, deliveries.tell_sender),
    "request.escalated": (turning.expect_escalated, deliveries.tell_desk),
    "request.acknowledged": (turning.meet_acknowledged, deliveries.tell_sender),
    "escalation.begun": (hearers.let_deputy_answer, deliveries.page_those_on_duty),
    "request.supplied": (deliveries.tell_desk,),
    "request.assigned": (deliveries.tell_assigned,),
    "complaint.filed": (deliveries.tell_of_complaint,),
    "complaint.passed_on": (deliveries.tell_of_complaint,),
    "complaint.responded": (deliveries.tell_of_complaint,),
    "complaint.unanswered": (deliveries.tell_of_complaint,),
    "complaint.decided": (deliveries.tell_of_complaint,),
    "complaint.withdrawn": (deliveries.tell_of_complaint,),
    "letter.filed": (returns.acknowledge_another_matter,),
    "letter.refused": (returns.tell_refused,),
    "letter.bounced": (returns.take_back,),
    "address.cleared": (returns.send_a_test,),
    "clock.warned": (deliveries.ring_owner,),
    "clock.reminded": (deliveries.ring_owner,),
    "clock.broken": (complaints.lapse, deliveries.ring_both),
}
