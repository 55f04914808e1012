"""Plots as SVG: numbers in, a picture out. Labels stand beside what they name; what is good is plain, what is not is hatched.

Colours come from the stylesheet by class. Every plot says its numbers in words for those who hear it; the table stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, log10

from django.utils.safestring import SafeString

WIDTH = 480
_LINE = 26
_HATCH = (
    '<defs><pattern id="{id}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch__ground" width="6" height="6"/><rect class="hatch__line" width="2.5" height="6"/></pattern></defs>'
)


def columns(
    name: str, about: str, bars: Sequence[tuple[str, int, int]], good: str, bad: str, unit: str = ""
) -> SafeString:
    """Columns over time: a label, how many were good (below), how many bad (hatched, above)."""
    height, top, bottom, left = 220, 18, 24, 30
    right = max(62.0, 12 + 6.5 * max(len(good), len(bad)))  # the names at 12 px, however long a language makes them
    most = _round_up(max((up + down for _label, up, down in bars), default=0))
    step = (WIDTH - left - right) / max(1, len(bars))
    thick, scale = step * 0.72, (height - top - bottom) / most
    floor = height - bottom
    parts = [_HATCH.format(id=f"hatch-{name}"), *_grid(most, left, WIDTH - right, floor, scale)]
    every = ceil(len(bars) / max(1, int((WIDTH - left - right) / 52)))
    for n, (label, up, down) in enumerate(bars):
        x, middle = left + n * step + (step - thick) / 2, left + (n + 0.5) * step
        parts.append(_box("kept", x, floor - up * scale, thick, up * scale))
        parts.append(_box(f"hatched:hatch-{name}", x, floor - (up + down) * scale, thick, down * scale))
        if (len(bars) - 1 - n) % every == 0:
            parts.append(_text(middle, height - 6, label, "middle"))
        if up + down and step >= 22:
            parts.append(_text(middle, floor - (up + down) * scale - 5, str(up + down), "middle"))
    parts += _named_beside(bars, left, step, thick, floor, scale, good, bad)
    return _svg(name, about, height, parts)


def _named_beside(
    bars: Sequence[tuple[str, int, int]],
    left: float,
    step: float,
    thick: float,
    floor: float,
    scale: float,
    good: str,
    bad: str,
) -> Iterable[str]:
    """The names of the two parts, each with a line to it: at the last column that has both, else at the last that has it."""
    ups, downs = [up for _label, up, _down in bars], [down for _label, _up, down in bars]
    both = _last([min(pair) for pair in zip(ups, downs, strict=True)])
    ends: dict[str, float] = {}
    heights: list[tuple[str, float]] = []
    for name, sizes, below in ((good, ups, [0] * len(bars)), (bad, downs, ups)):
        n = _last(sizes) if both is None else both
        if n is not None:
            ends[name] = left + n * step + (step + thick) / 2
            heights.append((name, floor - (below[n] + sizes[n] / 2) * scale))
    x = left + len(bars) * step + 8
    for name, y in _apart(sorted(heights, key=lambda height: -height[1])):
        yield f'<path class="leader" d="M{ends[name]:.1f} {y:.1f}H{x - 3:.1f}"/>'
        yield _text(x, y + 4, name)


def _last(sizes: Sequence[int]) -> int | None:
    """The place of the last that is any."""
    return next((n for n in reversed(range(len(sizes))) if sizes[n]), None)


def _apart(heights: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Labels that would stand on each other are moved apart."""
    if len(heights) == 2 and heights[0][1] - heights[1][1] < 15:
        (lower, below), (upper, above) = heights
        lack = 15 - (below - above)
        return [(lower, below + lack / 2), (upper, above - lack / 2)]
    return heights


def rows(name: str, about: str, bars: Sequence[tuple[str, int, str]]) -> SafeString:
    """Bars that lie: a label, a length, and the words at its end."""
    left, right = 92, 54
    most = max((length for _label, length, _words in bars), default=0) or 1
    scale = (WIDTH - left - right) / most
    parts = []
    for n, (label, length, words) in enumerate(bars):
        y = n * _LINE
        parts.append(_text(left - 8, y + 17, label, "end"))
        parts.append(_box("measure", left, y + 4, max(length * scale, 1), _LINE - 8))
        parts.append(_text(left + length * scale + 6, y + 17, words))
    return _svg(name, about, _LINE * len(bars), parts)


def course(name: str, about: str, looks: Sequence[tuple[str, int, int]], whole: str, part: str) -> SafeString:
    """A line over time and, hatched below it, the part of it that is bad; each named at its end with its last number."""
    height, top, bottom, left, right = 220, 14, 24, 30, 92
    most = _round_up(max((total for _label, total, _bad in looks), default=0))
    scale, floor = (height - top - bottom) / most, height - bottom
    step = (WIDTH - left - right) / max(1, len(looks) - 1)
    points = [
        (left + n * step, floor - total * scale, floor - bad * scale) for n, (_label, total, bad) in enumerate(looks)
    ]
    parts = [_HATCH.format(id=f"hatch-{name}"), *_grid(most, left, WIDTH - right, floor, scale)]
    if points:
        below = " ".join(f"{x:.1f},{bad:.1f}" for x, _total, bad in points)
        area = f"{points[0][0]:.1f},{floor} {below} {points[-1][0]:.1f},{floor}"
        parts.append(f'<polygon fill="url(#hatch-{name})" points="{area}"/><polyline class="edge" points="{below}"/>')
        parts.append(f'<polyline class="course" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _bad in points)}"/>')
        ends = [(f"{looks[-1][2]} {part}", points[-1][2]), (f"{looks[-1][1]} {whole}", points[-1][1])]
        parts += [_text(points[-1][0] + 8, y + 4, words) for words, y in _apart(ends)]
    every = ceil(len(looks) / 6) or 1
    for n, (label, _total, _bad) in enumerate(looks):
        if (len(looks) - 1 - n) % every == 0:
            parts.append(_text(left + n * step, height - 6, label, "middle"))
    return _svg(name, about, height, parts)


def share(kept: int, broken: int) -> SafeString:
    """A bar in a table: the kept part plain, the broken one hatched."""
    whole = (kept + broken) or 1
    inner = _box("kept", 0, 0, 100 * kept / whole, 10) + _box("hatched:hatch-share", 100 * kept / whole, 0, 100 * broken / whole, 10)  # fmt: skip
    return SafeString(
        f'<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{inner}</svg>'
    )


def hatch_for_shares() -> SafeString:
    """Stands once on a page, for all its bars of shares."""
    return SafeString(f'<svg class="sr" aria-hidden="true">{_HATCH.format(id="hatch-share")}</svg>')


def _svg(name: str, about: str, height: float, parts: Iterable[str]) -> SafeString:
    head = f'<svg role="img" aria-label="{escape(about)}" viewBox="0 0 {WIDTH} {height}" id="plot-{name}">'
    return SafeString(f"{head}{''.join(parts)}</svg>")


def _grid(most: int, left: float, right: float, floor: float, scale: float) -> Iterable[str]:
    for value in (0, most / 2, most):
        if value == int(value):
            y = floor - value * scale
            yield f'<path class="axis" d="M{left} {y:.1f}H{right:.1f}"/>{_text(left - 6, y + 4, str(int(value)), "end")}'


def _box(kind: str, x: float, y: float, width: float, height: float) -> str:
    if height <= 0 or width <= 0:
        return ""
    look, _colon, pattern = kind.partition(":")
    fill = f' fill="url(#{pattern})"' if pattern else ""
    return f'<rect class="{look}"{fill} x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _round_up(most: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100…, so that half of it is a whole number."""
    if most <= 2:
        return 2
    power: int = 10 ** int(log10(most))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= most)
