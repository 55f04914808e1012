"""GET /promises: the numbers of the page, each organisation its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller, errors, is_problem
from trialogue.clocks import keeping
from trialogue.clocks.models import Clock
from trialogue.people.models import Environment

NOW = MONDAY + timedelta(days=7)


@pytest.fixture(autouse=True)
def _told(cast: Cast) -> Iterator[None]:
    talk = cast.conversation(at=MONDAY)
    talk.post(by=cast.clara, body="?", at=MONDAY + timedelta(hours=1))
    talk.post(by=cast.paul, body="!", at=MONDAY + timedelta(hours=4))
    with time_machine.travel(NOW, tick=False):
        yield


def ask(caller: Caller, **query: Any) -> Any:
    response: Any = caller.get("promises", None, **query)
    assert response.status_code == 200, response.content
    return response.json()


def test_the_numbers_are_those_of_the_clocks(cast: Cast, paul: Caller) -> None:
    told = ask(paul, weeks=4)
    report = keeping.report(
        Clock.objects.owed_by(cast.paul.organisation), keeping.weeks(4, NOW, "Europe/Berlin"), NOW, "owed_to"
    )
    assert (told["kept"], told["broken"]) == (report.total.kept, report.total.broken) == (2, 0)
    assert [(week["kept"], week["broken"]) for week in told["weeks"]] == [
        (t.kept, t.broken) for _start, t in report.weeks
    ]
    assert told["organisations"] == [
        {"organisation": {"id": cast.clara.acting_for, "name": "Nordlys Energi A/S"}, "kept": 2, "broken": 0}
    ]
    assert told["countries"] == [{"country": "DE", "kept": 2, "broken": 0}]
    assert told["answer_times"]["ninth_tenth_seconds"] == 3 * 3600
    assert sum(bar["answers"] for bar in told["answer_times"]["bars"]) == 2
    assert told["open"][-1] == {"at": "2026-03-16T11:00:00Z", "open": 0, "overdue": 0}


def test_what_one_is_owed(clara: Caller) -> None:
    assert (ask(clara)["kept"], ask(clara)["broken"]) == (0, 1)
    assert ask(clara, whose="them")["kept"] == 2


def test_the_operator_sees_all_and_each(cast: Cast, olga: Caller) -> None:
    assert (ask(olga)["kept"], ask(olga)["broken"]) == (2, 1)
    assert (ask(olga, of=cast.paul.acting_for)["kept"], ask(olga, of=cast.paul.acting_for)["broken"]) == (2, 0)


def test_strangers_and_test_keys_see_none(cast: Cast, otto: Caller, rita: Caller) -> None:
    for caller in (otto, rita, Caller(cast.paul, Environment.TEST)):
        for whose in ("us", "them"):
            told = ask(caller, whose=whose)
            assert (told["kept"], told["broken"], told["organisations"]) == (0, 0, [])


def test_a_period_of_days(paul: Caller) -> None:
    told = ask(paul, **{"from": "2026-03-09", "to": "2026-03-09"})
    assert (told["start"], told["end"]) == ("2026-03-08T23:00:00Z", "2026-03-09T23:00:00Z")
    assert len(told["weeks"]) == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"weeks": 0}, "weeks"), ({"weeks": 105}, "weeks"), ({"weeks": "x"}, "weeks"), ({"from": "x"}, "from"), ({"to": "2026-02-30"}, "to"),
        ({"from": "2026-03-10", "to": "2026-03-09"}, "from"), ({"whose": "everyone"}, "whose"), ({"of": "org_0000000000000000"}, "of"),
        ({"whose": "us\x00"}, "whose"), ({"of": "\x00"}, "of"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(olga: Caller, paul: Caller, asked: dict[str, Any], field: str) -> None:
    response = (olga if "of" in asked else paul).get("promises", None, **asked)
    assert is_problem(response, 422, "invalid")
    assert list(errors(response)) == [field]
