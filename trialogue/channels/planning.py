"""What another policy would change, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trialogue.channels.rules import Rules


@dataclass(frozen=True)
class Changed:
    """One thing that is other: `what` is a path such as “channel sales, address”; None means that it is not there."""

    what: str
    old: Any
    new: Any

    def __str__(self) -> str:
        mark = "+" if self.old is None else "-" if self.new is None else "~"
        told = {"+": f"{self.new}", "-": f"{self.old}", "~": f"{self.old} → {self.new}"}[mark]
        return f"{mark} {self.what}: {told}"


def differences(old: Rules, new: Rules) -> list[Changed]:
    before, after = (rules.model_dump(by_alias=True, mode="json") for rules in (old, new))
    return list(_walk("", before, after))


def _walk(what: str, old: Any, new: Any) -> Iterator[Changed]:
    old, new = _keyed(old), _keyed(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _walk(f"{what} {key}".strip(), old.get(key), new.get(key))
    elif old != new and (old or new):
        yield Changed(what, _said(old), _said(new))


def _keyed(value: Any) -> Any:
    """A list of tables is compared by their keys, not by their places."""
    if isinstance(value, list) and value and all(isinstance(each, dict) and "key" in each for each in value):
        return {each["key"]: each for each in value}
    return value


def _said(value: Any) -> str | None:
    """The value on one line: a new or lost table by what it says."""
    if isinstance(value, Mapping):
        return str(value.get("says") or value.get("name") or ", ".join(map(str, value)))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    return None if value in (None, "") else str(value)
