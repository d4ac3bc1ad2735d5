"""Chromium: Debian's browser, headless, driven by Playwright without any download. Tests that use it carry the marker `chromium`.

They are skipped where it is not installed, unless TRIAGE_REQUIRE_CHROMIUM=1 makes that a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

INSTALL = "apt-get install chromium"


def chromium_path() -> str | None:
    return shutil.which("chromium")


def require_chromium() -> str:
    path = chromium_path()
    if path is None and os.environ.get("TRIAGE_REQUIRE_CHROMIUM") == "1":
        pytest.fail(f"chromium is required and not installed: {INSTALL}")
    if path is None:
        pytest.skip(f"chromium is not installed: {INSTALL}")
    return path


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Without its sandbox where we are root, as in containers: it visits nothing but our own pages."""
    path = require_chromium()
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def barriers(page: Page) -> list[str]:
    """What keeps people from reading this page or using it, as axe-core sees it: rule, severity, element."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']} ({one['impact']}): {node['html'][:100]}" for one in found for node in one["nodes"]]
