"""Stories of total loss: the store is gone, and the mailbox gives the cases back; nothing is said twice, and nobody is paged by it."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.commanding import commands
from tests.scenarios.office import ADDRESS, PARTNER, Office, open_office
from tests.scenarios.rebuilding import compared, export, large, rebuild_into, understood
from tests.scenarios.team import by_hand
from triage.adapters.keys import FILE_NAME
from triage.core.cases.case import Status
from triage.core.cases.events import EventKind
from triage.core.failures import PermanentFailure
from triage.store import outbox, pages
from triage.store.backup import open_store_file
from triage.store.restore import restore
from triage.workers import merging

OTHER = "dev@beta.example"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "rebuilt" / "triage.sqlite3"


def test_the_cases_come_back_with_number_members_severity_status_and_window(office: Office, target: Path) -> None:
    first = office.partner_writes("Transfers fail")
    second = office.partner_writes("URGENT: payouts are down", sender=OTHER)
    office.partner_writes("Sandbox question")
    office.wait(hours=1)
    reply = office.team_replies("Re: Transfers fail", answers=first)
    office.partner_writes("Re: Transfers fail", answers=reply)
    office.team_replies("Re: Transfers fail", answers=first)
    office.team_replies("Re: URGENT: payouts are down", answers=second, to=OTHER)
    office.wait(hours=80)
    office.partner_writes("Re: URGENT: payouts are down", "It is back, thanks", sender=OTHER, answers=second)
    office.outgoing()
    found = rebuild_into(office, target)
    assert compared(office, target) == []
    assert (found.cases, found.told, found.quarantined) == (3, 3, 0)


def test_nothing_is_sent_nobody_is_paged_and_the_open_emergency_is_told(office: Office, target: Path) -> None:
    office.partner_writes("URGENT: payouts are down")
    office.outgoing()
    office.stop()
    found = rebuild_into(office, target)
    assert [(case.number, case.severity) for case in found.look_at] == [(1001, 1)]
    with open_store_file(target) as store:
        assert pages.all_open(store) == []
        assert outbox.unsettled(store) == []


def test_the_daemon_goes_on_with_the_rebuilt_store_and_says_nothing_twice(office: Office, target: Path) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    [receipt] = office.outgoing()
    office.stop()
    rebuild_into(office, target)
    restore(office.config.instance.state_dir, target, office.clock.now())
    office.start()
    assert office.notices() == []
    office.partner_writes("Re: Transfers fail", answers=receipt.message_id)
    assert office.case(1001).status is Status.OPEN
    assert office.notices() == []


def test_without_the_keys_an_answer_to_an_old_notice_still_finds_its_case(office: Office, target: Path) -> None:
    office.partner_writes("Transfers fail")
    [receipt] = office.outgoing()
    office.stop()
    (office.config.instance.state_dir / FILE_NAME).unlink()
    rebuild_into(office, target)
    assert compared(office, target) == []
    restore(office.config.instance.state_dir, target, office.clock.now())
    office.start()
    office.partner_writes("Re: [#1001] Transfers fail", answers=receipt.message_id)
    assert office.case_numbers() == [1001]


def test_a_case_that_no_notice_names_gets_a_free_number(office: Office, target: Path) -> None:
    """A team mail to a partner opens a case without a notice; it stands between two that have one."""
    office.partner_writes("Transfers fail")
    office.team_replies("Our new API", answers="", to=OTHER)
    office.partner_writes("Sandbox question")
    office.outgoing()
    found = rebuild_into(office, target)
    assert compared(office, target) == []
    assert (found.cases, found.told) == (3, 2)


def test_a_closing_by_hand_is_known_by_its_notice(office: Office, target: Path) -> None:
    office.partner_writes("Transfers fail")
    by_hand(office, 1001, EventKind.CLOSED_BY_TEAM)
    assert office.notices() == ["receipt", "closed"]
    rebuild_into(office, target)
    assert compared(office, target) == []


def test_an_answer_between_a_closing_and_its_copy_in_sent_is_not_closed_away(office: Office, target: Path) -> None:
    """The copy waits for the mail server, and lies in Sent behind the answer that opened the case again."""
    question = office.partner_writes("Transfers fail")
    by_hand(office, 1001, EventKind.CLOSED_BY_TEAM)
    office.partner_writes("Re: Transfers fail", answers=question)
    assert office.case(1001).status is Status.OPEN
    office.outgoing()
    [closed] = [one for one in office.imap.messages("Sent") if b"X-Triage-Notice: closed" in one.raw]
    office.imap.remove([closed.uid], "Sent")
    office.arrives(closed.raw, "Sent")
    rebuild_into(office, target)
    assert compared(office, target) == []


def test_what_was_done_by_hand_comes_back_from_the_journal_export(office: Office, target: Path) -> None:
    question = office.partner_writes("Transfers fail")
    by_hand(office, 1001, EventKind.SEVERITY_SET, severity=2)
    by_hand(office, 1001, EventKind.ASSIGNED, value="bo")
    by_hand(office, 1001, EventKind.TAGGED, value="payouts eu")
    by_hand(office, 1001, EventKind.UNTAGGED, "eu", value="eu")
    by_hand(office, 1001, EventKind.PARTNER_CHOSEN, value="beta")
    by_hand(office, 1001, EventKind.AUTO_CLOSE_SWITCHED, switch=True)
    by_hand(office, 1001, EventKind.NOTED, "they call again at noon")
    office.team_replies("Re: Transfers fail", answers=question)
    by_hand(office, 1001, EventKind.HELD, until=office.clock.now() + timedelta(days=9))
    office.outgoing()
    without = rebuild_into(office, target.with_name("without.sqlite3"))
    assert without.done_again == 0
    differ = {one.what for one in compared(office, target.with_name("without.sqlite3"))}
    assert differ == {"severity", "assigned to", "tags", "partner", "no-auto-close", "notes", "hold"}
    found = rebuild_into(office, target, by_hand=export(office))
    assert compared(office, target) == []
    assert (found.done_again, found.not_done_again) == (8, ())


def test_a_mail_of_which_only_a_part_is_fetched_gives_the_same_case(office: Office, target: Path) -> None:
    """Over 1 MB no attachment is asked for: the text that is cut the same way is judged the same way."""
    first = office.arrives(large(office, "Transfers fail", "POST /v1/transfers fails with 503 since 09:00 UTC"))
    office.arrives(large(office, "Transfers fail", "nothing goes through any more", answers=first))
    office.outgoing()
    rebuild_into(office, target)
    assert compared(office, target) == []
    with office.store() as lost, open_store_file(target) as rebuilt:
        mails = understood(lost)
        assert understood(rebuilt) == mails
    assert [size > 1_200_000 and kept < 10_000 for *_, size, kept in mails] == [True, True]


def test_a_severity_that_no_mail_tells_is_read_from_the_labels(office: Office, target: Path) -> None:
    """The embedded server keeps no keywords of ours; this mail comes with those that Dovecot would show by now."""
    raw = office.mail(PARTNER, ADDRESS, "Transfers fail")
    office.imap.deliver(raw, "INBOX", office.clock.now(), flags=("triage-sev2", "triage-open"))
    office.settle()
    by_hand(office, 1001, EventKind.SEVERITY_SET, severity=2)
    office.partner_writes("Sandbox question", sender=OTHER)
    office.outgoing()
    rebuild_into(office, target)
    assert compared(office, target) == []


def test_what_came_before_the_first_start_is_history_still(tmp_path: Path, target: Path) -> None:
    with open_office(tmp_path / "office") as office:
        office.imap.deliver(office.mail(PARTNER, ADDRESS, "From long ago"), "INBOX", office.clock.now())
        office.start()
        office.partner_writes("Transfers fail")
        office.outgoing()
        found = rebuild_into(office, target)
        assert (found.history, found.cases) == (1, 1)
        assert compared(office, target) == []


def test_a_mailbox_without_a_notice_of_ours_wants_to_be_told_since_when(tmp_path: Path, target: Path) -> None:
    with open_office(tmp_path / "office") as office:
        office.imap.deliver(office.mail(PARTNER, ADDRESS, "From long ago"), "INBOX", office.clock.now())
        with pytest.raises(PermanentFailure, match="nobody can tell"):
            rebuild_into(office, target)
        assert not target.exists()
        assert rebuild_into(office, target, since=office.clock.now() - timedelta(hours=1)).cases == 1


def test_what_came_after_the_last_sign_of_life_is_left_to_the_daemon(office: Office, target: Path) -> None:
    """A standby host takes over: the urgent mail that nobody has seen yet pages when it starts."""
    office.partner_writes("Transfers fail")
    office.outgoing()
    office.stop()
    died_at = office.clock.now()
    office.leap(minutes=10)
    office.imap.deliver(office.mail(OTHER, ADDRESS, "URGENT: payouts are down"), "INBOX", office.clock.now())
    found = rebuild_into(office, target, until=died_at)
    assert (found.left, found.cases) == (1, 1)
    restore(office.config.instance.state_dir, target, office.clock.now())
    office.start()
    assert sorted(office.notices()) == ["page ana", "severity-1"]


def test_a_window_that_ends_after_the_last_sign_of_life_is_the_daemons_to_close(office: Office, target: Path) -> None:
    question = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=question)
    office.outgoing()
    office.stop()
    office.leap(hours=80)
    rebuild_into(office, target)
    restore(office.config.instance.state_dir, target, office.clock.now())
    office.start()
    assert office.case(1001).status is Status.CLOSED
    assert office.notices() == ["closed"]


def test_nothing_is_ever_written_over_a_store(office: Office) -> None:
    with pytest.raises(PermanentFailure, match="there already"):
        rebuild_into(office, office.config.instance.state_dir / "triage.sqlite3")


# --- random histories --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_any_history_comes_back(seed: int, tmp_path: Path) -> None:
    """Partners, team, operators and clock do what they may, as the seed says: the rebuilt cases are the lost ones."""
    with open_office(tmp_path / "office") as office:
        office.start()
        History(office, random.Random(seed)).goes_on(40)
        office.outgoing()
        found = rebuild_into(office, tmp_path / "rebuilt.sqlite3", by_hand=export(office))
        assert compared(office, tmp_path / "rebuilt.sqlite3") == []
        assert found.not_done_again == ()


class History:
    def __init__(self, office: Office, chance: random.Random) -> None:
        self.office, self.chance = office, chance
        self.threads: list[tuple[str, str, str]] = []
        """(partner, subject, the id to be answered)"""

    def goes_on(self, steps: int) -> None:
        self.question()
        often = [self.question, self.answer, self.answer, self.reply, self.reply, self.reply, self.wait]
        for _ in range(steps):
            self.chance.choice([*often, self.absence, self.close, self.assess, self.hold, self.open, self.merge, self.command, self.down])()

    def question(self) -> None:
        who, subject = self.chance.choice([PARTNER, OTHER]), f"{self.chance.choice(['', 'URGENT: '])}Question {len(self.threads)}"
        self.threads.append((who, subject, self.office.partner_writes(subject, sender=who)))

    def answer(self) -> None:
        who, subject, last = self.chance.choice(self.threads)
        text = self.chance.choice(["And another thing", "resolved"])
        self.threads.append((who, subject, self.office.partner_writes(f"Re: {subject}", text, sender=who, answers=last)))

    def reply(self) -> None:
        who, subject, last = self.chance.choice(self.threads)
        self.threads.append((who, subject, self.office.team_replies(f"Re: {subject}", answers=last, to=who)))

    def absence(self) -> None:
        who, subject, last = self.chance.choice(self.threads)
        self.office.partner_writes(f"Automatic: {subject}", "I am away", sender=who, answers=last, Auto_Submitted="auto-replied")

    def close(self) -> None:
        by_hand(self.office, self._any_case(), EventKind.CLOSED_BY_TEAM)

    def open(self) -> None:
        by_hand(self.office, self._any_case(), EventKind.OPENED_BY_TEAM)

    def assess(self) -> None:
        by_hand(self.office, self._any_case(), EventKind.SEVERITY_SET, severity=self.chance.choice([1, 2, 3]))

    def hold(self) -> None:
        by_hand(self.office, self._any_case(), EventKind.HELD, until=self.office.clock.now() + timedelta(hours=self.chance.choice([2, 90])))

    def merge(self) -> None:
        one, other = self._any_case(), self._any_case()
        assert self.office.daemon is not None
        desk = self.office.daemon.desk

        def act(now: datetime) -> None:
            with suppress(PermanentFailure), desk.store.write():
                merging.merge_cases(desk, one, other, "ana", now, force=True)

        self.office.daemon.engine.call(act)
        self.office.settle()

    def command(self) -> None:
        commands(self.office, self.chance.choice(["sev 2", "sev 1", "close", "hold 3d", "reopen"]), subject=f"[#{self._any_case()}]")

    def wait(self) -> None:
        self.office.wait(hours=self.chance.choice([1, 5, 30, 75]))

    def down(self) -> None:
        self.office.stop()
        self.office.leap(hours=self.chance.choice([1, 30, 80]))
        self.office.start()

    def _any_case(self) -> int:
        return self.chance.choice(self.office.case_numbers())
