"""`triage reconcile`: what was lost is found and taken in, once; and the daemon finds it by itself within the hour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.cli.conftest import Terminal, write_config
from tests.scenarios.office import ADDRESS, PARTNER, Office, open_office
from triage.core.cases.case import Status
from triage.workers.audit import Outlook, gather
from triage.workers.reconcile import latest


def overlook(office: Office, up_to: int = 1_000) -> None:
    """As if a mistake had moved the position of INBOX on: whatever comes below it is never looked at."""
    with office.store() as store, store.write():
        store.connection.execute("UPDATE folders SET uid = ? WHERE name = 'INBOX'", (up_to,))


def missing_by_the_daemon(office: Office) -> int:
    with office.store() as store:
        found = latest(store)
    assert found is not None
    return found.missing


def test_ledger_and_mailbox_agree(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    assert "ledger and mailbox agree" in terminal.ok("reconcile")


def test_a_lost_answer_is_found_and_taken_in_and_nothing_is_said_twice(office: Office, terminal: Terminal) -> None:
    question = office.partner_writes("Transfers fail")
    reply = office.team_replies("Re: Transfers fail", answers=question)
    assert office.notices() == ["receipt"]
    overlook(office)
    office.partner_writes("Re: Transfers fail", answers=reply)
    assert office.case(1001).status is Status.PENDING
    [found] = terminal.lines("reconcile", code=1)
    assert (found["agrees"], found["missing"], found["fixed"]) == (False, 1, False)
    assert "INBOX: not in the ledger: UID " in terminal.run("reconcile").output
    assert "1 message will be taken in by the daemon now" in terminal.ok("reconcile", "--fix")
    office.settle()
    assert office.case(1001).status is Status.OPEN
    assert "agree" in terminal.ok("reconcile")
    assert office.notices() == []


def test_without_a_daemon_it_is_taken_in_at_the_next_start(office: Office, terminal: Terminal) -> None:
    overlook(office)
    office.partner_writes("Transfers fail")
    office.stop()
    assert "1 message will be taken in when the daemon is started" in terminal.ok("reconcile", "--fix")
    office.start()
    assert office.notices() == ["receipt"]


def test_the_daemon_finds_it_within_the_hour_and_the_audit_fails_until_it_is_mended(office: Office, terminal: Terminal) -> None:
    office.wait(hours=1)
    assert missing_by_the_daemon(office) == 0
    overlook(office)
    office.partner_writes("Transfers fail")
    office.wait(hours=2)
    assert missing_by_the_daemon(office) == 1
    assert audited(office) == "1 message of INBOX not in the ledger"
    terminal.ok("reconcile", "--fix")
    office.settle()
    assert audited(office) == ""
    assert office.notices() == ["receipt"]


def audited(office: Office) -> str:
    assert office.daemon is not None
    outlook = Outlook(office.clock.now(), str, lambda: None, lambda: None)
    with office.store() as store:
        return gather(replace(office.daemon.desk, store=store), outlook, None, office.clock.now()).ledger_problem


def test_a_mail_that_somebody_has_deleted_is_no_difference(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    office.imap.remove([office.imap.messages("INBOX")[0].uid])
    [found] = terminal.lines("reconcile")
    assert next(one for one in found["folders"] if one["folder"] == "INBOX")["gone"] == 1


def test_history_that_is_read_again_is_history_still(tmp_path: Path) -> None:
    """What was there before the first start answers nobody, also when it is missing and taken in."""
    with open_office(tmp_path) as office:
        office.imap.deliver(office.mail(PARTNER, ADDRESS, "From long ago"), "INBOX", office.clock.now())
        office.start()
        terminal = Terminal(write_config(office), office.clock)
        with office.store() as store, store.write():
            store.connection.execute("DELETE FROM ledger")
        assert terminal.run("reconcile").exit_code == 1
        terminal.ok("reconcile", "--fix")
        office.settle()
        assert office.outcomes() == ["imported"]
        office.check()
