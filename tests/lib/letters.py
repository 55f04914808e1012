"""The letters of `tests/letters`: `NAME.eml` and beside it, in `NAME.toml`, what must come of it.

`[parsed]` names what counts of a `Parsed`. What every letter must say (`text`, `problems`, `machine`, …) and is not named must be
empty. `quoted` holds kinds and first words ("quote: On Monday"), `recipients` are "to help@…", `authentication` is "server: spf=pass …".
Other tables are for others.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trialogue.lib.mailtext import Parsed

FOLDER = Path(__file__).parent.parent / "letters"
# These must be named when they are not empty; the others may be left out.
_ALWAYS: dict[str, Any] = {
    "text": "", "quoted": [], "documents": [], "machine": None, "bounced": [], "calendar": None, "mark": None, "sealed": None,
    "signed": None, "problems": [],
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    name: str
    raw: bytes
    told: dict[str, Any]

    @property
    def expected(self) -> dict[str, Any]:
        return {**_ALWAYS, **self.told["parsed"]}


def read() -> list[Sample]:
    return [
        Sample(path.stem, path.read_bytes(), tomllib.loads(path.with_suffix(".toml").read_text("utf-8")))
        for path in sorted(FOLDER.glob("*.eml"))
    ]


def seen(parsed: Parsed, name: str, expected: Any) -> Any:
    """What came of the letter, in the form in which it is written in the file."""
    return _SEEN[name](parsed, expected) if name in _SEEN else _listed(getattr(parsed, name))


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _quoted(parsed: Parsed, expected: list[str]) -> list[str]:
    """As many of the first words as the file names."""
    found = [f"{fold.kind}: {' '.join(fold.text.split())}" for fold in parsed.quoted]
    return [one[: len(expected[place])] if place < len(expected) else one for place, one in enumerate(found)]


def _documents(parsed: Parsed, expected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [
        {"name": one.name, "kind": one.kind, "inline": one.inline, "size": len(one.content)} for one in parsed.documents
    ]
    return [
        {key: value for key, value in one.items() if place >= len(expected) or key in expected[place]}
        for place, one in enumerate(found)
    ]


def _bounced(parsed: Parsed, expected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {key: getattr(one, key) for key in (expected[place] if place < len(expected) else ("email", "permanent"))}
        for place, one in enumerate(parsed.bounced)
    ]


_SEEN = {
    "sender": lambda parsed, _: parsed.sender.email if parsed.sender else False,
    "name": lambda parsed, _: parsed.sender and parsed.sender.name,
    "senders": lambda parsed, _: [one.email for one in parsed.senders],
    "reply_to": lambda parsed, _: [one.email for one in parsed.reply_to],
    "recipients": lambda parsed, _: [f"{one.stood} {one.address.email}" for one in parsed.recipients],
    "at": lambda parsed, expected: parsed.at if isinstance(expected, datetime) else parsed.at or "",
    "quoted": _quoted,
    "documents": _documents,
    "bounced": _bounced,
    "problems": lambda parsed, _: [one.code for one in parsed.problems],
    "html": lambda parsed, _: parsed.html is not None,
    "html_has": lambda parsed, expected: [one for one in expected if one in (parsed.html or "")],
    "html_has_not": lambda parsed, expected: [one for one in expected if one not in (parsed.html or "")],
    "authentication": lambda parsed, _: [
        " ".join([f"{one.by}:", *(f"{each.method}={each.result}" + f" {each.domain}" * bool(each.domain) for each in one.verdicts)])
        for one in parsed.authentication
    ],
}  # fmt: skip
