"""The daemon is away, the mailbox is renumbered, the clock is set: nobody is closed on, nothing is lost, nothing is said twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import ADDRESS, PARTNER, T0, Office, open_office
from triage.adapters.clock import SystemEntropy
from triage.core.cases.case import Status
from triage.core.failures import PermanentFailure
from triage.core.settings import StartFrom
from triage.daemon.service import Daemon
from triage.demo.smtp_sink import Treatment, accept_all


def test_four_days_down_with_an_answer_waiting_does_not_close(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.outgoing()
    office.stop()
    office.wait(hours=48)
    office.partner_writes("Re: Transfers fail", "still open, sorry for the delay", answers=question)
    office.wait(hours=48)
    office.start()
    assert office.notices() == []
    assert office.case(1001).status is Status.OPEN


def test_four_days_down_without_an_answer_closes_without_a_reminder(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.outgoing()
    office.stop()
    office.wait(hours=96)
    office.start()
    assert office.notices() == ["closed"]


def test_a_reminder_that_has_waited_is_not_sent_before_the_mailbox_was_read_again(office: Office) -> None:
    """Found by the simulation: submission and daemon were down for hours, and the answer lay in the mailbox."""
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    assert office.notices() == ["receipt"]
    office.smtp.treat = lambda _recipient: Treatment.DEFER
    office.wait(hours=49)
    office.stop()
    office.wait(hours=3)
    office.partner_writes("Re: Transfers fail", "still open", answers=question)
    office.smtp.treat = accept_all
    office.start()
    office.wait(minutes=40)
    assert office.notices() == []


def test_with_the_mailbox_unreachable_nothing_is_closed(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.outgoing()
    office.imap.stop_listening()
    office.imap.drop_connections()
    office.clock.push(timedelta(hours=80))
    assert office.daemon is not None
    office.daemon.request_sweep()
    office.daemon.engine.call(lambda _now: None)
    assert office.case(1001).status is Status.PENDING
    answer = office.mail(PARTNER, ADDRESS, "Re: Transfers fail", answers=question)
    office.imap.deliver(answer, "INBOX", office.clock.now() - timedelta(hours=20))
    office.imap.listen_again()
    office.settle()
    assert office.case(1001).status is Status.OPEN
    assert office.notices() == []


def test_urgent_mail_that_came_while_the_daemon_was_down_is_paged_at_start(office: Office) -> None:
    office.stop()
    for number in range(8):
        office.partner_writes(f"question {number}", sender=f"p{number}@p{number}.example")
    office.partner_writes("URGENT everything is down")
    office.wait(hours=2)
    office.start()
    sent = office.notices()
    assert sent.count("page ana") == 1
    assert sent.count("page bo") == 1, "two hours late: on-call and everybody together"
    assert sent.count("receipt") == 8
    with office.store() as store:
        first = store.connection.execute("SELECT subject FROM ledger WHERE decided_at IS NOT NULL ORDER BY id").fetchone()
    assert first["subject"] == "URGENT everything is down"


def test_so_is_mail_of_which_a_rule_says_by_the_header_that_it_pages(office: Office) -> None:
    rule = """
        [[rule]]
        name = "high priority"
        when = { header.X-Priority = "1", event = "new", calendar.business_hours = true }
        then = { severity = 1, page = "emergency" }
        """
    (office.config.instance.rules_dir / "60-priority.toml").write_text(rule)
    office.stop()
    for number in range(8):
        office.partner_writes(f"question {number}", sender=f"p{number}@p{number}.example")
    office.partner_writes("Everything is down", X_Priority="1")
    office.start()
    assert office.notices().count("page ana") == 1
    with office.store() as store:
        first = store.connection.execute("SELECT subject FROM ledger WHERE decided_at IS NOT NULL ORDER BY id").fetchone()
    assert first["subject"] == "Everything is down"


def test_a_renumbered_folder_repeats_nothing(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.outgoing()
    before = office.case(1001)
    office.imap.restart_uids("INBOX")
    office.imap.restart_uids("Sent")
    office.settle()
    assert office.case(1001) == before
    assert office.notices() == []
    office.partner_writes("Something else")
    assert office.notices() == ["receipt"]


def test_the_wall_clock_set_back_an_hour_does_not_stop_the_window(office: Office) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.wait(hours=1)
    office.clock.set_wall(office.clock.now() - timedelta(hours=1))
    office.settle()
    office.wait(hours=73)
    assert office.notices() == ["receipt", "reminder", "closed"]


def test_a_restart_in_the_middle_says_nothing_twice(office: Office) -> None:
    for number in range(5):
        office.partner_writes(f"question {number}", sender=f"p{number}@p{number}.example")
        office.stop()
        office.start()
    assert office.notices() == ["receipt"] * 5


def test_a_second_daemon_on_the_same_state_refuses_to_start(office: Office) -> None:
    with pytest.raises(PermanentFailure, match="another triage daemon"):
        Daemon(office.config, office.clock, SystemEntropy())


class TestFirstStart:
    def test_history_is_observed_and_nothing_is_sent_for_it(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            office.partner_writes("URGENT from last year")
            office.partner_writes("an old question")
            office.start()
            assert office.outcomes() == ["imported", "imported"]
            office.partner_writes("a new question")
            assert office.notices() == ["receipt"]
            assert office.case_numbers() == [1001]
            office.check()

    def test_all_handles_what_is_there(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            office.config = replace(office.config, imap=replace(office.config.imap, start_from=StartFrom.ALL))
            office.partner_writes("an old question")
            office.start()
            assert office.notices() == ["receipt"]
            office.check()

    def test_a_timestamp_draws_the_line(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            office.config = replace(office.config, imap=replace(office.config.imap, start_from=T0 + timedelta(minutes=30)))
            office.partner_writes("an old question")
            office.wait(hours=1)
            office.partner_writes("a question of today")
            office.start()
            assert office.outcomes()[:2] == ["imported", "case"]
            assert office.notices() == ["receipt"]
            office.check()

    def test_a_store_that_is_lost_observes_again(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            office.start()
            office.partner_writes("a question")
            office.outgoing()
            office.stop()
            shutil.rmtree(tmp_path / "state")
            office.start()
            assert office.notices() == []
            office.check()
