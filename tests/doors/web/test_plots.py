"""Plots: whatever the numbers, a picture that can be parsed, stays within its frame and says its labels."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from trialogue.doors.web import plots

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in drawn(svg).iter(f"{SVG}text")]


BARS = {
    "none": [],
    "nothing in them": [("1 Jan", 0, 0)] * 4,
    "one": [("1 Jan", 3, 1)],
    "only bad": [("1 Jan", 0, 7), ("8 Jan", 0, 0)],
    "many": [(f"{n}", n * 7 % 13, n % 3) for n in range(106)],
    "large": [("1 Jan", 99_999, 100_000)],
}


@pytest.mark.parametrize("bars", BARS.values(), ids=BARS)
def test_columns_stay_within_their_frame(bars: list[tuple[str, int, int]]) -> None:
    svg = drawn(plots.columns("x", "About", bars, "kept", "broken"))
    _x, _y, width, height = map(float, svg.attrib["viewBox"].split())
    for box in svg.findall(f"{SVG}rect"):
        assert 0 <= float(box.attrib["x"]) <= float(box.attrib["x"]) + float(box.attrib["width"]) <= width
        assert 0 <= float(box.attrib["y"]) <= float(box.attrib["y"]) + float(box.attrib["height"]) <= height


def test_columns_are_as_high_as_their_numbers() -> None:
    svg = drawn(plots.columns("x", "About", [("1 Jan", 4, 2), ("8 Jan", 2, 0)], "kept", "broken"))
    first, bad, second = (float(box.attrib["height"]) for box in svg.findall(f"{SVG}rect"))
    assert first == pytest.approx(2 * bad, abs=0.2) == pytest.approx(2 * second, abs=0.2)


def test_both_parts_of_a_column_are_named_beside_it() -> None:
    said = texts(plots.columns("x", "About", [("1 Jan", 4, 2)], "kept", "broken"))
    assert {"kept", "broken", "6", "1 Jan"} <= set(said)


def test_a_part_that_no_column_shares_is_named_as_well() -> None:
    svg = drawn(plots.columns("x", "About", [("1 Jan", 0, 1), ("8 Jan", 2, 0), ("15 Jan", 0, 0)], "kept", "broken"))
    heights = {text.text: float(text.attrib["y"]) for text in svg.iter(f"{SVG}text")}
    assert abs(heights["kept"] - heights["broken"]) >= 14.8
    kept, broken = sorted(svg.findall(f"{SVG}path[@class='leader']"), key=lambda line: line.attrib["d"], reverse=True)
    assert kept.attrib["d"] != broken.attrib["d"]


def test_a_language_with_long_names_of_the_parts_has_room_for_them() -> None:
    svg = drawn(plots.columns("x", "About", [("1. Jan.", 1, 1)], "eingehalten", "nicht eingehalten"))
    width = float(svg.attrib["viewBox"].split()[2])
    (said,) = (text for text in svg.iter(f"{SVG}text") if text.text == "nicht eingehalten")
    assert width - float(said.attrib["x"]) >= 102  # so wide it is in the font of the plots


def test_labels_never_stand_on_each_other() -> None:
    svg = drawn(plots.columns("x", "About", [("1 Jan", 1, 1), ("8 Jan", 200, 0)], "kept", "broken"))
    heights = [float(text.attrib["y"]) for text in svg.iter(f"{SVG}text") if text.text in ("kept", "broken")]
    assert abs(heights[0] - heights[1]) >= 14.8


@pytest.mark.parametrize("looks", [[], [("1 Jan", 0, 0)], [("1 Jan", 5, 0), ("2 Jan", 9, 9)], [("d", n, n // 2) for n in range(60)]])  # fmt: skip
def test_a_course_ends_with_its_last_numbers(looks: list[tuple[str, int, int]]) -> None:
    said = texts(plots.course("x", "About", looks, "open", "past due"))
    if looks:
        assert {f"{looks[-1][1]} open", f"{looks[-1][2]} past due"} <= set(said)


def test_rows_say_their_label_and_their_words() -> None:
    assert texts(plots.rows("x", "About", [("to 1 h", 0, "0"), ("to 2 h", 12, "12")])) == [
        "to 1 h",
        "0",
        "to 2 h",
        "12",
    ]


def test_words_are_escaped() -> None:
    svg = plots.columns("x", 'A "quote" & <b>', [("<i>", 1, 1)], "<b>", "&")
    assert drawn(svg).attrib["aria-label"] == 'A "quote" & <b>'
    assert "<b>" in texts(svg)


@pytest.mark.parametrize(("kept", "broken", "shares"), [(3, 1, [75.0, 25.0]), (5, 0, [100.0]), (0, 0, [])])
def test_a_share_is_as_long_as_its_part(kept: int, broken: int, shares: list[float]) -> None:
    assert [float(box.attrib["width"]) for box in drawn(plots.share(kept, broken))] == shares


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 20), (43, 60), (99, 100), (101, 200)])  # fmt: skip
def test_the_scale_ends_at_a_round_number_above(most: int, top: int) -> None:
    assert plots._round_up(most) == top
