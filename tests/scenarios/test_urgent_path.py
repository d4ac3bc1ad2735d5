"""The urgent path: a subject with "urgent" or "critical" is Severity 1 and pages until somebody acknowledges. Nothing ends in silence."""

from __future__ import annotations

import base64

import pytest

from tests.scenarios.office import ADDRESS, Office
from triage.core.cases.case import Status


@pytest.mark.parametrize(
    "subject",
    [
        "urgent: payouts fail",
        "Business-CRITICAL transfers",
        "=?utf-8?b?" + base64.b64encode("URGENT – transferências".encode()).decode() + "?=",
        "=?utf-8?q?ur?= =?utf-8?q?gent?=: split over two words",
    ],
)
def test_the_words_page_whatever_their_case_or_encoding(office: Office, subject: str) -> None:
    raw = office.mail("ops@acme.example", ADDRESS, "SUBJECT").replace(b"Subject: SUBJECT", b"Subject: " + subject.encode())
    office.arrives(raw)
    assert sorted(office.notices()) == ["page ana", "severity-1"]
    assert office.case(1001).severity == 1


def test_nobody_acknowledges_and_the_page_never_ends(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    office.outgoing()
    office.wait(minutes=5)
    assert office.notices() == ["page bo"], "after 5 minutes the first fallback"
    office.wait(minutes=15)
    assert office.notices() == ["page ana", "page bo"], "after 20 minutes everybody"
    office.wait(hours=12)
    later = office.notices()
    assert later.count("page ana") > 12
    assert later.count("page bo") > 12
    assert office.page_states(1001) == ["broadcast"]


def test_a_team_reply_is_the_acknowledge_and_tells_the_others(office: Office) -> None:
    question = office.partner_writes("URGENT payouts fail")
    office.wait(minutes=6)
    office.outgoing()
    office.team_replies("Re: URGENT payouts fail", answers=question)
    assert sorted(office.notices()) == ["page ana", "page bo"], "both were disturbed, both hear who has it"
    assert office.page_states(1001) == ["acked"]
    office.wait(hours=11)
    assert office.notices() == []


def test_a_follow_up_that_only_inherits_the_word_does_not_page_again(office: Office) -> None:
    question = office.partner_writes("URGENT payouts fail")
    office.team_replies("Re: [#1001] URGENT payouts fail", answers=question)
    office.outgoing()
    office.wait(minutes=30)
    office.partner_writes("Re: [#1001] URGENT payouts fail", "thanks, checking", answers=question)
    assert office.notices() == []
    assert office.case(1001).status is Status.OPEN


def test_a_follow_up_that_newly_brings_the_word_raises_and_pages(office: Office) -> None:
    question = office.partner_writes("payouts fail")
    assert office.notices() == ["receipt"]
    office.partner_writes("URGENT Re: payouts fail", answers=question)
    assert sorted(office.notices()) == ["page ana", "severity-1"]
    assert office.case(1001).severity == 1


def test_the_word_in_machine_mail_does_not_page(office: Office) -> None:
    office.partner_writes("CRITICAL: disk full on web-3", Auto_Submitted="auto-generated")
    assert office.outcomes() == ["automatic"]
    assert office.case_numbers() == []


def test_a_closed_severity_1_case_that_reopens_pages_again(office: Office) -> None:
    question = office.partner_writes("URGENT payouts fail")
    office.team_replies("Re: URGENT payouts fail", answers=question)
    office.wait(hours=73)
    office.outgoing()
    assert office.case(1001).status is Status.CLOSED
    assert office.page_states(1001) == ["resolved"]
    office.partner_writes("Re: [#1001] URGENT payouts fail", "It is down again", answers=question)
    assert sorted(office.notices()) == ["page ana", "reopened"]
    assert office.page_states(1001) == ["resolved", "paging"]


def test_a_severity_1_case_the_team_took_up_again_after_closing_pages_when_the_partner_is_not_helped(office: Office) -> None:
    question = office.partner_writes("URGENT payouts fail")
    office.team_replies("Re: URGENT payouts fail", answers=question)
    office.wait(hours=73)
    office.team_replies("Re: [#1001] URGENT payouts fail", answers=question, text="One more thing: are you fine now?")
    office.outgoing()
    assert office.case(1001).status is Status.PENDING
    office.partner_writes("Re: [#1001] URGENT payouts fail", "No, it is down again", answers=question)
    assert office.notices() == ["page ana"]
    office.team_replies("Re: [#1001] URGENT payouts fail", answers=question, text="On it.")
    office.outgoing()
    office.partner_writes("Re: [#1001] URGENT payouts fail", "thank you", answers=question)
    assert office.notices() == [], "somebody has the page: a partner who adds to it wakes nobody"
