"""What can happen to a case (Event), why the program did what it did (Reason), and what it must do outside (Effect)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum


class EventKind(Enum):
    PARTNER_WROTE = "partner-wrote"
    PARTNER_THANKED = "partner-thanked"
    """A rule says that this mail must not re-open a closed case."""
    TEAM_REPLIED = "team-replied"
    TEAM_REPLY_OVERTAKEN = "team-reply-overtaken"
    """A team reply that is older than the partner's last message, or than the closing: seen late, opens no window."""
    TEAM_NOTED = "team-noted"
    """A note about a call: it opens a case of who called; on a case it is a comment."""
    TEAM_COMMENTED = "team-commented"
    AUTOMATIC_MAIL = "automatic-mail"
    DELIVERY_FAILED = "delivery-failed"
    REMINDER_DUE = "reminder-due"
    WINDOW_ENDED = "window-ended"
    HOLD_ENDED = "hold-ended"
    SEVERITY_RAISED = "severity-raised"
    """By a rule, or by the words in a subject."""
    SEVERITY_SET = "severity-set"
    """By the team."""
    CLOSED_BY_TEAM = "closed-by-team"
    CLOSED_BY_PARTNER = "closed-by-partner"
    """A participant's mail said `resolved` and nothing else."""
    OPENED_BY_TEAM = "opened-by-team"
    HELD = "held"
    AUTO_CLOSE_SWITCHED = "auto-close-switched"
    ASSIGNED = "assigned"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    PARTNER_CHOSEN = "partner-chosen"
    """By the team: the case is another partner's than its first mail said."""
    AGREEMENT_CHOSEN = "agreement-chosen"
    FIELDS_SET = "fields-set"
    ASKED = "asked"
    """The team asks the partner for what is missing; `value` names it."""
    NOTED = "noted"
    LINKED = "linked"
    UNSEEN_TEAM_REPLY = "unseen-team-reply"
    PROMISE_TOLD = "promise-told"
    """The team was told that a promised time is nearly over, or over."""
    PAGE_CHANGED = "page-changed"
    NOTICE_FAILED = "notice-failed"
    CLOSING_UNTOLD = "closing-untold"
    """The closing notice had to wait, and was not true any more when it could be sent."""
    MERGED = "merged"
    """The case lives on as another one, which has MERGED_IN."""
    MERGED_IN = "merged-in"
    SPLIT_OFF = "split-off"
    """A message left the case for one of its own, which begins with SPLIT_FROM or TEAM_REPLIED."""
    SPLIT_FROM = "split-from"
    BACK_TO_NEW = "back-to-new"
    """What a message did to the status before it was split off is undone; so for the next three."""
    BACK_TO_OPEN = "back-to-open"
    BACK_TO_PENDING = "back-to-pending"
    BACK_TO_CLOSED = "back-to-closed"


@dataclass(frozen=True, slots=True)
class Event:
    """`at` is when it happened (the server's time for mail), which may be earlier than when it is judged."""

    kind: EventKind
    at: datetime
    actor: str = ""
    """An address, a login name, or the name of a worker."""
    severity: int | None = None
    until: datetime | None = None
    """End of a hold; None ends it. BACK_TO_PENDING: end of the window; BACK_TO_CLOSED: when it had been closed."""
    value: str = ""
    """Whom it is assigned to, a note's text, a tag, the number of a linked case, an agreement, ..."""
    page: str = ""
    """Escalation policy to page with, for SEVERITY_RAISED and SEVERITY_SET."""
    switch: bool = False
    """For AUTO_CLOSE_SWITCHED: True forbids closing by the clock; for SEVERITY_RAISED: True tells the partner that on-call is alerted."""
    other: int | None = None
    """The other case of a merge or split."""
    partner_wrote_at: datetime | None = None
    """MERGED_IN: when they last wrote in the case that is taken in; SPLIT_OFF: in what is left."""
    team_replied_at: datetime | None = None
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)
    """For FIELDS_SET."""


class Reason(Enum):
    """Why a step did what it did; "nothing" has its reasons too. Printed by `triage case N`."""

    OPENED_BY_PARTNER = "a partner opened a new thread"
    OPENED_BY_NOTE = "the team noted a call"
    OPENED_BY_TEAM_MAIL = "the team wrote to a partner first"
    PARTNER_ADDED = "the partner added to a case that waits for the team"
    PARTNER_ANSWERED = "the partner answered within the reply window"
    PARTNER_REOPENED = "the partner answered a closed case"
    REOPEN_SUPPRESSED = "a rule says that this mail does not re-open the case"
    TEAM_REPLIED = "the team replied; the reply window opens"
    TEAM_REPLIED_AGAIN = "the team replied again; the reply window starts over"
    TEAM_REPLIED_AFTER_CLOSE = "the team wrote again after closing; a new reply window opens"
    REPLY_OVERTAKEN = "the partner had written since; no reply window opens"
    REPLY_BEFORE_CLOSE = "the team's reply is older than the closing"
    INTERNAL_COMMENT = "an internal comment changes nothing for the partner"
    AUTOMATIC_RECORDED = "automatic mail is recorded and changes nothing"
    REPLY_NOT_DELIVERED = "the team's mail did not reach the partner; the reply window stops"
    DELIVERY_FAILURE_TOLD = "a mail of ours did not reach the partner; the team is told"
    CLOSING_UNTOLD = "the partner has not heard of the closing; of the next one they will"
    CLOSING_TOLD_NOW = "the partner has not heard of an earlier closing, and is told of this one"
    REMINDED = "the partner has not answered yet; one reminder"
    WINDOW_OVER = "the partner did not answer within the reply window"
    NOT_WAITING = "the case does not wait for the partner any more"
    HOLD_OVER = "the hold ended"
    RAISED_BY_RULE = "a rule raised the severity"
    ALREADY_AS_SEVERE = "the case is as severe already"
    SET_BY_TEAM = "the team set it"
    TEAM_CLOSED = "the team closed the case"
    PARTNER_CLOSED = "the partner says that it is resolved"
    ALREADY_CLOSED = "the case is closed already"
    TEAM_OPENED = "the team opened the case again; nobody waits for the partner"
    ALREADY_OPEN = "the case waits for the team already"
    ON_HOLD = "the case is on hold: it is not closed before the hold ends"
    ASKED = "the partner is asked for what is missing"
    CLOSED_CANNOT_ASK = "a closed case asks for nothing: open it first"
    CLOSED_CANNOT_HOLD = "a closed case cannot be held"
    PROMISE_TOLD = "a promised time is nearly over, or over"
    RECORDED = "recorded"
    MERGED = "the case lives on as another one"
    MERGED_IN = "another case lives on as this one"
    SPLIT_OFF = "a message has got a case of its own"
    OPENED_BY_SPLIT = "the team split a message off another case"
    SPLIT_UNDONE = "what the message did that was split off is undone"


class NoticeKind(Enum):
    """Any mail the program writes to a partner; each has a template of that name in rules/notices/."""

    RECEIPT = "receipt"
    RECEIPT_QUESTION = "receipt-question"
    """The receipt of a mere question: nothing is missing."""
    SEVERITY_1 = "severity-1"
    TAKEN = "taken"
    """An engineer has acknowledged the page of this case; once per case."""
    REMINDER = "reminder"
    CLOSED = "closed"
    REOPENED = "reopened"
    LINKED = "linked"
    MISSING = "missing"
    """A second request for what is missing, only on the team's word."""
    STATUS = "status"
    """Answers a partner's `status`: the cases that they have open."""


class CommandAnswer(Enum):
    """What a team member is told about their commands; the templates stand beside those of the notices."""

    DONE = "command"
    REFUSED = "command-refused"


class EffectKind(Enum):
    NOTIFY = "notify"
    PAGE = "page"
    ACKNOWLEDGE_PAGE = "acknowledge-page"
    END_PAGE = "end-page"
    TELL_TEAM = "tell-team"


@dataclass(frozen=True, slots=True)
class Effect:
    """What has to be done outside, decided here, carried out after the commit. `generation` makes a repeat harmless."""

    kind: EffectKind
    notice: NoticeKind | None = None
    generation: int = 0
    value: str = ""
    """The policy to page with, who acknowledged, why a page ends, what the team is told, or what the partner is asked for."""


@dataclass(frozen=True, slots=True)
class CasePolicy:
    """The numbers of config.toml's [cases] that decisions need."""

    reply_window: timedelta = timedelta(hours=72)
    remind_after: timedelta | None = timedelta(hours=48)
    default_severity: int = 3
    second_close_notice_after: timedelta = timedelta(hours=24)
    reopen_notices: int = 5
    """A case re-opened more often still re-opens, without a notice each time."""
    default_page: str = "emergency"

    @property
    def grace(self) -> timedelta:
        """From the reminder to the end of the window (24 h by default); without reminders a third of the window."""
        return self.reply_window / 3 if self.remind_after is None else self.reply_window - self.remind_after
