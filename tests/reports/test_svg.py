"""Plots: what is drawn is what was counted, whatever the numbers and names are."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from triage.reports.svg import Bar, meter, short, stacked_bars, week_heatmap

SVG = "{http://www.w3.org/2000/svg}"
CLASSES = ("sev3", "sev2", "sev1")


def read(markup: str) -> ElementTree.Element:
    """As a browser would inside a page: the namespace is the page's matter."""
    return ElementTree.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def bars(*totals: tuple[int, ...]) -> ElementTree.Element:
    return read(stacked_bars("x", "A title", "A description", [Bar(f"b{n}", parts) for n, parts in enumerate(totals)], CLASSES))


def test_a_part_is_as_high_as_its_share() -> None:
    rects = bars((6, 3, 1)).findall(f".//{SVG}rect")
    heights = [float(rect.get("height") or 0) for rect in rects]
    assert [round(height / heights[2]) for height in heights] == [6, 3, 1]
    assert [rect.get("class") for rect in rects] == ["sev3", "sev2", "sev1"]


@pytest.mark.parametrize("most", [0, 1, 2, 3, 7, 10, 11, 59, 61, 99, 101, 12_345, 10**9, 10**15])
def test_no_bar_leaves_the_plot(most: int) -> None:
    drawn = bars((most, 0, 0), (0, 0, 0))
    _, _, _, height = (float(one) for one in (drawn.get("viewBox") or "").split())
    for rect in drawn.findall(f".//{SVG}rect"):
        y, tall = float(rect.get("y") or 0), float(rect.get("height") or 0)
        assert 0 <= y <= y + tall <= height


def test_a_plot_says_what_it_shows_to_those_who_hear_it() -> None:
    drawn = bars((1, 0, 0))
    assert drawn.get("role") == "img"
    ids = [drawn.get("aria-labelledby"), drawn.get("aria-describedby")]
    texts = [element.text for one in ids for element in drawn.iter() if element.get("id") == one]
    assert texts == ["A title", "A description"]


def test_names_are_text() -> None:
    name = "<script>alert(1)</script>&\"'"
    drawn = read(stacked_bars("x", name, name, [Bar(name, (1, 0, 0))], CLASSES))
    assert drawn.findtext(f"{SVG}title") == name
    assert [element.tag for element in drawn.iter() if "script" in element.tag] == []


def test_labels_that_would_lie_on_each_other_are_left_out() -> None:
    drawn = bars(*[(1, 0, 0)] * 62)
    places = [float(text.get("x") or 0) for text in drawn.findall(f"{SVG}text") if (text.text or "").startswith("b")]
    assert 5 < len(places) < 20
    assert all(second - first >= 40 for first, second in pairwise(places))


def test_the_darkest_hour_is_the_busiest() -> None:
    counts = [[0] * 24 for _ in range(7)]
    counts[4][13], counts[0][0] = 50, 1
    cells = read(week_heatmap("x", "t", "d", counts)).findall(f"{SVG}rect")
    assert len(cells) == 7 * 24
    shades = {cell.findtext(f"{SVG}title"): cell.get("class") for cell in cells if cell.get("class") != "heat0"}
    assert shades == {"Fri 13:00 to 14:00: 50": "heat5", "Mon 00:00 to 01:00: 1": "heat1"}


def test_a_meter_stays_within_its_track() -> None:
    assert [re.findall(r'width="([\d.]+)"', meter(share, "fill"))[1] for share in (-1, 0, 0.5, 1, 7)] == ["0", "0", "50", "100", "100"]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (999, "999"), (1000, "1k"), (1234, "1.2k"), (250_000, "250k"), (3_000_000, "3M"), (2 * 10**9, "2G")]
)
def test_axis_numbers_are_short(value: int, text: str) -> None:
    assert short(value) == text
