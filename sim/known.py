"""Known: one case as it must be. Values only; model.py keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sim.truth import Thread


@dataclass(slots=True)
class Known:
    """One case as it must be."""

    number: int
    status: str = "new"
    severity: int = 3
    threads: list[Thread] = field(default_factory=list)
    begun_by: str = ""
    raised_by: str = ""
    replied_by: str = ""
    """The reply that has opened the window."""
    reopened_by: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    """Message-IDs of what the partner has answered."""
    reply_at: datetime | None = None
    partner_at: datetime | None = None
    closed_at: datetime | None = None
    hold_until: datetime | None = None
    changed_at: datetime | None = None
    """When its status last changed, by the world's clock."""
    held: bool = False
    """In this window: its end is not the reply plus 72 hours any more."""
