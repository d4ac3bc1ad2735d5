"""What goes wrong around the daemon: full disk, mail server down or lying, broken rule files, wrong password."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import TEAM, Office, open_office
from tests.scenarios.one_thread import Fuse, OneThread
from triage.adapters.clock import SystemEntropy
from triage.adapters.parsing import InlineParser
from triage.core.failures import PermanentFailure, TriageError
from triage.core.problems import BrokenFiles
from triage.daemon.service import Daemon
from triage.demo.smtp_sink import Treatment
from triage.store import outbox


def limit_store(office: Office, pages: int) -> None:
    """As if the disk were full: SQLite may not grow beyond what it has, plus some pages; a huge number lifts it."""
    assert office.daemon is not None
    store = office.daemon.desk.store

    def limit(_now: datetime) -> None:
        used = store.connection.execute("PRAGMA page_count").fetchone()[0]
        store.connection.execute(f"PRAGMA max_page_count = {used + pages}")

    office.daemon.engine.call(limit)


def test_a_full_disk_loses_nothing_and_the_daemon_goes_on_by_itself(office: Office) -> None:
    limit_store(office, 0)
    big = "a line of text that needs room in the store\n" * 3000
    for number in range(3):
        office.imap.deliver(
            office.mail(f"ops@p{number}.example", office.config.instance.address, "URGENT", big), "INBOX", office.clock.now()
        )
    assert office.daemon is not None
    number = office.daemon.request_sweep()
    while office.daemon.engine.ended_sweeps < number:
        pass
    assert office.outgoing() == []
    limit_store(office, 1_000_000)
    office.settle()
    assert office.outcomes().count("case") == 3
    assert office.notices().count("severity-1") == 3


def test_a_full_disk_is_told_once_however_many_turns_it_lasts(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """Most turns write nothing and go well: that is no sign that there is room again, and no reason to fetch everything once more."""
    assert office.daemon is not None
    caplog.set_level(logging.INFO, "triage")
    limit_store(office, 0)
    big = "a line of text that needs room in the store\n" * 3000
    office.imap.deliver(office.mail("ops@p.example", office.config.instance.address, "Hello", big), "INBOX", office.clock.now())
    look(office)
    for _ in range(10):
        office.daemon.engine.call(lambda _now: None)
    assert [one.message for one in caplog.records].count("store-trouble") == 1
    assert "store-back" not in [one.message for one in caplog.records]
    limit_store(office, 1_000_000)
    office.settle()
    office.notices()
    while "store-back" not in [one.message for one in caplog.records]:
        pass


def look(office: Office) -> None:
    """One complete look at the mailbox, whatever comes of it."""
    assert office.daemon is not None
    number = office.daemon.request_sweep()
    while office.daemon.engine.ended_sweeps < number:
        pass


@contextmanager
def failing(office: Office, statement: str) -> Iterator[None]:
    """As if triage itself made a mistake: the store refuses what a trigger says, which no full disk explains."""
    assert office.daemon is not None
    store = office.daemon.desk.store
    create = f"CREATE TRIGGER mistake BEFORE {statement} BEGIN SELECT RAISE(ABORT, 'a mistake'); END"
    office.daemon.engine.call(lambda _now: store.connection.execute(create) and None)
    yield
    office.daemon.engine.call(lambda _now: store.connection.execute("DROP TRIGGER mistake") and None)


def test_a_mistake_while_a_mail_is_written_down_does_not_lose_it(office: Office) -> None:
    """Its sweep is not complete, so the position stays before it."""
    with failing(office, "INSERT ON ledger"):
        office.imap.deliver(office.mail("ops@p.example", office.config.instance.address, "Hello"), "INBOX", office.clock.now())
        look(office)
        look(office)
    office.settle()
    assert office.notices() == ["receipt"]


def test_a_case_that_cannot_be_dealt_with_holds_back_no_page(office: Office) -> None:
    first = office.partner_writes("Transfers fail")
    office.team_replies("Re: Transfers fail", answers=first)
    office.outgoing()
    with failing(office, "UPDATE ON cases WHEN NEW.number = 1001"):
        office.leap(hours=49)
        assert office.notices() == [], "the reminder is due and cannot be written"
        office.partner_writes("URGENT payouts fail", sender="ops@globex.example")
        assert "page ana" in office.notices()
    office.settle()
    office.notices()


def test_a_store_that_cannot_be_read_for_a_moment_does_not_end_the_watch(office: Office) -> None:
    assert office.daemon is not None
    store = office.daemon.desk.store
    office.daemon.engine.call(lambda _now: store.connection.execute("ALTER TABLE ledger RENAME TO gone") and None)
    look(office)
    office.daemon.engine.call(lambda _now: store.connection.execute("ALTER TABLE gone RENAME TO ledger") and None)
    office.partner_writes("Transfers fail")
    assert office.notices() == ["receipt"]


def test_folders_that_could_not_be_written_down_at_the_first_start_are_watched_later(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        office.imap.stop_listening()
        office.start(settled=False)
        with failing(office, "INSERT ON folders"):
            office.imap.listen_again()
            look(office)
        office.settle()
        office.partner_writes("Transfers fail")
        assert office.notices() == ["receipt"]


def test_an_outage_of_the_mail_server_is_tried_again_once_per_pause(office: Office) -> None:
    """However often a look is asked for meanwhile: every poll asks for one."""
    office.stop()
    office.imap.stop_listening()
    planned: list[tuple[float, Callable[[], object]]] = []
    one = OneThread(office, Fuse(), later=lambda pause_s, retry: planned.append((pause_s, retry)))
    try:
        for _ in range(3):
            one.settle()
        assert [pause_s for pause_s, _ in planned] == [1.0]
        planned.pop()[1]()
        one.settle()
        assert [pause_s for pause_s, _ in planned] == [15.0], "the fourth failed look has a longer pause"
    finally:
        one.close()


def test_mail_waits_while_the_submission_server_is_down(office: Office) -> None:
    office.smtp.stop_listening()
    office.smtp.drop_connections()
    office.partner_writes("Transfers fail")
    assert office.outgoing() == []
    with office.store() as store:
        [row] = outbox.unsettled(store)
        assert row.state.value == "pending"
        assert "nothing listens" in row.result
    office.smtp.listen_again()
    office.wait(minutes=2)
    assert office.notices() == ["receipt"]


def test_a_clock_that_was_ahead_does_not_hold_a_waiting_notice_back(office: Office) -> None:
    office.smtp.stop_listening()
    office.smtp.drop_connections()
    right = office.clock.now()
    office.clock.set_wall(right + timedelta(hours=4))
    office.partner_writes("Transfers fail")
    office.smtp.listen_again()
    office.clock.set_wall(right)
    assert office.daemon is not None
    office.daemon.clock_jumped()
    office.settle()
    assert office.notices() == ["receipt"]


def test_a_refused_recipient_is_told_to_the_team(office: Office) -> None:
    office.smtp.treat = lambda recipient: Treatment.REFUSE if recipient == "ops@acme.example" else Treatment.ACCEPT
    office.partner_writes("Transfers fail")
    [warning] = office.outgoing()
    assert (warning.to, warning.notice) == ((TEAM,), "warning")
    assert "could not be sent" in warning.subject
    with office.store() as store:
        assert [row.delivery.outgoing.purpose for row in outbox.latest(store, failed=True)] == ["receipt"]
    office.failures_asked_for = 1


def test_a_connection_cut_before_the_answer_repeats_the_same_mail(office: Office) -> None:
    office.smtp.treat = lambda _recipient: Treatment.CUT_AFTER_DATA
    office.partner_writes("Transfers fail")
    office.smtp.treat = lambda _recipient: Treatment.ACCEPT
    office.wait(minutes=2)
    first, second = office.outgoing()
    assert first.message_id == second.message_id
    assert first.raw == second.raw


def test_a_mail_that_turns_up_in_sent_is_not_sent_again(office: Office) -> None:
    """A submission server that files its own copies settles what the lost answer left open."""
    office.smtp.treat = lambda _recipient: Treatment.CUT_AFTER_DATA
    office.partner_writes("Transfers fail")
    [first] = office.outgoing()
    office.smtp.treat = lambda _recipient: Treatment.ACCEPT
    office.arrives(first.raw, "Sent")
    office.wait(minutes=5)
    assert office.outgoing() == []


def test_a_broken_save_keeps_the_last_good_rules(office: Office) -> None:
    assert office.daemon is not None
    rules = office.config.instance.rules_dir / "10-emergency.toml"
    good = rules.read_text()
    rules.write_text(good.replace("contains", "contians", 1))
    office.daemon.reload_rules()
    office.settle()
    [warning] = office.outgoing()
    assert "10-emergency.toml" in warning.text
    assert "contians" in warning.text
    office.partner_writes("URGENT payouts fail")
    assert sorted(office.notices()) == ["page ana", "severity-1"]
    rules.write_text(good)
    office.daemon.reload_rules()
    office.settle()


def test_a_good_save_counts_for_the_next_message(office: Office) -> None:
    assert office.daemon is not None
    notice = office.config.instance.rules_dir / "notices" / "receipt.txt"
    notice.write_text("Thank you, {{ case }}.\n")
    office.daemon.reload_rules()
    office.partner_writes("Transfers fail")
    [receipt] = office.outgoing()
    assert receipt.text.strip() == "Thank you, #1001."


def test_a_template_that_does_not_render_costs_its_notice_and_nothing_else(office: Office) -> None:
    assert office.daemon is not None
    notice = office.config.instance.rules_dir / "notices" / "severity-1.txt"
    notice.write_text("Hello {% for a in subject %}{% for b in subject %}{% endfor %}{% endfor %}\n")
    office.daemon.reload_rules()
    office.partner_writes("URGENT payouts fail, and this subject is longer than any sample")
    assert office.outcomes()[0] == "case"
    assert sorted(office.notices()) == ["page ana", "warning"]
    assert any("go round more than 1,000 times" in entry.detail for entry in office.journal(1001))


def test_a_template_that_cannot_be_relied_on_never_comes_into_force(office: Office) -> None:
    assert office.daemon is not None
    (office.config.instance.rules_dir / "notices" / "receipt.txt").write_text("Hello {{ nobody_knows }}\n")
    office.daemon.reload_rules()
    office.partner_writes("Transfers fail")
    told = {mail.notice: mail.text for mail in office.outgoing()}
    assert "nobody_knows" in told["warning"]
    assert "It is case #1001" in told["receipt"]


def test_a_notice_whose_file_is_missing_has_the_shipped_text(office: Office) -> None:
    assert office.daemon is not None
    (office.config.instance.rules_dir / "notices" / "receipt.txt").unlink()
    office.daemon.reload_rules()
    office.partner_writes("Transfers fail")
    assert office.notices() == ["receipt"]


class TestStart:
    def start(self, office: Office, **imap: object) -> Daemon:
        office.config = replace(office.config, imap=replace(office.config.imap, **imap))  # type: ignore[arg-type]
        daemon = Daemon(office.config, office.clock, SystemEntropy(), parser=InlineParser(office.config.limits))
        office.daemon = daemon
        daemon.start()
        return daemon

    def refusal(self, daemon: Daemon) -> TriageError:
        while daemon.refusal is None:
            pass
        return daemon.refusal

    def test_a_wrong_password_is_told_with_what_to_do(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            server = replace(office.config.imap.server, secret=lambda: "wrong")
            refusal = self.refusal(self.start(office, server=server))
            assert isinstance(refusal, PermanentFailure)
            assert "password" in refusal.message + refusal.hint
            assert "wrong" not in refusal.message

    def test_an_unknown_folder_is_told_with_the_folders_there_are(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            refusal = self.refusal(self.start(office, intake="Partners"))
            assert "Partners" in refusal.message
            assert "INBOX" in refusal.hint

    def test_an_unknown_sent_folder_is_told_as_well(self, tmp_path: Path) -> None:
        """Without it no case could ever close, because no sweep of all folders would ever be complete."""
        with open_office(tmp_path) as office:
            refusal = self.refusal(self.start(office, sent="Gesendet"))
            assert "Gesendet" in refusal.message
            assert "Sent" in refusal.hint

    def test_broken_rules_refuse_to_start(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            (office.config.instance.rules_dir / "oncall.toml").write_text("[[person]]\nnmae = 'ana'\n")
            with pytest.raises(BrokenFiles):
                self.start(office)

    def test_a_state_directory_that_is_a_file_is_told(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            (tmp_path / "state").write_text("")
            with pytest.raises(PermanentFailure, match="state directory"):
                self.start(office)
