"""A policy file is read whole or refused with every mistake and its line."""

from __future__ import annotations

import pytest

from trialogue.channels.rules import LONGEST, Unreadable, read, shipped

GOOD = shipped()


def refused(text: str) -> list[tuple[int, str]]:
    with pytest.raises(Unreadable) as why:
        read(text)
    return why.value.problems


def line_of(text: str, words: str, nth: int = 0) -> int:
    return [n for n, line in enumerate(text.splitlines(), 1) if words in line][nth]


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ('"sales@trialogue.example"', '"Legal@trialogue.example"', 'address = "legal@', "is the address of sales already"),
        ('after = "first"', 'after = "account_manager"', 'after = "account_manager"', "The ladder loops"),
        ('when = ["critical"]\n', 'after = "critical"\n', 'after = "critical"', "The ladder loops"),
        ('promise = "acknowledge"', 'promise = "someday"', 'promise = "someday"', "There is no “someday” here"),
        ('way = "meeting"', 'way = "fax"', 'way = "fax"', "must be"),
        ('key = "whatsapp"', 'key = "phone"', 'key = "phone"', "two of channel"),
        ('address = "/articles/"', 'address = "javascript:alert(1)"', "javascript", "no address of a page"),
        ('address = "sales@trialogue.example"', 'address = "sales"', 'address = "sales"', "no mail address"),
        ("within = 48", "within = 0", "within = 0", "greater than or equal to 1"),
        ("within = 48", "within = 4000", "within = 4000", "from 1 to 3000"),
        ("within = 48", "within = 1.5", "within = 1.5", "valid integer"),
        ('unit = "hours"', 'unit = "moons"', 'unit = "moons"', "must be"),
        ('client = "legal"\n', 'client = "nowhere"\n', 'client = "nowhere"', "There is no “nowhere” here"),
        ('client = "legal"\n', 'client = "critical"\n', 'client = "critical"', "not open to them"),
        ('name = "Sales"', 'nmae = "Sales"', "nmae", "is not known here"),
        ('include = "critical"', 'include = "all"', 'include = "all"', "There is no “all” here"),
        ('else = "platform"', 'else = "help"', 'else = "help"', "in a circle"),
        ('needed_for = ["commercial"', 'needed_for = ["comercial"', "comercial", "There is no “comercial” here"),
        ('[hours]', '[hours]\nzone = "Europe/Berlin"\nweek = { 0 = [] }', "week =", "no opening"),
        ('[hours]', '[hours]\nzone = "Mars"\nweek = { 0 = [["08:00", "16:00"]] }', "week =", "Mars"),
        ('[hours]', '[hours]\nzone = "Europe/Berlin"\nweek = { 0 = [["08:00"]] }', "week =", "cannot be read"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(old: str, new: str, at: str, says: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    problems = refused(text)
    assert any(says in said for _line, said in problems), problems
    nth = 1 if new == 'key = "phone"' else 0
    assert line_of(text, at, nth) in [line for line, said in problems if says in said]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    text = GOOD.replace('after = "first"', 'after = "account_manager"').replace('"sales@trialogue.example"', '"legal@trialogue.example"')  # fmt: skip
    assert len(refused(text)) == 2


def test_what_is_no_toml_is_told_with_its_line() -> None:
    ((line, said),) = refused("[hours]\nsays = \n")
    assert line == 2
    assert "no TOML" in said


@pytest.mark.parametrize(
    "text", ["", "a = 1", "[" * 5000, "x" * (LONGEST + 1), "channel = 7", "\x00", "[[channel]]\nkey = 1"]
)
def test_whatever_else_one_may_send_is_refused_in_words(text: str) -> None:
    assert refused(text)


def test_windows_line_ends_are_read() -> None:
    assert read(GOOD.replace("\n", "\r\n")) == read(GOOD)


def test_a_channel_that_is_not_offered_says_what_to_do_instead() -> None:
    cut = GOOD.index("instead = ")
    text = GOOD[:cut] + GOOD[GOOD.index("\n", cut) + 1 :]
    assert any("what is not offered" in said for _line, said in refused(text))
