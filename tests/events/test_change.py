"""How anything happens: all of it or nothing, in one transaction, one line of the log for each thing."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue import reactions
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Bookmark, Message
from trialogue.deliveries.models import Delivery
from trialogue.events import bell
from trialogue.events.change import SYSTEM, change
from trialogue.events.models import Event, first_broken_link


class Boom(Exception):
    pass


def boom(happening: Any) -> None:
    raise Boom


def test_a_failing_reaction_undoes_everything(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = cast.conversation()
    told = reactions.REACTIONS["message.posted"]
    monkeypatch.setitem(reactions.REACTIONS, "message.posted", (*told, boom))  # type: ignore[arg-type]
    before = _everything()
    with pytest.raises(Boom):
        talk.post(by=cast.clara, body="Never said", at=MONDAY)
    assert _everything() == before
    monkeypatch.undo()
    talk.post(by=cast.clara, body="Said", at=MONDAY)
    assert [m.number for m in talk.messages.all()] == [1]
    assert first_broken_link(talk) is None


def _everything() -> list[Any]:
    tables = (Event, Message, Bookmark, Clock, Delivery, Case)
    return [sorted(table.objects.values_list(), key=str) for table in tables]  # type: ignore[attr-defined]


def test_a_failing_reaction_fails_in_the_middle_of_a_move_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cast.released()
    monkeypatch.setitem(reactions.REACTIONS, "message.posted", (boom,))  # type: ignore[arg-type]
    with pytest.raises(Boom):
        case.confirm(by=cast.paul, message="Welcome", at=MONDAY)
    case.refresh_from_db()
    assert case.state == "PendingVerification"
    assert Clock.objects.get(promise="confirm").state == "running"


def test_an_error_after_recording_leaves_no_line(cast: Cast) -> None:
    case = cast.submitted()
    lines = Event.objects.count()
    with pytest.raises(Boom):
        _resume_and_fail(case)
    assert Event.objects.count() == lines
    with change(case, by=SYSTEM) as record:
        record("conversation.read", person="", through=1)
    assert first_broken_link(case) is None


def test_a_nested_change_joins_the_outer_one(cast: Cast) -> None:
    case, other = cast.submitted("A"), cast.submitted("B")
    with pytest.raises(Boom):
        _resume_and_fail(case, other)
    assert not Event.objects.filter(kind="conversation.read").exists()


def _resume_and_fail(outer: Case, inner: Case | None = None) -> None:
    with change(outer, by=SYSTEM):
        with change(inner or outer, by=SYSTEM) as record:
            record("conversation.read", person="", through=1)
        assert not Event.objects.filter(kind="conversation.read").exists()  # written when the outermost ends
        raise Boom


def test_two_copies_of_one_subject_share_one_chain(cast: Cast) -> None:
    case = cast.submitted()
    twin = Case.objects.get(pk=case.pk)
    with change(case, by=SYSTEM) as record:
        record("conversation.read", person="", through=1)
        with change(twin, by=SYSTEM) as again:
            again("conversation.read", person="", through=2)
    numbers = list(Event.objects.about(case).values_list("number", flat=True))
    assert numbers == [1, 2, 3]
    assert first_broken_link(case) is None


def test_a_change_sees_what_was_committed_since_the_object_was_read(cast: Cast) -> None:
    case = cast.submitted()
    stale = Case.objects.get(pk=case.pk)
    case.release(cast.paul.organisation, by=cast.olga)
    with pytest.raises(Exception, match="Pending Verification"):
        stale.release(cast.pia.organisation, by=cast.olga)
    assert stale.partner == cast.paul.organisation


def test_an_unknown_kind_or_a_missing_fact_is_a_programming_error(cast: Cast) -> None:
    case = cast.submitted()
    with pytest.raises(KeyError), change(case, by=SYSTEM) as record:
        record("case.exploded")
    with pytest.raises(KeyError), change(case, by=SYSTEM) as record:
        record("case.closed", code="Paid")


def test_who_did_it_for_whom_and_through_which_door_is_kept(cast: Cast) -> None:
    event = Event.objects.get(subject=cast.submitted().public_id)
    assert (event.by, event.organisation, event.via) == (cast.clara.by, cast.clara.acting_for, "web")


def test_at_is_when_it_happened_and_recorded_at_when_we_noticed(cast: Cast) -> None:
    event = Event.objects.get(subject=cast.submitted(at=MONDAY).public_id)
    assert event.at == MONDAY
    assert event.recorded_at > MONDAY + timedelta(days=1)


def test_a_change_that_records_nothing_writes_nothing(cast: Cast) -> None:
    case = cast.submitted()
    lines = Event.objects.count()
    with change(case, by=SYSTEM):
        pass
    assert Event.objects.count() == lines


def test_a_change_does_not_leak_into_another_thread(cast: Cast) -> None:
    from trialogue.events.change import _current

    seen = []
    with change(cast.submitted(), by=SYSTEM):
        thread = threading.Thread(target=lambda: seen.append(_current.get()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_the_bell_rings_after_a_change_and_not_after_a_failed_one(cast: Cast) -> None:
    case, rung = cast.submitted(), []
    silence = bell.on_ring(lambda: rung.append(1))
    try:
        with change(case, by=SYSTEM) as record:
            record("conversation.read", person="", through=1)
            assert rung == []
        assert rung == [1]
        with pytest.raises(Boom), change(case, by=SYSTEM):
            raise Boom
        assert rung == [1]
    finally:
        silence()
    cast.submitted("Another")
    assert rung == [1]


def test_a_broken_bell_does_not_make_a_kept_change_look_failed(cast: Cast) -> None:
    def broken() -> None:
        raise Boom

    silence = bell.on_ring(broken)
    try:
        case = cast.submitted()
    finally:
        silence()
    assert Event.objects.about(case).count() == 1


@pytest.mark.django_db(transaction=True)
def test_changes_of_one_subject_wait_for_each_other() -> None:
    from tests.cast import gather

    case = gather().submitted()

    def add() -> None:
        for _ in range(10):
            with change(Case.objects.get(pk=case.pk), by=SYSTEM) as record:
                record("conversation.read", person="", through=1)

    writers = 6 if connection.vendor == "postgresql" else 3
    assert together(*[add] * writers) == [None] * writers
    assert [e.number for e in Event.objects.about(case)] == list(range(1, 10 * writers + 2))
    assert first_broken_link(case) is None


@pytest.mark.django_db(transaction=True)
def test_nothing_may_be_said_inside_a_transaction_of_someone_elses() -> None:
    """Else a verb could seem done while its caller can still undo it."""
    from django.db import transaction

    from tests.cast import gather

    case = gather().submitted()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(), change(case, by=SYSTEM):
        pass
