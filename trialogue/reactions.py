"""What follows from what: the whole table of consequences. Each runs inside the change; if one fails, the change fails."""

from __future__ import annotations

from collections.abc import Mapping

from trialogue.clocks import turning
from trialogue.conversations import models as conversations
from trialogue.deliveries import models as deliveries
from trialogue.events.change import Reaction

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    "organisation.founded": (turning.give_calendar,),
    "case.released": (conversations.open_for_case, turning.expect_confirmation, deliveries.tell_of_move),
    "case.confirmed": (turning.meet_confirmation, conversations.post_words_of_move, deliveries.tell_of_move),
    "case.information_requested": (
        turning.meet_confirmation,
        conversations.post_words_of_move,
        deliveries.tell_of_move,
    ),
    "case.resumed": (deliveries.tell_of_move,),
    "case.paused": (conversations.post_words_of_move, deliveries.tell_of_move),
    "case.closed": (turning.cancel_all, deliveries.tell_of_move),
    "document.added": (deliveries.tell_of_move,),
    "message.posted": (turning.turn, deliveries.tell_listener),
    "clock.warned": (deliveries.ring_owner,),
    "clock.broken": (deliveries.ring_both,),
}
