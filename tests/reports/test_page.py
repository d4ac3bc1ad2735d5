"""The page, the rows and the value of a report: whole, self-contained, and safe with whatever names there are."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest

from tests.core.reports.pasts import NOVEMBER, at, case, closed, entry, opened, reopened, replied, report
from triage.core.cases.events import EventKind
from triage.core.mail.message import Missing
from triage.core.reports.answers import Timing
from triage.core.reports.figures import BySeverity
from triage.core.reports.past import Call, PastMail, PastPage
from triage.core.reports.period import Period
from triage.core.reports.report import Report
from triage.reports import words
from triage.reports.data import csv_of, value_of
from triage.reports.html import page

HOSTILE = "<img src=x onerror=alert(1)>\"'&</style></title><script>1</script>"
EMPTY_ELEMENTS = {"meta", "img", "br", "hr", "link", "input", "rect", "line"}


def busy(name: str = "acme") -> Report:
    """Something of everything."""
    first = PastMail(at(0), True, tuple(Missing), (f"POST /v1/{name}",), (name,))
    one = case(
        opened(0, partner=name, severity=1, rules=(name,)),
        entry(EventKind.SEVERITY_SET, 1, severity=2),
        replied(2),
        closed(74),
        reopened(80),
        mails=(first,),
    )
    one = replace(one, partner=name, case=replace(one.case, language=name))
    unanswered = replace(case(opened(5, 2), closed(9, 2, EventKind.CLOSED_BY_TEAM)), partner=name)
    call = Call(name, at(2), at(2))
    paged = PastPage(1, at(2), (1,), name, (call,), at(2.1), name)
    return report(one, unanswered, pages=(paged, replace(paged, id=2, cases=(), taken_at=None, taken_by="")))


class Reader(HTMLParser):
    """Elements with their attributes, and whether every one that was opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY_ELEMENTS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY_ELEMENTS:
            assert self.open.pop() == tag


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [report(), busy(), report(case(opened(0)))], ids=["empty", "busy", "nothing closed"])
def test_the_page_is_whole_and_needs_nothing_from_elsewhere(made: Report) -> None:
    text = page(made, made)
    read = Reader(text)
    assert read.open == []
    assert {tag for tag, _ in read.elements} & {"script", "link", "img", "iframe", "object", "form"} == set()
    assert all(str(attributes["href"]).startswith("#") for tag, attributes in read.elements if tag == "a")
    assert not re.search(r"(?:https?:)?//(?!www\.w3\.org)|@import|url\(", text)
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(attributes["href"])[1:] for tag, attributes in read.elements if tag == "a"} <= set(ids)


def test_every_plot_has_a_title_a_description_and_a_table() -> None:
    read = Reader(page(busy()))
    plots = [attributes for tag, attributes in read.elements if tag == "svg" and attributes.get("class") == "plot"]
    ids = {attributes.get("id") for _, attributes in read.elements}
    assert len(plots) == 6
    assert all({plot["aria-labelledby"], plot["aria-describedby"]} <= ids and plot["role"] == "img" for plot in plots)
    assert sum(tag == "details" for tag, _ in read.elements) == len(plots)


def test_hostile_names_are_text_everywhere() -> None:
    text = page(replace(busy(HOSTILE), instance=HOSTILE))
    read = Reader(text)
    assert read.open == []
    assert {tag for tag, _ in read.elements} & {"script", "img"} == set()
    assert text.count("&lt;img src=x") > 10
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)


def test_an_empty_period_says_so_and_a_month_without_closings_too() -> None:
    assert "Nothing came in, nothing was closed, and nobody was paged." in page(report())
    quiet = page(report(case(opened(0))))
    assert "No case was closed." in quiet
    assert "Nobody was paged." in quiet


def test_a_month_that_is_not_over_says_up_to_when() -> None:
    now = datetime(2026, 10, 10, 12, 30, tzinfo=UTC)
    assert "Not over yet:</strong> up to Sat 10 Oct 12:30" in page(report(case(opened(0), cut=now), now=now))


def test_huge_numbers_are_read_easily_and_break_nothing() -> None:
    made = busy()
    many = BySeverity(10**9, 10**12, 10**15)
    volume = replace(made.volume, opened=many, pieces=tuple(replace(row, cases=many) for row in made.volume.pieces))
    slow = Timing(1, 10**12, timedelta(days=40_000), timedelta(days=900_000), 10**12, 1, ("1h",) * 9)
    answers = replace(made.first_responses, rows=(slow,), total=slow, times=(many,) * 8, shares=(many,) * 7)
    text = page(replace(made, volume=volume, first_responses=answers))
    assert Reader(text).open == []
    assert "1,001,001,000,000,000" in text
    assert "99 %" in text, "one that was missed is not nothing"


def test_long_periods_have_a_bar_for_each_week_or_month() -> None:
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    years = Period(date(2024, 1, 1), date(2026, 12, 31))
    many_years = Period(date(1990, 1, 1), date(2026, 12, 31))
    assert "Cases opened each week, by severity" in page(report(case(opened(0)), period=year))
    assert "Cases opened each month, by severity" in page(report(case(opened(0)), period=years))
    assert "Cases opened each year, by severity" in page(report(case(opened(0)), period=many_years))


# --- words -----------------------------------------------------------------------------------------------------------


def test_the_paragraph_at_the_top_tells_the_most_important() -> None:
    before = report(*(case(opened(hour, hour)) for hour in range(1, 9)))
    now = report(*(case(opened(750 + hour, hour, severity=1), cut=NOVEMBER.end) for hour in range(1, 13)), period=NOVEMBER)
    assert words.summary(now, before)[0] == "12 cases came in, 50 % more than in October; 12 of them were Severity 1 in the end."
    assert words.summary(now, None)[0] == "12 cases came in; 12 of them were Severity 1 in the end."


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (0, "0 %"), (0.001, "1 %"), (0.5, "50 %"), (0.999, "99 %"), (1, "100 %")])
def test_nearly_all_is_not_all(value: float | None, text: str) -> None:
    assert words.percent(value) == text


@pytest.mark.parametrize(
    ("now", "before", "text"), [(12, 10, "20 % more"), (8, 10, "20 % fewer"), (10, 10, "as many"), (9, 4, ""), (9, None, "")]
)
def test_changes_are_told_where_there_is_enough_to_compare_with(now: int, before: int | None, text: str) -> None:
    assert words.change(now, before) == text


# --- data ------------------------------------------------------------------------------------------------------------


def rows_of(made: Report) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_of(made), newline="")))


def test_rows_say_what_the_report_says() -> None:
    rows = [tuple(row) for row in rows_of(busy())]
    assert rows[0] == ("section", "figure", "item", "severity", "value", "unit")
    assert ("first response", "median", "", "all", "7200", "s") in rows
    assert ("closings", "closings by", "the clock", "", "1", "count") in rows
    assert ("closings", "closed without an answer", "acme", "3", "2", "case") in rows
    assert ("emergencies", "rule: lowered by the team", "acme", "", "1", "count") in rows
    assert ("volume", "cases opened by day", "2026-10-01", "2", "1", "count") in rows
    assert all(len(row) == 6 for row in rows)


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", 'a,b\n"c"'])
def test_a_name_is_no_formula_in_a_spreadsheet(name: str) -> None:
    cells = {row[2] for row in rows_of(busy(name))}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    assert any(name in cell for cell in cells)


def test_the_value_is_json_with_spans_in_seconds() -> None:
    value = json.loads(json.dumps(value_of(busy())))
    assert value["first_responses"]["total"]["median_s"] == 7200
    assert value["volume"]["opened"] == {"1": 0, "2": 1, "3": 1}
    assert value["period"] == {"first": "2026-10-01", "last": "2026-10-31", "zone": "UTC"}
    assert json.loads(json.dumps(value_of(report())))["first_responses"]["total"]["median_s"] is None


def test_a_page_that_nobody_has_taken_yet_has_not_ended() -> None:
    text = page(busy())
    assert "nobody took 1 of them" in text
    assert "ended without anybody" not in text
