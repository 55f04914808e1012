"""Colours that can be read: every text on every ground it meets (named in tokens.css), in light and in dark."""

from __future__ import annotations

import re
from math import cos, radians, sin
from pathlib import Path

import pytest

import trialogue.doors.web
from trialogue.people.brands import DARK, LIGHT, Scheme

pytestmark = pytest.mark.only_on("sqlite")

CSS = Path(trialogue.doors.web.__file__).parent / "static" / "trialogue" / "css"
TOKENS = (CSS / "tokens.css").read_text()
PAIR = re.compile(r"/\* pair: (--[\w-]+) on (--[\w-]+) ([\d.]+) \*/")
COLOUR = re.compile(r"(--[\w-]+): light-dark\(oklch\(([\d. ]+)\), oklch\(([\d. ]+)\)\);")
Rgb = tuple[float, float, float]


def _oklch_to_rgb(lightness: float, chroma: float, hue: float) -> Rgb:
    """Linear sRGB by Björn Ottosson's matrices, cut to what a screen can show."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return tuple(min(max(part, 0.0), 1.0) for part in (red, green, blue))  # type: ignore[return-value]


def _luminance(rgb: Rgb) -> float:
    red, green, blue = rgb
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG's ratio, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _colours(scheme: int) -> dict[str, Rgb]:
    return {name: _oklch_to_rgb(*map(float, told[scheme].split())) for name, *told in COLOUR.findall(TOKENS)}


PAIRS = [(text, ground, float(least)) for text, ground, least in PAIR.findall(TOKENS)]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read_on_its_ground(scheme: int) -> None:
    colours = _colours(scheme)
    told = {f"{text} on {ground}": (contrast(colours[text], colours[ground]), least) for text, ground, least in PAIRS}
    assert {pair: f"{found:.2f} < {least}" for pair, (found, least) in told.items() if found < least} == {}


def test_the_measure_is_the_known_one() -> None:
    assert contrast(_oklch_to_rgb(0, 0, 0), _oklch_to_rgb(1, 0, 0)) == pytest.approx(21, abs=0.01)
    red = _oklch_to_rgb(0.627955, 0.257683, 29.2339)  # #f00
    assert red == pytest.approx((1, 0, 0), abs=0.001)
    assert contrast(red, (1, 1, 1)) == pytest.approx(3.998, abs=0.01)
    grey = _oklch_to_rgb(0.566, 0, 0)  # #767676, the lightest grey that is read on white
    assert contrast(grey, (1, 1, 1)) == pytest.approx(4.54, abs=0.05)


def test_every_colour_is_told_once_in_both_schemes() -> None:
    names = [name for name, *_ in COLOUR.findall(TOKENS)]
    assert len(names) == len(set(names))
    assert {name for pair in PAIRS for name in pair[:2]} <= set(names)
    assert len(PAIRS) == len(set(PAIRS))


def test_every_word_colour_is_tried_on_every_ground() -> None:
    """A new ground cannot come in without someone asking what is read on it."""
    grounds = {"--ground", "--surface", "--sunken", "--raised"}
    for ink in ("--ink", "--ink-2", "--ink-3", "--link", "--risk", "--broken", "--kept"):
        assert grounds <= {ground for text, ground, least in PAIRS if text == ink and least >= 4.5}, ink


@pytest.mark.parametrize("path", sorted(CSS.glob("*.css")), ids=lambda path: path.name)
def test_colours_stand_among_the_tokens_alone(path: Path) -> None:
    if path.name in ("tokens.css", "print.css"):
        return
    # White paper stays white in the dark: a QR code, the mail of another program. And what dims a page is no colour.
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    found = re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])|\b(?:rgb|hsl|oklch|lab)a?\(", text)
    allowed = {"account.css": ["#fff"], "mail.css": ["#fff"], "dialog.css": ["oklch("]}
    assert found == allowed.get(path.name, [])


def test_every_token_used_is_there() -> None:
    text = "\n".join(path.read_text() for path in CSS.glob("*.css"))
    told = set(re.findall(r"(--[\w-]+)\s*:", text))
    used = set(re.findall(r"var\((--[\w-]+)\s*\)", text))
    assert used - told == set()


def test_every_style_is_in_the_order_and_in_a_layer() -> None:
    order = (CSS / "order.txt").read_text().split()
    assert sorted(order) == sorted(path.name for path in CSS.glob("*.css"))
    assert order[0] == "app.css", "it names the layers, and so comes first"
    for name in order[1:]:
        assert "@layer" in (CSS / name).read_text(), name


@pytest.mark.parametrize(("scheme", "brands"), [(0, LIGHT), (1, DARK)], ids=["light", "dark"])
def test_a_brand_is_measured_against_the_grounds_of_the_pages(scheme: int, brands: Scheme) -> None:
    colours = _colours(scheme)
    grounds = ("--ground", "--surface", "--sunken", "--raised")
    assert tuple(_hex(colours[name]) for name in grounds) == brands.grounds
    assert _hex(colours["--on-accent"]) == brands.words


def _hex(rgb: Rgb) -> str:
    seen = (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in rgb)
    return "#" + "".join(f"{round(255 * part):02x}" for part in seen)
