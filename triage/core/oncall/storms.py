"""Storms: does a Severity 1 case open a page of its own, join one that is open, or make or feed a storm page.

Pure decisions over what the store knows; a case is never refused, only grouped. `transitions` asks when a storm pages again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


@dataclass(frozen=True, slots=True)
class StormSettings:
    partners: int = 3
    within: timedelta = timedelta(minutes=10)
    steps: tuple[int, ...] = (3, 10, 30, 100)
    """A storm page pages again when it reaches so many cases, and only while nobody has acknowledged it."""


@dataclass(frozen=True, slots=True)
class UrgentCase:
    """A Severity 1 case as far as grouping needs it. `incident`: id of the matching status-page incident, or empty."""

    number: int
    partner: str
    author: str
    at: datetime
    incident: str = ""


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page that is not resolved. `cases` with the case it was opened for."""

    id: int
    storm: bool
    acked: bool
    opened_at: datetime
    cases: tuple[int, ...]


class Placement(Enum):
    OWN_PAGE = "own page"
    ATTACH = "attach"
    NEW_STORM = "new storm"
    FEED_STORM = "feed storm"


class StormReason(Enum):
    FIRST = "no page is open that it could join"
    WHILE_PAGING = "a page is still waiting for its acknowledge; the case is added to it"
    MANY_PARTNERS = "several partners report within minutes: one storm page for all"
    KNOWN_INCIDENT = "the same status-page incident as another case: one storm page for all"
    STORM_OPEN = "a storm page is open; the case is added to it"
    AUTHOR_GROUPED = "this author has opened many pages lately; the case is added to the open one"


@dataclass(frozen=True, slots=True)
class StormDecision:
    """`page_id`: the page to join. `absorbs`: pages nobody has acknowledged whose cases move to the new storm page."""

    placement: Placement
    reason: StormReason
    page_id: int | None = None
    absorbs: tuple[int, ...] = ()


def place_case(
    case: UrgentCase, recent: Sequence[UrgentCase], pages: Sequence[OpenPage], settings: StormSettings, *, author_over_budget: bool = False
) -> StormDecision:
    """Where a case that asks for a page belongs. `recent`: other Severity 1 cases, at least those of the last `settings.within`."""
    storm = _oldest([page for page in pages if page.storm])
    if storm is not None:
        return StormDecision(Placement.FEED_STORM, StormReason.STORM_OPEN, storm.id)
    absorbs = tuple(page.id for page in pages if not page.acked)
    neighbours = [other for other in recent if abs(case.at - other.at) <= settings.within]
    if len({case.partner, *(other.partner for other in neighbours)}) >= settings.partners:
        return StormDecision(Placement.NEW_STORM, StormReason.MANY_PARTNERS, absorbs=absorbs)
    if case.incident and any(other.incident == case.incident for other in neighbours):
        return StormDecision(Placement.NEW_STORM, StormReason.KNOWN_INCIDENT, absorbs=absorbs)
    if author_over_budget and (own := _page_of_author(case.author, recent, pages)) is not None:
        return StormDecision(Placement.ATTACH, StormReason.AUTHOR_GROUPED, own.id)
    waiting = _oldest([page for page in pages if not page.acked])
    if waiting is not None:
        return StormDecision(Placement.ATTACH, StormReason.WHILE_PAGING, waiting.id)
    return StormDecision(Placement.OWN_PAGE, StormReason.FIRST)


def step_reached(before: int, after: int, settings: StormSettings) -> int | None:
    """The largest step that growing from `before` to `after` cases crossed, or None: between two steps nobody is paged again."""
    return max((step for step in settings.steps if before < step <= after), default=None)


def _page_of_author(author: str, recent: Sequence[UrgentCase], pages: Sequence[OpenPage]) -> OpenPage | None:
    numbers = {other.number for other in recent if other.author == author}
    return _oldest([page for page in pages if numbers & set(page.cases)])


def _oldest(pages: Sequence[OpenPage]) -> OpenPage | None:
    return min(pages, key=lambda page: (page.opened_at, page.id), default=None)
