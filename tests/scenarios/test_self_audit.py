"""The self-audit in the daemon: who hears that all is well, who hears that it is not, and when somebody is woken for triage itself."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.office import TEAM, Office, open_office
from tests.servers.http_sink import HttpSink
from tests.servers.http_sink_thread import running_sink, until
from triage.core.audit import Check, Report
from triage.core.settings import Deadman
from triage.store import service
from triage.workers.audit import latest

CHECK = "/check"
UNREACHABLE = "the mailbox cannot be reached: urgent mails are not seen"


@contextmanager
def watched_office(directory: Path) -> Iterator[tuple[Office, HttpSink]]:
    """An office with a dead-man's switch that polls once a minute."""
    with running_sink() as sink, open_office(directory) as office:
        imap = replace(office.config.imap, poll_every=timedelta(minutes=1))
        office.config = replace(office.config, imap=imap, deadman=Deadman(lambda: sink.url + CHECK))
        office.audited = True
        office.start()
        until(lambda: len(sink.requests) == 1, "the word about the start")
        assert sink.requests.pop().path == f"{CHECK}/start"
        yield office, sink


def report(office: Office) -> Report | None:
    with office.store() as store:
        return latest(store)


def lose_mailbox(office: Office) -> None:
    office.imap.stop_listening()
    office.imap.drop_connections()


def minutes_pass(office: Office, count: int) -> None:
    """One look of the audit in each minute, whether or not the mailbox can be reached."""
    for _ in range(count):
        assert office.daemon is not None
        office.daemon.request_sweep()
        now = office.clock.push(timedelta(minutes=1))
        until(lambda now=now: (found := report(office)) is not None and found.at >= now, "a look of the audit")  # type: ignore[misc]


def failing(office: Office) -> list[Check]:
    found = report(office)
    assert found is not None
    return [one.finding.check for one in found.standings if one.is_failure]


def mails_arrive(office: Office, count: int) -> list[str]:
    """Subjects of what goes out although nothing settles while the mailbox is gone."""
    subjects: list[str] = []

    def enough() -> bool:
        subjects.extend(mail.subject for mail in office.outgoing())
        return len(subjects) >= count

    until(enough, f"{count} mails")
    return subjects


def test_all_is_well_once_a_minute(tmp_path: Path) -> None:
    with watched_office(tmp_path) as (office, sink):
        office.wait(minutes=3)
        until(lambda: len(sink.requests) == 3, "three pings")
        assert [(one.method, one.path, one.body) for one in sink.requests] == [("POST", CHECK, b"")] * 3
        office.check()


def test_a_lost_mailbox_is_silence_then_fail_then_a_mail_to_the_team(tmp_path: Path) -> None:
    with watched_office(tmp_path) as (office, sink):
        office.wait(minutes=1)
        until(lambda: len(sink.requests) == 1, "the first ping")
        lose_mailbox(office)
        minutes_pass(office, 4)
        assert failing(office) == [Check.MAILBOX]
        heard = len(sink.requests)
        assert [one.path for one in sink.requests] == [CHECK] * heard, "one failing look says nothing yet"
        minutes_pass(office, 1)
        until(lambda: len(sink.requests) > heard, "the ping to /fail")
        assert sink.requests[-1].path == f"{CHECK}/fail"
        assert b"no complete look at the mailbox since 2026-11-23 09:0" in sink.requests[-1].body
        assert mails_arrive(office, 1) == ["[triage] the self-audit fails: mailbox"]
        minutes_pass(office, 5)
        assert office.outgoing() == [], "told once"


def test_a_mailbox_lost_for_a_quarter_of_an_hour_pages_and_its_return_ends_the_page(tmp_path: Path) -> None:
    with watched_office(tmp_path) as (office, _):
        lose_mailbox(office)
        minutes_pass(office, 5)
        assert mails_arrive(office, 1) == ["[triage] the self-audit fails: mailbox"]
        minutes_pass(office, 11)
        (subject,) = mails_arrive(office, 1)
        assert subject == f"Severity 1 triage itself, {UNREACHABLE}"
        office.imap.listen_again()
        assert office.daemon is not None
        office.daemon.request_sweep()
        until(lambda: office.daemon is not None and office.daemon.mailbox.state == "connected", "the mailbox is back")
        office.settle()
        minutes_pass(office, 1)
        subjects = mails_arrive(office, 2)
        assert sorted(subjects) == ["[triage] the self-audit passes again: mailbox", "triage itself: over (the mailbox is reached again)"]


def test_a_host_that_slept_for_hours_alarms_nobody(tmp_path: Path) -> None:
    with watched_office(tmp_path) as (office, sink):
        office.leap(hours=8)
        office.wait(minutes=2)
        assert failing(office) == []
        assert all(request.path == CHECK for request in sink.requests)
        office.check()


def test_a_host_that_sleeps_again_and_again_alarms_nobody(tmp_path: Path) -> None:
    with watched_office(tmp_path) as (office, sink):
        for _ in range(4):
            office.leap(minutes=20)
        assert failing(office) == []
        assert all(request.path == CHECK for request in sink.requests)
        office.check()


def test_a_case_that_waits_for_an_unread_mail_is_not_overdue(tmp_path: Path) -> None:
    with watched_office(tmp_path) as (office, _):
        question = office.partner_writes("transfers fail")
        office.team_replies("Re: transfers fail", answers=question)
        office.outgoing()
        lose_mailbox(office)
        minutes_pass(office, 1)
        office.clock.push(timedelta(hours=80))
        minutes_pass(office, 2)
        assert Check.OVERDUE not in failing(office)


def test_systemd_hears_of_a_passed_look_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "180000000")
        with watched_office(tmp_path) as (office, _):
            office.wait(minutes=2)
            assert systemd.recv(100) == b"WATCHDOG=1"
            assert systemd.recv(100) == b"WATCHDOG=1"
            lose_mailbox(office)
            minutes_pass(office, 4)
            while _received(systemd):
                pass
            minutes_pass(office, 2)
            assert not _received(systemd)


def _received(systemd: socket.socket) -> bytes:
    try:
        return systemd.recv(100)
    except BlockingIOError:
        return b""


def test_without_a_watchdog_systemd_hears_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.delenv("WATCHDOG_USEC", raising=False)
        with watched_office(tmp_path) as (office, _):
            office.wait(minutes=2)
            assert not _received(systemd)


def test_a_restart_remembers_what_was_told(tmp_path: Path) -> None:
    with watched_office(tmp_path) as (office, _):
        lose_mailbox(office)
        minutes_pass(office, 5)
        assert mails_arrive(office, 1) == ["[triage] the self-audit fails: mailbox"]
        office.stop()
        office.start(settled=False)
        minutes_pass(office, 3)
        assert failing(office) == [Check.MAILBOX]
        assert [mail.subject for mail in office.outgoing() if mail.to == (TEAM,)] == []


def test_what_the_store_keeps_of_it_is_readable_after_an_update(tmp_path: Path) -> None:
    with watched_office(tmp_path) as (office, _):
        office.wait(minutes=1)
        with office.store() as store:
            assert '"passed": true' in service.get(store, "audit")
