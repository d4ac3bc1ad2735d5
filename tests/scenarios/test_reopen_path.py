"""The re-open path: an answer to a closed case opens it again; long after, it begins a new one."""

from __future__ import annotations

from datetime import datetime

from tests.scenarios.office import Office
from triage.core.cases.case import Status
from triage.core.cases.events import Event, EventKind
from triage.workers import casework


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


def test_a_second_close_within_a_day_sends_no_second_notice(office: Office) -> None:
    question = closed_case(office)
    office.partner_writes("Re: Transfers fail", answers=question)
    assert office.notices() == ["reopened"]
    assert office.daemon is not None
    desk = office.daemon.desk

    def close(now: datetime) -> None:
        with desk.store.write():
            casework.apply_to(desk, 1001, Event(EventKind.CLOSED_BY_TEAM, now, actor="ana"), now)

    office.daemon.engine.call(close)
    office.settle()
    assert office.case(1001).status is Status.CLOSED
    assert office.notices() == []
