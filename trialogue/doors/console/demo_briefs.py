"""Cases of the demo's world that are long over, told in a few words each; here they become stories like the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Told = dict[str, Any]


def story(brief: Told, number: int, talks: Mapping[str, list[Told]], people: Mapping[str, list[str]]) -> Told:
    """The brief as a case with steps. `talks` are exchanges by language, `people` who writes for an organisation."""
    return brief | {"step": list(_steps(brief, number, talks[brief["words"]], people))}


def _steps(brief: Told, number: int, talks: list[Told], people: Mapping[str, list[str]]) -> Iterator[Told]:
    """The four answers of a case come when its `paces` say: shares of what was promised. Between them lie quiet days."""
    client, partner = (people[brief[side]][number % len(people[brief[side]])] for side in ("client", "partner"))
    operator = people["operator"][number % 2]
    first, second = talks[number % len(talks)], talks[(number + 2) % len(talks)]
    confirm, supply, reply, late_reply = brief["paces"]
    asked, asked_back = second["asked"], first["asked_back"]
    begin = brief["begin"]
    told = [
        (f"-{begin} 09:10", client, "submit", "", ()),
        (f"-{begin - 1} 10:20", operator, "release", "", ()),
        (f"after {confirm}", partner, "confirm", first["welcome"], ()),
        (f"-{begin - 5} 11:05", partner, "post", asked_back[0], ()),
        (f"after {supply}", client, "post", asked_back[1], ("quiet",)),
        (f"-{begin - 10} 09:40", client, "post", first["asked"][0], ()),
        (f"after {reply}", partner, "post", first["asked"][1], ("quiet",)),
        (f"-{begin - 15} 14:10", client, "post", asked[0], ()),
        (f"after {late_reply}", partner, "post", asked[1], ("quiet",)),
        (f"-{begin - 20} 10:30", partner, "close", brief["closed"], ()),
    ]
    for at, by, does, says, flags in told:
        step = {"at": at, "by": by, "does": does, "says": says, "flexible": True, **dict.fromkeys(flags, True)}
        yield step | ({"code": brief["code"]} if does == "close" else {})
