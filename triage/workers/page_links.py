"""The link in a page: whoever holds its token may look at the page, and act on it as the person it was sent to.

Looking changes nothing, however often mail scanners do it. A link of an earlier level still acknowledges; it escalates nothing any more.
Called by the web door; `act_on_link` inside a write transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.core.oncall.answers import PageAnswer
from triage.core.oncall.page import PageState
from triage.core.oncall.tokens import hash_of, is_token
from triage.store import page_tokens, pages
from triage.store.page_tokens import PageLink
from triage.workers.desk import Desk
from triage.workers.page_acts import act
from triage.workers.page_deliveries import summary_of
from triage.workers.page_words import clock_words, named, outcome_text, state_words


@dataclass(frozen=True, slots=True)
class LinkPage:
    """What the holder of a link is shown. `seen` goes back with what they do: cases that join meanwhile are not covered by it."""

    person: str
    summary: str
    state: str
    seen: int
    takeable: bool
    over: bool


def look_at_link(desk: Desk, token: str, now: datetime) -> LinkPage | None:
    """None for a token that is unknown or too old."""
    found = _find(desk, token, now)
    if found is None:
        return None
    link, stored = found
    page = stored.page
    over = page.state is PageState.RESOLVED
    at = page.resolved_at if over else page.acked_at if page.state is PageState.ACKED else page.opened_at
    since = f", since {clock_words(at, now)}" if at is not None else ""
    return LinkPage(
        person=link.person,
        summary=named(page) if over else summary_of(desk, page, link.privacy),
        state=f"{state_words(page)}{since}" + (f" ({page.resolved_why})" if over and page.resolved_why else ""),
        seen=len(page.cases),
        takeable=not over and not (page.state is PageState.ACKED and page.acked_by == link.person and not page.unseen),
        over=over,
    )


def act_on_link(desk: Desk, token: str, said: PageAnswer, seen: int | None, now: datetime) -> str | None:
    """Inside a write transaction: a sentence about what was done, or why nothing was. None for a token that is unknown or too old."""
    found = _find(desk, token, now)
    if found is None:
        return None
    link, stored = found
    looked = PageLink(link.page_id, link.generation, link.cycle, link.level, link.person, link.seen if seen is None else seen)
    reason = act(desk, stored, looked, said, link.person, now)
    after = pages.get(desk.store, link.page_id) or stored
    return "" if reason is None else outcome_text(after.page, said.answer, reason, link.person, now)


def _find(desk: Desk, token: str, now: datetime) -> tuple[PageLink, pages.StoredPage] | None:
    link = page_tokens.find(desk.store, hash_of(token), now) if is_token(token) else None
    stored = pages.get(desk.store, link.page_id) if link is not None else None
    return (link, stored) if link is not None and stored is not None else None
