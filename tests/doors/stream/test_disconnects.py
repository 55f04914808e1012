"""Hundreds of broken connections while others write: nothing is lost, nothing is told twice. `bench.disconnects` does 10,000."""

from __future__ import annotations

from tests.breaking import Restless, break_off, judge, poster
from tests.cast import Cast
from tests.doors.stream.conftest import bearer
from tests.serving import House
from trialogue.events import tail
from trialogue.events.models import Event

VISITS = 60  # of each listener


def test_nothing_is_lost_or_doubled_however_often_connections_break(served: House, cast: Cast) -> None:
    talks = [cast.conversation(f"B-{number}", at=None) for number in range(3)]
    actors = [cast.clara, cast.paul, cast.olga, cast.rita, cast.clara, cast.otto]
    keys = [bearer(actor) for actor in actors]
    writers = [
        poster(served.port, bearer(by), talk.case.reference, 0.004)
        for by, talk in zip((cast.clara, cast.paul, cast.clara), talks, strict=True)
    ]
    start = tail.head()

    def of(number: int) -> list[str]:
        events = tail.after(start, Event.objects.visible_to(actors[number]), 10**6)
        return [tail.position_of(event) for event in events]

    def last_of(_number: int) -> str:
        return of(_number)[-1]

    cast.rita.organisation.issue_key("production", by=cast.rita)
    cast.otto.organisation.issue_key("production", by=cast.otto)  # so that Otto hears something, too
    heard = break_off([Restless(served.port, key, start, VISITS) for key in keys], writers, last_of, least=25)
    told = judge(VISITS * len(actors), [of(number) for number in range(len(actors))], heard)
    assert (told.lost, told.doubled, told.disordered) == (0, 0, 0), told
    assert told.events > 150
    assert len(of(3)) > len(of(5)) == 1
