"""Who has a page and what comes next, in words. Values in, words out. Called by the command line and the board."""

from __future__ import annotations

from datetime import datetime

from triage.core.oncall.page import Page, PageState
from triage.core.wording.spans import moment, until


def page_words(page: Page) -> str:
    if page.state is PageState.ACKED:
        return f"{page.acked_by} has the page"
    if page.state is PageState.RESOLVED:
        return "page over"
    return "PAGING, nobody has it yet"


def page_state(page: Page, now: datetime) -> str:
    if page.resolved_at is not None:
        who = f", {page.acked_by} had it" if page.acked_by else ""
        return f"over since {moment(page.resolved_at, now)}{who} ({page.resolved_why})"
    if page.acked_at is not None and page.acked_until is not None and page.acked_by:
        return f"{page_words(page)} since {moment(page.acked_at, now)}; without a sign of work a reminder {until(page.acked_until, now)}"
    return f"{page_words(page)}; next step {until(page.next_at, now)}" if page.next_at else page_words(page)
