"""How the log is followed: none lost, none doubled, in order, whoever writes meanwhile."""

from __future__ import annotations

import random
import threading
import time

import pytest
from django.db import connection

from tests.cast import gather
from tests.together import together
from tests.walk import walk
from trialogue import posting
from trialogue.cases.models import Case
from trialogue.events import tail
from trialogue.events.change import SYSTEM, _Change, change
from trialogue.events.models import Event, first_broken_link

pytestmark = pytest.mark.django_db(transaction=True)  # inside one open transaction a tail sees nothing of it


class Undone(Exception):
    pass


def follow(position: str = tail.START, limit: int = 7) -> list[Event]:
    """All of the log from a position on, by small steps."""
    found: list[Event] = []
    while step := tail.after(position, limit=limit):
        found += step
        position = tail.position_of(step[-1])
    return found


def test_it_tells_everything_once_and_in_order() -> None:
    walk(gather())
    told = follow()
    assert [e.pk for e in told] == sorted(Event.objects.values_list("pk", flat=True))
    assert len(told) > 30
    places = [tail.place(tail.position_of(event)) for event in told]
    assert places == sorted(set(places))


def test_from_the_head_on_comes_only_what_happens_later() -> None:
    cast = gather()
    cast.submitted("before")
    head = tail.head()
    case = cast.submitted("after")
    assert [e.subject for e in tail.after(head)] == [case.public_id]


def test_the_head_of_an_empty_log_is_a_position() -> None:
    assert tail.after(tail.head()) == []


def test_it_can_be_narrowed_to_what_someone_may_see() -> None:
    cast = gather()
    cast.submitted()
    theirs = tail.after("", Event.objects.visible_to(cast.otto))
    assert theirs
    assert all(e.client_id == cast.otto.organisation.pk for e in theirs)


@pytest.mark.parametrize(
    "position",
    ["x", "1", "1.", ".1", "1.2.3", "-1.0", "1.0 ", "1.9999999999999999999", "99999999999999999999.1", "1.0\n", "١.٢", "１.0",
     "1.0'; DROP TABLE events_event; --", "0x1.0", "1e3.0"],
)  # fmt: skip
def test_a_position_that_is_none_of_ours_is_refused(position: str) -> None:
    with pytest.raises(tail.UnknownPosition, match="Leave it out"):
        tail.after(position)


def test_the_later_of_two_has_the_larger_place() -> None:
    walk(gather())
    places = [tail.place(tail.position_of(event)) for event in follow()]
    assert places == sorted(set(places))
    assert tail.place(tail.START) < places[0]
    with pytest.raises(tail.UnknownPosition):
        tail.place("1")


def test_the_largest_positions_are_answered_with_nothing() -> None:
    assert tail.after(f"{2**63 - 1}.{2**63 - 1}") == []


def test_within_a_subject_the_order_is_that_of_its_chain() -> None:
    """A change that began earlier may come to a subject later. SQLite has one writer, so there it waits from the start."""
    cast = gather()
    first, second, start = cast.submitted("1"), cast.submitted("2"), tail.head()

    def overtake() -> None:
        with change(Case.objects.get(pk=second.pk), by=SYSTEM) as record:
            record("conversation.read", person="", through=1)

    overlapping = connection.vendor == "postgresql"
    if not overlapping:
        overtake()
    with change(first, by=SYSTEM):
        if overlapping:
            together(overtake)
        with change(second, by=SYSTEM) as record:
            record("conversation.read", person="", through=2)
    told = [e.facts["through"] for e in follow(start) if e.subject == second.public_id and e.number > 1]
    assert told == [1, 2]


def test_many_writers_lose_nothing_and_double_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers wait between insert and commit, some undo: the order of ids is not the order in which they are seen."""
    writers, rounds, pause = (10, 25, 0.02) if connection.vendor == "postgresql" else (4, 12, 0.003)
    cast = gather()
    cases = [cast.submitted(f"W-{n}") for n in range(writers // 2)]
    start, over = tail.head(), threading.Event()
    write_at_once = _Change.write

    def write_slowly(self: _Change) -> None:
        write_at_once(self)
        time.sleep(random.random() * pause)
        if random.random() < 0.05:
            raise Undone

    def write() -> int:
        return sum(_write_some(random.choice(cases)) for _ in range(rounds))

    def read() -> list[tuple[str, int]]:
        seen, position, last = [], start, False
        while not last:
            last = over.is_set()  # once more after the writers are done
            while step := tail.after(position, limit=11):
                seen += [(e.subject, e.number) for e in step]
                position = tail.position_of(step[-1])
            time.sleep(0.001)
        return seen

    def all_write() -> list[int]:
        try:
            return together(*[write] * writers)
        finally:
            over.set()

    monkeypatch.setattr(_Change, "write", write_slowly)
    kept, *tails = together(all_write, read, read)
    written = set(Event.objects.filter(kind="conversation.read").values_list("subject", "number"))
    assert len(written) == sum(kept) > writers * rounds * 0.8
    for seen in tails:
        assert len(seen) == len(set(seen)), "doubled"
        assert set(seen) == written, "lost"
        for case in cases:
            numbers = [number for subject, number in seen if subject == case.public_id]
            assert numbers == sorted(numbers), "out of order"
    assert [first_broken_link(case) for case in cases] == [None] * len(cases)


def _write_some(case: Case) -> int:
    """One to three lines in one change; answers how many were kept."""
    lines = random.randint(1, 3)
    try:
        with change(Case.objects.get(pk=case.pk), by=SYSTEM) as record:
            for _ in range(lines):
                record("conversation.read", person="", through=1)
    except Undone:
        return 0
    return lines


def test_messages_posted_on_the_hot_lane_come_in_the_order_of_their_conversation() -> None:
    writers, each = (8, 12) if connection.vendor == "postgresql" else (3, 4)
    cast = gather()
    talk, start = cast.conversation(), tail.head()

    def write() -> None:
        for n in range(each):
            posting.post(by=cast.clara, reference=talk.case.reference, body=str(n))

    assert together(*[write] * writers) == [None] * writers
    numbers = [e.number for e in follow(start) if e.subject == talk.public_id]
    assert numbers == sorted(numbers)
    assert len(numbers) > writers * each
    assert first_broken_link(talk) is None
