"""The goals of speed, memory and size, and how each is judged by what one run has measured. Prints the table; measures nothing.

A goal that compares is judged by the ratio of medians of this run, because absolute figures belong to one machine in one hour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.limits import percentile

Measured = Mapping[str, Sequence[float]]
"""What was measured, by name; a value for each run, or for each mail where single ones are measured."""

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    goal: str
    measured: str
    ratio: str
    met: bool | None
    """None: not measured in this run."""


@dataclass(frozen=True, slots=True)
class Goal:
    text: str
    needs: tuple[str, ...]
    judge: Callable[[Measured], tuple[str, str, bool]]


def judged(measured: Measured) -> list[Row]:
    rows = []
    for goal in GOALS:
        if all(measured.get(name) for name in goal.needs):
            rows.append(Row(goal.text, *goal.judge(measured)))
        else:
            rows.append(Row(goal.text, "not measured in this run", "", None))
    return rows


def table(rows: Sequence[Row]) -> str:
    words = {True: "yes", False: "no", None: "-"}
    lines = ["| goal | measured | ratio to the limit | met |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {row.goal} | {row.measured} | {row.ratio} | {words[row.met]} |" for row in rows)])


def limits(measured: Measured) -> str:
    """What the machine gave in this run."""
    lines = ["| limit or yardstick | median | from | to |", "| --- | --- | --- | --- |"]
    for name, unit in LIMITS.items():
        if values := measured.get(name):
            scale, digits = (1000, 1) if unit == "ms" else (1, 0)
            low, middle, high = (f"{scale * value:,.{digits}f}" for value in (min(values), median(values), max(values)))
            lines.append(f"| {name} | {middle} {unit} | {low} | {high} |")
    return "\n".join(lines)


LIMITS = {
    "raw fetch of headers": "mails/s",
    "header parse": "mails/s",
    "search for urgent subjects": "ms",
    "yardstick A": "mails/s",
    "yardstick B": "mails/s",
    "plain loop by 50": "mails/s",
    "plain loop by 1, 20 ms": "mails/s",
    "SQLite commits": "commits/s",
    "SMTP, one connection": "mails/s",
    "notification by IDLE": "ms",
    "notification by NOOP": "ms",
}


def _against(name: str, limit: str, least: float, called: str = "") -> Goal:
    """`called`: what the goal is when that is not measured here, but what it makes of the limit is known."""

    def judge(measured: Measured) -> tuple[str, str, bool]:
        rate = median(measured[name])
        ratio = rate / median(measured[limit])
        return f"{rate:,.0f} mails/s", f"{ratio:.2f}x {limit}", ratio >= least

    goal = f"{called}, taken as {least:.2f}x {limit}" if called else f"{least:g}x {limit}"
    return Goal(f"{name}: >= {goal}", (name, limit), judge)


def _delays(name: str, limit: str, p50_ms: float, p99_ms: float) -> Goal:
    """`limit`: the server's own delay, which is taken off; "" for none."""

    def judge(measured: Measured) -> tuple[str, str, bool]:
        own50 = median(measured[limit]) if limit else 0.0
        own99 = percentile(list(measured[limit]), 99) if limit else 0.0
        p50 = (percentile(list(measured[name]), 50) - own50) * 1000
        p99 = (percentile(list(measured[name]), 99) - own99) * 1000
        above = f" above the server's {own50 * 1000:.0f}" if limit else ""
        return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms{above}", "", p50 <= p50_ms and p99 <= p99_ms

    what = f", above {limit}" if limit else ""
    return Goal(f"{name}{what}: p50 <= {p50_ms:g} ms, p99 <= {p99_ms:g} ms", (name, *([limit] if limit else [])), judge)


def _at_most(name: str, most: float, unit: str, scale: float = 1.0, digits: int = 1) -> Goal:
    def judge(measured: Measured) -> tuple[str, str, bool]:
        value = median(measured[name]) / scale
        return f"{value:,.{digits}f} {unit}", f"{value / most:.2f}x", value <= most

    return Goal(f"{name}: <= {most:g} {unit}", (name,), judge)


def _p99_at_most(name: str, most_s: float) -> Goal:
    """Of all single ones of all rounds."""

    def judge(measured: Measured) -> tuple[str, str, bool]:
        value = percentile(list(measured[name]), 99)
        return f"{value:,.2f} s", f"{value / most_s:.2f}x", value <= most_s

    return Goal(f"{name}, p99: <= {most_s:g} s", (name,), judge)


def _not_more(name: str, other: str, factor: float, unit: str, scale: float) -> Goal:
    def judge(measured: Measured) -> tuple[str, str, bool]:
        value, base = median(measured[name]) / scale, median(measured[other]) / scale
        return f"{value:,.2f} {unit}", f"{value / base:.2f}x {other}", value <= base * factor

    return Goal(f"{name}: <= {factor:g}x {other}", (name, other), judge)


def _told(name: str, unit: str, scale: float) -> Goal:
    def judge(measured: Measured) -> tuple[str, str, bool]:
        return f"{median(measured[name]) / scale:,.1f} {unit}", "", True

    return Goal(f"{name}: reported", (name,), judge)


ROUNDUP = 23 / 270
"""Mails a second of Roundup 2.6 and of the plain loop, measured one after the other on another machine."""

GOALS = (
    _against("intake", "plain loop by 50", 4.0),
    _against("intake", "yardstick B", 0.5),
    _against("intake", "plain loop by 50", 40 * ROUNDUP, "40x Roundup's mail gateway"),
    _against("intake, 20 ms round trip", "intake of fewer", 0.9),
    _against("intake, SMTP 0.5 s a mail", "intake of fewer", 0.95),
    _delays("page, idle mailbox", "notification by IDLE", 25, 100),
    _delays("page, fast_poll", "", 80, 200),
    _not_more("page during a backlog", "page, idle mailbox", 1.2, "ms", 0.001),
    _p99_at_most("page during a backlog", 1.0),
    _at_most("first page of a backlog's urgent mails", 1.0, "s", digits=2),
    _at_most("all of a backlog's urgent mails on a page", 3.0, "s", digits=2),
    _at_most("first page, SMTP 0.5 s a mail", 1.0, "s", digits=2),
    _not_more("all urgent on a page, SMTP 0.5 s a mail", "all urgent on a page, of fewer", 1.2, "s", 1),
    _at_most("memory, idle", 100, "MB", MB, 0),
    _at_most("memory during a backlog", 180, "MB", MB, 0),
    _not_more("memory, most cases", "memory, fewer cases", 1.1, "MB", MB),
    _at_most("sweep, fewest cases", 1.0, "ms of CPU", 0.001, 2),
    _at_most("sweep, most cases", 1.0, "ms of CPU", 0.001, 2),
    _at_most("idle CPU", 0.5, "% of a core", 0.01, 2),
    _at_most("loop lag during a backlog, p99", 20, "ms", 0.001, 1),
    _at_most("start, most cases", 2.0, "s", digits=2),
    _at_most("200 rules", 0.2, "ms a message", 0.001, 3),
    _told("intake of 1,000", "mails/s", 1),
    _told("bytes fetched", "KB a message", 1024),
    _told("CPU of all processes", "ms a message", 0.001),
    _told("CPU of the engine's process", "ms a message", 0.001),
)
