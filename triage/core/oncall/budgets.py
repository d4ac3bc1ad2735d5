"""Budgets: how many voice calls, texts and mails one person gets in a while, and how many Severity 1 pages one author causes.

Sliding windows. Over budget nothing is dropped: the delivery waits to be bundled with the next one, and the level's clock goes on.
Never counts anything itself: the caller brings the instants of what was sent. Called by the dispatcher before each send.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from triage.core.oncall.people import Medium


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` within `period`, sliding."""

    limit: int
    period: timedelta


def _windows(quarter_hour: int, hour: int, three_hours: int) -> tuple[Window, ...]:
    return (
        Window(quarter_hour, timedelta(minutes=15)),
        Window(hour, timedelta(hours=1)),
        Window(three_hours, timedelta(hours=3)),
    )


DEFAULT_WINDOWS: Mapping[Medium, tuple[Window, ...]] = {
    Medium.VOICE: _windows(3, 7, 15),
    Medium.TEXT: _windows(5, 11, 21),
    Medium.MAIL: _windows(15, 40, 80),
}
"""GoAlert's numbers for voice and text. Media that are not named have no budget."""


@dataclass(frozen=True, slots=True)
class Budgets:
    windows: Mapping[Medium, tuple[Window, ...]] = field(default_factory=lambda: DEFAULT_WINDOWS, hash=False)
    per_author: Window = Window(3, timedelta(hours=1))
    """Severity 1 pages that one author opens; further cases join the author's open page."""


class BudgetReason(Enum):
    WITHIN = "within the budget"
    SPENT = "over budget: bundled with the next one"
    UNLIMITED = "this medium has no budget"


@dataclass(frozen=True, slots=True)
class BudgetDecision:
    """`free_at`: when the next one fits again; None when it may go now."""

    allowed: bool
    reason: BudgetReason
    free_at: datetime | None = None


def within_budget(medium: Medium, sent: Sequence[datetime], budgets: Budgets, now: datetime) -> BudgetDecision:
    """May this person be reached by this medium now? `sent`: when it was done before, in any order."""
    windows = budgets.windows.get(medium, ())
    if not windows:
        return BudgetDecision(True, BudgetReason.UNLIMITED)
    free_at = [free for window in windows if (free := _free_at(window, sent, now)) is not None]
    if free_at:
        return BudgetDecision(False, BudgetReason.SPENT, max(free_at))
    return BudgetDecision(True, BudgetReason.WITHIN)


def author_over_budget(opened: Collection[datetime], budgets: Budgets, now: datetime) -> bool:
    """Has this author opened as many pages as one author may? `opened`: when pages for this author's cases were opened."""
    return _free_at(budgets.per_author, opened, now) is not None


def _free_at(window: Window, instants: Collection[datetime], now: datetime) -> datetime | None:
    """When the window has room again; None when it has room now. An instant ahead of a clock that was set back counts as well."""
    inside = sorted(instant for instant in instants if instant > now - window.period)
    if len(inside) < window.limit:
        return None
    return inside[-window.limit] + window.period
