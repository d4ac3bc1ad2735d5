"""A report in a real browser: for everybody, on a screen, on a telephone and on paper, with names that would like to be programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.reports.test_page import HOSTILE, busy
from tests.servers.chromium import barriers, open_browser
from triage.core.reports.report import Report
from triage.reports.html import page as rendered

pytestmark = pytest.mark.chromium

SCREEN, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def opened(browser: Browser, directory: Path, report: Report, **how: object) -> Page:
    file = directory / "report.html"
    file.write_text(rendered(report, report), "utf-8")
    page = browser.new_context(**how).new_page()  # type: ignore[arg-type]
    page.goto(file.as_uri())
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    return page


@pytest.mark.parametrize(("scheme", "viewport"), [("light", SCREEN), ("dark", PHONE)], ids=["light screen", "dark phone"])
def test_it_is_for_everybody(browser: Browser, tmp_path: Path, scheme: str, viewport: dict[str, int]) -> None:
    page = opened(browser, tmp_path, busy(), color_scheme=scheme, viewport=viewport)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], "it scrolls sideways"
    page.context.close()


def test_names_that_would_like_to_be_programs_are_text(browser: Browser, tmp_path: Path) -> None:
    evil = HOSTILE.replace("alert(1)", "window.owned=1").replace("<script>1", "<script>window.owned=1")
    page = opened(browser, tmp_path, replace(busy(evil), instance=evil))
    assert page.evaluate("window.owned") is None
    assert page.locator("img, script").count() == 0
    assert page.locator("h1").inner_text() == "October 2026"
    page.context.close()


def test_it_asks_nobody_for_anything(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(rendered(busy()), "utf-8")
    page = browser.new_context().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    page.context.close()


def test_on_paper_it_is_a_few_pages(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, busy())
    pdf = page.pdf(prefer_css_page_size=True)
    assert 2 <= len(re.findall(rb"/Type\s*/Page[^s]", pdf)) <= 6
    page.emulate_media(media="print")
    assert page.locator("details:visible, nav:visible").count() == 0
    page.context.close()
