"""Storms: many partners at once make one page that everybody is woken by as the policy says; no case is lost or left without a page."""

from __future__ import annotations

import pytest

from tests.scenarios.at_night import acknowledge, close, covered, open_pages, page_mails, page_of, set_severity
from tests.scenarios.office import ADDRESS, Office
from triage.core.oncall.page import PageReason, PageState


def burst(office: Office, mails: int, partners: int, first: int = 0) -> None:
    """All of them in the mailbox before the daemon looks."""
    for number in range(first, first + mails):
        office.imap.deliver(office.mail(f"ops@partner{number % partners}.example", ADDRESS, "critical: down"), "INBOX", office.clock.now())
    office.settle(timeout_s=30.0 + mails)


@pytest.mark.timeout(400)
def test_300_emergencies_in_a_minute_end_with_one_storm_page(office: Office) -> None:
    burst(office, 300, 50)
    assert covered(office) == set(range(1001, 1301)), "no case is lost, and each is covered by a page that wants somebody"
    (storm,) = open_pages(office)
    assert storm.is_storm
    assert storm.state is PageState.PAGING
    paged = page_mails(office)
    assert {mail.to[0] for mail in paged} == {"ana@pager.example"}
    assert len(paged) <= 6, "the first case, then at 3, 10, 30 and 100 cases"
    assert "storm of 100 cases" in paged[-1].subject
    assert "100 cases, 50 partners" in paged[-1].text
    office.wait(minutes=6)
    assert office.notices() == ["page bo"], "the levels go on by their times"
    office.wait(minutes=15)
    assert office.notices() == ["page ana", "page bo"]


def test_a_case_of_the_same_partner_that_joins_is_a_line_of_the_next_step(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    office.wait(minutes=1)
    office.partner_writes("URGENT webhooks fail", sender="dev@acme.example")
    assert sorted(office.notices()) == ["page ana", "severity-1", "severity-1"], "nobody is woken twice within a level"
    office.wait(minutes=4)
    (paged,) = office.outgoing()
    assert paged.to == ("bo@pager.example",)
    assert "(+1 case)" in paged.subject
    assert "#1002 acme.example: URGENT webhooks fail" in paged.text
    assert covered(office) == {1001, 1002}


def test_another_partner_that_joins_is_told_at_once_in_one_quiet_line(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    office.wait(minutes=1)
    office.outgoing()
    office.partner_writes("URGENT webhooks fail", sender="dev@other.example")
    (line,) = page_mails(office)
    assert line.to == ("ana@pager.example",), "whoever was disturbed, and nobody else"
    assert line.subject == "[#1001] also Severity 1 case #1002, on the page of case #1001, other.example: URGENT webhooks fail"
    assert "#1002 other.example: URGENT webhooks fail" in line.text
    assert line.message["Importance"] is None, "it wakes nobody up"
    office.wait(minutes=4)
    (paged,) = page_mails(office)
    assert paged.to == ("bo@pager.example",), "and the levels go on by their times"
    assert paged.message["Importance"] == "high"


def test_within_a_minute_there_is_one_quiet_line(office: Office) -> None:
    rules = office.config.instance.rules_dir / "oncall.toml"
    rules.write_text(rules.read_text() + "\n[storm]\npartners = 100\n")
    office.stop()
    office.start()
    burst(office, 5, 5)
    assert [mail.subject.partition(" case")[0] for mail in page_mails(office)] == ["[#1001] Severity 1", "[#1001] also Severity 1"]
    office.wait(minutes=1)
    burst(office, 1, 9, first=8)
    assert [mail.subject.partition(",")[0] for mail in page_mails(office)] == ["[#1001] also Severity 1 case #1006"]


def test_closing_one_of_several_cases_does_not_end_the_page(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    question = office.partner_writes("URGENT webhooks fail", sender="dev@other.example")
    office.outgoing()
    set_severity(office, 1001, 3)
    assert covered(office) == {1002}
    office.wait(minutes=5)
    (paged,) = office.outgoing()
    assert "case #1002" in paged.subject, "the case that still needs somebody speaks for the page"
    office.team_replies("Re: URGENT webhooks fail", answers=question, to="dev@other.example")
    assert open_pages(office)[0].state is PageState.ACKED
    set_severity(office, 1002, 2)
    assert open_pages(office) == []
    office.outgoing()


def test_an_acknowledge_counts_for_every_case_on_the_page(office: Office) -> None:
    burst(office, 4, 4)
    assert acknowledge(office, 1004, "ana") is PageReason.ACKNOWLEDGED
    assert page_of(office, 1001).page.acked_by == "ana"
    assert [mail.notice for mail in office.outgoing()].count("taken") == 4, "each requester hears that an engineer has it"
    for number in office.case_numbers():
        assert "acknowledged" in office.reasons(number)


def test_a_case_that_joins_after_the_acknowledge_nudges_once_and_then_escalates(office: Office) -> None:
    burst(office, 3, 3)
    acknowledge(office, 1001, "ana")
    office.outgoing()
    burst(office, 1, 9, first=8)
    nudge = page_mails(office)
    assert [mail.to[0] for mail in nudge] == ["ana@pager.example"]
    assert nudge[0].subject.startswith("reminder: ")
    assert page_of(office, 1004).page.unseen == (1004,)
    office.wait(minutes=11)
    assert [mail.to[0] for mail in page_mails(office)] == ["ana@pager.example"], "nobody looked: the levels start over"
    assert covered(office) == {1001, 1002, 1003, 1004}


def test_a_storm_that_somebody_has_does_not_swallow_the_next_nights_emergency(office: Office) -> None:
    burst(office, 3, 3)
    acknowledge(office, 1001, "ana")
    office.outgoing()
    office.wait(minutes=20)
    office.outgoing()
    office.partner_writes("URGENT payouts fail")
    assert [mail.to[0] for mail in page_mails(office)] == ["ana@pager.example"]
    assert page_of(office, 1004).page.case_number == 1004, "a page of its own, at once"
    office.wait(minutes=1)


def test_a_storm_takes_over_where_the_pages_before_it_had_got_to(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    office.wait(minutes=5)
    office.outgoing()
    office.partner_writes("URGENT webhooks fail", sender="dev@other.example")
    office.outgoing()
    office.partner_writes("URGENT login fails", sender="it@third.example")
    assert sorted(mail.to[0] for mail in page_mails(office)) == ["ana@pager.example", "bo@pager.example"], "bo was paged before, too"
    assert page_of(office, 1001).page.is_storm
    assert office.page_states(1001) == ["resolved", "paging"]
    office.wait(minutes=15)
    assert sorted(mail.to[0] for mail in page_mails(office)) == ["ana@pager.example", "bo@pager.example"], "the broadcast is not put off"


def test_an_author_of_many_emergencies_gets_one_page_after_three(office: Office) -> None:
    for number in range(5):
        office.partner_writes(f"URGENT number {number}")
        if number < 3:
            acknowledge(office, 1001 + number, "ana")
    assert page_of(office, 1004).page.cases == (1001, 1004, 1005)
    assert len(open_pages(office)) == 3
    assert covered(office) == {1001, 1002, 1003, 1004, 1005}
    office.outgoing()


def test_lowered_and_raised_again_is_a_new_page(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    set_severity(office, 1001, 3)
    assert office.page_states(1001) == ["resolved"]
    set_severity(office, 1001, 1)
    assert office.page_states(1001) == ["resolved", "paging"]
    assert page_of(office, 1001).page.generation == 2
    assert [mail.to[0] for mail in page_mails(office)] == ["ana@pager.example"] * 3, "paged, over, paged again"


def test_a_case_that_opens_again_pages_at_once_though_its_first_page_goes_on_for_another(office: Office) -> None:
    question = office.partner_writes("URGENT payouts fail")
    office.partner_writes("URGENT webhooks fail", sender="dev@other.example")
    acknowledge(office, 1001, "ana")
    close(office, 1001)
    office.outgoing()
    office.partner_writes("Re: [#1001] URGENT payouts fail", "Down again", answers=question)
    assert [mail.to[0] for mail in page_mails(office)] == ["ana@pager.example"]
    assert page_of(office, 1001).page.state is PageState.PAGING
    assert page_of(office, 1002).page.state is PageState.ACKED
    assert covered(office) == {1001, 1002}


def test_a_team_reply_takes_only_what_somebody_was_told_of(office: Office) -> None:
    """A case of another partner that had only joined as a line is not acknowledged along with the one that was answered."""
    question = office.partner_writes("URGENT payouts fail")
    office.wait(minutes=1)
    office.partner_writes("URGENT webhooks fail", sender="dev@other.example")
    office.outgoing()
    office.team_replies("Re: URGENT payouts fail", answers=question)
    (page,) = open_pages(office)
    assert page.unseen == (1002,)
    told = [mail for mail in page_mails(office) if "#1002" in mail.text]
    assert told, "whoever has the page hears of the other case at once"
    office.outgoing()
