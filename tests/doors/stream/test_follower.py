"""One tail, many listeners: none is told too little, twice, out of order, or what is not theirs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from tests.cast import Cast
from tests.doors.stream.conftest import QUIET, Hearing, many, settled
from tests.serving import PATIENCE
from tests.walk import walk
from trialogue.cases.models import Case
from trialogue.doors.stream import follower
from trialogue.doors.stream.follower import Follower, in_thread
from trialogue.events import bell, tail
from trialogue.events.models import Event
from trialogue.people.models import Actor

pytestmark = pytest.mark.usefixtures("threads")


def live(steps: Callable[[Follower], Awaitable[Any]]) -> None:
    """Runs the steps with a follower in a loop of their own, and leaves nothing behind."""

    settled()

    async def run() -> None:
        following = Follower()
        try:
            await steps(following)
        finally:
            following.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    asyncio.run(run())


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.released()


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is noticed by itself: the follower looks when the test rings for it."""
    monkeypatch.setattr(follower, "POLL_SECONDS", 30)
    monkeypatch.setattr("trialogue.events.change.bell.ring", lambda: None)


def test_what_happens_is_told_in_order(cast: Cast, case: Case) -> None:
    async def steps(on: Follower) -> None:
        clara = await Hearing(on, cast.clara).begins()
        positions = [await in_thread(lambda: many(case, 1)[0]) for _ in range(5)]
        await clara.until(lambda me: len(me.positions) >= 5)
        assert clara.positions == positions

    live(steps)


def test_from_now_on_means_nothing_from_before(cast: Cast, case: Case) -> None:
    async def steps(on: Follower) -> None:
        clara = await Hearing(on, cast.clara).begins()
        await in_thread(lambda: many(case, 1))
        await clara.until(lambda me: bool(me.kinds))
        assert clara.kinds == [QUIET]

    live(steps)


def test_from_a_position_comes_all_that_was_missed_and_then_what_happens(
    cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "PAGE", 3)
    start, *missed = many(case, 10)

    async def steps(on: Follower) -> None:
        clara = Hearing(on, cast.clara, after=start)
        await clara.until(lambda me: len(me.positions) >= len(missed))
        new = await in_thread(lambda: many(case, 2))
        await clara.until(lambda me: len(me.positions) >= len(missed) + 2)
        assert clara.positions == missed + new

    live(steps)


def test_what_both_the_past_and_the_tail_hold_is_told_once(cast: Cast, case: Case, deaf: None) -> None:
    """It happened after the tail last looked and before the past was read."""
    start = tail.head()

    async def steps(on: Follower) -> None:
        paul = await Hearing(on, cast.paul).begins()
        first = await in_thread(lambda: many(case, 2))
        clara = Hearing(on, cast.clara, after=start)
        await clara.until(lambda me: len(me.positions) >= 2)
        on.rung.set()
        await paul.until(lambda me: len(me.positions) >= 2)
        last = await in_thread(lambda: many(case, 1))
        on.rung.set()
        await clara.until(lambda me: len(me.positions) >= 3)
        assert clara.positions == first + last

    live(steps)


def test_who_comes_back_ahead_of_the_tail_is_not_told_again(cast: Cast, case: Case, deaf: None) -> None:
    """Another process, or the past read by an earlier stream, may have told what this tail has not looked at yet."""

    async def steps(on: Follower) -> None:
        paul = await Hearing(on, cast.paul).begins()
        known = (await in_thread(lambda: many(case, 2)))[-1]
        clara = await Hearing(on, cast.clara, after=known).begins()
        on.rung.set()
        await paul.until(lambda me: len(me.positions) >= 2)
        new = await in_thread(lambda: many(case, 1))
        on.rung.set()
        await clara.until(lambda me: bool(me.positions))
        assert clara.positions == new

    live(steps)


def test_two_that_come_first_at_once_lose_nothing(cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were both to look for the head, the later head would carry the tail past what the first has yet to hear."""
    heads, happened, find_head = [], threading.Event(), tail.head

    def head() -> str:
        heads.append(None)
        if len(heads) > 1:
            happened.wait(PATIENCE)
        return find_head()

    monkeypatch.setattr(follower, "POLL_SECONDS", 30)

    async def steps(on: Follower) -> None:
        monkeypatch.setattr(tail, "head", head)
        first, second = Hearing(on, cast.clara), Hearing(on, cast.paul)
        await first.begins()
        monkeypatch.setattr(bell, "ring", lambda: None)
        new = await in_thread(lambda: many(case, 1))
        happened.set()
        await second.begins()
        on.rung.set()
        await first.until(lambda me: me.positions == new)

    live(steps)


def test_each_is_told_what_they_may_see(cast: Cast, case: Case) -> None:
    async def steps(on: Follower) -> None:
        everyone = {
            name: await Hearing(on, getattr(cast, name)).begins()
            for name in ("clara", "carl", "paul", "rita", "olga", "otto", "pia")
        }
        await in_thread(lambda: case.confirm(by=cast.paul, message="Welcome"))
        await in_thread(lambda: case.conversation.post(by=cast.clara, body="Thanks"))
        for name in ("clara", "carl", "paul", "olga", "rita"):
            await everyone[name].until(lambda me: me.kinds.count("message.posted") == 2)
        assert not everyone["otto"].kinds + everyone["pia"].kinds

    live(steps)


def test_for_an_event_at_hand_the_rule_is_that_of_the_database(cast: Cast) -> None:
    walk(cast)
    for actor in vars(cast).values():
        for environment in ("production", "test"):
            asked = Actor(actor.organisation, actor.person, environment)
            visible = set(Event.objects.visible_to(asked).values_list("pk", flat=True))
            assert {event.pk for event in Event.objects.all() if event.is_visible_to(asked)} == visible
    assert Event.objects.visible_to(cast.otto).count() < Event.objects.count()


def test_a_heartbeat_comes_when_nothing_else_does(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "HEARTBEAT_SECONDS", 0.05)

    async def steps(on: Follower) -> None:
        clara = Hearing(on, cast.clara)
        await clara.until(lambda me: me.beats >= 3)
        assert set(clara.told[1:]) == {follower.HEARTBEAT}

    live(steps)


def test_each_is_told_another_while_to_wait_before_coming_again(cast: Cast) -> None:
    async def steps(on: Follower) -> None:
        told = {(await Hearing(on, cast.clara).begins()).told[0] for _ in range(20)}
        assert len(told) > 10
        assert all(1 <= int(one.removeprefix(b"retry: ")) / 1000 <= 5 for one in told)

    live(steps)


def test_who_may_no_longer_listen_is_let_go_at_the_next_heartbeat(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "HEARTBEAT_SECONDS", 0.05)
    who: list[Actor | None] = [cast.clara]

    async def steps(on: Follower) -> None:
        clara = Hearing(on, cast.clara, identify=lambda: who[0])
        await clara.until(lambda me: me.beats >= 2)
        who[0] = None
        await clara.ends()

    live(steps)


def test_who_may_no_longer_listen_is_let_go_from_a_busy_stream_as_well(cast: Cast, case: Case) -> None:
    """Asked again at the first word after a heartbeat's time, also when words have come all along and no heartbeat."""
    who: list[Actor | None] = [cast.clara]

    async def steps(on: Follower) -> None:
        clara = await Hearing(on, cast.clara, identify=lambda: who[0]).begins()
        await in_thread(lambda: many(case, 1))
        await clara.until(lambda me: len(me.positions) == 1)
        who[0] = None
        clara.listener.asked -= follower.HEARTBEAT_SECONDS
        await in_thread(lambda: many(case, 1))
        await clara.ends()
        assert (len(clara.positions), clara.beats) == (1, 0)

    live(steps)


def test_acting_for_another_organisation_begins_another_stream(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "HEARTBEAT_SECONDS", 0.05)
    who = [cast.clara]

    async def steps(on: Follower) -> None:
        clara = Hearing(on, cast.clara, identify=lambda: who[0])
        await clara.until(lambda me: me.beats >= 1)
        who[0] = Actor(cast.otto.organisation, cast.clara.person)
        await clara.ends()

    live(steps)


def test_when_someone_leaves_their_organisation_its_streams_end_at_once_and_no_others(cast: Cast) -> None:
    membership = cast.carl.organisation.memberships.get(person=cast.carl.person)

    async def steps(on: Follower) -> None:
        carl, paul = await Hearing(on, cast.carl).begins(), await Hearing(on, cast.paul).begins()
        await in_thread(lambda: membership.end(by=cast.clara))
        await carl.ends()
        assert not carl.kinds
        assert not paul.task.done()

    live(steps)


def test_when_a_key_is_revoked_the_streams_of_its_organisation_end_at_once(cast: Cast) -> None:
    key, _secret = cast.clara.organisation.issue_key("test", by=cast.clara)

    async def steps(on: Follower) -> None:
        clara, olga = await Hearing(on, cast.clara).begins(), await Hearing(on, cast.olga).begins()
        await in_thread(lambda: key.revoke(by=cast.clara))
        await clara.ends()
        await olga.until(lambda me: me.kinds == ["key.revoked"])

    live(steps)


def test_who_reads_too_slowly_is_dropped_and_goes_on_without_loss(
    cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "MOST_WAITING", 3)

    async def steps(on: Follower) -> None:
        listener = follower.Listener(lambda: cast.clara, cast.clara)
        frames = on.listen(listener, None)
        await anext(frames)
        paul = await Hearing(on, cast.paul).begins()
        first = await in_thread(lambda: many(case, 1))
        told = await anext(frames)
        rest = await in_thread(lambda: many(case, 5))
        await paul.ends()  # a change of five overflows everyone here, also who would read at once
        assert [told async for told in frames] == []
        assert told.startswith(f"id: {first[0]}\n".encode())
        monkeypatch.setattr(follower, "MOST_WAITING", 100)
        again = Hearing(on, cast.clara, after=first[0])
        await again.until(lambda me: me.positions == rest)

    live(steps)


def test_nobody_is_asked_while_nobody_listens(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "POLL_SECONDS", 0.02)
    looks: list[str] = []
    look = follower.read
    monkeypatch.setattr(follower, "read", lambda *asked: looks.append(asked[0]) or look(*asked))

    async def steps(on: Follower) -> None:
        clara = await Hearing(on, cast.clara).begins()
        await clara.until(lambda _: len(looks) > 3)
        await clara.leaves()
        assert not on.listeners
        assert on._task
        await asyncio.wait_for(on._task, PATIENCE)  # its last look may be under way
        before = len(looks)
        await asyncio.sleep(0.2)
        assert len(looks) == before
        await (await Hearing(on, cast.clara).begins()).until(lambda _: len(looks) > before)

    live(steps)


@pytest.mark.parametrize(
    "trouble", [OperationalError("away"), InterfaceError("closed"), ValueError("a mistake of ours")]
)
def test_a_tail_that_fails_goes_on_where_it_was(
    cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(follower, "AWAY_SECONDS", 0.02)
    failures: list[None] = []
    look = follower.read

    def read(*asked: Any) -> Any:
        if not happened or len(failures) > 5:
            return look(*asked)
        failures.append(None)
        raise trouble

    happened: list[str] = []
    monkeypatch.setattr(follower, "read", read)

    async def steps(on: Follower) -> None:
        clara = await Hearing(on, cast.clara).begins()
        happened.append("now")
        await clara.until(lambda _: bool(failures))  # a look from before is over
        new = await in_thread(lambda: many(case, 1))
        await clara.until(lambda me: me.positions == new)
        assert len(failures) == 6

    live(steps)


def test_while_the_database_is_away_the_stream_stays_open(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "HEARTBEAT_SECONDS", 0.05)
    away: list[None] = []

    def identify() -> Actor | None:
        if away:
            raise OperationalError("away")
        return None if back else cast.clara

    back: list[None] = []

    async def steps(on: Follower) -> None:
        clara = Hearing(on, cast.clara, identify=identify)
        await clara.until(lambda me: me.beats >= 1)
        away.append(None)
        beats = clara.beats
        await clara.until(lambda me: me.beats >= beats + 3)
        back.append(None)
        away.clear()
        await clara.ends()  # asked again as soon as there is an answer

    live(steps)


@pytest.mark.parametrize("steps_later", range(5))
def test_who_leaves_at_the_very_moment_something_is_told_is_gone(cast: Cast, case: Case, steps_later: int) -> None:
    """Some ways to wait swallow the leaving when both come at once; then a stream would flow to nobody for ever."""
    event = Event.objects.latest("pk")

    async def steps(on: Follower) -> None:
        clara = await Hearing(on, cast.clara).begins()
        await asyncio.sleep(0.01)
        clara.listener.offer([(event, b"told")])
        for _ in range(steps_later):
            await asyncio.sleep(0)
        clara.task.cancel()
        await asyncio.wait({clara.task}, timeout=PATIENCE)
        assert clara.task.done()
        assert not on.listeners

    live(steps)


def test_a_connection_that_broke_is_opened_anew_within_the_question(db: None) -> None:
    tries: list[bool] = []

    def ask() -> str:
        tries.append(connection.connection is not None)
        if len(tries) == 1:
            connection.ensure_connection()
            raise OperationalError("server closed the connection unexpectedly")
        return tail.head()

    async def steps(_on: Follower) -> None:
        assert await in_thread(ask) == await in_thread(tail.head)

    live(steps)
    assert tries == [False, False], "the second try must find the broken connection closed"


def test_closing_lets_everyone_go_and_lets_nobody_in(cast: Cast) -> None:
    async def steps(on: Follower) -> None:
        all_ = [await Hearing(on, cast.clara).begins() for _ in range(5)]
        on.close()
        for one in all_:
            await one.ends()
        late = Hearing(on, cast.clara, after=tail.START)
        await late.ends()
        assert not late.kinds

    live(steps)
