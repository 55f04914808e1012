"""Numbers of requests as people type them: `exact` reads one, `near` says which may have been meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

RECENT = 3  # years; a number that is said without its year is of one of these
# Such as R-2026-004711, “r 2026 4711”, #4711; a year that stands against its number stands before six digits at least.
_TYPED = re.compile(r"[^\W\d_]?[^\w]{0,2}(?:(20\d\d)(?:[^\w]{1,3}|(?=\d{6,9}$)))?(\d{1,9})", re.ASCII)


def exact(typed: str, year: int) -> list[str]:
    """The numbers that are written so, the newest first; none if it is no number. `year` is the one that it is now."""
    told = _TYPED.fullmatch(typed.strip())
    return [] if told is None else [_number(each, int(told[2])) for each in _years(told[1], year)]


def near(typed: str, year: int) -> list[str]:
    """The same in other years, then those that are one slip away: the likeliest first. None if it is no number."""
    told = _TYPED.fullmatch(typed.strip())
    if told is None:
        return []
    years, serial = _years(told[1], year), int(told[2])
    around = [*years, *range(year, year - RECENT, -1), years[0] + 1, years[0] - 1]
    found = [*(_number(each, serial) for each in around), *(_number(years[0], each) for each in _slips(serial))]
    return list(dict.fromkeys(found))


def _years(told: str | None, year: int) -> list[int]:
    return [int(told)] if told else [year - back for back in range(RECENT)]


def _number(year: int, serial: int) -> str:
    return f"R-{year}-{serial:06}"


def _slips(serial: int) -> Iterator[int]:
    """Two digits that changed places; one too many, or left out; a wrong one."""
    padded, plain = f"{serial:06}", str(serial)
    for at in range(len(padded) - 1):
        yield int(padded[:at] + padded[at + 1] + padded[at] + padded[at + 2 :])
    for at in range(len(plain)):
        yield int(plain[:at] + plain[at + 1 :] or 0)
    for at in range(len(plain) + 1):
        yield from (int(plain[:at] + digit + plain[at:]) for digit in "0123456789")
    for at in range(len(padded)):
        yield from (int(padded[:at] + digit + padded[at + 1 :]) for digit in "0123456789")
