"""Notices: which values a text may use, and whether a notice that waited to be sent is still true. What is said when, is in transitions.py.

The language of the texts is `notice_language`, the words the program puts in are `notice_words`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from triage.core.cases.case import Case, Status
from triage.core.cases.events import NoticeKind
from triage.core.cases.notice_language import FaultyTemplate, render_text
from triage.core.failures import PermanentFailure


@dataclass(frozen=True, slots=True)
class NoticeValues:
    """Everything a template may use. Times are texts already, in the partner's zone with UTC beside, in the language of the notice.

    What has a default may be missing; `triage check` renders every template with and without it. docs/notices.md is made from the lines
    under the names.
    """

    case: str
    """the number, `#1042`"""
    severity: int
    """1, 2 or 3"""
    subject: str
    """the case's subject"""
    instance: str
    """`[instance] name`, the signature"""
    address: str
    """`[instance] address`, the shared mailbox"""
    reply_window: str
    """`72 hours`"""
    reopen_within: str
    """`30 days`"""
    closes_at: str = ""
    """the end of the reply window, such as `Wed 25 Nov 2026, 11:00 (Europe/Berlin; 10:00 UTC)`; empty when none is running"""
    missing: tuple[str, ...] = ()
    """a list: what a useful request names and this one lacks; in `missing`, what the team asks for"""
    closed_by: str = ""
    """for `closed`: `window`, `team` or `partner`; otherwise empty"""
    previous: str = ""
    """for `linked`: the number of the earlier case"""
    known_incident: str = ""
    """several lines: what the public status page says already; empty when nothing matches"""
    status_page: str = ""
    """the address of the public status page; empty when none is configured"""
    alerted: bool = False
    """whether on-call is being alerted about this case now; a rule may have said `page = false`"""
    taken_at: str = ""
    """for `taken`: when somebody acknowledged the page"""
    back_at: str = ""
    """out of business hours: when the team is back; empty within them"""
    with_us: tuple[str, ...] = ()
    """a list, for `status`: the open cases that we work on, a line for each"""
    with_you: tuple[str, ...] = ()
    """a list, for `status`: those that wait for the partner's answer"""
    done: tuple[str, ...] = ()
    """a list, for `command`: what was done, a sentence for each command"""
    refused: str = ""
    """for `command-refused`: why nothing was done"""
    line: str = ""
    """for `command-refused`: the line it is about"""
    state: tuple[str, ...] = ()
    """a list, for both: how the case stands now; empty when the mail named none"""
    more: tuple[str, ...] = ()
    """a list, for `command`: the lines that `show` and `help` ask for"""

    def as_mapping(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def render(name: str, source: str, values: NoticeValues) -> str:
    """The text of a notice. Raises PermanentFailure, naming the template, when it does not render or is absurdly long."""
    try:
        text = render_text(source, values.as_mapping())
    except FaultyTemplate as error:
        place = f", line {error.fault.line}" if error.fault.line else ""
        raise PermanentFailure(f"the notice {name} {error.fault.message}", hint=f"see rules/notices/{name}.txt{place}") from error
    return text.strip() + "\n"


def still_wanted(kind: NoticeKind, generation: int, case: Case) -> str:
    """Asked again right before sending: "" when the notice is still true, else why it is not sent (a recorded result)."""
    if kind is NoticeKind.REMINDER and (case.status is not Status.PENDING or case.window != generation):
        return "the partner is not being waited for any more"
    if kind is NoticeKind.CLOSED and (case.status is not Status.CLOSED or case.closings != generation):
        return "the case is not closed any more"
    if kind is NoticeKind.TAKEN and (case.team_replied_at is not None or case.status is Status.CLOSED):
        return "the team has written to the partner already"
    return ""
