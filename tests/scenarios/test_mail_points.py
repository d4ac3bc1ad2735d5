"""Points of docs/mail.md that only the whole program can show."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.scenarios.at_night import page_of
from tests.scenarios.commanding import commands
from tests.scenarios.office import ADDRESS, PARTNER, Office, open_office
from triage.core.cases.case import Status
from triage.core.oncall.page import PageState
from triage.store import ledger


def test_a_mail_that_a_colleague_has_read_already_is_handled_all_the_same(office: Office) -> None:
    office.imap.deliver(office.mail(PARTNER, ADDRESS, "Transfers fail"), "INBOX", office.clock.now(), flags=["\\Seen"])
    office.settle()
    assert office.notices() == ["receipt"]


def test_the_same_id_with_other_content_is_another_message_with_a_warning(office: Office) -> None:
    raw = office.mail(PARTNER, ADDRESS, "Transfers fail", "POST /v1/transfers fails")
    office.arrives(raw)
    office.arrives(raw.replace(b"POST /v1/transfers fails", b"POST /v1/quotes fails"))
    assert office.notices() == ["receipt"]
    with office.store() as store:
        first, second = (row for row in ledger.of_case(store, 1001) if row.author == PARTNER)
    assert (first.defects, second.defects) == ([], [f"another mail has the same Message-ID: message {first.id}"])


def test_two_mails_without_an_id_are_the_same_only_byte_for_byte(office: Office) -> None:
    raw = office.mail(PARTNER, ADDRESS, "Transfers fail").replace(b"Message-ID", b"X-Lost")
    office.arrives(raw)
    office.arrives(raw)
    office.arrives(raw.replace(b"Hello", b"Hello again"))
    assert [one for one in office.outcomes() if one != "own"] == ["case", "duplicate", "case"]
    assert office.notices() == ["receipt", "receipt"]


@pytest.mark.parametrize("date", ["Mon, 23 Nov 2099 09:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 +0000", "yesterday"])
def test_the_reply_window_counts_from_the_servers_time_whatever_the_mail_says(office: Office, date: str) -> None:
    question = office.partner_writes("Transfers fail")
    office.outgoing()
    raw = office.mail(ADDRESS, PARTNER, "Re: Transfers fail", answers=question)
    lines = [b"Date: " + date.encode() if line.startswith(b"Date:") else line for line in raw.split(b"\r\n")]
    office.arrives(b"\r\n".join(lines), "Sent")
    ends = office.case(1001).reply_window_ends_at
    assert ends is not None
    assert abs(ends - office.clock.now() - timedelta(hours=72)) < timedelta(seconds=5)


def test_a_strangers_control_header_does_nothing(office: Office) -> None:
    office.partner_writes("Transfers fail", X_Triage_Case="1001", X_Triage_Notice="receipt", X_Triage_Loop="yes")
    assert office.notices() == ["receipt"]
    assert office.outcomes()[0] == "case"


def test_an_urgent_mail_is_urgent_also_when_the_answer_to_it_comes_first(office: Office) -> None:
    emergency = office.mail(PARTNER, ADDRESS, "URGENT: payouts fail", "since this morning")
    reply = office.mail(ADDRESS, PARTNER, "Re: URGENT: payouts fail", answers=str(message_from_bytes(emergency)["Message-ID"]))
    office.arrives(reply, "Sent")
    assert office.case(1001).severity == 3, "the team's own words page nobody"
    office.wait(minutes=20)
    office.arrives(emergency)
    assert office.case(1001).severity == 1
    assert page_of(office, 1001).page.state is PageState.PAGING
    office.outgoing()


@pytest.mark.parametrize("copies", [["Sent"], ["Sent", "INBOX"]])
def test_so_is_one_that_a_partner_makes_of_a_case_by_a_new_subject_of_their_reply(office: Office, copies: list[str]) -> None:
    question = office.partner_writes("Payouts slow")
    emergency = office.mail(PARTNER, ADDRESS, "Re: URGENT: Payouts slow", "since this morning", answers=question)
    reply = office.mail(ADDRESS, PARTNER, "Re: URGENT: Payouts slow", cc=ADDRESS, answers=str(message_from_bytes(emergency)["Message-ID"]))
    for folder in copies:
        office.arrives(reply.replace(b"References: ", f"References: {question} ".encode()), folder)
    office.arrives(emergency)
    assert (office.case_numbers(), office.case(1001).severity) == ([1001], 1)
    assert page_of(office, 1001).page.state is PageState.PAGING
    office.outgoing()


def test_so_is_a_second_emergency_of_a_case_whose_first_is_over(office: Office) -> None:
    """Found by the simulation: that somebody had been called weeks ago was taken for a reason to call nobody."""
    question = office.partner_writes("URGENT: payouts fail")
    commands(office, "sev 2", subject="[#1001]")
    again = [office.mail(PARTNER, ADDRESS, "Critical: refunds fail", "since an hour", answers=question) for _ in range(2)]
    for mail, severity in zip(again, (1, 2), strict=True):
        reply = office.mail(ADDRESS, PARTNER, "Re: Critical: refunds fail", answers=str(message_from_bytes(mail)["Message-ID"]))
        office.arrives(reply.replace(b"References: ", f"References: {question} ".encode()), "Sent")
        assert office.case(1001).severity == 2
        office.arrives(mail)
        assert (office.case_numbers(), office.case(1001).severity) == ([1001], severity), "what they have said already is no news"
        commands(office, "sev 2", subject="[#1001]")
    office.outgoing()


@pytest.mark.parametrize("overtaken", [False, True])
def test_what_a_partner_answers_under_the_teams_own_urgent_subject_is_not_urgent(office: Office, overtaken: bool) -> None:
    letter = office.mail(ADDRESS, PARTNER, "Urgent: rotate your key")
    office.arrives(letter, "Sent")
    answer = office.mail(PARTNER, ADDRESS, "Re: Urgent: rotate your key", answers=str(message_from_bytes(letter)["Message-ID"]))
    if overtaken:
        reply = office.mail(ADDRESS, PARTNER, "Re: Urgent: rotate your key", answers=str(message_from_bytes(answer)["Message-ID"]))
        office.arrives(reply.replace(b"References: ", f"References: {message_from_bytes(letter)['Message-ID']} ".encode()), "Sent")
    office.arrives(answer)
    assert (office.case_numbers(), office.case(1001).severity) == ([1001], 3)


def test_a_reply_whose_copy_is_filed_after_the_partners_answer_opens_no_window(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    reply = office.mail(ADDRESS, PARTNER, "Re: Transfers fail", answers=question)
    office.wait(hours=1)
    answer = office.mail(PARTNER, ADDRESS, "Re: Transfers fail", "that did not help", answers=str(message_from_bytes(reply)["Message-ID"]))
    office.arrives(answer.replace(b"References: ", f"References: {question} ".encode()))
    office.wait(hours=1)
    office.arrives(reply, "Sent")
    assert office.case(1001).status is Status.OPEN
    office.wait(days=5)
    assert (office.case(1001).status, office.notices()) == (Status.OPEN, ["receipt"])


def test_a_mail_that_is_read_after_the_reply_to_it_leaves_the_case_with_the_team(office: Office) -> None:
    """Seen in `make chaos`: any mail of the partner stops the window, one that somebody has answered already too."""
    question = office.mail(PARTNER, ADDRESS, "Transfers fail", "since this morning")
    asked_at = office.clock.now()
    office.wait(minutes=20)
    office.arrives(office.mail(ADDRESS, PARTNER, "Re: Transfers fail", answers=str(message_from_bytes(question)["Message-ID"])), "Sent")
    assert office.case(1001).status is Status.PENDING
    office.arrives(question, at=asked_at)
    assert office.outcomes() == ["case", "follow-up"]
    assert office.case(1001).status is Status.OPEN
    office.wait(days=5)
    assert (office.case(1001).status, office.notices()) == (Status.OPEN, [])


def test_two_answers_to_a_mail_that_was_never_seen_are_one_case(office: Office) -> None:
    office.partner_writes("Re: Onboarding", "we have a question", answers="<lost@wise.example>")
    office.partner_writes("Re: Onboarding", "and another one", answers="<lost@wise.example>", sender="cto@acme.example")
    assert office.case_numbers() == [1001]
    assert any("never seen" in entry.detail for entry in office.journal(1001))
    assert office.notices() == ["receipt-question"]


def test_an_answer_that_comes_before_its_question_is_on_the_same_case(office: Office) -> None:
    question = office.mail(PARTNER, ADDRESS, "Transfers fail")
    office.partner_writes("Re: Transfers fail", "and one more thing", answers="<1@acme.example>")
    office.arrives(question)
    assert office.case_numbers() == [1001]
    assert office.notices() == ["receipt"]


def test_a_partners_own_number_joins_a_thread_that_their_system_has_broken(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        (office.config.instance.rules_dir / "partners.toml").write_text(
            "[acme]\ndomains = [\"acme.example\"]\nticket_patterns = ['\\[(ACME-\\d+)\\]']\n"
        )
        office.start()
        office.partner_writes("[ACME-4711] Transfers fail")
        office.partner_writes("[ACME-4711] An update of your request", "it still fails", sender="desk@acme.example")
        office.partner_writes("[ACME-4711] me too", "let me in", sender="eve@elsewhere.example")
        assert office.case_numbers() == [1001, 1002]
        assert office.case(1002).partner == "elsewhere.example"
        assert office.notices() == ["receipt", "receipt"]
        office.check()


def test_a_loop_that_looks_human_ends_at_the_budget_and_the_team_is_told_once(office: Office) -> None:
    for number in range(30):
        office.partner_writes(f"Request {number} was received", "We have received your request.")
    told = office.notices()
    assert told.count("receipt") == office.config.limits.notices_per_address
    assert told.count("warning") == 1
    assert len(office.case_numbers()) == 30


def test_thanks_after_closing_makes_no_second_closing_notice_within_a_day(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(hours=73)
    office.partner_writes("Re: Transfers fail", "Thanks, all good now", answers=question)
    assert office.notices() in (["receipt", "reminder", "closed"], ["receipt", "reminder", "closed", "reopened"])
    office.wait(hours=20)
    assert "closed" not in office.notices()


def test_a_team_reply_that_is_seen_only_after_the_partners_answer_closes_nothing(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    late = office.mail(ADDRESS, PARTNER, "Re: Transfers fail", answers=question)
    then = office.clock.now()
    office.partner_writes("Re: Transfers fail", "it is worse now", answers=question)
    office.arrives(late, "Sent", at=then)
    assert office.case(1001).status is Status.OPEN
    office.wait(days=5)
    assert office.case(1001).status is Status.OPEN
    assert office.notices() == ["receipt"]
