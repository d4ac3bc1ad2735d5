"""The partners' two words, through the whole daemon: `resolved` and `status`."""

from __future__ import annotations

import pytest

from tests.scenarios.office import ADDRESS, PARTNER, Office
from triage.core.cases.case import Status

COLLEAGUE = "cfo@acme.example"


def a_case(office: Office, subject: str = "Transfers fail", **more: str) -> str:
    question = office.partner_writes(subject, **more)
    assert office.notices() == ["receipt"]
    return question


class TestResolved:
    @pytest.mark.parametrize(
        "text", ["Resolved", "resolved, thanks!\n\nBest regards,\nAna Silva\nACME Ltd, +351 21 000 000", "Resolvido.", "Gelöst!"]
    )
    def test_it_closes_without_the_window_and_with_a_thank_you(self, office: Office, text: str) -> None:
        question = a_case(office)
        office.team_replies("Re: Transfers fail", answers=question)
        office.partner_writes("Re: [#1001] Transfers fail", text)
        assert office.case(1001).status is Status.CLOSED
        [mail] = office.outgoing()
        assert (mail.notice, mail.to) == ("closed", (PARTNER,))
        assert "thank you for telling us" in mail.text
        assert mail.message["Auto-Submitted"] == "auto-replied"
        assert office.reasons(1001)[-1] == "the partner says that it is resolved"

    @pytest.mark.parametrize(
        "text",
        [
            "Resolved\n\nBut can you tell us why it happened?",
            "Resolved?",
            "Not resolved",
            "resolved in the sandbox, production still fails",
            "Resolved\n\nBest regards,\nAna\n\nPS: one more question about the limits",
            "> resolved",
            "It seems resolved",
        ],
    )
    def test_with_anything_more_the_case_stays_open(self, office: Office, text: str) -> None:
        question = a_case(office)
        office.team_replies("Re: Transfers fail", answers=question)
        office.partner_writes("Re: [#1001] Transfers fail", text)
        assert office.case(1001).status is Status.OPEN

    def test_an_urgent_subject_weighs_more(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("URGENT [#1001] Transfers fail", "resolved")
        assert (office.case(1001).status, office.case(1001).severity) == (Status.NEW, 1)
        assert "page ana" in office.notices()

    def test_while_nobody_has_taken_the_page_the_case_stays_open(self, office: Office) -> None:
        office.partner_writes("URGENT: transfers fail")
        _, page = sorted(office.outgoing(), key=lambda mail: mail.notice, reverse=True)
        office.partner_writes("Re: [#1001] URGENT: transfers fail", "resolved")
        assert office.page_states(1001) == ["paging"]
        office.arrives(office.mail("ana@pager.example", ADDRESS, f"Re: {page.subject}", "ack", answers=page.message_id))
        office.partner_writes("Re: [#1001] URGENT: transfers fail", "resolved")
        assert (office.case(1001).status, office.page_states(1001)) == (Status.CLOSED, ["resolved"])
        office.outgoing()

    def test_a_colleague_who_is_no_participant_closes_nothing(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("Re: [#1001] Transfers fail", "resolved", sender=COLLEAGUE)
        assert office.case(1001).status is Status.NEW

    def test_a_participant_in_copy_closes_and_gets_the_thanks(self, office: Office) -> None:
        office.arrives(office.mail(PARTNER, ADDRESS, "Transfers fail", cc=COLLEAGUE))
        office.outgoing()
        office.partner_writes("Re: [#1001] Transfers fail", "resolved", sender=COLLEAGUE)
        assert office.case(1001).status is Status.CLOSED
        assert [mail.to for mail in office.outgoing()] == [(COLLEAGUE,)]

    def test_a_stranger_closes_nothing(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("Re: [#1001] Transfers fail", "resolved", sender="eve@evil.example")
        assert office.case(1001).status is Status.NEW
        office.outgoing()

    def test_a_mail_whose_server_says_forged_closes_nothing(self, office: Office) -> None:
        a_case(office)
        failed = "mx.wise.example; dmarc=fail header.from=acme.example"
        office.partner_writes("Re: [#1001] Transfers fail", "resolved", Authentication_Results=failed)
        assert office.case(1001).status is Status.NEW
        assert any("the case stays open" in entry.detail for entry in office.journal(1001))

    def test_on_a_closed_case_it_changes_nothing(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("Re: [#1001] Transfers fail", "resolved")
        assert office.notices() == ["closed"]
        office.partner_writes("Re: [#1001] Transfers fail", "Resolved.")
        assert office.case(1001).status is Status.CLOSED

    def test_an_answer_opens_the_same_case_again(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("Re: [#1001] Transfers fail", "resolved")
        office.partner_writes("Re: [#1001] Transfers fail", "it came back")
        assert office.case(1001).status is Status.OPEN
        assert office.notices() == ["closed", "reopened"]


class TestStatus:
    def test_it_lists_the_authors_open_cases_and_opens_none(self, office: Office) -> None:
        a_case(office)
        a_case(office, "Payouts are slow")
        a_case(office, "Their secret plan", sender=COLLEAGUE)
        office.partner_writes("status", "Status?")
        assert office.case_numbers() == [1001, 1002, 1003]
        [mail] = office.outgoing()
        assert (mail.notice, mail.to) == ("status", (PARTNER,))
        assert "- #1001: Transfers fail" in mail.text
        assert "#1002" in mail.text
        assert "#1003" not in mail.text
        assert "command" in office.outcomes()

    def test_a_subject_of_somebody_else_is_not_told(self, office: Office) -> None:
        office.arrives(office.mail(COLLEAGUE, ADDRESS, "Their secret plan", cc=PARTNER))
        office.outgoing()
        office.partner_writes("status", "status")
        [mail] = office.outgoing()
        assert "#1001" in mail.text
        assert "secret plan" not in mail.text

    def test_a_closed_case_is_not_listed(self, office: Office) -> None:
        a_case(office)
        a_case(office, "Payouts are slow")
        office.partner_writes("Re: [#1001] Transfers fail", "resolved")
        office.outgoing()
        office.partner_writes("status", "status")
        assert "#1001:" not in office.outgoing()[0].text

    def test_without_an_open_case_it_is_a_request_like_any_other(self, office: Office) -> None:
        office.partner_writes("status", "status")
        assert office.case_numbers() == [1001]
        assert office.notices() == ["receipt"]

    def test_with_a_subject_of_its_own_it_is_a_request(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("Payouts to Brazil since this morning", "Status?")
        assert office.case_numbers() == [1001, 1002]
        assert office.notices() == ["receipt-question"]

    def test_an_urgent_subject_pages(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("URGENT status", "status")
        assert office.case(1002).severity == 1
        assert "page ana" in office.notices()

    def test_on_a_case_it_is_an_answer(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("Re: [#1001] Transfers fail", "status")
        assert office.outcomes()[-1] == "follow-up"
        assert office.case_numbers() == [1001]

    def test_over_the_budget_nothing_is_sent(self, office: Office) -> None:
        a_case(office)
        for _ in range(15):
            office.partner_writes("status", "status")
        assert len(office.outgoing()) <= 11
        assert office.case_numbers() == [1001]

    def test_who_may_not_be_answered_gets_a_case(self, office: Office) -> None:
        a_case(office)
        office.partner_writes("status", "status", List_Id="<ops.acme.example>")
        assert office.case_numbers() == [1001, 1002]
