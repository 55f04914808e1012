from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialogue.lib.environ import Environ


def read(value: str | None, how: Callable[[Environ], Any]) -> tuple[Any, list[str]]:
    env = Environ({} if value is None else {"T_X": value}, "T_")
    got = how(env)
    return got, [f"{p.name} {p.what}. {p.hint}" for p in env.problems]


def number(env: Environ) -> int:
    return env.number("X", 7, at_least=1, at_most=10, about="n")


def flag(env: Environ) -> bool:
    return env.flag("X", True, about="f")


def choice(env: Environ) -> str:
    return env.choice("X", "a", ("a", "b"), about="c")


def url(env: Environ) -> str:
    return env.url("X", "http://localhost", ("http", "https"), about="u").geturl()


@pytest.mark.parametrize(
    ("value", "how", "got"),
    [
        (None, number, 7), ("", number, 7), ("  ", number, 7), (" 3 ", number, 3), ("10", number, 10),
        (None, flag, True), ("0", flag, False), ("No", flag, False), ("ON", flag, True), ("1", flag, True),
        (None, choice, "a"), ("b", choice, "b"),
        (None, url, "http://localhost"), ("https://a.example:8443/x", url, "https://a.example:8443/x"),
    ],
)  # fmt: skip
def test_what_can_be_read(value: str | None, how: Callable[[Environ], Any], got: Any) -> None:
    assert read(value, how) == (got, [])


@pytest.mark.parametrize(
    ("value", "how", "default", "hint"),
    [
        ("x", number, 7, "Give a whole number from 1 to 10."), ("0", number, 7, "from 1 to 10"), ("11", number, 7, "from 1 to 10"),
        ("2.5", number, 7, "from 1 to 10"), ("maybe", flag, True, "Give 1 or 0."), ("c", choice, "a", "Give one of: a, b."),
        ("ftp://a", url, "http://localhost", "begins with http:// or https://"), ("a.example", url, "http://localhost", "http://"),
        ("http://a:port", url, "http://localhost", "http://"), ("http://[::1", url, "http://localhost", "http://"),
        ("http://", url, "http://localhost", "http://"), ("http:a", url, "http://localhost", "http://"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_a_hint_and_the_default_stands_in(
    value: str, how: Callable[[Environ], Any], default: Any, hint: str
) -> None:
    got, (problem,) = read(value, how)
    assert got == default
    assert problem.startswith(f"T_X {value!r} cannot be used")
    assert hint in problem


def test_every_mistake_is_told_not_only_the_first() -> None:
    env = Environ({"T_A": "x", "T_B": "y"}, "T_")
    env.number("A", 1, about="")
    env.flag("B", True, about="")
    env.refuse("C", "is odd", "Make it even.")
    assert [problem.name for problem in env.problems] == ["T_A", "T_B", "T_C"]


def test_every_setting_that_was_asked_for_is_known_with_what_it_is_about() -> None:
    env = Environ({}, "T_")
    env.text("A", "", about="the first")
    env.number("B", 1, about="the second")
    assert env.known == {"T_A": "the first", "T_B": "the second"}


@pytest.mark.parametrize("raw", ["mysql://user:s3cret@host/db", "mysql://user:s3@cret@host/db", "mysql://:s3cret@host"])
def test_a_password_is_not_shown_with_the_mistake(raw: str) -> None:
    _got, (problem,) = read(raw, url)
    assert "s3" not in problem
    assert "mysql://" in problem


def test_other_prefixes_are_not_read() -> None:
    assert Environ({"X": "3", "OTHER_X": "4"}, "T_").number("X", 7, about="") == 7
