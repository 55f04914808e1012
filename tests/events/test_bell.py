from __future__ import annotations

from trialogue.events import bell


def test_it_rings_for_each_listener_until_told_otherwise() -> None:
    heard: list[str] = []
    stop_first, stop_second = bell.on_ring(lambda: heard.append("1")), bell.on_ring(lambda: heard.append("2"))
    bell.ring()
    assert sorted(heard) == ["1", "2"]
    stop_first()
    stop_first()  # twice is harmless
    heard.clear()
    bell.ring()
    stop_second()
    bell.ring()
    assert heard == ["2"]


def test_one_that_fails_does_not_keep_the_others_from_hearing() -> None:
    heard: list[int] = []

    def deaf() -> None:
        raise RuntimeError

    stops = [bell.on_ring(deaf), bell.on_ring(lambda: heard.append(1)), bell.on_ring(deaf)]
    bell.ring()
    for stop in stops:
        stop()
    assert heard == [1]
