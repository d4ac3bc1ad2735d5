"""The re-open path: an answer to a closed case opens it again; long after, it begins a new one."""

from __future__ import annotations

import pytest

from tests.scenarios.commanding import commands
from tests.scenarios.office import PARTNER, Office
from tests.scenarios.team import by_hand
from triage.core.cases.case import Status
from triage.core.cases.events import EventKind
from triage.demo.smtp_sink import Treatment, accept_all


def closed_case(office: Office) -> str:
    """Case 1001, closed by the clock; returns the id of the partner's mail."""
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(hours=73)
    assert office.case(1001).status is Status.CLOSED
    assert office.notices() == ["receipt", "reminder", "closed"]
    return question


def test_an_answer_reopens_the_case_with_a_notice(office: Office) -> None:
    question = closed_case(office)
    office.partner_writes("Re: Transfers fail", "It still fails", answers=question)
    assert office.notices() == ["reopened"]
    case = office.case(1001)
    assert (case.status, case.severity, case.reopenings) == (Status.OPEN, 3, 1)
    assert office.case_numbers() == [1001]


def test_answering_the_closing_notice_reopens_it(office: Office) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    with office.store() as store:
        question = store.connection.execute("SELECT message_id FROM ledger").fetchone()["message_id"]
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(hours=73)
    closing = office.outgoing()[-1]
    office.partner_writes("Re: " + closing.subject, "no, it still fails", answers=closing.message_id)
    assert office.notices() == ["reopened"]


def test_the_token_in_the_subject_is_enough_for_a_participant(office: Office) -> None:
    closed_case(office)
    office.partner_writes("still broken [#1001]", "It still fails", sender="colleague@acme.example")
    assert office.notices() == ["reopened"]
    assert office.case(1001).requester == "ops@acme.example"


def test_the_token_does_not_let_a_stranger_in(office: Office) -> None:
    closed_case(office)
    office.partner_writes("still broken [#1001]", sender="mallory@elsewhere.example")
    assert office.case(1001).status is Status.CLOSED
    assert office.case_numbers() == [1001, 1002]
    [receipt] = office.outgoing()
    assert "1001" not in receipt.text


def test_a_stranger_who_refers_to_a_closed_thread_does_not_draw_the_teams_answer_to_their_own_case(office: Office) -> None:
    """Found by the simulation, seed 23."""
    question = closed_case(office)
    office.partner_writes("What is new", sender="mallory@elsewhere.example", answers=question)
    office.team_replies("Re: Transfers fail", answers=question, text="One more thing.")
    assert (office.case(1001).status, office.case(1002).status) == (Status.PENDING, Status.NEW)
    assert office.notices() == ["receipt"]


def test_long_after_closing_a_new_linked_case_begins(office: Office) -> None:
    question = closed_case(office)
    office.leap(days=31)
    office.partner_writes("Re: [#1001] Transfers fail", "again", answers=question)
    [notice] = office.outgoing()
    assert notice.notice == "linked"
    assert "#1001" in notice.text
    assert (office.case(1001).status, office.case(1002).follows) == (Status.CLOSED, 1001)


def test_a_second_answer_to_what_is_continued_elsewhere_is_on_the_case_that_goes_on_with_it(office: Office) -> None:
    """Also when it answers our notice, which carries the number of the old case. Found by the simulation, after 354 days."""
    office.partner_writes("Transfers fail")
    receipt = office.outgoing()[-1]
    close(office)
    office.leap(days=31)
    for text in ("again", "and again"):
        office.partner_writes("Re: " + receipt.subject, text, answers=receipt.message_id)
    assert office.case_numbers() == [1001, 1002]
    assert "reopened" not in office.notices()
    office.partner_writes("Re: " + receipt.subject, "me too", answers=receipt.message_id, sender="mallory@elsewhere.example")
    assert office.case_numbers() == [1001, 1002, 1003]
    assert office.notices() == ["receipt"]


class TestGoingOn:
    """Answers to notices of ours, which lead to the case they are about alone."""

    def test_answers_to_any_of_several_that_go_on_with_one_another_are_on_the_last(self, office: Office) -> None:
        first = asked(office)
        over(office, 1001)
        second = answered(office, first)
        over(office, 1002)
        answered(office, first)
        assert office.case(1003).follows == 1002
        answered(office, first)
        answered(office, second)
        assert office.case_numbers() == [1001, 1002, 1003]

    def test_where_two_partners_go_on_each_is_on_their_own(self, office: Office) -> None:
        first = asked(office, cc="bob@other.example")
        over(office, 1001)
        for sender in (PARTNER, "bob@other.example") * 2:
            answered(office, first, sender=sender)
        assert office.case_numbers() == [1001, 1002, 1003]

    def test_one_that_was_merged_into_an_older_case_goes_on_there(self, office: Office) -> None:
        older = office.partner_writes("Payouts fail")
        first = asked(office)
        over(office, 1002)
        answered(office, first)
        commands(office, "merge 1001", subject="[#1003]")
        office.outgoing()
        answered(office, first)
        assert office.case_numbers() == [1001, 1002, 1003]
        commands(office, "sev 2", subject="Re: [#1002] Transfers fail", answers=older)
        assert (office.case(1001).severity, office.notices()) == (2, ["command"])

    def test_who_is_no_participant_of_the_new_one_does_not_resolve_it(self, office: Office) -> None:
        first = asked(office, cc="dev@acme.example")
        over(office, 1001)
        answered(office, first)
        answered(office, first, "resolved", sender="dev@acme.example")
        assert (office.case_numbers(), office.case(1002).status) == ([1001, 1002], Status.NEW)

    def test_a_second_author_who_is_no_participant_of_the_new_one_joins_it_not(self, office: Office) -> None:
        first = asked(office, cc="eve@evil.example")
        over(office, 1001)
        answered(office, first)
        answered(office, first, sender=f"{PARTNER}, eve@evil.example", Sender=PARTNER)
        assert office.case_numbers() == [1001, 1002, 1003]


def asked(office: Office, cc: str = "") -> str:
    """The id of the receipt."""
    office.partner_writes("Transfers fail", cc=cc)
    return office.outgoing()[-1].message_id


def over(office: Office, number: int) -> None:
    """Closed, and too long ago to be opened again."""
    close(office, number)
    office.leap(days=31)
    office.outgoing()


def answered(office: Office, notice: str, text: str = "again", *, sender: str = PARTNER, **headers: str) -> str:
    """The id of the notice that comes back, if any does."""
    office.partner_writes("Re: Transfers fail", text, sender=sender, answers=notice, **headers)
    back = office.outgoing()
    return back[-1].message_id if back else ""


def close(office: Office, number: int = 1001) -> None:
    by_hand(office, number, EventKind.CLOSED_BY_TEAM)
    assert office.case(number).status is Status.CLOSED


def test_a_second_close_within_a_day_sends_no_second_notice(office: Office) -> None:
    question = closed_case(office)
    office.partner_writes("Re: Transfers fail", answers=question)
    assert office.notices() == ["reopened"]
    close(office)
    assert office.notices() == []


@pytest.mark.parametrize("closed_again_at_once", [True, False])
def test_a_closing_that_could_not_be_told_is_no_reason_to_say_nothing_of_the_next(office: Office, closed_again_at_once: bool) -> None:
    question = office.partner_writes("Transfers fail")
    assert office.notices() == ["receipt"]
    (office.config.instance.rules_dir / "notices" / "closed.txt").write_text("closed by <{{ closed_by }}>", "utf-8")
    assert office.daemon is not None
    office.daemon.reload_rules()
    office.smtp.treat = lambda _recipient: Treatment.DEFER
    close(office)
    office.partner_writes("Re: Transfers fail", answers=question)
    if closed_again_at_once:
        close(office)
    office.smtp.treat = accept_all
    office.wait(hours=1)
    if not closed_again_at_once:
        assert office.notices() == ["reopened"]
        close(office)
    notice = office.outgoing()[-1]
    assert (notice.notice, "<team>" in notice.text) == ("closed", True)
    office.wait(hours=1)
    assert office.notices() == []


def test_a_closing_that_could_not_be_told_is_no_reason_to_tell_again_of_a_later_one(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    assert office.notices() == ["receipt"]
    office.smtp.treat = lambda _recipient: Treatment.DEFER
    close(office)
    office.leap(hours=25)
    office.partner_writes("Re: Transfers fail", answers=question)
    office.smtp.treat = accept_all
    close(office)
    office.partner_writes("Re: Transfers fail", "no", answers=question)
    assert office.notices() == ["closed", "reopened"]
    office.wait(hours=2)
    close(office)
    assert office.notices() == ["reopened"], "the first time, which had waited"
