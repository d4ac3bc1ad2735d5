"""`triage quarantine`: nothing that could not be read is lost, and there is a way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, write_config
from tests.scenarios.office import ADDRESS, Office, open_office
from tests.servers.waiting import comes_true
from triage.adapters.clock import SystemEntropy
from triage.adapters.parsing import InlineParser
from triage.core.seams import Parsed
from triage.core.settings import Limits
from triage.daemon.service import Daemon
from triage.store import folders, ledger


class _Stumbling(InlineParser):
    """A parser with a fault that is mended later: what is in quarantine for."""

    mended = False

    def submit(self, ticket: int, raw: bytes, urgent: bool = False, /) -> None:
        if b"stumble" in raw and not self.mended:
            self._done.append(Parsed(ticket, None, "the parser ran out of memory"))
        else:
            super().submit(ticket, raw)


@pytest.fixture
def parser() -> _Stumbling:
    return _Stumbling(Limits())


@pytest.fixture
def office(tmp_path: Path, parser: _Stumbling) -> Iterator[Office]:
    with open_office(tmp_path) as running:
        running.daemon = Daemon(running.config, running.clock, SystemEntropy(), parser=parser)
        running.daemon.start()
        running.settle()
        running.arrives(running.mail("ops@acme.example", ADDRESS, "stumble over \x1b[31mthis"))
        yield running


@pytest.fixture
def terminal(office: Office) -> Terminal:
    return Terminal(write_config(office), office.clock)


def test_an_empty_quarantine_says_so(terminal: Terminal, parser: _Stumbling, office: Office) -> None:
    parser.mended = True
    terminal.ok("quarantine", "retry", "--all")
    office.settle()
    assert terminal.ok("quarantine", "list") == "nothing is in quarantine\n"
    assert terminal.ok("quarantine", "retry", "--all") == "nothing is in quarantine\n"


def test_the_list_says_what_went_wrong(terminal: Terminal) -> None:
    printed = terminal.ok("quarantine", "list")
    assert "ran out of memory" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80
    [line] = terminal.lines("quarantine", "list")
    assert (line["id"], line["folder"], line["error"], line["replays"]) == (1, "INBOX", "the parser ran out of memory", 0)
    assert line["author"] == "ops@acme.example"
    assert line["subject"]


def test_a_list_that_is_cut_short_says_so(office: Office, terminal: Terminal) -> None:
    office.arrives(office.mail("ops@harbour.example", ADDRESS, "stumble again"))
    assert "--limit shows more" not in terminal.ok("quarantine", "list")
    printed = terminal.ok("quarantine", "list", "--limit", "1")
    assert "ops@acme.example" in printed
    assert "ops@harbour.example" not in printed
    assert "the first 1; --limit shows more" in printed


def test_show_prints_the_head_of_the_bytes_without_control_characters(terminal: Terminal) -> None:
    printed = terminal.ok("quarantine", "show", "1")
    assert "error: the parser ran out of memory" in printed
    assert "  | From: ops@acme.example" in printed
    assert "\x1b" not in printed
    [line] = terminal.lines("quarantine", "show", "1")
    assert line["kept_bytes"] > 100


def _within_seconds(happens: Callable[[], bool]) -> bool:
    return comes_true(happens, 10.0, 0.02)


def test_the_running_daemon_judges_a_retried_mail_by_itself(office: Office, terminal: Terminal, parser: _Stumbling) -> None:
    parser.mended = True
    assert "the running daemon does it now" in terminal.ok("quarantine", "retry", "1")
    assert _within_seconds(lambda: office.case_numbers() == [1001]), "no sweep and no restart was asked for"
    assert office.outcomes() == ["case"]


def test_without_the_daemon_it_is_done_at_the_next_start(office: Office, terminal: Terminal, parser: _Stumbling) -> None:
    office.stop()
    assert "when it is started" in terminal.ok("quarantine", "retry", "--all")
    office.start()
    assert office.case_numbers() == [1001]


def test_what_fails_again_is_counted(office: Office, terminal: Terminal) -> None:
    terminal.ok("quarantine", "retry", "1")
    assert _within_seconds(lambda: bool(terminal.lines("quarantine", "list")))
    assert terminal.lines("quarantine", "list")[0]["replays"] == 1


def test_what_a_person_has_dealt_with_holds_back_no_closing_any_more(office: Office, terminal: Terminal) -> None:
    with office.store() as store:
        assert ledger.unread_before(store, office.clock.now(), ["ops@acme.example"], []) != ""
    [line] = terminal.lines("quarantine", "dismiss", "1", "--as", "ana", "--why", "an advertisement")
    assert line == {"id": 1, "reason": "dismissed from quarantine by ana: an advertisement"}
    assert (terminal.lines("quarantine", "list"), office.outcomes()) == ([], ["ignored"])
    with office.store() as store:
        assert ledger.unread_before(store, office.clock.now(), ["ops@acme.example"], []) == ""
    assert terminal.run("quarantine", "dismiss", "1").exit_code == 1


def _lose_the_bytes(office: Office) -> None:
    """As if the server had not given the mail: the row is there, its bytes are not."""
    with office.store() as store, store.write():
        ledger.drop_raw(store, 1)


def test_a_mail_without_bytes_is_fetched_again(office: Office, terminal: Terminal, parser: _Stumbling) -> None:
    _lose_the_bytes(office)
    parser.mended = True
    assert "the server would not give this mail" in terminal.ok("quarantine", "show", "1")
    assert terminal.lines("quarantine", "retry", "1") == [{"id": 1, "way": "fetch"}]
    assert _within_seconds(lambda: office.case_numbers() == [1001])


def test_until_it_is_fetched_the_folder_does_not_count_as_swept(office: Office, terminal: Terminal) -> None:
    _lose_the_bytes(office)
    office.stop()
    terminal.ok("quarantine", "retry", "1")
    with office.store() as store:
        assert folders.synced_through(store) is None


def test_a_sweep_that_began_before_does_not_move_the_position_forward(office: Office) -> None:
    """Promise 1: a mail that is asked for again is not passed over by a sweep that is just ending."""
    office.stop()
    with office.store() as store:
        [intake] = [folder for folder in folders.watched(store) if folder.name == "INBOX"]
        assert intake.position is not None
        with store.write():
            folders.step_back(store, "INBOX", 1)
            assert not folders.move(store, "INBOX", intake.position, intake.position)
        assert [folder.position.uid for folder in folders.watched(store) if folder.name == "INBOX" and folder.position] == [0]


@pytest.mark.parametrize(("arguments", "code"), [(("retry",), 2), (("retry", "1", "--all"), 2), (("retry", "7"), 1), (("show", "7"), 1)])
def test_senseless_commands_and_unknown_ids(terminal: Terminal, arguments: tuple[str, ...], code: int) -> None:
    assert terminal.run("quarantine", *arguments).exit_code == code


def test_an_urgent_mail_that_cannot_be_read_is_paged_by_its_header(office: Office, terminal: Terminal) -> None:
    """A lost page is worse than a mail that was not understood."""
    office.outgoing()
    office.arrives(office.mail("ops@globex.example", ADDRESS, "URGENT payouts fail", "stumble over this"))
    assert sorted(office.notices()) == ["page ana", "severity-1", "warning"]
    assert office.case(1001).severity == 1
    assert "the body was not read" in terminal.ok("case", "1001")
