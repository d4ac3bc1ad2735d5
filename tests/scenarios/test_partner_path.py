"""The partner's path: a question, a team reply, silence or an answer."""

from __future__ import annotations

from datetime import timedelta

from tests.scenarios.office import PARTNER, T0, Office
from triage.core.cases.case import Status


def test_a_new_thread_becomes_a_case_with_a_receipt(office: Office) -> None:
    office.partner_writes("Transfers fail")
    [receipt] = office.outgoing()
    assert (receipt.to, receipt.notice, receipt.subject) == ((PARTNER,), "receipt", "Re: [#1001] Transfers fail")
    case = office.case(1001)
    assert (case.status, case.severity, case.requester, case.partner) == (Status.NEW, 3, PARTNER, "acme.example")


def test_silence_after_a_team_reply_closes_the_case_after_72_hours(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.wait(hours=1)
    office.team_replies("Re: Transfers fail", answers=question)
    assert office.case(1001).reply_window_ends_at == T0 + timedelta(hours=73, seconds=2)
    assert office.notices() == ["receipt"]
    office.wait(hours=47)
    assert office.notices() == []
    office.wait(hours=1, minutes=1)
    assert office.notices() == ["reminder"]
    office.wait(hours=23)
    assert office.case(1001).status is Status.PENDING
    office.wait(hours=1)
    assert office.notices() == ["closed"]
    assert office.case(1001).status is Status.CLOSED
