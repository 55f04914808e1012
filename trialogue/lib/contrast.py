"""Whether words of one colour can be read on another, as WCAG measures it.

>>> round(ratio("#000000", "#ffffff"), 2)
21.0
>>> worst("#767676", ("#ffffff", "#fbf9f5")) < 4.5 < worst("#737373", ("#ffffff",))
True
>>> nearest("#71c0e2", ("#ffffff",), 4.5)
'#497d93'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def ratio(one: str, other: str) -> float:
    """1 to 21, of two colours like `#105e83`."""
    dark, light = sorted((_luminance(_parts(one)), _luminance(_parts(other))))
    return (light + 0.05) / (dark + 0.05)


def worst(colour: str, others: Iterable[str]) -> float:
    return min(ratio(colour, other) for other in others)


def nearest(colour: str, others: Sequence[str], least: float) -> str:
    """The colour itself, or it with as little black or white as it takes; black or white reaches any `least` up to 4.5."""
    end = max((0, 255), key=lambda end: worst(_hex([end] * 3), others))
    mixes = (_hex(round(part + (end - part) * step / 100) for part in _parts(colour)) for step in range(101))
    return next((mix for mix in mixes if worst(mix, others) >= least), _hex([end] * 3))


def _parts(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _hex(parts: Iterable[int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in parts)


def _luminance(parts: list[int]) -> float:
    shares = [part / 255 for part in parts]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
