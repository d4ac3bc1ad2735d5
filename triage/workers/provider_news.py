"""What a provider says happened to its incident: somebody acknowledged there, gave it back, or resolved it.

Each event counts once, in the order in which it happened there, and only when a person did it: what our own requests caused comes back
as events, too. "Resolved" there means that somebody had it; it never closes a case. Called inside a write transaction by the web door.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from triage.core.oncall.page import PageEvent, PageEventKind, PageState, read_dedup_key
from triage.store import page_tokens, pages
from triage.store.page_tokens import ProviderEvent
from triage.workers import paging
from triage.workers.desk import Desk


class NewsKind(Enum):
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class ProviderNews:
    """`actor` is the name there; `by_person`: somebody did it, no program and no timeout."""

    id: str
    kind: NewsKind
    dedup_key: str
    actor: str
    by_person: bool
    occurred_at: datetime


def take_news(desk: Desk, news: ProviderNews, now: datetime) -> str:
    """In words what became of it, for the log."""
    known = read_dedup_key(news.dedup_key, desk.config.instance.name)
    stored = pages.get(desk.store, known[0]) if known is not None else None
    if known is None or stored is None:
        return "not an incident of ours"
    if page_tokens.has_event(desk.store, news.id):
        return "known already"
    by = _name(desk, news.actor)
    event, result = _event(desk, stored, news, by, current=known[1] == stored.page.generation)
    if event is not None:
        result = paging.advance(desk, stored, event, now).value
    page_tokens.note_event(desk.store, ProviderEvent(news.id, stored.page.id, news.kind.value, by, news.occurred_at, result), now)
    return result


def _event(desk: Desk, stored: pages.StoredPage, news: ProviderNews, by: str, *, current: bool) -> tuple[PageEvent | None, str]:
    page = stored.page
    earlier = list(page_tokens.events_of_page(desk.store, page.id))
    if any(one.occurred_at > news.occurred_at for one in earlier):
        return None, "something newer is known already"
    if news.kind is NewsKind.UNACKNOWLEDGED:
        taken = next((one for one in reversed(earlier) if one.kind == NewsKind.ACKNOWLEDGED.value), None)
        if page.state is PageState.ACKED and taken is not None and taken.actor == page.acked_by:
            return PageEvent(PageEventKind.UNACKNOWLEDGED, by=page.acked_by), ""
        return None, "whoever has it did not take it there"
    if not news.by_person:
        return None, "no person did it"
    if news.kind is NewsKind.RESOLVED and not current:
        return None, "the page has started over since"
    if page.state is PageState.ACKED and page.acked_by == by and news.kind is NewsKind.RESOLVED:
        return None, "resolved there; the page ends when the case needs nobody any more"
    return PageEvent(PageEventKind.ACKNOWLEDGED, by=by), ""


def _name(desk: Desk, actor: str) -> str:
    """The same person under the name of oncall.toml, if one is called that."""
    wanted = actor.strip().casefold()
    for person in desk.rules().oncall.people.values():
        if wanted and wanted in {person.name.casefold(), person.display.casefold(), *person.addresses}:
            return person.name
    return actor.strip()[:100] or "somebody at the provider"
