from datetime import timedelta
from tests.cast import MONDAY
from trialogue.events.models import Event, first_broken_link
from trialogue.events import tail
from trialogue.clocks.models import Clock, break_due, warn_due
from trialogue.deliveries.rounds import send_due
from trialogue.deliveries.models import Delivery
from trialogue.cases.timeline import tell
from trialogue.conversations.models import *


def test_smoke(cast, django_assert_max_num_queries):
    case = cast.released()
    case.confirm(by=cast.paul, message="Welcome", at=MONDAY + timedelta(hours=1))
    conv = case.conversation
    with django_assert_max_num_queries(40) as q:
        conv.post(by=cast.clara, body="Hello **there**", at=MONDAY + timedelta(hours=2))
    print(len(q))
    for x in q.captured_queries:
        print(x["sql"][:150])
    now = MONDAY + timedelta(days=1, hours=20)
    assert warn_due(now) == 1, [c for c in Clock.objects.all()]
    now = MONDAY + timedelta(days=3)
    assert break_due(now) == 1
    assert break_due(now) == 0
    conv.post(by=cast.paul, body="Late", at=now)
    for line in tell(Event.objects.order_by("id")):
        print(line.at, line.sentence)
    print(send_due(now + timedelta(hours=1)), Delivery.objects.values_list("kind", "person__name", "state", "why"))
    assert first_broken_link(case) is None and first_broken_link(conv) is None
    print(tail.head(), len(tail.after(tail.START)))
    assert ConversationQuerySet
    case.close(by=cast.paul, code="Paid")
    for c in Clock.objects.all():
        print(c, c.state)
