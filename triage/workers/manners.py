"""Manners: whether one more mail may go to somebody (RFC 3834 section 2; promise 6). The floors that no rule, template or command can lift.

Nobody automatic, nobody of ours, nobody over a budget: so many notices to one address, to one domain and for one case in a sliding period.
Over a budget it is silent, and the team is told once. Never writes to partners itself. Called by
`mailroom`, and by whoever answers a mail of the team, before anything is composed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from triage.core.cases.case import Case
from triage.core.cases.notice_dictionary import ENGLISH
from triage.core.cases.notice_words import in_words
from triage.core.cases.partners import MACHINE_TAG
from triage.core.mail.envelope import check_address
from triage.core.mail.message import InboundMessage
from triage.store import outbox
from triage.workers.desk import Desk
from triage.workers.warning import told_since, warn_team

DAY = timedelta(days=1)
CONFIRMATIONS_A_DAY = 100
"""Answers to one colleague: far more than anybody's commands and acknowledgements, far less than a loop."""


def objection(desk: Desk, case: Case, recipient: str, message: InboundMessage | None, now: datetime) -> str:
    """Inside a write transaction: why no notice may go to a partner now, or "". `message` is the mail it would answer."""
    if message is None and MACHINE_TAG in case.tags:
        return "a machine has written for the requester"
    return _floor(desk, recipient, message) or _over_budget(desk, case, recipient, now)


def may_confirm(desk: Desk, message: InboundMessage, now: datetime) -> bool:
    """Inside a write transaction: whether the author, a colleague, may be told what became of their mail."""
    address = message.author.address
    if _floor(desk, address, message):
        return False
    if outbox.notices_since(desk.store, now - DAY, address=address) < CONFIRMATIONS_A_DAY:
        return True
    _tell_once(desk, address, f"{address} has had {CONFIRMATIONS_A_DAY} answers within a day.", DAY, now)
    return False


def _floor(desk: Desk, recipient: str, message: InboundMessage | None) -> str:
    if not recipient or desk.is_shared_mailbox(recipient):
        return "there is nobody to write to"
    try:
        check_address(recipient)
    except ValueError as error:
        return f"the address cannot be written to: {error}"
    if message is not None and not message.may_answer.allowed:
        return f"may not be answered: {message.may_answer.reason}"
    return ""


def _over_budget(desk: Desk, case: Case, recipient: str, now: datetime) -> str:
    limits, number, domain = desk.config.limits, case.number, recipient.rpartition("@")[2]
    told = partial(outbox.notices_since, desk.store, now - limits.notice_period)
    budgets = [
        (recipient, "notices_per_address", limits.notices_per_address, told(address=recipient)),
        (f"case #{number}", "notices_per_case", limits.notices_per_case, told(case_number=number)),
    ]
    if not desk.is_ours(recipient):  # the team's domain gets copies and confirmations, which are no notices
        budgets.append((f"anybody at {domain}", "notices_per_domain", limits.notices_per_domain, told(domain=domain)))
    for whom, setting, allowed, had in budgets:
        if had >= allowed:
            text = f"{whom} has had {had} notices in {in_words(limits.notice_period, ENGLISH)}. triage holds further ones back"
            hint = f"If this is not a loop between two machines, raise {setting} in [limits] of config.toml."
            _tell_once(desk, whom, f"{text}; cases and pages are not affected.\n\n{hint}", limits.notice_period, now)
            return "held back: over the budget of notices"
    return ""


def _tell_once(desk: Desk, whom: str, text: str, period: timedelta, now: datetime) -> None:
    """Once in a period that slides as the budget does: a loop that is fast around midnight is one loop."""
    prefix = f"budget/{whom}/"
    if not told_since(desk, prefix, now - period):
        warn_team(desk, f"{prefix}{now.isoformat()}", f"no more notices to {whom} for now", text, now)
