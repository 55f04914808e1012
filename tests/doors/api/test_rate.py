"""The fixed window that a key's requests are counted in."""

from __future__ import annotations

from trialogue.doors.api.rate import PER_KEY, Window


class Hands:
    """A clock that is set by hand."""

    now = 600.0

    def __call__(self) -> float:
        return self.now


def test_within_the_limit_nothing_is_to_wait_for() -> None:
    window = Window(2, 60, Hands())
    assert [window.spend("a"), window.spend("a"), window.spend("b")] == [0, 0, 0]


def test_beyond_it_the_wait_lasts_to_the_end_of_the_window() -> None:
    hands = Hands()
    window = Window(1, 60, hands)
    window.spend("a")
    assert window.spend("a") == 60
    hands.now = 659.7
    assert window.spend("a") == 1


def test_a_new_window_begins_unspent() -> None:
    hands = Hands()
    window = Window(1, 60, hands)
    window.spend("a")
    hands.now = 660.0
    assert window.spend("a") == 0


def test_past_windows_are_forgotten() -> None:
    hands = Hands()
    window = Window(1, 60, hands)
    for number in range(100):
        window.spend(str(number))
    hands.now = 700.0
    window.spend("a")
    assert len(window._spent) == 1


def test_a_key_may_make_two_thousand_requests_a_minute() -> None:
    assert (PER_KEY.limit, PER_KEY.seconds) == (2000, 60)
