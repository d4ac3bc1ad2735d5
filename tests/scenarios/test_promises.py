"""What was promised to partners: the team hears of it in time, once each, and a missed response at Severity 1 pages again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import TEAM, Mail, Office, open_office
from tests.scenarios.team import by_hand, merge
from triage.core.cases.events import Event, EventKind
from triage.core.oncall.page import PageEvent, PageEventKind
from triage.store import cases, outbox, pages
from triage.workers import casework, paging
from triage.workers.desk import Desk
from triage.workers.promise_keeper import PromiseKeeper
from triage.workers.promises import promises_of

AGREEMENTS = """
[agreement.default]
first_response = { 1 = "40m", 2 = "4h on team", 3 = "8h on team" }
next_response  = { 2 = "2h on team", 3 = "4h on team" }
resolution     = { 2 = "10h on team" }

[agreement.elapsed]
first_response = { 1 = "1h", 2 = "6h", 3 = "12h" }
"""
ELAPSED = '[[rule]]\nname = "elapsed"\nwhen = { subject = { contains = "elapsed" } }\nthen = { agreement = "elapsed" }\n'


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Monday, nine o'clock in London; the team works until six."""
    with open_office(tmp_path) as office:
        rules = office.config.instance.rules_dir
        (rules / "agreements.toml").write_text(AGREEMENTS)
        (rules / "60-story.toml").write_text(ELAPSED)
        office.start()
        yield office
        assert said(office) == []
        office.check()


def desk(office: Office) -> Desk:
    assert office.daemon is not None
    return office.daemon.desk


def said(office: Office) -> list[str]:
    """What the team was told since last asked: everything else that went out must be no warning."""
    return [mail.subject.removeprefix("Re: [#1001] ") for mail in warnings(office)]


def warnings(office: Office) -> list[Mail]:
    return [mail for mail in office.outgoing() if mail.notice == "warning"]


def due_hours(office: Office, number: int) -> list[str]:
    """`first response Mon 17:00`, in UTC; "stands still" while nobody knows."""
    case = office.case(number)
    found: list[str] = []

    def look(now: object) -> None:
        for each in promises_of(desk(office), case):
            if each.is_open:
                found.append(f"{each.promise.value} {each.due_at:%a %H:%M}" if each.due_at else f"{each.promise.value} stands still")

    assert office.daemon is not None
    office.daemon.engine.call(look)
    return found


# --- told in time, once each -----------------------------------------------------------------------------------------


def test_three_quarters_nine_tenths_and_the_end_are_told_once_each(office: Office) -> None:
    office.partner_writes("Payouts")
    office.wait(hours=5, minutes=58)
    assert said(office) == []
    office.wait(minutes=3)
    assert said(office) == ["first response due soon (75%): Payouts"]
    office.wait(hours=1, minutes=12)
    assert said(office) == ["first response due soon (90%): Payouts"]
    office.wait(hours=20)
    assert said(office) == ["first response late: Payouts"]
    assert [entry.detail for entry in office.journal(1001) if entry.event == "promise-told"] == [
        "first response: 75% of 8h on team are over, due Mon 23 Nov 17:00 UTC",
        "first response: 90% of 8h on team are over, due Mon 23 Nov 17:00 UTC",
        "first response: 8h on team are over, it was due Mon 23 Nov 17:00 UTC",
    ]


def test_the_warning_says_what_is_due_when_and_how_to_check_it(office: Office) -> None:
    office.partner_writes("Payouts")
    office.wait(hours=6, minutes=2)
    [mail] = warnings(office)
    assert mail.to == (TEAM,)
    assert mail.text.splitlines() == [
        "#1001 acme.example, Severity 3, new: Payouts",
        "  first response: 75% of 8h on team are over",
        "  due Mon 23 Nov 2026, 17:00 UTC",
        "  agreement default; counted line by line: triage clock 1001",
    ]


def test_a_team_reply_answers_and_a_receipt_does_not(office: Office) -> None:
    first = office.partner_writes("Payouts")
    assert due_hours(office, 1001)[0] == "first response Mon 17:00"
    office.wait(hours=1)
    office.team_replies("Re: Payouts", answers=first)
    office.wait(hours=30)
    assert said(office) == []


def test_with_several_unanswered_messages_the_oldest_counts(office: Office) -> None:
    first = office.partner_writes("Payouts")
    office.team_replies("Re: Payouts", answers=first)
    office.wait(hours=1)
    office.partner_writes("Re: Payouts", answers=first)
    office.wait(hours=2)
    office.partner_writes("Re: Payouts", "Hello?", answers=first)
    assert due_hours(office, 1001) == ["next response Mon 14:00"]
    office.wait(hours=1, minutes=1)
    assert said(office) == ["next response due soon (75%): Payouts"]


def test_every_next_response_is_told_anew(office: Office) -> None:
    last = office.partner_writes("Payouts")
    for _ in range(2):
        office.team_replies("Re: Payouts", answers=last)
        last = office.partner_writes("Re: Payouts", answers=last)
        office.wait(hours=3, minutes=1)
        assert said(office) == ["next response due soon (75%): Payouts"]


# --- when people are there -------------------------------------------------------------------------------------------


def test_at_severity_3_the_team_is_told_in_its_hours(office: Office) -> None:
    office.wait(hours=7)
    office.partner_writes("elapsed time")
    office.wait(hours=16)
    assert said(office) == []
    office.wait(hours=1, minutes=5)
    assert said(office) == ["first response late: elapsed time"]


def test_at_severity_1_at_any_hour(office: Office) -> None:
    office.wait(hours=14)
    office.partner_writes("urgent: everything is down")
    office.wait(minutes=31)
    assert said(office) == ["first response due soon (75%): urgent: everything is down"]
    by_hand(office, 1001, EventKind.CLOSED_BY_TEAM)
    office.outgoing()


def test_what_came_due_at_the_same_time_is_one_mail(office: Office) -> None:
    office.wait(hours=8)
    for number in range(3):
        office.partner_writes(f"elapsed {number}", sender=f"ops@p{number}.example")
    office.wait(hours=16, minutes=5)
    [mail] = warnings(office)
    assert mail.subject == "[triage] 3 promised times: 3 late"
    assert [f"elapsed {number}" in mail.text for number in range(3)] == [True] * 3


# --- what moves a deadline -------------------------------------------------------------------------------------------


def test_a_change_of_severity_counts_from_the_beginning(office: Office) -> None:
    office.partner_writes("Payouts")
    office.wait(hours=3, minutes=30)
    by_hand(office, 1001, EventKind.SEVERITY_SET, severity=2)
    assert due_hours(office, 1001) == ["first response Mon 13:00", "resolution Tue 10:00"]
    office.wait(minutes=1)
    assert said(office) == ["first response due soon (75%): Payouts"]
    by_hand(office, 1001, EventKind.SEVERITY_SET, severity=3)
    assert due_hours(office, 1001) == ["first response Mon 17:00"]


def test_the_resolution_stands_still_while_the_partner_is_waited_for(office: Office) -> None:
    first = office.partner_writes("Payouts")
    by_hand(office, 1001, EventKind.SEVERITY_SET, severity=2)
    office.wait(hours=1)
    office.team_replies("Re: Payouts", answers=first)
    assert due_hours(office, 1001) == ["resolution stands still"]
    office.wait(hours=3)
    office.partner_writes("Re: Payouts", answers=first)
    assert due_hours(office, 1001) == ["next response Mon 15:00", "resolution Tue 13:00"]


def test_a_hold_stops_what_was_owed_until_it_ends(office: Office) -> None:
    office.partner_writes("Payouts")
    office.wait(hours=1)
    by_hand(office, 1001, EventKind.HELD, until=office.clock.now() + timedelta(hours=3))
    assert due_hours(office, 1001) == ["first response stands still"]
    office.wait(hours=4)
    assert due_hours(office, 1001) == ["first response Tue 11:00"]
    assert said(office) == []


def test_who_writes_under_a_hold_is_owed_an_answer(office: Office) -> None:
    first = office.partner_writes("Payouts")
    office.team_replies("Re: Payouts", answers=first)
    by_hand(office, 1001, EventKind.HELD, until=office.clock.now() + timedelta(days=5))
    office.wait(hours=1)
    office.partner_writes("Re: Payouts", answers=first)
    assert due_hours(office, 1001) == ["next response Mon 14:00"]


def test_a_case_that_opens_again_goes_on_where_its_resolution_stopped(office: Office) -> None:
    first = office.partner_writes("Payouts")
    by_hand(office, 1001, EventKind.SEVERITY_SET, severity=2)
    office.wait(hours=2)
    by_hand(office, 1001, EventKind.CLOSED_BY_TEAM)
    assert due_hours(office, 1001) == []
    office.wait(hours=24)
    office.partner_writes("Re: Payouts", answers=first)
    assert due_hours(office, 1001) == ["first response Tue 15:00", "resolution Wed 10:00"]


def test_a_reply_that_did_not_arrive_answers_nothing(office: Office) -> None:
    first = office.partner_writes("Payouts")
    office.wait(hours=1)
    office.team_replies("Re: Payouts", answers=first)
    assert due_hours(office, 1001) == []
    office.wait(minutes=30)
    by_hand(office, 1001, EventKind.DELIVERY_FAILED, value="failed 5.1.1")
    assert due_hours(office, 1001) == ["first response Mon 17:30"]
    assert said(office) == ["a mail to the partner was not delivered"]


def test_new_agreements_move_the_deadlines_of_old_cases(office: Office) -> None:
    office.partner_writes("Payouts")
    office.wait(hours=1, minutes=59)
    rules = office.config.instance.rules_dir
    (rules / "agreements.toml").write_text('[agreement.default]\nfirst_response = { 3 = "2h on team" }\n[agreement.elapsed]\n')
    assert office.daemon is not None
    office.daemon.engine.call(lambda now: office.daemon and office.daemon.rules.reload(desk(office), now))
    office.settle()
    assert due_hours(office, 1001) == ["first response Mon 11:00"]
    assert said(office) == ["first response due soon (90%): Payouts"]


def test_a_case_that_takes_in_one_that_has_waited_longer_owes_its_answer_by_then(office: Office) -> None:
    office.partner_writes("Payouts")
    office.wait(hours=2)
    office.partner_writes("Payouts again")
    assert due_hours(office, 1002) == ["first response Tue 10:00"]
    merge(office, 1001, 1002)
    assert due_hours(office, 1002) == ["first response Mon 17:00"]
    office.wait(hours=4, minutes=1)
    assert [mail.subject for mail in warnings(office)] == ["Re: [#1002] first response due soon (75%): Payouts again"]


# --- Severity 1 ------------------------------------------------------------------------------------------------------


def test_a_missed_response_at_severity_1_pages_the_next_level_although_somebody_has_it(office: Office) -> None:
    office.partner_writes("urgent: everything is down")
    with office.store() as store:
        [row] = [row for row in outbox.latest(store) if row.delivery.outgoing.purpose == "page trigger"]
    assert row.delivery.outgoing.recipients[0] == "ana"
    office.outgoing()

    def ack(now: object) -> None:
        with desk(office).store.write():
            stored = pages.open_of_case(desk(office).store, 1001)
            assert stored is not None
            paging.advance(desk(office), stored, PageEvent(PageEventKind.ACKNOWLEDGED, by="ana"), office.clock.now())

    assert office.daemon is not None
    office.daemon.engine.call(ack)
    office.settle()
    office.wait(minutes=39)
    assert ("bo@pager.example",) not in [mail.to for mail in office.outgoing()]
    office.wait(minutes=2)
    mails = office.outgoing()
    assert [mail.subject for mail in mails if mail.notice == "warning"] == ["Re: [#1001] first response late: urgent: everything is down"]
    assert ("bo@pager.example",) in [mail.to for mail in mails]
    by_hand(office, 1001, EventKind.CLOSED_BY_TEAM)
    office.outgoing()


def test_a_case_that_was_late_before_it_became_severity_1_calls_nobody_but_the_first_level(office: Office) -> None:
    question = office.partner_writes("Payouts")
    office.wait(hours=2)
    office.outgoing()
    office.partner_writes("URGENT: Payouts", answers=question)
    office.wait(minutes=3)
    mails = office.outgoing()
    assert [mail.subject for mail in mails if mail.notice == "warning"] == ["Re: [#1001] first response late: Payouts"]
    assert [mail.to for mail in mails if not mail.notice] == [("ana@pager.example",)]
    by_hand(office, 1001, EventKind.CLOSED_BY_TEAM)
    office.outgoing()


# --- downtime and clocks ---------------------------------------------------------------------------------------------


def test_after_a_downtime_each_promise_is_told_once_as_it_stands(office: Office) -> None:
    office.partner_writes("Payouts")
    office.stop()
    office.clock.push(timedelta(days=2))
    office.start()
    office.wait(minutes=5)
    assert said(office) == ["first response late: Payouts"]


def test_a_clock_that_leaps_and_comes_back_tells_nothing_twice(office: Office) -> None:
    office.partner_writes("Payouts")
    office.leap(hours=8, minutes=30)
    assert said(office) == ["first response late: Payouts"]
    office.clock.push(-timedelta(hours=8))
    office.settle()
    office.wait(hours=8)
    assert said(office) == []


def test_a_warning_that_waits_for_the_mail_server_is_not_sent_once_the_team_has_answered(office: Office) -> None:
    office.partner_writes("Payouts")

    def both(now: object) -> None:
        office.clock.push(timedelta(hours=6, minutes=1))
        PromiseKeeper(desk(office)).step(office.clock.now())
        with desk(office).store.write():
            event = Event(EventKind.TEAM_REPLIED, office.clock.now(), "ana@wise.example")
            casework.apply_to(desk(office), 1001, event, office.clock.now())

    assert office.daemon is not None
    office.daemon.engine.call(both)
    office.settle()
    assert said(office) == []
    with office.store() as store:
        results = [row.result for row in outbox.latest(store) if row.delivery.outgoing.purpose == "warning"]
    assert results == ["not sent: what was promised has been done meanwhile"]


def test_a_case_that_owes_nothing_is_not_looked_at_again(office: Office) -> None:
    first = office.partner_writes("Payouts")
    office.team_replies("Re: Payouts", answers=first)
    with office.store() as store:
        row = store.connection.execute("SELECT promise_at FROM cases").fetchone()
        assert row["promise_at"] is None
        assert cases.promises_due(store, office.clock.now() + timedelta(days=99), 10) == []


def test_a_chat_that_cannot_be_reached_is_made_up_for_by_a_mail(office: Office) -> None:
    rules = office.config.instance.rules_dir
    (rules / "agreements.toml").write_text(AGREEMENTS + '[warnings]\nat = []\nwebhook = "https://127.0.0.1:9/s3cret"\n')
    assert office.daemon is not None
    office.daemon.engine.call(lambda now: office.daemon and office.daemon.rules.reload(desk(office), now))
    office.partner_writes("Payouts")
    office.wait(hours=8, minutes=5)
    assert said(office) == []
    with office.store() as store:
        [chat] = [row.delivery.outgoing for row in outbox.latest(store) if row.delivery.outgoing.purpose == "promise"]
    assert chat.payload["text"] == "first response late: #1001 acme.example, Severity 3, new: Payouts"
    assert "s3cret" not in str(chat.payload)
    office.wait(hours=3)
    office.failures_asked_for = 1
    [mail] = warnings(office)
    assert mail.subject == "Re: [#1001] first response late"
    assert "The team's chat could not be told" in mail.text


def test_a_rule_may_ask_how_soon_the_answer_is_due(office: Office) -> None:
    rules = office.config.instance.rules_dir
    rule = '[[rule]]\nname = "soon"\nwhen = { response_due_in = "< 3h" }\nthen = { tags = "soon" }\n'
    (rules / "60-story.toml").write_text(ELAPSED + rule)
    assert office.daemon is not None
    office.daemon.engine.call(lambda now: office.daemon and office.daemon.rules.reload(desk(office), now))
    first = office.partner_writes("Payouts")
    assert office.case(1001).tags == ()
    office.wait(hours=4, minutes=30)
    office.partner_writes("Re: Payouts", "Hello?", answers=first)
    assert office.case(1001).tags == ()
    office.wait(hours=1)
    office.partner_writes("Re: Payouts", "Hello?", answers=first)
    assert office.case(1001).tags == ("soon",)
