"""The guard: is a planned delivery still wanted, asked again right before it is sent. "Not sent, because" is a recorded result.

Called by the dispatcher with the page as it is now. A page that is gone from the store needs no delivery and no guard.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from triage.core.oncall.page import Action, Page, PageState, PlannedDelivery


class Wanted(Enum):
    YES = "still wanted"
    EXPIRED = "its time is over"
    ACKNOWLEDGED = "the page has been acknowledged"
    NOT_ACKNOWLEDGED = "the page is not acknowledged any more"
    RESOLVED = "the page is resolved"
    STARTED_OVER = "the page has started over since"


def still_wanted(page: Page, delivery: PlannedDelivery, now: datetime) -> Wanted:
    """A resolve is wanted until it expires: only it ends the incident at the provider."""
    if delivery.not_after <= now:
        return Wanted.EXPIRED
    if delivery.action is Action.RESOLVE:
        return Wanted.YES
    if page.state is PageState.RESOLVED:
        return Wanted.RESOLVED
    if delivery.generation != page.generation:
        return Wanted.STARTED_OVER
    if delivery.action is Action.TRIGGER and page.state is PageState.ACKED:
        return Wanted.ACKNOWLEDGED
    if delivery.action is Action.ACKNOWLEDGE and page.state is not PageState.ACKED:
        return Wanted.NOT_ACKNOWLEDGED
    return Wanted.YES
