"""The hatch beside the ordinary way: the same requests through both are answered the same, to the letter of each header."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection

from tests.cast import Cast, gather
from trialogue import posting
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Message
from trialogue.doors.api import rate
from trialogue.doors.api.hatch import Hatch
from trialogue.doors.web.middleware import Storms
from trialogue.events.models import first_broken_link
from trialogue.people.models import Environment
from trialogue.wsgi import Whole

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """A case, the keys to it, and both ways in; the hatch has seen how the ordinary way answers."""

    def __init__(self) -> None:
        self.cast: Cast = gather()
        self.case: Case = self.cast.confirmed()
        self.key, self.secret = self.cast.clara.organisation.issue_key(Environment.PRODUCTION, by=self.cast.clara)
        self.ordinary = WSGIHandler()
        self.passed = 0
        self.hatch = Hatch(self._passing)
        assert self.post(told={"body": "The first of its manner"})[0] == "201 Created"
        assert self.passed == 1
        self.passed = 0

    def _passing(self, environ: Any, start_response: Any) -> Any:
        self.passed += 1
        return self.ordinary(environ, start_response)

    def post(self, way: Any = None, told: Any = None, **environ: Any) -> tuple[str, list[tuple[str, str]], bytes]:
        content = told if isinstance(told, bytes) else json.dumps(told or {"body": "Any news?"}).encode()
        given = {
            "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": f"/api/v1/cases/{self.case.reference}/messages", "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": settings.HOST, "REMOTE_ADDR": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {self.secret}", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(content)),
            "wsgi.errors": io.StringIO(), "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
            "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False, **environ,
        }  # fmt: skip
        given["wsgi.input"] = Whole(io.BytesIO(content), int(given["CONTENT_LENGTH"]))
        started: list[Any] = []
        pieces = (way or self.hatch)(
            {k: v for k, v in given.items() if v is not None}, lambda *said: started.extend(said[:2])
        )
        try:
            return started[0], list(started[1]), b"".join(pieces)
        finally:
            getattr(pieces, "close", lambda: None)()


@pytest.fixture
def world() -> Iterator[World]:
    yield World()
    rate.PER_KEY.forget()


def same(answer: tuple[str, list[tuple[str, str]], bytes]) -> Any:
    """An answer without what differs by chance: ids, numbers and moments."""
    status, headers, content = answer
    told = re.sub(rb'"(id":"msg_\w+|number":\d+|at":"[^"]+)"?', b"*", content)
    lengths = [(name, value) for name, value in headers if name == "Content-Length"]
    assert lengths == [("Content-Length", str(len(content)))]
    return status, [header for header in headers if header[0] != "Content-Length"], told


WORDS: list[Any] = [
    {"body": "Any news?"}, {"body": "  Ünïcode 🙂 \r\n *and* lines "}, {"body": "Thanks, bye", "expects_answer": False}, {"body": "x" * 10_000},
    '{"body": "UTF-16"}'.encode("utf-16"), b'{"body": "One", "body": "Two"}',
]  # fmt: skip


def test_words_are_answered_as_on_the_ordinary_way(world: World) -> None:
    for told in WORDS:
        answer, ordinary = world.post(told=told), world.post(world.ordinary, told)
        assert (world.passed, answer[0]) == (0, "201 Created"), told
        assert same(answer) == same(ordinary)
        assert [name for name, _ in answer[1]] == [name for name, _ in ordinary[1]]


def test_what_is_said_is_kept_and_owed(world: World) -> None:
    told = json.loads(world.post()[2])
    assert (world.passed, told["organisation"]["name"]) == (0, world.cast.clara.organisation.name)
    assert Message.objects.get(public_id=told["id"]).body == "Any news?"
    assert Clock.objects.open().get().owner == world.cast.paul.organisation
    assert first_broken_link(world.case.conversation) is None


def test_it_asks_little(world: World, django_assert_num_queries: Any) -> None:
    world.post()
    with django_assert_num_queries(2 if connection.vendor == "postgresql" else 10):
        assert world.post()[0] == "201 Created"
    assert world.passed == 0


UNUSUAL: dict[str, dict[str, Any]] = {
    "wrong key": {"HTTP_AUTHORIZATION": "Bearer tri_live_nothing"}, "no key": {"HTTP_AUTHORIZATION": None},
    "other scheme": {"HTTP_AUTHORIZATION": "Basic YTpi"}, "not json": {"CONTENT_TYPE": "text/plain"}, "no kind": {"CONTENT_TYPE": None},
    "broken": {"told": b'{"body": '}, "a list": {"told": b"[]"}, "nothing": {"told": b""}, "a number": {"told": b'{"body": NaN}'},
    "empty": {"told": {"body": " "}}, "too long": {"told": {"body": "x" * 10_001}}, "no body": {"told": {"expects_answer": True}},
    "text for yes": {"told": {"body": "x", "expects_answer": "yes"}}, "one for yes": {"told": {"body": "x", "expects_answer": 1}},
    "other field": {"told": {"body": "x", "html": "<b>"}}, "half a character": {"told": {"body": "\ud800"}}, "a NUL": {"told": {"body": "a\0b"}},
    "an author": {"told": {"body": "x", "author_email": "carl@nordlys.example"}}, "a stranger": {"told": {"body": "x", "author_email": "a@b.example"}},
    "someone named": {"told": {"body": "@Paul, any news?"}}, "quoting": {"told": {"body": "x", "answers": "msg_0123456789abcdef"}},
    "bad repeat key": {"HTTP_IDEMPOTENCY_KEY": "a\tb"}, "no case": {"PATH_INFO": "/api/v1/cases/AAAAAAAA/messages"},
    "no reference": {"PATH_INFO": "/api/v1/cases/x/messages"}, "reading": {"REQUEST_METHOD": "GET", "told": b""}, "put": {"REQUEST_METHOD": "PUT"},
    "a query": {"QUERY_STRING": "x=1"}, "a cookie": {"HTTP_COOKIE": "django_language=de"}, "other host": {"HTTP_HOST": "evil.example"},
    "no host": {"HTTP_HOST": None}, "over TLS": {"wsgi.url_scheme": "https"}, "German": {"HTTP_ACCEPT_LANGUAGE": "de"},
    "too large": {"told": b'{"body": "' + b"x" * 2_100_000 + b'"}'}, "cut off": {"CONTENT_LENGTH": "9999", "told": b'{"body": "x"}'},
}  # fmt: skip


def test_the_unusual_goes_the_ordinary_way_untouched(world: World) -> None:
    for number, (name, unusual) in enumerate(UNUSUAL.items(), 1):
        answer = world.post(**unusual)
        assert world.passed == number, name
        assert same_or_problem(answer) == same_or_problem(world.post(world.ordinary, **unusual)), name


def same_or_problem(answer: tuple[str, list[tuple[str, str]], bytes]) -> Any:
    return same(answer) if answer[0] == "201 Created" else (answer[0], answer[1], answer[0] == "200 OK" or answer[2])


def test_a_key_is_refused_from_the_moment_it_is_revoked(world: World) -> None:
    assert world.post()[0] == "201 Created"
    world.key.revoke(by=world.cast.clara)
    assert world.post()[0] == "401 Unauthorized"
    assert Message.objects.count() == 2


def test_a_key_of_another_environment_or_side_finds_nothing(world: World) -> None:
    for actor, environment in ((world.cast.clara, Environment.TEST), (world.cast.otto, Environment.PRODUCTION)):
        world.secret = actor.organisation.issue_key(environment, by=actor)[1]
        assert world.post()[0] == "404 Not Found"
    assert Message.objects.count() == 1


def test_a_manner_is_learned_from_an_answer_of_its_own(world: World) -> None:
    first, second = world.post(HTTP_ACCEPT_LANGUAGE="da"), world.post(HTTP_ACCEPT_LANGUAGE="da")
    assert world.passed == 1
    assert dict(second[1])["Content-Language"] == "da"
    assert same(first) == same(second)


def test_a_repeat_is_the_same_message(world: World) -> None:
    first = world.post(HTTP_IDEMPOTENCY_KEY="k-1")
    assert world.passed == 0
    again = world.post(HTTP_IDEMPOTENCY_KEY="k-1")
    assert (world.passed, again[2]) == (1, first[2])
    assert ("Idempotent-Replayed", "true") in again[1]
    assert world.post(told={"body": "Other words"}, HTTP_IDEMPOTENCY_KEY="k-1")[0] == "422 Unprocessable Entity"
    assert Message.objects.count() == 2
    assert same(world.post()) == same(first)


def test_each_request_is_counted_once_whichever_way_it_goes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rate.PER_KEY.forget()
    monkeypatch.setattr(rate.PER_KEY, "limit", 4)
    world.post(HTTP_IDEMPOTENCY_KEY="k-1")
    world.post(HTTP_IDEMPOTENCY_KEY="k-1")
    world.post(told={"body": " "})
    assert world.post()[0] == "201 Created"
    refused, also = world.post(), world.post(world.ordinary)
    assert refused[0] == also[0] == "429 Too Many Requests"
    assert "Retry-After" in dict(refused[1])
    assert rate.PER_KEY._spent[world.key.public_id] == 6


def test_a_case_that_is_over_is_left_to_the_ordinary_way(world: World) -> None:
    world.case.close(by=world.cast.paul, code="Paid")
    assert world.post()[0] == "201 Created"
    assert world.passed == 1
    assert not Clock.objects.open().exists()


def test_a_busy_conversation_is_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    decide, times = posting._decide, []

    def slowly(*arguments: Any) -> Any:
        told = decide(*arguments)
        times.append(told)
        if len(times) == 1 and told and connection.vendor == "postgresql":
            told["before"] -= 1  # as if someone had spoken meanwhile
        return told

    monkeypatch.setattr(posting, "_decide", slowly)
    assert world.post()[0] == "201 Created"
    assert (world.passed, len(times)) == (0, 2 if connection.vendor == "postgresql" else 1)
    assert rate.PER_KEY._spent[world.key.public_id] == 2


@pytest.mark.parametrize("trouble", [OperationalError("away"), RuntimeError("a mistake of ours")])
def test_trouble_while_writing_is_told_as_ever_and_nothing_is_said_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def breaks(*_arguments: Any) -> None:
        raise trouble

    monkeypatch.setattr(posting, "_fast", breaks)
    answer = world.post()
    assert world.passed == 0
    Storms.seen.storms = Storms.storms
    assert answer == world.post(world.ordinary)
    assert answer[0][:3] == ("503" if isinstance(trouble, OperationalError) else "500")
    assert ("Retry-After" in dict(answer[1])) == isinstance(trouble, OperationalError)
    assert Message.objects.count() == 1


def test_after_a_storm_the_connection_is_asked_anew(world: World) -> None:
    connection.ensure_connection()
    before = connection.connection
    Storms.storms += 1
    assert world.post()[0] == "201 Created"
    assert connection.connection is not before


def test_nothing_is_learned_from_a_refusal(world: World) -> None:
    fresh = Hatch(world.ordinary)
    world.post(fresh, told={"body": " "})
    world.post(fresh, HTTP_AUTHORIZATION="Bearer nothing")
    assert fresh.known == {}


def test_the_statement_is_short_enough_to_be_read_by_the_driver_once() -> None:
    from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH

    from trialogue.posting import statements

    for statement in (statements.POSTGRESQL, statements.READ, statements.READ_BY_KEY):
        assert len(statement) <= MAX_CACHED_STATEMENT_LENGTH
