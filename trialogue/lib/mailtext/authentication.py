"""`Authentication-Results` (RFC 8601), also as Microsoft writes it, without saying who says so.

authres knows the grammar to the letter and refuses what is not: of the headers of our corpus it refuses Microsoft's. Here a
result that cannot be read is left out, and never makes another one better: a quoted string or a comment is not looked into.
"""

from __future__ import annotations

import re

from trialogue.lib.mailtext.charset import decode
from trialogue.lib.mailtext.parsed import Authentication, Verdict

MOST = 20
LONGEST = 5000
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[();=]|[^\s"();=]+|\s+')
_METHOD = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_RESULT = re.compile(r"[a-z]{1,20}")
# The property that says which domain was checked, the most telling first.
_DOMAINS = {
    "spf": ("smtp.mailfrom", "smtp.mail", "smtp.helo", "smtp.ehlo"),
    "dkim": ("header.d", "header.i"),
    "dmarc": ("header.from",),
    "arc": ("header.oldest-pass",),
}


def results(values: list[bytes]) -> tuple[Authentication, ...]:
    return tuple(_one(decode(value[:LONGEST])[0]) for value in values[:MOST])


def _one(said: str) -> Authentication:
    by = ""
    verdicts = []
    for place, words in enumerate(_statements(said)):
        if place == 0 and words and "=" not in words:
            by = words[0].lower()
        elif found := _verdict(words):
            verdicts.append(found)
    return Authentication(by, tuple(verdicts))


def _statements(said: str) -> list[list[str]]:
    """What stands between semicolons, as pieces, comments left out."""
    found: list[list[str]] = [[]]
    depth = 0
    for piece in _TOKEN.findall(said):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(0, depth - 1)
        elif depth or piece.isspace():
            continue
        elif piece == ";":
            found.append([])
        else:
            found[-1].append(piece)
    return found


def _verdict(words: list[str]) -> Verdict | None:
    """`dkim = pass header.d = mail.example` and so on."""
    if len(words) < 3 or words[1] != "=":
        return None
    method, result = words[0].split("/")[0].lower(), words[2].lower()
    if not (_METHOD.fullmatch(method) and _RESULT.fullmatch(result)):
        return None
    properties: dict[str, str] = {}
    for place in range(3, len(words) - 2):
        if words[place + 1] == "=":
            properties.setdefault(words[place].lower(), words[place + 2])
    value = next((properties[name] for name in _DOMAINS.get(method, ()) if name in properties), "")
    return Verdict(method, result, value.strip('"<>').rpartition("@")[2].lower().rstrip("."))
