"""What a person does about a page: takes it, cannot, wants the next level. The same by mail and by link.

Called inside a write transaction by page_answers.py and page_links.py, which have made sure who it is.
"""

from __future__ import annotations

from datetime import datetime

from triage.core.oncall.answers import Answer, PageAnswer
from triage.core.oncall.page import PageEvent, PageEventKind, PageReason, PageState
from triage.store.page_tokens import PageLink
from triage.store.pages import StoredPage
from triage.workers import paging
from triage.workers.desk import Desk


def act(desk: Desk, stored: StoredPage, link: PageLink, said: PageAnswer, by: str, now: datetime) -> PageReason | None:
    """`link`: from which level of the page it comes, and what the person had seen. None for a comment, which changes nothing."""
    page = stored.page
    if said.answer is Answer.ACKNOWLEDGE:
        until = now + said.span if said.span is not None else None
        event = PageEvent(PageEventKind.ACKNOWLEDGED, by=by, until=until, seen=link.seen)
    elif said.answer is Answer.ESCALATE:
        event = PageEvent(PageEventKind.ESCALATE, by=by, generation=link.generation, cycle=link.cycle, level=link.level)
    elif said.answer is Answer.CANNOT:
        gives_back = page.state is PageState.ACKED and page.acked_by == by
        event = PageEvent(PageEventKind.UNACKNOWLEDGED if gives_back else PageEventKind.CANNOT, by=by, person=by)
    else:
        return None
    return paging.advance(desk, stored, event, now)
