"""What partners read: which notice, in which language, at which hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.commanding import commands
from tests.scenarios.office import PARTNER, Office, open_office
from triage.core.cases.case import Status
from triage.core.mail.message import Missing
from triage.workers.asking import ask_partner

PARTNERS = '[acme]\ndomains = ["acme.example"]\nzone = "America/Sao_Paulo"\nlanguage = "pt-BR"\n'
GERMAN = "Guten Tag, seit heute früh schlagen die Überweisungen fehl und wir wissen nicht, was wir tun sollen. Können Sie das bitte prüfen?"


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Office]:
    """Saturday, 21:00 UTC."""
    with open_office(tmp_path) as office:
        office.leap(days=5, hours=12)
        office.start()
        yield office
        office.check()


def name_partner(office: Office) -> None:
    assert office.daemon is not None
    (office.config.instance.rules_dir / "partners.toml").write_text(PARTNERS)
    office.daemon.reload_rules()


def test_a_mere_question_is_asked_for_nothing(office: Office) -> None:
    office.partner_writes("Rate limits", "Hello, which rate limits apply to GET /v1/rates?")
    [receipt] = office.outgoing()
    assert receipt.notice == "receipt-question"
    assert "You need not send anything more" in receipt.text
    assert receipt.message["Auto-Submitted"] == "auto-replied"


def test_a_report_with_a_question_in_it_is_a_report(office: Office) -> None:
    office.partner_writes("Transfers fail", "POST /v1/transfers fails with 500 since this morning. Do you know why?")
    [receipt] = office.outgoing()
    assert (receipt.notice, "x-trace-id" in receipt.text) == ("receipt", True)


def test_a_mail_that_says_neither_gets_the_plain_receipt(office: Office) -> None:
    office.partner_writes("As discussed", "Please find the file attached.")
    assert office.notices() == ["receipt"]


def test_at_work_the_receipt_does_not_speak_of_hours(office: Office) -> None:
    office.partner_writes("Transfers fail")
    [receipt] = office.outgoing()
    assert "We are back on" not in receipt.text


def test_out_of_hours_the_receipt_says_when_people_are_back_and_how_to_reach_oncall(night: Office) -> None:
    night.partner_writes("Transfers fail")
    [receipt] = night.outgoing()
    assert "We are back on\r\nMon 30 Nov 2026, 09:00 UTC." in receipt.text
    assert '"urgent" or "critical" in the subject' in receipt.text


def test_the_partners_setting_chooses_language_and_zone(night: Office) -> None:
    name_partner(night)
    night.partner_writes("Transfers fail")
    [receipt] = night.outgoing()
    assert "Voltamos em:\r\nsegunda-feira, 30 de novembro de 2026, 06:00 (America/Sao_Paulo; 09:00 UTC)." in receipt.text
    assert (receipt.message["Content-Language"], receipt.subject) == ("pt", "Re: [#1001] Transfers fail")


def test_without_a_setting_the_mail_chooses_the_language(office: Office) -> None:
    office.partner_writes("Fehler", GERMAN)
    [receipt] = office.outgoing()
    assert receipt.message["Content-Language"] == "de"
    assert receipt.text.startswith("Guten Tag,")


def test_the_clock_goes_on_in_the_language_of_the_case(office: Office) -> None:
    question = office.partner_writes("Fehler", GERMAN)
    office.team_replies("Re: Fehler", answers=question)
    office.wait(hours=73)
    told = {mail.notice: mail for mail in office.outgoing()}
    assert "haben Ihre Anfrage\r\n#1001 deshalb geschlossen" in told["closed"].text.replace("Ihre\r\nAnfrage ", "Ihre Anfrage\r\n")
    assert told["reminder"].message["Content-Language"] == "de"


def test_a_severity_1_notice_says_that_oncall_is_alerted(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    [notice] = [mail for mail in office.outgoing() if mail.notice == "severity-1"]
    assert "we are alerting an on-call engineer now" in notice.text


def test_whoever_makes_an_open_case_severity_1_hears_once_that_oncall_is_alerted(office: Office) -> None:
    question = office.partner_writes("Transfers fail", "Transfers fail since 09:00 UTC in production.")
    office.outgoing()
    colleague = "bea@acme.example"
    office.partner_writes("URGENT Re: Transfers fail", "POST /v1/transfers, nothing works", sender=colleague, answers=question)
    [notice] = [mail for mail in office.outgoing() if mail.notice == "severity-1"]
    assert notice.to == (colleague,)
    assert "alerting an on-call engineer" in notice.text
    assert "production" not in notice.text, "an earlier mail has said it"
    assert str(notice.message["Auto-Submitted"]) == "auto-replied"
    commands(office, "sev 2")
    office.outgoing()
    office.partner_writes("CRITICAL Re: Transfers fail", "again", answers=question)
    assert office.case(1001).severity == 1
    assert [mail.notice for mail in office.outgoing() if mail.notice] == []


def test_a_reopened_case_that_becomes_severity_1_says_so_in_one_notice(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    commands(office, "close")
    office.outgoing()
    office.partner_writes("URGENT Re: Transfers fail", "down again", answers=question)
    [notice] = [mail for mail in office.outgoing() if mail.notice]
    assert notice.notice == "reopened"
    assert "on-call engineer is being alerted" in notice.text


def test_it_does_not_say_so_when_a_rule_pages_nobody(office: Office) -> None:
    assert office.daemon is not None
    rule = '[[rule]]\nname = "quiet"\nwhen = { subject.new = { contains = "urgent exercise" } }\nthen = { severity = 1, page = false }\n'
    (office.config.instance.rules_dir / "90-quiet.toml").write_text(rule)
    office.daemon.reload_rules()
    office.partner_writes("URGENT exercise, nothing is broken")
    [notice] = office.outgoing()
    assert (notice.notice, "alert" in notice.text) == ("severity-1", False)


def test_the_team_asks_again_for_what_is_missing(office: Office) -> None:
    office.partner_writes("Transfers fail", "POST /v1/transfers fails with 500 in production.")
    office.outgoing()
    assert ask(office) == ""
    [notice] = office.outgoing()
    assert (notice.notice, notice.to, notice.message["Auto-Submitted"]) == ("missing", (PARTNER,), "auto-generated")
    assert ("x-trace-id" in notice.text, "production or sandbox" in notice.text) == (True, False)
    assert office.case(1001).status is Status.NEW


def test_each_word_of_the_team_asks_once_and_for_what_it_names(office: Office) -> None:
    office.partner_writes("Rate limits", "Which rate limits apply?")
    office.outgoing()
    assert ask(office).startswith("nothing is missing")
    for _ in range(2):
        office.wait(minutes=1)
        assert ask(office, Missing.TIMESTAMPS) == ""
    first, second = office.outgoing()
    assert (first.notice, second.notice) == ("missing", "missing")
    assert ("timestamps" in first.text, "x-trace-id" in first.text) == (True, False)


def test_a_closed_case_asks_for_nothing(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(hours=73)
    office.outgoing()
    assert "open it first" in ask(office, Missing.TRACE_ID)
    assert office.outgoing() == []


def ask(office: Office, *items: Missing) -> str:
    assert office.daemon is not None
    with office.store() as store, store.write():
        told = ask_partner(replace(office.daemon.desk, store=store), 1001, items, "ana", office.clock.now())
    office.daemon.settle()
    return told
