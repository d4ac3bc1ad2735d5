"""Merging: a case lives on as another one, and nothing that waits for somebody is forgotten on the way."""

from __future__ import annotations

import pytest

from tests.scenarios.office import ADDRESS, Office
from tests.scenarios.team import merge
from triage.core.cases.case import Status
from triage.core.failures import PermanentFailure
from triage.store import cases
from triage.store.ledger import of_case


def two_cases(office: Office) -> tuple[str, str]:
    """#1001 and #1002 of one partner, by two people."""
    first = office.partner_writes("Transfers fail")
    second = office.partner_writes("Payouts fail, too", sender="cto@acme.example")
    assert office.notices() == ["receipt", "receipt"]
    return first, second


def test_the_merged_case_closes_without_a_notice_and_both_journals_say_so(office: Office) -> None:
    two_cases(office)
    merge(office, 1002, 1001)
    old = office.case(1002)
    assert (old.status, old.merged_into) == (Status.CLOSED, 1001)
    assert office.case(1001).status is Status.NEW
    assert office.journal(1002)[-1].detail == "into #1001"
    assert any(entry.detail == "#1002 was merged into this case" and entry.actor == "ana" for entry in office.journal(1001))
    office.wait(days=10)
    assert office.notices() == []


def test_answers_to_the_mail_and_to_the_notices_of_the_old_case_land_in_the_new_one(office: Office) -> None:
    office.partner_writes("Transfers fail")
    second = office.partner_writes("Payouts fail", sender="cto@acme.example")
    receipt = office.outgoing()[-1]
    merge(office, 1002, 1001)
    office.partner_writes("Re: Payouts fail", "more about it", sender="cto@acme.example", answers=second)
    office.partner_writes("Re: " + receipt.subject, "and more", sender="cto@acme.example", answers=receipt.message_id)
    office.partner_writes("Once more [#1002]", "still", sender="cto@acme.example")
    assert office.case_numbers() == [1001, 1002]
    with office.store() as store:
        assert len([row for row in of_case(store, 1001) if row.author.endswith("acme.example")]) == 5
        assert "cto@acme.example" in cases.participants(store, 1001)


def test_a_chain_of_merges_leads_to_the_last_case(office: Office) -> None:
    first, _ = two_cases(office)
    office.partner_writes("Webhooks fail")
    assert office.notices() == ["receipt"]
    merge(office, 1001, 1002)
    assert merge(office, 1002, 1003).number == 1003
    office.partner_writes("Re: Transfers fail", answers=first)
    with office.store() as store:
        assert of_case(store, 1003)[-1].subject == "Re: Transfers fail"
        final = cases.get_final(store, 1001)
        assert final is not None
        assert final.case.number == 1003


def test_a_question_that_waits_for_the_team_stops_the_reply_window_of_the_case_it_is_merged_into(office: Office) -> None:
    first, _ = two_cases(office)
    office.team_replies("Re: Transfers fail", answers=first)
    assert office.case(1001).status is Status.PENDING
    merge(office, 1002, 1001)
    assert (office.case(1001).status, office.case(1001).reply_window_ends_at) == (Status.OPEN, None)
    office.wait(days=5)
    assert office.case(1001).status is Status.OPEN


def test_the_later_of_two_reply_windows_counts(office: Office) -> None:
    first, second = two_cases(office)
    office.team_replies("Re: Transfers fail", answers=first)
    office.wait(hours=10)
    office.team_replies("Re: Payouts fail", answers=second, to="cto@acme.example")
    later = office.case(1002).reply_window_ends_at
    merge(office, 1002, 1001)
    assert (office.case(1001).status, office.case(1001).reply_window_ends_at) == (Status.PENDING, later)
    office.wait(hours=73)
    assert office.notices() == ["reminder", "closed"]


def test_an_open_case_opens_the_closed_one_it_is_merged_into(office: Office) -> None:
    first = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=first)
    office.wait(hours=73)
    office.partner_writes("It fails again")
    assert office.notices() == ["receipt", "reminder", "closed", "receipt"]
    merge(office, 1002, 1001)
    assert office.case(1001).status is Status.OPEN


def test_the_worse_severity_counts_and_a_new_severity_1_pages(office: Office) -> None:
    office.partner_writes("Transfers fail")
    office.partner_writes("URGENT: payouts fail")
    office.outgoing()
    merge(office, 1002, 1001)
    assert office.case(1001).severity == 1
    assert office.page_states(1002) == ["resolved"]
    assert office.page_states(1001) == ["paging"]
    assert office.notices() == ["page ana", "page ana"], "the old page is over, the new one begins"


def test_whoever_had_acknowledged_the_page_keeps_it(office: Office) -> None:
    urgent = office.partner_writes("URGENT: payouts fail")
    office.partner_writes("Transfers fail")
    office.wait(minutes=1)
    office.team_replies("Re: URGENT: payouts fail", answers=urgent)
    office.outgoing()
    merge(office, 1001, 1002)
    office.outgoing()
    assert office.page_states(1002) == ["acked"]
    office.wait(minutes=30)
    assert office.notices() == []


def test_a_lesser_case_takes_nothing_from_a_severity_1_case(office: Office) -> None:
    office.partner_writes("URGENT: payouts fail")
    office.partner_writes("Transfers fail")
    office.outgoing()
    merge(office, 1002, 1001)
    assert (office.case(1001).severity, office.page_states(1001)) == (1, ["paging"])
    assert office.notices() == []


def test_a_word_that_the_merged_thread_had_is_not_new(office: Office) -> None:
    urgent = office.partner_writes("URGENT: payouts fail")
    office.partner_writes("Transfers fail")
    office.team_replies("Re: URGENT: payouts fail", answers=urgent)
    merge(office, 1001, 1002)
    office.outgoing()
    office.partner_writes("Re: URGENT: payouts fail", "thanks, checking", answers=urgent)
    assert office.notices() == []


@pytest.mark.parametrize(("number", "into"), [(1001, 1001), (1001, 1002), (1002, 1001), (1003, 1001), (1001, 1099), (1099, 1001)])
def test_what_makes_no_sense_is_refused_and_changes_nothing(office: Office, number: int, into: int) -> None:
    """Into itself; into a case that was merged into it; merged before; another partner's; not there."""
    two_cases(office)
    office.partner_writes("Another matter", sender="ops@elsewhere.example")
    assert office.notices() == ["receipt"]
    merge(office, 1002, 1001)
    before = [office.case(one) for one in office.case_numbers()]
    with pytest.raises(PermanentFailure):
        merge(office, number, into)
    assert [office.case(one) for one in office.case_numbers()] == before


def test_with_force_two_partners_share_a_case(office: Office) -> None:
    office.partner_writes("Transfers fail")
    office.partner_writes("Transfers of Acme fail", sender="ops@processor.example")
    office.outgoing()
    merge(office, 1002, 1001, force=True)
    office.partner_writes("Once more [#1001]", "it fails", sender="ops@processor.example")
    assert office.case_numbers() == [1001, 1002]
    assert office.case(1001).partner == "acme.example"


def test_the_clock_of_a_merged_case_stands_still(office: Office) -> None:
    first, _ = two_cases(office)
    office.team_replies("Re: Transfers fail", answers=first)
    office.wait(hours=71, minutes=59)
    assert office.notices() == ["reminder"]
    merge(office, 1001, 1002)
    office.wait(hours=5)
    assert office.notices() == []
    assert office.case(1002).status is Status.OPEN


def test_a_report_on_an_old_notice_reaches_the_case_that_is_left(office: Office) -> None:
    two_cases(office)
    merge(office, 1002, 1001)
    office.arrives(office.mail("cto@acme.example", ADDRESS, "Automatic reply: [#1002] Payouts fail", "away", Auto_Submitted="auto-replied"))
    assert office.outcomes()[-1] == "automatic"
    assert any(entry.event == "automatic-mail" for entry in office.journal(1001))
