"""Text for a cell of a spreadsheet. What a program would take for a formula is made to stand there as it was written."""

from __future__ import annotations

import re

# OWASP's list; spaces before them do not help, and the full-width ones are read as their plain brothers by some.
_FORMULA = re.compile("[ \u00a0]*[=+\\-@\t\r\n\uff0b\uff0d\uff1d\uff20]")


def cell(text: str) -> str:
    """The text, with an apostrophe before what begins like a formula."""
    return f"'{text}" if _FORMULA.match(text) else text
