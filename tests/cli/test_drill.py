"""`triage drill`: pages marked TEST, a matrix of who was reached, and never in the way of a real page."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from tests.cli.conftest import Terminal
from tests.scenarios.at_night import ANA, answers, open_pages, page_mails
from tests.scenarios.office import ADDRESS, Mail, Office
from triage.store import service


@contextmanager
def somebody_acknowledges(office: Office, who: set[str]) -> Iterator[list[Mail]]:
    """People at their telephones, while the command waits."""
    seen: list[Mail] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.05):
            for mail in page_mails(office):
                seen.append(mail)
                if mail.to[0] in who and "over" not in mail.subject:
                    raw = office.mail(mail.to[0], ADDRESS, f"Re: {mail.subject}", "ack", answers=mail.message_id)
                    office.imap.deliver(raw, "INBOX", office.clock.now())
                    assert office.daemon is not None
                    office.daemon.request_sweep()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
        office.settle()


def test_whoever_is_on_call_is_reached_and_the_matrix_says_when(office: Office, terminal: Terminal) -> None:
    with somebody_acknowledges(office, {ANA, "bo@pager.example"}) as seen:
        result = terminal.run("drill", "--json")
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["person"], row["contact"]) for row in rows] == [("ana", "mail"), ("bo", "mail")]
    assert all(row["accepted_s"] is not None and row["acknowledged_s"] is not None for row in rows)
    assert all(mail.subject.startswith("TEST: ") for mail in seen)
    assert open_pages(office) == []
    with office.store() as store:
        assert service.get(store, "last_drill") != ""


def test_one_person_who_does_not_answer_is_exit_code_1(office: Office, terminal: Terminal) -> None:
    started = threading.Timer(1.0, lambda: office.clock.push(timedelta(minutes=3)))
    started.start()
    result = terminal.run("drill", "--person", "ana", "--wait", "2m")
    assert result.exit_code == 1, result.output
    assert "ana" in result.stdout
    office.settle()
    assert open_pages(office) == []


def test_a_drill_that_nobody_waits_for_ends_by_itself_and_pages_nobody_again(office: Office, terminal: Terminal) -> None:
    assert terminal.ok("drill", "--person", "ana", "--no-wait") == "drill: page 1\n"
    office.settle()
    assert [mail.to[0] for mail in page_mails(office)] == [ANA]
    office.wait(minutes=10)
    assert all("over" in mail.subject for mail in page_mails(office)), "no level, no broadcast"
    assert open_pages(office) == []


def test_a_drill_never_begins_during_a_real_page(office: Office, terminal: Terminal) -> None:
    office.partner_writes("URGENT payouts fail")
    result = terminal.run("drill")
    assert result.exit_code == 2
    assert "page 1 is open and real" in result.stderr
    office.outgoing()


def test_a_real_page_ends_a_drill(office: Office, terminal: Terminal) -> None:
    terminal.ok("drill", "--person", "ana", "--no-wait")
    office.settle()
    office.outgoing()
    office.partner_writes("URGENT payouts fail")
    (page,) = open_pages(office)
    assert not page.test
    subjects = [mail.subject for mail in page_mails(office)]
    assert any(subject.startswith("[#1001] Severity 1") for subject in subjects)


def test_the_chain_goes_up_the_policy_marked_test(office: Office, terminal: Terminal) -> None:
    terminal.ok("drill", "--chain", "--no-wait")
    office.settle()
    office.wait(minutes=5)
    ana, bo = page_mails(office)
    assert (ana.to[0], bo.to[0]) == (ANA, "bo@pager.example")
    assert bo.subject.startswith("TEST: ")
    answers(office, bo, "ack")
    told = office.outgoing()
    assert any("This was a drill; nothing is wrong" in " ".join(mail.text.split()) for mail in told)
    assert open_pages(office) == []


def test_a_chain_that_nobody_takes_ends_after_the_broadcast(office: Office, terminal: Terminal) -> None:
    terminal.ok("drill", "--chain", "--no-wait")
    office.wait(minutes=31)
    assert open_pages(office) == []
    office.outgoing()


def test_without_a_daemon_nothing_would_be_sent(office: Office, terminal: Terminal) -> None:
    office.stop()
    result = terminal.run("drill")
    assert result.exit_code == 2
    assert "no daemon is running" in result.stderr


def test_somebody_who_does_not_exist(terminal: Terminal) -> None:
    result = terminal.run("drill", "--person", "anna")
    assert result.exit_code == 2
    assert "People: ana, bo" in result.stderr


def test_who_began_a_drill_and_why_is_on_its_page(office: Office, terminal: Terminal) -> None:
    [begun] = terminal.lines("drill", "--no-wait", "--person", "ana", "--as", "bo", "--why", "a new phone")
    assert begun == {"pages": [1]}
    office.settle()
    office.outgoing()
    assert "a drill, begun by bo: a new phone" in terminal.ok("pages", "1")
