"""`triage explain`: the real pipeline over files, with its reasons, and nothing left behind."""

from __future__ import annotations

import json
import mailbox
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from triage import shipped
from triage.adapters.clock import SystemClock, SystemEntropy
from triage.adapters.parsing import InlineParser
from triage.adapters.rulefiles import load_rules
from triage.cli.explanation import as_value
from triage.cli.program import program
from triage.cli.rehearsal import Rehearsal
from triage.core.seams import Parsed
from triage.core.settings import Config, Imap, Instance, Server, Smtp
from triage.daemon.wiring import contact_kinds
from triage.store import ledger
from triage.store.database import open_memory_store
from triage.workers.desk import Desk

MAILS = Path(__file__).parents[1] / "mails"

OUTCOMES = {"case", "follow-up", "automatic", "delivery-report", "own", "quarantined", "ignored"}
SHAPE = {
    "file": str,
    "outcome": str,
    "message": dict,
    "automatic": dict,
    "may_answer": dict,
    "delivery_report": (dict, type(None)),
    "follow_up": (dict, type(None)),
    "new_text": str,
    "quoted_text": str,
    "facts": list,
    "missing": list,
    "defects": list,
    "verdict": dict,
    "reason": str,
}


def run(*arguments: str | Path) -> Result:
    return CliRunner(env={"TRIAGE_CONFIG": ""}).invoke(program, ["explain", *map(str, arguments)], prog_name="triage")


def explained(*arguments: str | Path) -> list[dict[str, Any]]:
    result = run("--json", *arguments)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def write(
    directory: Path, name: str, headers: str, text: str = "POST /v1/transfers returns 500 since 10:00 UTC.\n", time: str = "15:20:00"
) -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"To: api@wise.com\nDate: Thu, 02 Oct 2025 {time} +0000\n{headers}\n\n{text}".replace("\n", "\r\n").encode())
    return path


def test_every_sample_mail_gets_one_line_of_the_documented_shape() -> None:
    lines = explained(MAILS)
    assert [line["file"] for line in lines] == sorted(str(path) for path in MAILS.glob("*.eml"))
    for line in lines:
        assert list(line) == list(SHAPE)
        assert all(isinstance(line[name], kind) for name, kind in SHAPE.items()), line["file"]
        assert line["outcome"] in OUTCOMES
        assert set(line["message"]) == {"subject", "author", "date", "message_id", "in_reply_to", "references"}
        assert set(line["verdict"]) == {"severity", "page", "hits"}


def test_an_urgent_mail_says_which_rule_pages_with_which_policy(tmp_path: Path) -> None:
    [line] = explained(write(tmp_path, "a.eml", "From: Ops <ops@acme.example>\nSubject: URGENT payouts fail\nMessage-ID: <1@acme.example>"))
    assert line["outcome"] == "case"
    assert (line["verdict"]["severity"], line["verdict"]["page"]) == (1, "emergency")
    [hit] = line["verdict"]["hits"]
    assert (hit["rule"], hit["file"], hit["line"] > 0) == ("emergency by subject", "10-emergency.toml", True)


def test_follow_ups_are_found_among_the_files_in_name_order(tmp_path: Path) -> None:
    write(tmp_path, "in/2.eml", "From: ops@acme.example\nSubject: Re: Help\nMessage-ID: <2@acme.example>\nIn-Reply-To: <1@acme.example>")
    write(tmp_path, "in/1.eml", "From: ops@acme.example\nSubject: Help\nMessage-ID: <1@acme.example>")
    write(tmp_path, "in/3.eml", "From: dev@acme.example\nSubject: Re: [#1001] Help\nMessage-ID: <3@acme.example>")
    write(tmp_path, "in/4.eml", "From: x@other.example\nSubject: [#1001] Help\nMessage-ID: <4@other.example>")
    first, second, third, stranger = explained(tmp_path / "in")
    assert (first["outcome"], first["follow_up"]) == ("case", None)
    assert second["outcome"] == "follow-up"
    assert {name: second["follow_up"][name] for name in ("of", "by", "joined")} == {
        "of": str(tmp_path / "in/1.eml"),
        "by": "in-reply-to",
        "joined": True,
    }
    assert (third["follow_up"]["of"], third["follow_up"]["by"]) == (str(tmp_path / "in/2.eml"), "subject-token")
    assert (stranger["outcome"], stranger["follow_up"]["joined"]) == ("case", False), "a claim without a place in the case joins nothing"


def test_the_same_mail_twice_is_ignored_with_the_reason(tmp_path: Path) -> None:
    for name in ("1.eml", "2.eml"):
        write(tmp_path, name, "From: ops@acme.example\nSubject: Help\nMessage-ID: <1@acme.example>")
    lines = explained(tmp_path)
    assert [line["outcome"] for line in lines] == ["case", "ignored"]
    assert lines[1]["reason"].startswith("the same mail as")


def test_machines_are_told_from_people(tmp_path: Path) -> None:
    write(tmp_path, "1.eml", "From: ops@acme.example\nSubject: urgent\nMessage-ID: <1@acme.example>\nAuto-Submitted: auto-replied")
    [line] = explained(tmp_path)
    assert line["outcome"] == "automatic"
    assert (line["automatic"]["is_automatic"], line["automatic"]["origin"]) == (True, "auto-replied")
    assert "Auto-Submitted: auto-replied" in line["automatic"]["evidence"]
    assert line["may_answer"]["allowed"] is False
    assert line["verdict"] == {"severity": None, "page": None, "hits": []}


def test_a_notice_with_our_address_is_our_own(tmp_path: Path) -> None:
    write(tmp_path, "1.eml", "From: api@wise.com\nSubject: [#1001] Help\nMessage-ID: <1@wise.com>\nAuto-Submitted: auto-generated")
    assert [line["outcome"] for line in explained(tmp_path)] == ["own"]


def test_a_delivery_report_tells_what_it_reports() -> None:
    [line] = explained(MAILS / "delivery_report.eml")
    assert line["outcome"] == "delivery-report"
    assert (line["delivery_report"]["action"], line["delivery_report"]["status"]) == ("failed", "5.1.1")


def test_a_team_reply_with_proof_is_a_follow_up_that_opens_no_case(tmp_path: Path) -> None:
    write(tmp_path, "1.eml", "From: ops@acme.example\nSubject: Help\nMessage-ID: <1@acme.example>")
    proof = "Authentication-Results: mx.wise.com; dmarc=pass header.from=wise.com; dkim=pass header.d=wise.com"
    reply = f"From: ana@wise.com\nCc: ops@acme.example\nSubject: Re: Help\nMessage-ID: <2@wise.com>\nIn-Reply-To: <1@acme.example>\n{proof}"
    write(tmp_path, "2.eml", reply, time="15:30:00")
    proven = explained("--trusted-authserv", "mx.wise.com", tmp_path)[1]
    assert (proven["outcome"], proven["reason"]) == ("follow-up", "the team replied; the reply window opens")
    unproven = explained(tmp_path)[1]
    assert "unproven" in unproven["reason"]


def test_other_rules_and_another_mailbox_can_be_named(tmp_path: Path) -> None:
    mail = write(tmp_path, "1.eml", "From: ops@acme.example\nSubject: URGENT\nMessage-ID: <1@acme.example>")
    rules = tmp_path / "rules"
    rules.mkdir()
    [line] = explained("--rules", rules, "--address", "help@bank.example", "--team-domain", "bank.example", mail)
    assert (line["verdict"]["severity"], line["verdict"]["hits"]) == (3, [])


def test_a_broken_rule_file_is_exit_2_with_its_line(tmp_path: Path) -> None:
    mail = write(tmp_path, "1.eml", "From: ops@acme.example\nSubject: Help")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.toml").write_text("[[rule]]\nnam = 1\n")
    result = run("--rules", tmp_path / "rules", mail)
    assert result.exit_code == 2
    assert "x.toml:2:1" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, "1.eml", "From: ops@acme.example\nSubject: Help").chmod(0)
    write(tmp_path, "2.eml", "From: ops@acme.example\nSubject: Help")
    assert run(tmp_path).exit_code == 1


def test_a_file_that_is_not_there_does_not_stop_the_others(tmp_path: Path) -> None:
    mail = write(tmp_path, "2.eml", "From: ops@acme.example\nSubject: Help\nMessage-ID: <1@acme.example>")
    result = run("--json", tmp_path / "1.eml", mail)
    assert result.exit_code == 1
    assert result.stderr == f"triage: {tmp_path / '1.eml'} cannot be read: no such file or directory\n"
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == [str(mail)]


def test_hidden_files_and_what_is_no_file_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, ".hidden", "From: ops@acme.example")
    write(tmp_path, ".git/x", "From: ops@acme.example")
    os.mkfifo(tmp_path / "pipe")
    assert explained(tmp_path) == []


def test_many_mails_go_through_worker_processes_and_come_out_in_order(tmp_path: Path) -> None:
    for number in range(120):
        write(tmp_path, f"{number:03d}.eml", f"From: ops@p{number}.example\nSubject: Help {number}\nMessage-ID: <{number}@p.example>")
    lines = explained(tmp_path)
    assert [line["message"]["subject"] for line in lines] == [f"Help {number}" for number in range(120)]


def test_a_date_in_the_future_or_none_is_replaced_by_the_time_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "1.eml", "From: ops@acme.example\nSubject: Help\nMessage-ID: <1@acme.example>")
    path.write_bytes(path.read_bytes().replace(b"2025", b"2091"))
    [line] = explained(path)
    assert line["outcome"] == "case"


def test_the_text_names_outcome_evidence_rules_and_what_is_missing(tmp_path: Path) -> None:
    headers = "From: Ops <ops@acme.example>\nSubject: URGENT payouts fail\nMessage-ID: <1@acme.example>"
    printed = run(write(tmp_path, "1.eml", headers)).stdout
    for text in (
        '"URGENT payouts fail" from Ops <ops@acme.example>',
        "outcome    case #1001",
        "written by a person",
        "author     not proven: no trusted server is configured",
        "severity   1, pages with policy emergency",
        'rule       "emergency by subject" (10-emergency.toml:',
        "facts      endpoint POST /v1/transfers",
        "missing    ",
        "    | POST /v1/transfers returns 500",
    ):
        assert text in printed


def test_the_text_names_the_rules_that_did_not_hold_and_the_condition(tmp_path: Path) -> None:
    printed = run(write(tmp_path, "1.eml", "From: ops@acme.example\nSubject: Hello\nMessage-ID: <1@acme.example>")).stdout
    assert 'no rule    "emergency by subject"' in printed
    assert "did not hold: subject.new contains" in printed


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = write(tmp_path, "1.eml", "From: ops@acme.example\nSubject: Help")
    monkeypatch.chdir(tmp_path)
    run(mail)
    assert [path.name for path in tmp_path.iterdir()] == ["1.eml"]


def test_no_file_is_a_usage_error() -> None:
    assert run().exit_code == 2


def test_a_wrong_address_is_a_usage_error(tmp_path: Path) -> None:
    assert run("--address", "nobody", tmp_path).exit_code == 2


class _Stumbling(InlineParser):
    """A parser that cannot read one of the mails."""

    def submit(self, ticket: int, raw: bytes, urgent: bool = False, /) -> None:
        if b"stumble" in raw:
            self._done.append(Parsed(ticket, None, "it took longer than 10 s"))
        else:
            super().submit(ticket, raw)


def test_a_mail_that_cannot_be_parsed_is_shown_as_quarantined_with_what_is_known(tmp_path: Path) -> None:
    write(tmp_path, "1.eml", "From: Ops <ops@acme.example>\nSubject: stumble\nMessage-ID: <1@acme.example>")
    write(tmp_path, "2.eml", "From: ops@acme.example\nSubject: Hello\nMessage-ID: <2@acme.example>")
    nowhere = Server("localhost", 1)
    config = Config(Instance("triage", "api@wise.com"), Imap(nowhere), Smtp(nowhere))
    rules = load_rules(shipped.rules_dir(), datetime.now(UTC), contact_kinds())
    with open_memory_store() as store:
        desk = Desk(config, store, lambda: rules, SystemEntropy(), (b"k" * 32,))
        rehearsal = Rehearsal(desk, _Stumbling(), SystemClock(), lambda name, reason: None)
        first, second = (as_value(one, frozenset(), "emergency") for one in rehearsal.explain(sorted(tmp_path.iterdir())))
        assert [len(ledger.raw(store, row)) for row in (1, 2)] == [0, 0], "bytes are not kept once a mail is judged"
    assert (first["outcome"], first["reason"], second["outcome"]) == ("quarantined", "it took longer than 10 s", "case")
    assert list(first) == list(SHAPE)
    assert (first["message"]["subject"], first["message"]["author"]["address"]) == ("stumble", "ops@acme.example")
    assert first["may_answer"]["allowed"] is False


def test_with_the_configuration_our_own_notices_are_known_by_their_signed_ids(office: Office, terminal: Terminal, tmp_path: Path) -> None:
    office.partner_writes("Hello")
    [receipt] = office.outgoing()
    (tmp_path / "receipt.eml").write_bytes(receipt.raw)
    [line] = terminal.lines("explain", str(tmp_path / "receipt.eml"))
    assert (line["outcome"], line["reason"]) == ("own", "one of our own mails")


def test_nothing_is_missing_from_a_machines_mail(tmp_path: Path) -> None:
    head = b"From: Ana <ana@acme.com>\nSubject: Transfers fail with 500\nMessage-ID: <%s@acme.com>\n%s\nPOST /v1/transfers fails.\n"
    (tmp_path / "1.eml").write_bytes(head % (b"one", b""))
    (tmp_path / "2.eml").write_bytes(head % (b"two", b"Auto-Submitted: auto-generated\n"))
    assert [bool(value["missing"]) for value in explained(tmp_path)] == [True, False]


def test_a_file_that_is_no_mail_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    text = run(tmp_path / "photo.png").stdout
    assert "this file is no mail: it does not begin with fields such as From, Date or Subject" in text
    assert len(text.splitlines()) == 4
    [line] = explained(tmp_path / "photo.png")
    assert set(line) == set(SHAPE)
    assert "photo.png is no mail" in run("--json", tmp_path / "photo.png").stderr


def test_an_mbox_of_several_mails_is_not_taken_for_one_in_silence(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "old.mbox")
    for number in range(2):
        box.add(f"From: ops@acme.example\nSubject: question {number}\n\nhello\n")
    box.close()
    assert "is an mbox of several mails, and only one is taken from it" in run(tmp_path / "old.mbox").stdout
