"""`triage notices preview` and `triage case N ask`: what partners would read, and a second request on the team's word."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from triage.cli.program import program
from triage.core.cases.events import NoticeKind


def test_everything_is_shown_on_samples_when_nothing_is_named(office: Office, terminal: Terminal) -> None:
    printed = terminal.ok("notices", "preview")
    for kind in NoticeKind:
        assert f"rules/notices/{kind.value}.txt (en)" in printed
        assert f"rules/notices/{kind.value}.pt.txt (pt)" in printed


def test_the_headers_that_matter_are_shown(office: Office, terminal: Terminal) -> None:
    printed = terminal.ok("notices", "preview", "closed", "--lang", "pt")
    assert "Subject: Re: [#1042] Transfers fail with 500" in printed
    assert "To: ana@partner.example" in printed
    assert "Auto-Submitted: auto-generated" in printed
    assert "não tivemos retorno por 72 horas" in printed


def test_a_case_is_previewed_on_its_own_values_and_nothing_is_sent(office: Office, terminal: Terminal) -> None:
    question = office.partner_writes("Transfers fail", "POST /v1/transfers fails with 500")
    office.team_replies("Re: Transfers fail", answers=question)
    office.outgoing()
    printed = terminal.ok("notices", "preview", "reminder", "--case", "1001")
    assert "To: ops@acme.example" in printed
    assert "Thu 26 Nov 2026, 09:00 UTC" in printed
    office.settle()
    assert office.outgoing() == []


@pytest.mark.parametrize("kind", [kind.value for kind in NoticeKind])
def test_every_notice_can_be_previewed_for_a_case(office: Office, terminal: Terminal, kind: str) -> None:
    office.partner_writes("Transfers fail", "POST /v1/transfers fails with 500")
    office.outgoing()
    assert "#1001" in terminal.ok("notices", "preview", kind, "--case", "1001", "--lang", "de")


def test_an_unknown_notice_names_the_nearest(office: Office, terminal: Terminal) -> None:
    result = terminal.run("notices", "preview", "remainder")
    assert (result.exit_code, 'did you mean "reminder"?' in result.stderr) == (2, True)


def test_the_json_has_file_language_headers_and_text(office: Office, terminal: Terminal) -> None:
    [value] = terminal.lines("notices", "preview", "taken", "--lang", "fr", "--json")
    [shown] = value["notices"]
    assert (shown["file"], shown["language"], shown["headers"]["Auto-Submitted"]) == ("taken.fr.txt", "fr", "auto-generated")
    assert shown["text"].startswith("Bonjour,")


def test_asking_sends_what_is_named(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail", "POST /v1/transfers fails with 500")
    office.outgoing()
    assert "the partner is asked for what is missing" in terminal.ok("case", "1001", "ask", "trace-id", "timestamps")
    office.settle()
    [notice] = office.outgoing()
    assert (notice.notice, notice.text.count("\n- ")) == ("missing", 2)
    assert "asked the partner for what is missing" in " ".join(terminal.ok("case", "1001").split())


def test_a_fact_that_does_not_exist_is_told_with_those_that_do(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    office.outgoing()
    result = terminal.run("case", "1001", "ask", "trace")
    assert (result.exit_code, "trace_id" in result.stderr) == (2, True)


def test_nothing_to_ask_for_is_a_refusal(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Rate limits", "Which rate limits apply?")
    office.outgoing()
    result = terminal.run("case", "1001", "ask")
    assert (result.exit_code, "nothing is missing" in result.output) == (1, True)


def test_samples_need_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts can be written before anything is set up: with ./rules, else with those that triage comes with."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner(env={"TRIAGE_CONFIG": ""}).invoke(program, ["notices", "preview", "receipt", "--lang", "en"], prog_name="triage")
    assert result.exit_code == 0, result.output
    assert "rules/notices/receipt.txt (en)" in result.stdout
    assert "the rules that triage comes with are used" in result.stderr
