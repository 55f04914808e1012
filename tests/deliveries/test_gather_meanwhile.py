"""A worker begins a mail at the moment in which more is said: what the mail does not carry, the next one does."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from tests.cast import gather
from tests.together import Meanwhile, together
from trialogue.conversations.models import Conversation
from trialogue.deliveries.models import Delivery


@pytest.mark.django_db(transaction=True)
def test_what_is_said_while_a_worker_claims_is_told_by_another_mail() -> None:
    cast, claiming = gather(), Meanwhile()
    case = cast.confirmed()
    Delivery.objects.all().delete()
    case.conversation.post(by=cast.paul, body="First", at=timezone.now())
    waiting = list(Delivery.objects.filter(state="waiting"))

    def claim() -> None:
        with transaction.atomic():
            assert all(delivery.claim(timezone.now()) for delivery in waiting)
            claiming.reaction(None)

    def say() -> int:
        return Conversation.objects.get(case=case).post(by=cast.paul, body="Second").number

    ends = together(claim, claiming.then(say))
    assert ends[0] is None, ends
    told = Delivery.objects.filter(through=ends[1], state="waiting")
    assert sorted(d.person.name for d in told) == ["Carl Dahl", "Clara Holm"]  # type: ignore[union-attr]
