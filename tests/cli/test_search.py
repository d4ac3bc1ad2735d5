"""`triage search`: which case was that?"""

from __future__ import annotations

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office

TRACE = "4f1b2c9d-0a1b-4c2d-8e3f-aabbccddeeff"


@pytest.fixture
def asked(office: Office) -> Office:
    office.partner_writes("Transfers fail", f"POST /v1/transfers gives 500, x-trace-id: {TRACE}")
    office.partner_writes("Payouts are slow", "since noon", sender="ops@other.example")
    return office


def test_half_a_trace_id_finds_the_case(asked: Office, terminal: Terminal) -> None:
    printed = terminal.ok("search", "x-trace-id 4f1b2c")
    assert printed.startswith("#1001  severity 3, new, acme.example  Transfers fail\n")
    assert "[x-trace-id]: [4f1b2c9d]-0a1b" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80


def test_nothing_found_is_exit_1(asked: Office, terminal: Terminal) -> None:
    result = terminal.run("search", "zebra")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "triage: no mail has all of that\n")


def test_a_merged_case_is_found_under_the_one_that_is_left(asked: Office, terminal: Terminal) -> None:
    terminal.ok("case", "1001", "merge", "1002", "--force")
    assert [hit["case"] for hit in terminal.lines("search", TRACE)] == [1002]


def test_partner_and_since(asked: Office, terminal: Terminal) -> None:
    assert [hit["case"] for hit in terminal.lines("search", "fail", "--partner", "acme.example")] == [1001]
    assert terminal.lines("search", "fail", "--partner", "other.example", code=1) == []
    asked.leap(days=3)
    assert terminal.lines("search", "fail", "--since", "2d", code=1) == []
    assert len(terminal.lines("search", "fail", "--since", "2026-11-01")) == 1


def test_a_time_that_is_none_is_told(terminal: Terminal) -> None:
    result = terminal.run("search", "x", "--since", "yesterday")
    assert result.exit_code == 2
    assert "--since 'yesterday' is neither a span such as 30d nor a date" in result.stderr


def test_a_secret_is_not_found(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Key", "Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789")
    assert terminal.lines("search", "abcdefghijklm", code=1) == []
    assert len(terminal.lines("search", "Authorization")) == 1


def test_what_a_stranger_wrote_is_text(office: Office, terminal: Terminal) -> None:
    office.partner_writes("[red]zebra[/red] \x1b[31m", "zebra \x1b[2J [bold]x[/bold]")
    printed = terminal.ok("search", "zebra")
    assert "\x1b" not in printed
    assert "[bold]x[/bold]" in printed


def test_nothing_to_look_for_is_a_usage_error(terminal: Terminal) -> None:
    assert terminal.run("search", "...").exit_code == 2
