"""Automatic mail: recorded on its case, if it has one. Rules are asked, within the floors of core/rules/floors.py.

A rule may tag the case, set fields, copy the mail to the team, tell the chat, move or ignore the mail. Nothing else: no severity, no page,
no receipt, no incident, no hold; it never re-opens and never stops a window (promise 5). The one exception is voicemail. Called by
judging.py, inside the write transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from triage.core.cases.events import Event, EventKind
from triage.core.outcomes import Outcome
from triage.core.rules.evaluate import evaluate
from triage.core.rules.floors import machine_may_page
from triage.core.rules.verdict import Verdict
from triage.store import cases
from triage.workers import casework, rule_actions
from triage.workers.absences import offer_hold
from triage.workers.desk import Desk
from triage.workers.partner_mail import Judged, PartnerMail, cause_of, open_case, shape, situation_of


def judge_automatic_mail(desk: Desk, mail: PartnerMail, now: datetime) -> Judged:
    """Inside a write transaction."""
    origin = mail.message.automatic.origin.value
    stored = cases.get(desk.store, mail.found.case_number) if mail.found.case_number is not None else None
    ruleset = desk.rules().ruleset
    verdict = evaluate(ruleset, situation_of(desk, mail, stored.case if stored else None, now))
    if stored is None:
        if machine_may_page(ruleset, verdict) and not verdict.ignore:
            return open_case(desk, mail, verdict, None, now)
        rule_actions.carry_out(desk, mail.row, mail.message, None, verdict, now)
        if verdict.ignore:
            return Outcome.IGNORED, f"rule: {verdict.hits[-1].rule}", None, verdict
        return Outcome.AUTOMATIC, f"{origin}; {mail.found.reason.value}", None, verdict
    number = stored.case.number
    event = Event(EventKind.AUTOMATIC_MAIL, mail.at, actor=mail.message.author.address)
    casework.apply(desk, stored, event, now, cause_of(desk, mail, verdict, decided=True, detail=origin))
    shape(desk, mail, number, Verdict(tags=verdict.tags, set=verdict.set, hits=verdict.hits), now)
    rule_actions.carry_out(desk, mail.row, mail.message, number, replace(verdict, incident=False), now)
    offer_hold(desk, number, mail, now)
    return Outcome.AUTOMATIC, origin, number, verdict
