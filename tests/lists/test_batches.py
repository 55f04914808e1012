"""Many cases at once: judged first, done one by one, nothing twice, what could not be done explained."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.cases import timeline
from trialogue.cases.models import Case
from trialogue.conversations.models import Conversation, Message
from trialogue.doors.console import rounds
from trialogue.events.models import Event
from trialogue.lists import batches
from trialogue.lists.batches import Batch, BatchItem, carry_on
from trialogue.people.models import Actor, Refused

NOW = MONDAY + timedelta(hours=3)


@pytest.fixture
def ten(cast: Cast) -> list[Case]:
    """Ten cases of which three may not be paused."""
    cases = [cast.confirmed(f"N-{n}") for n in range(10)]
    for case in cases[:3]:
        case.close(by=cast.paul, code="Paid", at=MONDAY)
    return cases


def prepared(by: Actor, cases: list[Case], what: str = "pause", **particulars: Any) -> Batch:
    particulars = particulars or ({"reason": "Waiting for the court"} if what == "pause" else {})
    return Batch.prepare(cases, what, by=by, **particulars)


def carried(batch: Batch) -> dict[str, int]:
    while carry_on(NOW):
        pass
    batch.refresh_from_db()
    return batch.counts()


def states(cases: list[Case]) -> list[str]:
    return [Case.objects.get(pk=case.pk).state for case in cases]


def test_those_that_may_not_are_told_before_and_after_and_the_others_are_done(cast: Cast, ten: list[Case]) -> None:
    batch = prepared(cast.paul, ten)
    assert batch.counts() == {"all": 10, "waiting": 7, "done": 0, "refused": 3}
    assert states(ten)[3:] == ["Active"] * 7, "nothing has happened yet"
    batch.confirm(by=cast.paul)
    assert carried(batch) == {"all": 10, "waiting": 0, "done": 7, "refused": 3}
    assert states(ten) == ["Closed"] * 3 + ["Paused"] * 7
    assert (batch.state, bool(batch.finished_at)) == ("done", True)
    reasons = set(batch.items.filter(state="refused").values_list("reason", flat=True))
    assert all("Closed" in reason for reason in reasons)
    finished = Event.objects.get(kind="batch.finished").facts
    assert (finished["done"], finished["refused"]) == (7, 3)
    told = timeline.tell(list(Event.objects.filter(kind__startswith="batch.").order_by("pk")))
    assert [line.sentence for line in told][-2:] == [
        "Paul Brandt began: Pause case. Cases: 7.", "Of Pause case: 7 done, 3 not possible."
    ]  # fmt: skip


def test_what_was_not_confirmed_is_not_done_and_gone_after_a_day(cast: Cast, ten: list[Case]) -> None:
    batch = prepared(cast.paul, ten)
    assert carry_on(NOW) == 0
    assert states(ten)[3:] == ["Active"] * 7
    carry_on(batch.created_at + timedelta(days=2))
    assert not Batch.objects.exists()


def test_one_message_is_said_in_each_case_once(cast: Cast, ten: list[Case]) -> None:
    fresh = cast.submitted("FRESH")
    batch = prepared(cast.clara, [*ten, fresh], "message", body="We are closed on Friday.")
    batch.confirm(by=cast.clara)
    batch.confirm(by=cast.clara)
    counts = carried(batch)
    assert (counts["done"], counts["refused"]) == (10, 1)
    assert Message.objects.filter(body="We are closed on Friday.", author=cast.clara.person).count() == 10
    assert Event.objects.filter(kind="batch.started").count() == 1
    assert "not opened yet" in batch.items.get(state="refused").reason
    carry_on(NOW)
    assert Message.objects.count() == 10


def test_many_are_handed_to_a_colleague_and_back_to_everyone(cast: Cast, ten: list[Case]) -> None:
    assert cast.petra.person
    batch = prepared(cast.paul, ten, "owner", owner=cast.petra.person.public_id)
    batch.confirm(by=cast.paul)
    assert carried(batch)["done"] == 10
    assert set(Case.objects.values_list("partner_owner__name", "client_owner")) == {("Petra Vogt", None)}
    batch = prepared(cast.paul, ten[:4], "owner", owner="nobody")
    batch.confirm(by=cast.paul)
    assert carried(batch)["done"] == 4
    assert Case.objects.filter(partner_owner=None).count() == 4


@pytest.mark.parametrize("owner", ["", "per_0000000000000000", "clara"])
def test_only_colleagues_look_after_ones_cases(cast: Cast, ten: list[Case], owner: str) -> None:
    named = cast.clara.person.public_id if owner == "clara" and cast.clara.person else owner
    with pytest.raises(ValidationError, match="Choose someone who belongs to your organisation, or nobody"):
        prepared(cast.paul, ten, "owner", owner=named)


def test_whoever_was_to_look_after_them_and_left_meanwhile_gets_none(cast: Cast, ten: list[Case]) -> None:
    assert cast.petra.person
    batch = prepared(cast.paul, ten, "owner", owner=cast.petra.person.public_id)
    batch.confirm(by=cast.paul)
    cast.paul.organisation.memberships.get(person=cast.petra.person).end(by=cast.paul)
    assert carried(batch)["refused"] == 10
    assert not Case.objects.exclude(partner_owner=None).exists()


def test_what_is_cut_off_is_not_half_done_and_goes_on(
    cast: Cast, ten: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill -9: between the mark of an item and its message nothing is kept, so both are done again."""
    batch = prepared(cast.clara, ten, "message", body="Hello")
    batch.confirm(by=cast.clara)
    real, calls = Conversation.post, []

    class Killed(BaseException):
        pass

    def post(self: Conversation, **words: Any) -> Message:
        calls.append(self.pk)
        said = real(self, **words)
        if len(calls) == 4:
            raise Killed
        return said

    monkeypatch.setattr(Conversation, "post", post)
    with pytest.raises(Killed):
        carry_on(NOW)
    assert (batch.counts()["done"], Message.objects.count()) == (3, 3)
    assert carried(batch)["done"] == 10
    assert Message.objects.count() == 10
    assert len(calls) == 11, "only the one that was cut off is tried again"


def test_a_case_that_moved_meanwhile_is_explained(cast: Cast, ten: list[Case]) -> None:
    batch = prepared(cast.paul, ten[3:])
    ten[5].close(by=cast.paul, code="Paid", at=MONDAY)
    batch.confirm(by=cast.paul)
    assert carried(batch) == {"all": 7, "waiting": 0, "done": 6, "refused": 1}
    assert batch.items.get(state="refused").case == ten[5]


def test_who_has_left_does_nothing_more(cast: Cast, ten: list[Case]) -> None:
    batch = prepared(cast.petra, ten)
    batch.confirm(by=cast.petra)
    cast.paul.organisation.memberships.get(person=cast.petra.person).end(by=cast.paul)
    assert carried(batch)["done"] == 0
    assert "no longer belongs" in batch.items.filter(state="refused").last().reason  # type: ignore[union-attr]
    assert batch.state == "done"


def test_a_case_given_to_another_partner_meanwhile_stays_as_it_is(cast: Cast, ten: list[Case]) -> None:
    batch = prepared(cast.paul, ten[3:4])
    batch.confirm(by=cast.paul)
    ten[3].reassign(cast.pia.organisation, by=cast.olga, reason="Too slow")
    assert carried(batch)["refused"] == 1
    assert batch.items.get().reason == "This case is with you no longer."


def test_stopping_leaves_the_rest_as_it_is(cast: Cast, ten: list[Case]) -> None:
    batch = prepared(cast.petra, ten)
    batch.confirm(by=cast.petra)
    assert batch.step(NOW)
    with pytest.raises(Refused):
        batch.stop(by=cast.pia)
    batch.stop(by=cast.paul)  # an admin
    assert carried(batch) == {"all": 10, "waiting": 6, "done": 1, "refused": 3}
    assert batch.state == "stopped"


def test_a_preview_that_is_stopped_is_thrown_away(cast: Cast, ten: list[Case]) -> None:
    prepared(cast.paul, ten).stop(by=cast.paul)
    assert not Batch.objects.exists()
    assert not BatchItem.objects.exists()


def test_only_who_prepared_it_confirms_it(cast: Cast, ten: list[Case]) -> None:
    batch = prepared(cast.paul, ten)
    for actor in (cast.petra, cast.pia, cast.olga, Actor(cast.paul.organisation)):
        with pytest.raises(Refused):
            batch.confirm(by=actor)
    assert Batch.objects.get().state == "preview"


def test_what_nothing_would_come_of_cannot_be_confirmed(cast: Cast, ten: list[Case]) -> None:
    with pytest.raises(Refused, match="None of these"):
        prepared(cast.paul, ten[:3]).confirm(by=cast.paul)


def test_only_ones_own_organisation_sees_it(cast: Cast, ten: list[Case]) -> None:
    batch = prepared(cast.paul, ten)
    batch.confirm(by=cast.paul)
    assert list(Batch.objects.visible_to(cast.petra)) == [batch]
    for actor in (cast.clara, cast.pia, cast.olga, cast.rita):
        assert not Batch.objects.visible_to(actor).exists()
    event = Event.objects.get(kind="batch.started")
    assert [
        Event.objects.visible_to(actor).filter(pk=event.pk).exists() for actor in (cast.paul, cast.clara, cast.rita)
    ] == [True, False, False]


@pytest.mark.parametrize(
    ("what", "particulars", "field"),
    [
        ("pause", {"reason": " "}, "reason"), ("close", {}, "code"), ("nonsense", {}, "what"), ("release", {}, "what"),
        ("merge", {"into": "x"}, "what"), ("message", {"body": ""}, "body"), ("message", {"body": "x" * 10_001}, "body"),
        ("pause", {"reason": "x" * 4001}, "reason"),
    ],
)  # fmt: skip
def test_what_could_be_done_with_none_is_refused_at_once(
    cast: Cast, ten: list[Case], what: str, particulars: dict[str, str], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Batch.prepare(ten, what, by=cast.paul, **particulars)
    assert set(refused.value.message_dict) == {field}
    assert not Batch.objects.exists()


def test_none_and_too_many_are_refused(cast: Cast, ten: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 9)
    for cases in ([], ten):
        with pytest.raises(ValidationError):
            prepared(cast.paul, cases)


def test_a_code_that_fits_only_some_is_told_before(cast: Cast, ten: list[Case]) -> None:
    pending = cast.released("PENDING")
    batch = prepared(cast.paul, [*ten[3:], pending], "close", code="Paid")
    assert batch.items.get(state="refused").case == pending


def test_the_operator_releases_many_to_one_partner(cast: Cast) -> None:
    cases = [cast.submitted(f"N-{n}") for n in range(3)]
    batch = prepared(cast.olga, cases, "release", partner=cast.pia.organisation)
    batch.confirm(by=cast.olga)
    assert carried(batch)["done"] == 3
    assert {Case.objects.get(pk=case.pk).partner for case in cases} == {cast.pia.organisation}


def test_it_has_a_lane_of_its_own(cast: Cast) -> None:
    assert (carry_on,) in rounds.LANES


def test_text_no_database_keeps_does_no_harm(cast: Cast, ten: list[Case]) -> None:
    batch = prepared(cast.paul, ten, "pause", reason="a\0b")
    assert batch.particulars == {"reason": "ab"}


def test_an_item_costs_the_same_in_a_large_batch(cast: Cast, ten: list[Case], django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    few, many = prepared(cast.paul, ten[3:5]), prepared(cast.paul, ten[5:])
    spent = []
    for batch in (few, many):
        batch.confirm(by=cast.paul)
        with CaptureQueriesContext(connection) as asked:
            batch.step(NOW)
        spent.append(len(asked))
    assert spent[0] == spent[1]
