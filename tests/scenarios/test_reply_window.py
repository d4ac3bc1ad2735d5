"""The reply window: the partner has 72 hours from the team's last reply, is reminded once, and is closed on only when that is certain."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, write_config
from tests.scenarios.commanding import answer, commands
from tests.scenarios.office import ADDRESS, PARTNER, T0, TEAM, Office, open_office
from triage.core.cases.case import Status


@pytest.fixture
def terminal(office: Office) -> Terminal:
    return Terminal(write_config(office), office.clock)


def pending_case(office: Office) -> str:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    assert office.notices() == ["receipt"]
    return question


class TestWhenItRuns:
    def test_of_several_team_replies_the_last_one_counts(self, office: Office) -> None:
        question = pending_case(office)
        office.wait(hours=40)
        office.team_replies("Re: Transfers fail", answers=question, text="One more thing.")
        office.wait(hours=47)
        assert office.notices() == []
        office.wait(hours=2)
        assert office.notices() == ["reminder"]
        office.wait(hours=22)
        assert office.case(1001).status is Status.PENDING
        office.wait(hours=2)
        assert office.notices() == ["closed"]

    def test_an_older_reply_that_is_seen_late_does_not_pull_its_end_back(self, office: Office) -> None:
        question = pending_case(office)
        ends = office.case(1001).reply_window_ends_at
        office.wait(hours=5)
        late = office.mail(ADDRESS, PARTNER, "Re: Transfers fail", answers=question)
        office.arrives(late, "Sent", T0 + timedelta(seconds=2))
        assert office.case(1001).reply_window_ends_at == ends

    def test_an_internal_comment_does_not_move_it(self, office: Office) -> None:
        question = pending_case(office)
        ends = office.case(1001).reply_window_ends_at
        office.wait(hours=30)
        office.team_replies("Re: Transfers fail", answers=question, to="bo@wise.example", text="Is this ours?")
        assert office.case(1001).reply_window_ends_at == ends
        office.wait(hours=43)
        assert office.notices() == ["reminder", "closed"]

    def test_the_partners_answer_ends_it(self, office: Office) -> None:
        question = pending_case(office)
        office.wait(hours=71)
        assert office.notices() == ["reminder"]
        office.partner_writes("Re: Transfers fail", "Still failing", answers=question)
        office.wait(hours=100)
        assert office.case(1001).status is Status.OPEN
        assert office.notices() == []

    def test_without_reminders_it_only_ends(self, tmp_path: Path) -> None:
        with open_office(tmp_path, remind_after=None) as office:
            office.start()
            pending_case(office)
            office.wait(hours=73)
            assert office.notices() == ["closed"]
            office.check()

    def test_the_closed_notice_says_how_to_open_it_again(self, office: Office) -> None:
        pending_case(office)
        office.wait(hours=73)
        reminder, closed = office.outgoing()
        assert (reminder.notice, closed.notice) == ("reminder", "closed")
        assert "30 days" in closed.text
        office.partner_writes(f"Re: {closed.subject}", "Not solved", answers=closed.message_id)
        assert office.case(1001).status is Status.OPEN
        assert office.notices() == ["reopened"]

    def test_an_unseen_team_reply_is_told_on_the_case_and_opens_nothing(self, office: Office) -> None:
        question = office.partner_writes("Transfers fail")
        office.outgoing()
        unseen = "<written-on-a-phone@wise.example>"
        quoted = f"On Mon, 23 Nov 2026 at 10:14, API support <{ADDRESS}> wrote:\n> Please try again.\n"
        answer = office.mail(PARTNER, ADDRESS, "Re: Transfers fail", f"We did, it fails.\n\n{quoted}", answers=question)
        office.arrives(answer.replace(f"In-Reply-To: {question}".encode(), f"In-Reply-To: {unseen}".encode()))
        assert "unseen-team-reply" in [entry.event for entry in office.journal(1001)]
        assert office.case(1001).reply_window_ends_at is None


class TestWhatSuspendsIt:
    def test_a_hold_ends_in_the_journal_and_leaves_the_partner_a_day(self, office: Office, terminal: Terminal) -> None:
        pending_case(office)
        terminal.ok("case", "1001", "hold", "2026-11-30")
        office.wait(days=6, hours=14)
        assert office.case(1001).status is Status.PENDING
        assert office.notices() == []
        office.wait(hours=2)
        assert office.reasons(1001)[-2:] == ["the hold ended", "the partner has not answered yet; one reminder"]
        assert office.notices() == ["reminder"]
        assert office.case(1001).reply_window_ends_at == datetime(2026, 12, 1, tzinfo=UTC)
        office.wait(hours=24)
        assert office.notices() == ["closed"]

    def test_no_auto_close_keeps_the_reminder_and_never_closes(self, office: Office, terminal: Terminal) -> None:
        pending_case(office)
        terminal.ok("case", "1001", "no-auto-close", "on")
        office.wait(days=20)
        assert office.notices() == ["reminder"]
        assert office.case(1001).status is Status.PENDING
        terminal.ok("case", "1001", "no-auto-close", "off")
        office.settle()
        assert office.notices() == ["closed"]


class TestBeforeItCloses:
    def test_with_the_mailbox_unreachable_it_waits_and_says_so(self, office: Office, terminal: Terminal) -> None:
        pending_case(office)
        office.imap.stop_listening()
        office.imap.drop_connections()
        office.clock.push(timedelta(hours=80))
        assert office.daemon is not None
        office.daemon.engine.call(lambda _now: None)
        assert "waiting for sync" in " ".join(terminal.ok("cases", "--due").split())
        assert office.notices() == []
        office.imap.listen_again()
        office.settle()
        assert office.notices() == ["closed"]

    def test_the_mailbox_unreachable_nobody_is_reminded_who_may_have_answered(self, office: Office) -> None:
        question = pending_case(office)
        office.imap.stop_listening()
        office.imap.drop_connections()
        office.clock.push(timedelta(hours=50))
        assert office.daemon is not None
        office.daemon.engine.call(lambda _now: None)
        answer = office.mail(PARTNER, ADDRESS, "Re: Transfers fail", answers=question)
        office.imap.deliver(answer, "INBOX", office.clock.now() - timedelta(hours=20))
        office.imap.listen_again()
        office.settle()
        assert office.notices() == []
        assert office.case(1001).status is Status.OPEN

    @pytest.mark.parametrize("hours", [100, 24 * 40])
    def test_a_clock_that_leaps_ahead_reads_the_mail_first(self, office: Office, hours: int) -> None:
        question = pending_case(office)
        answer = office.mail(PARTNER, ADDRESS, "Re: Transfers fail", "Still failing", answers=question)
        office.imap.deliver(answer, "INBOX", office.clock.now() + timedelta(hours=1))
        office.leap(hours=hours)
        assert office.case(1001).status is Status.OPEN
        assert office.notices() == []

    def test_a_clock_that_went_ahead_and_came_back_closes_at_the_right_time(self, office: Office) -> None:
        """A sweep of next week proves nothing about this week; a window counts by the server's time."""
        question = pending_case(office)
        right = office.clock.now()
        office.clock.set_wall(right + timedelta(hours=40))
        office.settle()
        office.clock.set_wall(right)
        office.settle()
        office.wait(hours=47)
        assert office.notices() == []
        office.partner_writes("Re: Transfers fail", "Still failing", answers=question)
        office.wait(hours=48)
        assert office.case(1001).status is Status.OPEN
        assert office.notices() == []


class TestAnOldCopyOfTheStore:
    """The state directory is put back as it was 10 hours into the window."""

    def backup(self, office: Office) -> Path:
        state = office.config.instance.state_dir
        office.stop()
        copy = state.with_name("backup")
        shutil.copytree(state, copy)
        office.start()
        return copy

    def put_back(self, office: Office, copy: Path) -> None:
        office.stop()
        shutil.rmtree(office.config.instance.state_dir)
        shutil.copytree(copy, office.config.instance.state_dir)
        office.start()

    def test_an_answer_that_lies_in_the_mailbox_is_read_before_anything_is_closed(self, office: Office) -> None:
        question = pending_case(office)
        office.wait(hours=10)
        copy = self.backup(office)
        office.wait(hours=10)
        office.partner_writes("Re: Transfers fail", "Still failing", answers=question)
        office.wait(hours=60)
        self.put_back(office, copy)
        assert office.case(1001).status is Status.OPEN
        assert office.notices() == []

    def test_a_reply_that_only_the_sent_folder_knows_counts(self, office: Office) -> None:
        question = pending_case(office)
        office.wait(hours=10)
        copy = self.backup(office)
        office.wait(hours=30)
        office.team_replies("Re: Transfers fail", answers=question, text="We have found it.")
        ends = office.case(1001).reply_window_ends_at
        office.wait(hours=45)
        assert ends is not None and ends > office.clock.now()
        self.put_back(office, copy)
        assert (office.case(1001).status, office.case(1001).reply_window_ends_at) == (Status.PENDING, ends)
        assert office.notices() == []

    def test_a_folder_that_was_looked_at_in_another_life_proves_nothing(self, office: Office, terminal: Terminal) -> None:
        """The copy says that every folder was swept after the window's end: `no-auto-close` had kept the case."""
        question = pending_case(office)
        terminal.ok("case", "1001", "no-auto-close", "on")
        office.wait(hours=80)
        copy = self.backup(office)
        assert office.notices() == ["reminder"]
        office.wait(hours=10)
        office.partner_writes("Re: Transfers fail", "Still failing", answers=question)
        office.stop()
        shutil.rmtree(office.config.instance.state_dir)
        shutil.copytree(copy, office.config.instance.state_dir)
        terminal.ok("case", "1001", "no-auto-close", "off")
        office.imap.stop_listening()
        office.start(settled=False)
        assert office.daemon is not None
        for _ in range(3):
            office.daemon.engine.call(lambda _now: None)
        assert office.case(1001).status is Status.PENDING
        office.imap.listen_again()
        office.settle()
        assert office.case(1001).status is Status.OPEN
        assert office.notices() == []


class TestAnAbsence:
    AWAY = "Hello,\nI am out of the office and will be back on Monday, 7 December 2026.\nIn urgent cases write to Bo."

    def absent(self, office: Office, text: str = AWAY, sender: str = PARTNER) -> None:
        office.partner_writes("Automatic reply: [#1001] Transfers fail", text, sender=sender, Auto_Submitted="auto-replied")

    def test_the_team_is_offered_a_hold_until_the_day_of_return_and_the_window_goes_on(self, office: Office) -> None:
        pending_case(office)
        before = office.case(1001)
        self.absent(office)
        [offer] = office.outgoing()
        assert (offer.to, offer.subject) == ((TEAM,), "Re: [#1001] away until 2026-12-07: hold the case?")
        assert "    hold until 2026-12-07" in offer.text.splitlines()
        assert "    triage case 1001 hold 2026-12-07" in offer.text.splitlines()
        assert "will be back on Monday, 7 December 2026" in " ".join(offer.text.split())
        assert replace(office.case(1001), tags=before.tags) == before
        assert office.journal(1001)[-1].detail == f"{PARTNER} is away until 2026-12-07; the team is offered a hold"

    def test_what_the_offer_says_holds_the_case(self, office: Office, terminal: Terminal) -> None:
        pending_case(office)
        self.absent(office)
        [offer] = office.outgoing()
        command = next(line.split() for line in offer.text.splitlines() if line.startswith("    triage case"))
        terminal.ok(*command[1:])
        office.wait(days=14)
        assert office.notices() == ["reminder"], "on the day they are back"
        office.partner_writes("Re: [#1001] Transfers fail", "I am back, it still fails")
        assert office.case(1001).status is Status.OPEN

    def test_a_team_member_answers_the_offer_with_its_line_and_the_case_is_held(self, office: Office) -> None:
        pending_case(office)
        self.absent(office)
        [offer] = office.outgoing()
        line = next(line.strip() for line in offer.text.splitlines() if line.strip().startswith("hold until"))
        quoted = "".join(f"> {each}\n" for each in offer.text.splitlines())
        text = f"{line}\n\nOn Mon, 23 Nov 2026, triage wrote:\n{quoted}"
        commands(office, text, subject=f"Re: {offer.subject}", answers=offer.message_id)
        assert answer(office).text.splitlines()[0] == "The case is on hold: it is not closed before Mon 07 Dec 00:00 UTC."
        office.wait(days=14)
        assert office.notices() == ["reminder"], "on the day they are back"
        office.wait(days=1)
        assert office.notices() == ["closed"], "the partner had a day to answer"

    def test_nobody_takes_the_offer_and_the_case_closes_as_usual(self, office: Office) -> None:
        pending_case(office)
        self.absent(office)
        office.outgoing()
        office.wait(hours=73)
        assert office.notices() == ["reminder", "closed"]

    def test_the_same_absence_is_offered_once_and_another_day_again(self, office: Office) -> None:
        pending_case(office)
        self.absent(office)
        self.absent(office)
        self.absent(office, self.AWAY.replace("7 December", "9 December"))
        assert [mail.subject.split()[4] for mail in office.outgoing()] == ["2026-12-07:", "2026-12-09:"]

    @pytest.mark.parametrize("text", ["I am away.", "I am back on 24 November.", "I am on leave until 30 June 2027.", "Back on 12/01"])
    def test_without_a_day_that_matters_nothing_is_offered(self, office: Office, text: str) -> None:
        pending_case(office)
        self.absent(office, text)
        assert office.outgoing() == []

    def test_where_nothing_would_be_closed_nothing_is_offered(self, office: Office, terminal: Terminal) -> None:
        question = pending_case(office)
        terminal.ok("case", "1001", "hold", "2026-12-10")
        self.absent(office)
        terminal.ok("case", "1001", "hold", "off")
        terminal.ok("case", "1001", "no-auto-close", "on")
        self.absent(office)
        terminal.ok("case", "1001", "no-auto-close", "off")
        office.partner_writes("Re: Transfers fail", "Still failing", answers=question)
        self.absent(office)
        assert office.outgoing() == []

    def test_a_stranger_offers_nothing(self, office: Office) -> None:
        pending_case(office)
        self.absent(office, sender="mallory@evil.example")
        assert office.outgoing() == []
