"""The chain of a subject: each event carries the digest of the one before, and tampering is seen."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from tests.cast import Cast
from tests.walk import walk
from trialogue.cases.models import Case
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Organisation


@pytest.fixture
def case(cast: Cast) -> Case:
    """Five events and more of its own, and a conversation."""
    case = cast.confirmed()
    case.pause(by=cast.paul, reason="Court")
    case.resume(by=cast.paul)
    return case


def tamper(event: Event, **columns: Any) -> None:
    """As someone with the database's password would."""
    table, names = Event._meta.db_table, ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {names} WHERE id = %s", [*columns.values(), event.pk])
        assert cursor.rowcount == 1


def remove(event: Event) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Event._meta.db_table} WHERE id = %s", [event.pk])


def test_the_chain_holds_for_every_subject_after_everything_happened(cast: Cast) -> None:
    case = walk(cast)
    subjects = [case, case.conversation, *Organisation.objects.all()]
    assert [first_broken_link(subject) for subject in subjects] == [None] * len(subjects)
    assert Event.objects.about(case).count() > 10  # for this test to mean anything


def test_numbers_begin_at_one_and_have_no_gaps(case: Case) -> None:
    numbers = [event.number for event in Event.objects.about(case)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "case.resumed"},
        {"at": "2020-01-01 00:00:00+00:00"},
        {"by": "per_0000000000000000"},
        {"organisation": "org_0000000000000000"},
        {"via": "mail"},
        {"facts": '{"code": "Other"}'},
        {"digest": "0" * 64},
        {"previous": "0" * 64},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_changed_column_is_seen(case: Case, changed: dict[str, Any]) -> None:
    victim = list(Event.objects.about(case))[3]
    tamper(victim, **changed)
    assert first_broken_link(case) == victim


def test_an_event_moved_to_another_subject_is_seen(case: Case) -> None:
    last = Event.objects.about(case.conversation).last()
    assert last
    tamper(last, subject=case.public_id, number=999)
    assert first_broken_link(case.conversation) is not None


def test_a_removed_event_is_seen_at_the_one_after_it(case: Case) -> None:
    events = list(Event.objects.about(case))
    remove(events[3])
    assert first_broken_link(case) == events[4]


def test_a_removed_end_is_seen(case: Case) -> None:
    """A chain alone cannot miss its last links; the subject remembers how long it was."""
    events = list(Event.objects.about(case))
    remove(events[-1])
    missing = first_broken_link(case)
    assert missing is not None
    assert (missing.pk, missing.number) == (None, events[-1].number)


def test_a_removed_log_is_seen(case: Case) -> None:
    for event in Event.objects.about(case):
        remove(event)
    missing = first_broken_link(case)
    assert missing is not None
    assert missing.number == 1


def test_a_resealed_end_is_seen(case: Case) -> None:
    """Whoever changes the last event and seals it anew forgets the subject's own copy of the digest."""
    last = Event.objects.about(case).last()
    assert last
    last.via = "mail"
    tamper(last, via="mail", digest=last.sealed(last.previous))
    assert first_broken_link(case) == last


def test_a_stale_copy_of_the_subject_does_not_cry_wolf(cast: Cast) -> None:
    case = cast.submitted()
    stale = Case.objects.get(pk=case.pk)
    case.release(cast.paul.organisation, by=cast.olga)
    assert first_broken_link(stale) is None
