"""Plots as inline SVG: stacked bars, hours of the week, a small meter. Pure: numbers in, markup out.

Colours are classes that the page's own style gives a colour, so that a plot is right in the light, in the dark and on paper. Every plot has
a title and a description for those who hear it; every text in it is escaped. Called by reports/html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

from markupsafe import Markup

WIDE, HALF = 720.0, 440.0
"""Widths of plots, in the units of their texts."""
LEFT, RIGHT, TOP, BOTTOM = 40.0, 8.0, 18.0, 26.0
_LEAST_BETWEEN_LABELS = 46.0
_HEIGHT, _WIDEST_BAR = 190.0, 46.0
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PART = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
_TOTAL = Markup('<text class="total" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
_GRIDLINE = Markup('<line class="grid" x1="{:.0f}" x2="{:.0f}" y1="{:.1f}" y2="{:.1f}"/>')
_AXIS_LEFT = Markup('<text class="axis" x="{:.0f}" y="{:.1f}" text-anchor="end">{}</text>')
_AXIS_BELOW = Markup('<text class="axis" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
_STEPS = 5
"""Shades of the hours of the week, besides none."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`parts` from the bottom up, one for each class of the plot."""

    label: str
    parts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.parts)


def stacked_bars(name: str, title: str, desc: str, bars: Sequence[Bar], classes: Sequence[str], width: float = WIDE) -> Markup:
    """`name` is unique on the page; `classes` colour the parts of a bar. Totals stand above the bars where there is room for them."""
    top = _round_up(max((bar.total for bar in bars), default=0))
    height = _HEIGHT
    bottom = height - BOTTOM
    slot = (width - LEFT - RIGHT) / max(len(bars), 1)
    bar_width = min(slot * 0.72, _WIDEST_BAR)
    drawn = [_gridline(value, _y(value, top, bottom), width) for value in _ticks(top)]
    every = max(1, ceil(_LEAST_BETWEEN_LABELS / slot))
    for number, bar in enumerate(bars):
        middle = LEFT + slot * (number + 0.5)
        drawn.append(_bar(bar, classes, middle, bar_width, top, bottom, with_total=slot >= 26))
        if number % every == 0:
            drawn.append(_AXIS_BELOW.format(middle, height - 8, bar.label))
    return _plot(name, title, desc, width, height, drawn)


def week_heatmap(name: str, title: str, desc: str, counts: Sequence[Sequence[int]]) -> Markup:
    """A cell for each hour of each weekday, Monday first; the darker the more."""
    cell_width, cell_height, top = (WIDE - LEFT - RIGHT) / 24, 22.0, 6.0
    most = max(map(max, counts), default=0)
    drawn = []
    for day, row in enumerate(counts):
        y = top + day * cell_height
        drawn.append(Markup('<text class="axis" x="0" y="{:.1f}">{}</text>').format(y + 15, _DAYS[day]))
        for hour, count in enumerate(row):
            said = Markup("<title>{} {:02}:00 to {:02}:00: {}</title>").format(_DAYS[day], hour, hour + 1, count)
            drawn.append(
                Markup('<rect class="heat{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="3">{}</rect>').format(
                    _shade(count, most), LEFT + hour * cell_width + 1, y + 1, cell_width - 2, cell_height - 2, said
                )
            )
    bottom = top + 7 * cell_height
    for hour in range(0, 24, 3):
        x = LEFT + hour * cell_width
        drawn.append(Markup('<text class="axis" x="{:.1f}" y="{:.1f}">{:02}:00</text>').format(x, bottom + 16, hour))
    return _plot(name, title, desc, WIDE, bottom + 22, drawn)


def meter(share: float, css_class: str) -> Markup:
    """A bar in a table's cell, beside the number that it shows: nothing is told twice."""
    width = round(100 * min(max(share, 0.0), 1.0), 1)
    return Markup(
        '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100" height="8" rx="2"/><rect class="{}" width="{}" height="8" rx="2"/></svg>'
    ).format(css_class, f"{width:g}")


def _plot(name: str, title: str, desc: str, width: float, height: float, drawn: Sequence[Markup]) -> Markup:
    head = Markup(
        '<svg class="plot" role="img" viewBox="0 0 {:.0f} {:.0f}" aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        '<title id="{name}-title">{}</title><desc id="{name}-desc">{}</desc>'
    ).format(width, height, title, desc, name=name)
    return head + Markup("").join(drawn) + Markup("</svg>")


def _bar(bar: Bar, classes: Sequence[str], middle: float, width: float, top: int, bottom: float, *, with_total: bool) -> Markup:
    parts, below = [], 0
    for count, css_class in zip(bar.parts, classes, strict=True):
        if count:
            y, end = _y(below + count, top, bottom), _y(below, top, bottom)
            parts.append(_PART.format(css_class, middle - width / 2, y, width, end - y))
        below += count
    if with_total and bar.total:
        parts.append(_TOTAL.format(middle, _y(bar.total, top, bottom) - 5, short(bar.total)))
    return Markup("<g><title>{}: {}</title>{}</g>").format(bar.label, f"{bar.total:,}", Markup("").join(parts))


def _gridline(value: int, y: float, width: float) -> Markup:
    return _GRIDLINE.format(LEFT, width - RIGHT, y, y) + _AXIS_LEFT.format(LEFT - 7, y + 4, short(value))


def _y(value: int, top: int, bottom: float) -> float:
    return bottom - (bottom - TOP) * value / top


def _ticks(top: int) -> tuple[int, ...]:
    return (0, top // 2, top) if top % 2 == 0 else (0, top)


def _round_up(most: int) -> int:
    """The next of 2, 4, 6, 10, 20, 40, 60, 100, ...: its half is whole, too."""
    if most <= 2:
        return 2
    power: int = 10 ** int(log10(most))
    return next(top for top in (power, 2 * power, 4 * power, 6 * power, 10 * power) if top >= most and top % 2 == 0)


def _shade(count: int, most: int) -> int:
    return ceil(_STEPS * count / most) if count else 0


def short(value: int) -> str:
    """`950`, `1.2k`, `3M`: at most four characters or so, for an axis."""
    for limit, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if value >= limit:
            scaled = value / limit
            return f"{scaled:.0f}{letter}" if scaled >= 100 or scaled == int(scaled) else f"{scaled:.1f}{letter}"
    return str(value)
