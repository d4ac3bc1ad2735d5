"""`triage outbox`: what is on its way, and what failed and why."""

from __future__ import annotations

from tests.cli.conftest import Terminal
from tests.scenarios.office import PARTNER, Office
from triage.demo.smtp_sink import Treatment


def test_an_empty_outbox_says_so(terminal: Terminal) -> None:
    assert terminal.ok("outbox") == "nothing is on its way, and nothing failed\n"
    assert terminal.ok("outbox", "--failed") == "nothing failed\n"


def test_a_mail_that_waits_says_why_and_when_it_is_tried_again(office: Office, terminal: Terminal) -> None:
    office.smtp.stop_listening()
    office.partner_writes("Hello")
    [line] = terminal.lines("outbox")
    assert (line["purpose"], line["case"], line["recipients"], line["state"]) == ("receipt", 1001, ["ops@acme.example"], "pending")
    assert line["next_attempt_at"] == "2026-11-23T09:00:16+00:00"
    assert [attempt["outcome"] for attempt in line["attempts"]] == ["temporary"]
    printed = terminal.ok("outbox")
    assert "next attempt in 15 s" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80


def test_what_was_refused_for_good_is_shown_with_the_answer(office: Office, terminal: Terminal) -> None:
    office.smtp.treat = lambda address: Treatment.REFUSE if address == PARTNER else Treatment.ACCEPT
    office.partner_writes("Hello")
    [line] = terminal.lines("outbox", "--failed")
    assert line["state"] == "failed"
    assert "No such mailbox" in " ".join(terminal.ok("outbox", "--failed").split())


def test_all_shows_what_was_sent(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Hello")
    assert [(line["purpose"], line["state"]) for line in terminal.lines("outbox", "--all")] == [
        ("sent-copy", "delivered"),
        ("receipt", "delivered"),
    ]
    assert len(terminal.lines("outbox", "--all", "--limit", "1")) == 1


def test_failed_and_all_do_not_go_together(terminal: Terminal) -> None:
    assert terminal.run("outbox", "--failed", "--all").exit_code == 2
