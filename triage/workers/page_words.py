"""What a person is told after acting on a page, in one or two sentences: by mail, on a link, at the command line. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from triage.core.oncall.answers import Answer, PageAnswer
from triage.core.oncall.page import Page, PageReason, PageState

UNKNOWN_PAGE = (
    "The page you answer is not known any more: an older copy of the store was put back, or it was rebuilt, since it went out."
    " Nothing was changed. If the case still needs somebody, a new page goes out; `triage pages` shows them."
)
_OTHER_WORDS = "You may answer with: ack, eta 60 (minutes), no, escalate."


def answer_text(page: Page, said: PageAnswer, reason: PageReason | None, by: str, now: datetime) -> str:
    """`page` as it is afterwards; `reason` is None when nothing was asked of it."""
    if reason is None:
        return f"Your mail is on record with {named(page)} as a comment; the page is as it was: {state_words(page)}.\n\n{_OTHER_WORDS}"
    first = outcome_text(page, said.answer, reason, by, now)
    more = f"\n\n{_OTHER_WORDS}" if page.state is not PageState.RESOLVED else ""
    return first + more


def outcome_text(page: Page, answer: Answer, reason: PageReason, by: str, now: datetime) -> str:
    """One sentence about what was done, or why nothing was."""
    name = named(page)
    if reason is PageReason.ALREADY_RESOLVED or (page.state is PageState.RESOLVED and not page.test):
        why = page.resolved_why or "nobody needs to be reached any more"
        return f"The page for {name} is over{_at(page.resolved_at, now)} ({why}). Nothing changed."
    if page.test:
        return f"Thank you. This was a drill; nothing is wrong. {by} was reached{_at(page.resolved_at, now)}."
    if answer is Answer.ACKNOWLEDGE:
        if reason is PageReason.ALREADY_ACKNOWLEDGED:
            return f"{_capital(name)} was taken by {page.acked_by}{_at(page.acked_at, now)} already. Nothing changed."
        later = f" Cases that joined since you looked: {_numbers(page.unseen)}; have a look at them, too." if page.unseen else ""
        return f"{page.acked_by}, you have {name}{_until(page, now)}. Without a sign of work you are reminded then.{later}"
    if reason is PageReason.STALE:
        return f"This page mail is of an earlier level of {name}, which has moved on. Nothing changed; answer the latest one."
    if answer is Answer.ESCALATE:
        return f"{_capital(name)} goes to the next level now."
    if reason is PageReason.GIVEN_BACK:
        return f"You have given {name} back. The levels start over now."
    if reason is PageReason.ALREADY_ACKNOWLEDGED:
        return f"Noted. {_capital(name)} is with {page.acked_by}, so nobody else is paged."
    if reason is PageReason.OTHERS_CAN:
        return f"Noted: you cannot take {name}. Others were paged with you; the next level follows in its time."
    return f"Noted: you cannot take {name}. The next level is paged now."


def named(page: Page) -> str:
    if page.test:
        return "the drill"
    if page.case_number is not None:
        others = len(page.open_cases) - 1
        return f"case #{page.case_number}" + (f" and {others} more" if others > 0 else "")
    return f"the storm of {len(page.open_cases)} cases" if page.cases else page.about or "the page"


def state_words(page: Page) -> str:
    if page.state is PageState.ACKED:
        return f"{page.acked_by} has it"
    if page.state is PageState.RESOLVED:
        return "it is over"
    return "everybody is being paged" if page.state is PageState.BROADCAST else "nobody has it yet"


def clock_words(at: datetime, now: datetime) -> str:
    """`02:34 UTC`, with the date when it is another one."""
    utc = at.astimezone(UTC)
    return f"{utc:%H:%M} UTC" if utc.date() == now.astimezone(UTC).date() else f"{utc:%a %d %b, %H:%M} UTC"


def _until(page: Page, now: datetime) -> str:
    return f" until {clock_words(page.acked_until, now)}" if page.acked_until is not None else ""


def _at(at: datetime | None, now: datetime) -> str:
    return f" at {clock_words(at, now)}" if at is not None else ""


def _numbers(numbers: tuple[int, ...]) -> str:
    return ", ".join(f"#{number}" for number in numbers[:10]) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
