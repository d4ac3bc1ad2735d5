"""Phone notes: an engineer who took a call writes to the shared mailbox, and a rule makes that a case of who called.

Decides nothing by itself: without a rule that sets `requester` an internal mail stays what it is. The requester must be an outside
address; nothing is sent to it, as nobody has written yet. Called by judging.py for proven mail of the team that follows no case.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from triage.core.cases.case import Case, Status
from triage.core.cases.events import Event, EventKind
from triage.core.mail.envelope import check_address
from triage.core.outcomes import Outcome
from triage.core.rules.evaluate import evaluate
from triage.store import cases, ledger
from triage.workers import casework, rule_actions
from triage.workers.desk import Desk
from triage.workers.notice_drafts import Occasion
from triage.workers.partner_mail import Judged, PartnerMail, cause_of, raise_severity, remember_thread, situation_of

REQUESTER = "requester"


def judge_note(desk: Desk, mail: PartnerMail, now: datetime) -> Judged | None:
    """Inside a write transaction: the case a note has opened; None when no rule makes it one."""
    situation = replace(situation_of(desk, mail, None, now), team=True, partner="", partner_name="", partner_tier="")
    verdict = evaluate(desk.rules().ruleset, situation)
    requester = verdict.set.get(REQUESTER, "").strip().strip("<>").lower()
    if not _is_outside(desk, requester):
        return None
    partner = desk.rules().partners.partner_of(requester)
    seed = Case(
        number=desk.next_number(),
        status=Status.NEW,
        severity=verdict.severity or desk.config.cases.default_severity,
        partner=partner.key or requester,
        requester=requester,
        subject=mail.message.subject[:500],
        opened_at=mail.at,
        language=partner.language,
        tags=tuple(sorted(verdict.tags)),
        assigned_to=verdict.assign or "",
        agreement=verdict.agreement or "",
        fields=dict(verdict.set),
    )
    event = Event(EventKind.TEAM_NOTED, mail.at, actor=mail.message.author.address)
    ledger.join(desk.store, mail.row.id, seed.number)
    casework.open_case(desk, seed, event, now, cause_of(desk, mail, verdict, decided=True), Occasion())
    cases.add_participants(desk.store, seed.number, [requester])
    cases.add_thread(desk.store, seed.number, (cases.phone_key(requester),))
    remember_thread(desk, seed.number, mail.message, partner)
    raise_severity(desk, mail, seed.number, verdict, now)
    rule_actions.carry_out(desk, mail.row, mail.message, seed.number, verdict, now)
    return Outcome.CASE, "a note of the team about a call", seed.number, verdict


def _is_outside(desk: Desk, address: str) -> bool:
    instance = desk.config.instance
    try:
        check_address(address)
    except ValueError:
        return False
    return address not in instance.own_addresses and address.rpartition("@")[2] not in instance.team_domains
