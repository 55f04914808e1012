"""What follows from what: the whole table of consequences. Each runs inside the change; if one fails, the change fails."""

from __future__ import annotations

from collections.abc import Mapping

from trialogue.cases import models as cases
from trialogue.clocks import feeds, turning
from trialogue.complaints import models as complaints
from trialogue.conversations import models as conversations
from trialogue.conversations import overseeing, relationships
from trialogue.deliveries import appointments, calling, hearers, returns, telling
from trialogue.escalations import models as escalations
from trialogue.escalations import standing
from trialogue.events.change import Reaction
from trialogue.lists import views
from trialogue.meetings import models as meetings

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    "organisation.founded": (turning.give_calendar,),
    "organisation.plan_set": (standing.end_with_plan,),
    "organisation.described": (relationships.rename,),
    "policy.adopted": (turning.adopt_promises,),
    "calendar.introduced": (feeds.count_news,),
    "member.left": (
        cases.hand_back,
        views.forget_person,
        standing.hand_over,
        escalations.pass_on,
        overseeing.leave_with_membership,
        meetings.leave_with_membership,
    ),
    "member.away": (meetings.stay_away, appointments.remind_who_stands_in),
    "member.back": (meetings.stay_away, appointments.remind_who_stands_in),
    "case.released": (conversations.open_for_case, turning.expect_confirmation, telling.tell_of_move),
    "case.confirmed": (turning.meet_confirmation, conversations.post_words_of_move, telling.tell_of_move),
    "case.information_requested": (
        turning.meet_confirmation,
        conversations.post_words_of_move,
        telling.tell_of_move,
    ),
    "information.asked": (telling.tell_of_move,),
    "information.asked_again": (telling.tell_of_move,),
    "case.contract_awaited": (telling.tell_of_move,),
    "case.contract_signed": (telling.tell_of_move,),
    "case.quotes_collected": (telling.tell_of_move,),
    "case.quote_presented": (telling.tell_of_move,),
    "case.quote_accepted": (conversations.open_for_case, telling.tell_of_move),
    "case.declined": (
        turning.meet_confirmation,
        turning.cancel_all,
        overseeing.leave_with_part,
        telling.tell_of_move,
    ),
    "case.resumed": (turning.meet_follow_up, telling.tell_of_move),
    "case.paused": (conversations.post_words_of_move, turning.expect_follow_up, telling.tell_of_move),
    "case.closure_requested": (conversations.post_words_of_move, telling.tell_of_move),
    "case.reassigned": (turning.cancel_all, overseeing.leave_with_part, telling.tell_of_move),
    "case.closed": (turning.cancel_all, overseeing.leave_with_part, telling.tell_of_move),
    "case.reopened": (conversations.post_words_of_move, telling.tell_of_move),
    "case.recalled": (turning.cancel_all, overseeing.leave_with_part, telling.tell_of_move),
    "case.merged": (turning.cancel_all, overseeing.leave_with_part, telling.tell_of_move),
    "case.reminded": (telling.tell_of_move,),
    "case.update_due": (turning.expect_update,),
    "case.progress_reported": (turning.meet_update, conversations.post_words_of_move),
    "document.added": (telling.tell_of_document,),
    "document.replaced": (telling.tell_of_document,),
    "document.held": (telling.tell_uploader,),
    "consent.given": (telling.tell_of_consent,),
    "consent.withdrawn": (telling.tell_of_consent,),
    "operator.joined": (telling.tell_of_move,),
    "message.posted": (turning.turn, telling.tell_listener),
    "message.mentioned": (telling.tell_mentioned,),
    "note.mentioned": (telling.tell_colleagues,),
    "conversation.read": (telling.saw,),
    "message.excused": (turning.forgive,),
    "message.withdrawn": (turning.must_not_undo_an_answer, turning.forgive),
    "request.opened": (
        turning.expect_answer,
        escalations.call_those_on_duty,
        telling.acknowledge,
        telling.tell_desk,
    ),
    "request.asked": (turning.expect_answer, escalations.reopen_step, telling.tell_desk),
    "request.handed": (turning.end_answer, escalations.end_step, telling.tell_desk),
    "request.split": (meetings.must_stay_where_it_is_asked, turning.expect_answer, telling.tell_other_side),
    "request.answered": (turning.meet_answer, escalations.end_step, telling.tell_sender),
    "request.moved": (turning.expect_answer_elsewhere, escalations.call_those_on_duty, telling.tell_sender),
    "request.stands": (meetings.end_with_request,),
    "request.settled": (turning.end_answer, escalations.end_step, telling.tell_other_side),
    "request.merged": (turning.end_answer, escalations.end_step, telling.tell_sender),
    "request.escalated": (turning.expect_escalated, telling.tell_desk),
    "request.acknowledged": (turning.meet_acknowledged, telling.tell_sender),
    "escalation.begun": (hearers.let_deputy_answer, telling.page_those_on_duty),
    "escalation.paged": (calling.page_endpoints,),
    "request.supplied": (telling.tell_desk,),
    "request.assigned": (telling.tell_assigned,),
    "complaint.filed": (telling.tell_of_complaint,),
    "complaint.passed_on": (telling.tell_of_complaint,),
    "complaint.responded": (telling.tell_of_complaint,),
    "complaint.unanswered": (telling.tell_of_complaint,),
    "complaint.decided": (telling.tell_of_complaint,),
    "complaint.withdrawn": (telling.tell_of_complaint,),
    "meeting.offered": (appointments.tell_of_meeting,),
    "meeting.agreed": (appointments.tell_of_meeting, appointments.remind_of_meeting),
    "meeting.moved": (appointments.tell_of_meeting, appointments.remind_of_meeting),
    "meeting.declined": (appointments.tell_of_meeting,),
    "meeting.called_off": (appointments.tell_of_meeting, appointments.remind_of_meeting),
    "meeting.held": (appointments.tell_of_notes,),
    "letter.filed": (returns.acknowledge_another_matter,),
    "letter.refused": (returns.tell_refused,),
    "letter.bounced": (returns.take_back,),
    "endpoint.paused": (calling.tell_of_pause,),
    "address.cleared": (returns.send_a_test,),
    "clock.warned": (telling.ring_owner,),
    "clock.reminded": (telling.ring_owner,),
    "clock.broken": (complaints.lapse, telling.ring_both),
}
