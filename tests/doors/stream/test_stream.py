"""The stream as the world meets it: a real server on loopback, real sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.cast import Cast
from tests.doors.stream.conftest import BEAT, bearer, cookie, many
from tests.serving import GONE, GRACE, PATIENCE, POLL, House, Listening, ask, end, running
from trialogue.conversations.models import Conversation
from trialogue.events import tail
from trialogue.people.models import Actor, Environment

PATH = "/api/v1/stream"
RETRY, HEARD = b"retry: 1234\n\n", b": still here\n\n"
Listen = Callable[..., Listening]


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation(at=None)


# --- who is let in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Cookie": "sessionid=wrong"}], ids=str)
def test_nobody_and_a_wrong_key_are_told_to_sign_in(served: House, cast: Cast, headers: dict[str, str]) -> None:
    answer = ask(served.port, "GET", PATH, None, **headers)
    assert answer.status == answer.json()["status"] == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "sign in" in answer.json()["detail"]


def test_a_refusal_is_worded_as_anywhere_in_the_api(served: House, cast: Cast) -> None:
    assert ask(served.port, "GET", PATH).json() == ask(served.port, "GET", "/api/v1/me").json()


def test_a_revoked_key_is_not_let_in(served: House, cast: Cast) -> None:
    key, secret = cast.clara.organisation.issue_key("production", by=cast.clara)
    key.revoke(by=cast.clara)
    assert ask(served.port, "GET", PATH, None, Authorization=f"Bearer {secret}").status == 401


def test_a_wrong_key_is_not_rescued_by_a_session(served: House, cast: Cast) -> None:
    headers = {"Authorization": "Bearer wrong", "Cookie": cookie(cast.clara)}
    assert ask(served.port, "GET", PATH, None, **headers).status == 401


def test_a_position_that_is_none_of_ours_is_refused(served: House, cast: Cast) -> None:
    key = bearer(cast.clara)
    for position in ("x", "1", "1.2.3", "-1.0", "1.99999999999999999999", "1.0'--"):
        for path, header in ((PATH, {"Last_Event_ID": position}), (f"{PATH}?after={position}", {})):
            answer = ask(served.port, "GET", path, None, Authorization=key, **header)
            assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
            assert "Leave it out" in answer.json()["detail"]


def test_another_host_name_is_refused(served: House, cast: Cast) -> None:
    assert ask(served.port, "GET", PATH, None, Host="evil.example", Authorization=bearer(cast.clara)).status == 400


def test_a_thousand_parameters_are_refused(served: House, cast: Cast) -> None:
    path = f"{PATH}?{'&'.join(f'a{n}=1' for n in range(1000))}"
    assert ask(served.port, "GET", path, None, Authorization=bearer(cast.clara)).status == 400


def test_it_is_read_and_nothing_else(served: House, cast: Cast) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = ask(served.port, method, PATH, None, Authorization=bearer(cast.clara))
        assert (answer.status, answer.headers["allow"], answer.json()["status"]) == (405, "GET", 405)


def test_a_key_and_a_session_both_hear(cast: Cast, talk: Conversation, listen: Listen) -> None:
    by_key, by_session = listen(Authorization=bearer(cast.clara)), listen(Cookie=cookie(cast.clara))
    talk.post(by=cast.paul, body="Hello")
    for one in (by_key, by_session):
        assert one.hears(1)[0].kind == "message.posted"


def test_a_session_hears_for_the_organisation_chosen_on_the_pages(
    cast: Cast, talk: Conversation, listen: Listen
) -> None:
    cast.otto.organisation.admit(cast.clara.person, by=cast.otto)
    elsewhere = listen(Cookie=cookie(cast.clara, organisation=cast.otto.organisation.public_id))
    at_home = listen(Cookie=cookie(cast.clara))
    talk.post(by=cast.paul, body="Hello")
    at_home.hears(1)
    elsewhere.beats_again()
    assert not elsewhere.events


# --- how it speaks ----------------------------------------------------------------------------------------------------


def test_nothing_on_the_way_is_to_gather_or_keep_it(cast: Cast, listen: Listen) -> None:
    headers = {name.lower(): value for name, value in listen(cast.clara, Accept_Encoding="gzip, br").headers.items()}
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    assert headers["x-content-type-options"] == "nosniff"
    assert not {"content-encoding", "content-length", "set-cookie"} & headers.keys()


def test_heartbeats_come_again_and_again(cast: Cast, listen: Listen) -> None:
    clara = listen(cast.clara).until(lambda me: len(me.beats) >= 4)
    assert clara.bytes == len(RETRY) + len(clara.beats) * len(HEARD)
    assert in_step(clara)


def in_step(one: Listening) -> bool:
    """Whether there are no more heartbeats than there was time for; on a busy machine they may be heard late, and several at once."""
    return one.beats[-1] - one.opened > len(one.beats) * BEAT * 0.9


def test_an_event_says_what_the_change_feed_says(served: House, cast: Cast, talk: Conversation, listen: Listen) -> None:
    clara = listen(cast.clara)
    talk.post(by=cast.paul, body="Hello")
    told = clara.hears(2)
    page = ask(served.port, "GET", "/api/v1/events?limit=100", None, Authorization=bearer(cast.clara)).json()
    by_position = {item["position"]: item for item in page["items"]}
    for event in told:
        assert event.data == by_position[event.position]
        assert event.kind == event.data["kind"]
    assert told[0].data["case"] == talk.case.reference
    assert "Hello" not in str(told)


def test_what_is_said_here_arrives_at_once(house: House, cast: Cast, talk: Conversation) -> None:
    """Through the server's own bell: between two looks at the log, this one would let an hour pass."""
    waiting = House(house.database, house.data, house.more, {**house.quick, POLL: 3600})
    with running(waiting.serve("--no-work")), Listening(waiting.port, Cookie=cookie(cast.clara)) as clara:
        clara.beats_again()
        path, key = f"/api/v1/cases/{talk.case.reference}/messages", bearer(cast.paul)
        for number in range(3):
            assert ask(waiting.port, "POST", path, {"body": f"Number {number}"}, Authorization=key).status == 201
            clara.until(lambda me, n=number: me.kinds.count("message.posted") > n)


# --- going on ---------------------------------------------------------------------------------------------------------


def test_who_comes_back_goes_on_where_they_were(cast: Cast, talk: Conversation, listen: Listen) -> None:
    clara = listen(cast.clara)
    first = many(talk.case, 3)
    clara.hears(3)
    clara.close()
    missed = many(talk.case, 450)
    again = listen(cast.clara, after=clara.positions[-1])
    again.hears(450)
    new = many(talk.case, 2)
    again.hears(452)
    assert clara.positions + again.positions == first + missed + new


def test_what_the_browser_remembers_wins_over_what_the_address_says(
    cast: Cast, talk: Conversation, listen: Listen
) -> None:
    first, second, third = many(talk.case, 3)
    by_address = listen(cast.clara, path=f"{PATH}?after={first}")
    by_both = listen(cast.clara, path=f"{PATH}?after={first}", after=second)
    by_address.hears(2)
    by_both.hears(1)
    assert (by_address.positions, by_both.positions) == ([second, third], [third])


def test_who_comes_for_the_first_time_with_a_page_misses_nothing_since_the_page(
    cast: Cast, talk: Conversation, listen: Listen
) -> None:
    head = tail.head()
    new = many(talk.case, 2)
    clara = listen(cast.clara, path=f"{PATH}?after={head}")
    clara.hears(2)
    assert clara.positions == new


@contextmanager
def idle(port: int, actor: Actor, after: str) -> Iterator[socket.socket]:
    """Someone who opens a stream and does not read it."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**17)
        one.settimeout(PATIENCE)
        one.connect(("127.0.0.1", port))
        asked = f"GET {PATH}?after={after} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        one.sendall(f"{asked}Authorization: {bearer(actor)}\r\n\r\n".encode())
        yield one


def test_who_does_not_read_is_dropped_and_goes_on_without_loss(
    served: House, cast: Cast, talk: Conversation, listen: Listen
) -> None:
    start, heavy = tail.head(), 4096  # bytes; what the kernel keeps for a connection holds a thousand or two
    with idle(served.port, cast.clara, start) as slow:
        listen(cast.olga, after=start).until(lambda me: "key.issued" in me.kinds)
        positions = [position for _ in range(8) for position in many(talk.case, 500, heavy)]
        listen(cast.olga, after=start).until(lambda me: bool(me.events) and me.events[-1].position == positions[-1])
        got = b"".join(iter(lambda: slow.recv(2**16), b""))
    heard = [line.removeprefix(b"id: ").decode() for line in got.split(b"\n") if line.startswith(b"id: ")]
    assert 0 < len(heard) < len(positions), "this means nothing if all of it fitted somewhere"
    again = listen(cast.clara, after=heard[-2])
    again.hears(len(positions) + 2 - len(heard))
    assert heard[1:-1] + again.positions == positions  # the first is that of the key


def test_who_takes_nothing_at_all_is_gone_after_a_while(house: House, cast: Cast, talk: Conversation) -> None:
    impatient = House(house.database, house.data, house.more, {**house.quick, GONE: 1})
    with running(impatient.serve("--no-work")), idle(impatient.port, cast.clara, tail.START) as stuck:
        for _ in range(8):
            many(talk.case, 500, 4096)
        _until(lambda: not _connected(impatient.port, stuck.getsockname()[1]))


def _connected(port: int, peer: int) -> bool:
    """Whether the server's end of a connection is still there, by the kernel's table."""
    with open("/proc/net/tcp") as table:
        return any(f":{port:04X} 0100007F:{peer:04X} 01" in line for line in table)


def _until(condition: Callable[[], bool]) -> None:
    end_ = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end_
        time.sleep(0.05)


# --- who hears what ---------------------------------------------------------------------------------------------------


def test_an_outsider_does_not_even_learn_that_something_moved(cast: Cast, talk: Conversation, listen: Listen) -> None:
    clara, outside = listen(cast.clara), [listen(cast.otto), listen(cast.pia)]
    outside[0].until(lambda me: len(me.beats) >= 1)
    for number in range(30):
        talk.post(by=cast.clara, body=f"Number {number}")
        time.sleep(0.05)
    clara.until(lambda me: me.kinds.count("message.posted") == 30)
    for one in outside:
        one.beats_again()
        assert one.bytes == len(RETRY) + len(one.beats) * len(HEARD)
        assert in_step(one), "no heartbeat comes early because others spoke"


def test_test_and_production_never_meet(cast: Cast, talk: Conversation, listen: Listen) -> None:
    trying = Actor(cast.clara.organisation, cast.clara.person, Environment.TEST, cast.clara.role)
    keys = [bearer(cast.clara, environment) for environment in ("production", "test")]
    real, trial = (listen(Authorization=key) for key in keys)
    by_session = listen(cast.clara, "test")
    talk.post(by=cast.paul, body="In earnest")
    tried = cast.submitted("TRY-1", by=trying, at=None)
    cast.clara.organisation.issue_key("production", by=cast.clara)  # concerns both
    for one in (real, trial, by_session):
        one.until(lambda me: "key.issued" in me.kinds)
    assert real.kinds[:2] == ["message.posted", "clock.started"]
    assert tried.public_id not in {event.data["subject"] for event in real.events}
    for one in (trial, by_session):
        assert one.kinds == ["case.submitted", "key.issued"]


def test_a_revoked_key_hears_no_more(served: House, cast: Cast, talk: Conversation, listen: Listen) -> None:
    key, secret = cast.clara.organisation.issue_key("production", by=cast.clara)
    clara = listen(Authorization=f"Bearer {secret}")
    key.revoke(by=cast.clara)
    talk.post(by=cast.paul, body="Too late for this one")
    assert clara.ended.wait(PATIENCE)
    assert "message.posted" not in clara.kinds
    assert ask(served.port, "GET", PATH, None, Authorization=f"Bearer {secret}").status == 401


def test_who_has_left_the_organisation_hears_no_more(cast: Cast, talk: Conversation, listen: Listen) -> None:
    carl = listen(Cookie=cookie(cast.carl))
    cast.carl.organisation.memberships.get(person=cast.carl.person).end(by=cast.clara)
    talk.post(by=cast.paul, body="Not for Carl")
    assert carl.ended.wait(PATIENCE)
    assert "message.posted" not in carl.kinds


@pytest.mark.parametrize("way", ["signed out", "deactivated", "other password"])
def test_who_is_signed_out_hears_no_more_however_much_is_said(
    cast: Cast, talk: Conversation, listen: Listen, way: str
) -> None:
    assert cast.carl.person is not None
    carl = listen(Cookie=cookie(cast.carl))
    carl.beats_again()
    _sign_out(cast, way)
    for _ in range(200):  # words all along, so that no heartbeat falls due
        many(talk.case, 1)
        if carl.ended.wait(0.05):
            break
    assert carl.ended.is_set()


def _sign_out(cast: Cast, way: str) -> None:
    from django.contrib.sessions.models import Session

    person: Any = cast.carl.person
    if way == "signed out":
        Session.objects.all().delete()
    elif way == "deactivated":
        person.is_active = False
        person.save()
    else:
        person.set_password("another long password")
        person.save()


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_when_the_servers_connections_break_the_stream_goes_on(
    served: House, cast: Cast, talk: Conversation, listen: Listen
) -> None:
    clara, paul = listen(cast.clara), listen(cast.paul)
    clara.beats_again()
    for _ in range(3):
        _break_connections()
        new = many(talk.case, 2)
        clara.until(lambda me, last=new[-1]: last in me.positions)
        assert listen(cast.olga).status == 200, "who comes now is let in"
    assert len(clara.events) == 6
    paul.hears(6)
    assert not clara.ended.is_set()


def _break_connections() -> None:
    """On PostgreSQL, all but ours. SQLite has none that could break."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def own(house: House) -> Iterator[tuple[House, Any]]:
    """A house of this test alone, with worker, and its server's process, which would wait long for answers under way."""
    mine = House(house.database, house.data, house.more, {**house.quick, GRACE: 2 * PATIENCE})
    process = mine.serve()
    with running(process):
        yield mine, process


def test_a_restart_ends_all_streams_and_waits_for_none(own: tuple[House, Any], cast: Cast) -> None:
    mine, process = own
    key = bearer(cast.clara)
    streams = [Listening(mine.port, Authorization=key) for _ in range(30)]
    try:
        end(process)
        assert all(stream.ended.wait(PATIENCE) for stream in streams)
    finally:
        for stream in streams:
            stream.close()


def test_a_restart_does_not_wait_for_who_does_not_read(house: House, cast: Cast, talk: Conversation) -> None:
    mine = House(house.database, house.data, house.more, house.quick)
    for _ in range(8):
        many(talk.case, 500, 4096)
    with running(mine.serve()) as process, idle(mine.port, cast.clara, tail.START):
        time.sleep(0.5)
        end(process)


def test_who_goes_away_leaves_nothing_behind(
    served: House, server: subprocess.Popen[str], cast: Cast, talk: Conversation
) -> None:
    key = bearer(cast.clara)
    for _ in range(10):
        visits = [Listening(served.port, Authorization=key) for _ in range(10)]
        many(talk.case, 1)
        for visit in visits:
            visit.close()
    _until(lambda: not _held(server.pid) & _streams(served.port))


def _held(process: int) -> set[str]:
    """Sockets that a process holds, by number. A descriptor may be closed while we look."""
    found = set()
    for each in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            found.add(os.readlink(each))
    return {name.removeprefix("socket:[").rstrip("]") for name in found if name.startswith("socket:")}


def _streams(port: int) -> set[str]:
    """Sockets of the server's port but the one it listens at, by number."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {words[9] for words in lines if words[1].endswith(f":{port:04X}") and words[3] != "0A"}
