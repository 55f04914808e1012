"""Amounts as people write them, in any country: 12480.50, 12.480,50, 12 480,5 or 12'480."""

from __future__ import annotations

import re

LONGEST = 60  # characters; the patterns below are not for pages of blanks
SPACES = dict.fromkeys(map(ord, " \u00a0\u202f\u2009'’´`_"))


def digits(said: str, decimal: str) -> str | None:
    """Plain digits with at most one point; None for what is no number.

    `decimal` is "," or ".": how to read 1.234, which could be either. Everything else says itself what it is.
    """
    said = said[: LONGEST + 1].translate(SPACES)
    if len(said) > LONGEST or not re.fullmatch(r"[0-9.,]*[0-9][0-9.,]*", said):
        return None
    last = max(said.rfind(","), said.rfind("."))
    if last < 0:
        return said
    sign, other = said[last], "." if said[last] == "," else ","
    whole, rest = said[:last], said[last + 1 :]
    thousands = sign in whole or (len(rest) == 3 and other not in whole and 0 < len(whole) < 4 and sign != decimal)
    if thousands and whole != "0":
        return _ungrouped(said, sign) if other not in said else None
    return f"{grouped}.{rest or '0'}" if (grouped := _ungrouped(whole or "0", other)) else None


def _ungrouped(said: str, sign: str) -> str | None:
    first, *groups = said.split(sign)
    if groups and not (0 < len(first) < 4 and all(len(group) == 3 and group.isdigit() for group in groups)):
        return None
    return first + "".join(groups) if first.isdigit() else None
