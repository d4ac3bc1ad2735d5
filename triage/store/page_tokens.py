"""The links a page was sent with, by the hash of their token: whose link it is, and of which level of which page.

A link works for as long as its page does, and for a day after that: then it still says who had it. Tokens themselves are never stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from triage.core.oncall.people import Privacy
from triage.store.database import Store
from triage.store.times import to_datetime, to_text


@dataclass(frozen=True, slots=True)
class PageLink:
    """`seen`: how many cases the page listed when it was sent. `level` is None for a broadcast. `privacy`: what its contact may show."""

    page_id: int
    generation: int
    cycle: int
    level: int | None
    person: str
    seen: int | None
    privacy: Privacy = Privacy.NUMBER


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One webhook of a provider about one page; `actor` is the name under which it counted."""

    id: str
    page_id: int
    kind: str
    actor: str
    occurred_at: datetime
    result: str


def add(store: Store, token_hash: str, link: PageLink) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT OR IGNORE INTO page_tokens (hash, page_id, generation, cycle, level, person, seen, privacy)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (token_hash, link.page_id, link.generation, link.cycle, link.level, link.person, link.seen, link.privacy.value),
    )


def find(store: Store, token_hash: str, now: datetime) -> PageLink | None:
    row = store.connection.execute(
        "SELECT page_id, generation, cycle, level, person, seen, privacy FROM page_tokens"
        " WHERE hash = ? AND (expires_at IS NULL OR expires_at > ?)",
        (token_hash, to_text(now)),
    ).fetchone()
    if row is None:
        return None
    return PageLink(
        row["page_id"], row["generation"], row["cycle"], row["level"], row["person"], row["seen"], privacy=Privacy(row["privacy"])
    )


def expire(store: Store, page_id: int, at: datetime, now: datetime) -> None:
    """Inside a write transaction: the page is over. What expired earlier, of any page, is forgotten."""
    store.connection.execute("UPDATE page_tokens SET expires_at = ? WHERE page_id = ? AND expires_at IS NULL", (to_text(at), page_id))
    store.connection.execute("DELETE FROM page_tokens WHERE expires_at IS NOT NULL AND expires_at <= ?", (to_text(now),))


def note_event(store: Store, event: ProviderEvent, now: datetime) -> None:
    """Inside a write transaction."""
    store.connection.execute(
        "INSERT INTO provider_events (id, page_id, kind, actor, occurred_at, received_at, result) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (event.id, event.page_id, event.kind, event.actor, to_text(event.occurred_at), to_text(now), event.result),
    )


def has_event(store: Store, event_id: str) -> bool:
    return store.connection.execute("SELECT 1 FROM provider_events WHERE id = ?", (event_id,)).fetchone() is not None


def events_of_page(store: Store, page_id: int) -> Iterable[ProviderEvent]:
    """By the provider's own time, oldest first."""
    rows = store.connection.execute(
        "SELECT id, page_id, kind, actor, occurred_at, result FROM provider_events WHERE page_id = ? ORDER BY occurred_at, id", (page_id,)
    )
    return [
        ProviderEvent(row["id"], row["page_id"], row["kind"], row["actor"], to_datetime(row["occurred_at"]), row["result"]) for row in rows
    ]
