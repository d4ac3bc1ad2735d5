"""`triage rules`: test, explain, backtest, diff, new, status, schema, on the real program beside a running office."""

from __future__ import annotations

import json
import mailbox
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Terminal
from tests.scenarios.office import ADDRESS, PARTNER, Office
from triage.cli.program import program
from triage.cli.session import Session
from triage.core.rules.schema import schema
from triage.store import outbox

REFUND = """
[[rule]]
name = "refunds are urgent"
when = { event = "new", automatic = false, subject.contains = "refund" }
then = { severity = 1, page = "emergency" }
"""
NO_RECEIPT = """
[[rule]]
name = "no receipt for statements"
when = { event = "new", subject.contains = "statement" }
then = { receipt = false }
"""


@pytest.fixture
def proposed(office: Office, tmp_path: Path) -> Path:
    directory = tmp_path / "proposed"
    shutil.copytree(office.config.instance.rules_dir, directory)
    return directory


def rules_dir(office: Office) -> Path:
    return office.config.instance.rules_dir


def summary(lines: list[dict[str, object]]) -> dict[str, object]:
    return lines[-1]


class TestTest:
    def test_passing_tests_are_dots_and_exit_0(self, terminal: Terminal) -> None:
        text = terminal.ok("rules", "test")
        assert "10-emergency.toml" in text
        assert "F" not in text.splitlines()[0].split()[-1]
        assert "passed in" in text

    def test_a_failing_test_is_told_with_its_reason_and_exit_1(self, terminal: Terminal, proposed: Path) -> None:
        emergency = proposed / "10-emergency.toml"
        emergency.write_text(emergency.read_text().replace('contains = ["urgent", "critical"]', 'contains = ["urgent"]'))
        result = terminal.run("rules", "test", "--rules", str(proposed))
        assert result.exit_code == 1
        block = result.stdout.partition("FAILED 10-emergency.toml:")[2].partition("\n\n")[0].splitlines()
        assert block[0].endswith("  the other word, inside another one")
        assert block[1].endswith(' | expect = { severity = 1, page = "emergency" }')
        assert block[2].rindex("^") == block[1].index("1, page")
        assert [line.split() for line in block[3:5]] == [["expected", "severity", "=", "1"], ["got", "severity", "=", "3"]]
        assert block[5].startswith(
            '         why       rule "emergency by subject" (10-emergency.toml:8) did not hold: subject.new contains'
        )
        failed = [line for line in terminal.lines("rules", "test", "--rules", str(proposed), code=1) if not line["passed"]]
        assert {line["file"] for line in failed} == {"10-emergency.toml"}
        assert result.stdout.count("FAILED") == len(failed)
        assert result.stdout.splitlines()[-1].startswith(f"{len(failed)} failed, {33 - len(failed)} passed in ")

    def test_a_test_with_two_wrong_expectations_is_one_failure(self, terminal: Terminal, proposed: Path) -> None:
        two = '[[test]]\nname = "two"\nmail = { subject = "x" }\n[test.expect]\nseverity = 2\nassign = "ana"\n'
        (proposed / "60-ours.toml").write_text(REFUND + two)
        text = terminal.run("rules", "test", "--rules", str(proposed)).stdout
        assert text.count("FAILED") == 1
        assert [line.split(" | ")[1] for line in text.splitlines() if " | " in line and "^" not in line] == [
            "severity = 2",
            'assign = "ana"',
        ]
        assert text.splitlines()[-1].startswith("1 failed, ")

    def test_without_any_test_nothing_is_said_to_have_passed(self, terminal: Terminal, tmp_path: Path) -> None:
        (tmp_path / "ours").mkdir()
        empty = terminal.run("rules", "test", "--rules", str(tmp_path / "ours"))
        assert (empty.exit_code, empty.stdout) == (1, "")
        assert "neither a rule nor a test" in empty.stderr
        (tmp_path / "ours" / "60-ours.toml").write_text(NO_RECEIPT)
        untested = terminal.run("rules", "test", "--rules", str(tmp_path / "ours"), "--json")
        assert (untested.exit_code, untested.stdout) == (1, "")
        assert "1 rule and no test" in untested.stderr

    def test_without_a_configuration_nothing_is_said_of_rules_that_are_not_used(
        self, terminal: Terminal, tmp_path: Path, proposed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        unset = {"TRIAGE_CONFIG": None}
        assert terminal.run("rules", "test", "--rules", str(proposed), env=unset).stderr == ""
        assert "that triage comes with are used" in terminal.run("rules", "test", env=unset).stderr

    def test_a_mistake_in_a_file_is_exit_2(self, terminal: Terminal, proposed: Path) -> None:
        (proposed / "60-ours.toml").write_text(REFUND.replace("subject", "subjekt"))
        result = terminal.run("rules", "test", "--rules", str(proposed))
        assert result.exit_code == 2
        assert 'did you mean "subject"' in result.stderr


class TestExplain:
    def test_each_rule_is_a_hit_or_has_a_first_condition_that_failed(self, office: Office, terminal: Terminal, tmp_path: Path) -> None:
        mail = tmp_path / "mail.eml"
        mail.write_bytes(office.mail(PARTNER, ADDRESS, "URGENT payouts fail"))
        text = terminal.ok("rules", "explain", str(mail))
        assert "hit   emergency by subject  10-emergency.toml:8" in text
        assert "together: severity = 1, page = emergency" in text
        [line] = terminal.lines("rules", "explain", str(mail))
        rows = {row["rule"]: row for row in line["rules"]}
        assert rows["emergency by subject"]["text"] == "sets severity = 1, page = emergency"
        assert rows["thanks only"] == {**rows["thanks only"], "result": "miss", "text": 'fails at event is "reopen"'}
        assert rows["voicemail"]["result"] == "near"

    def test_a_file_that_is_no_mail_is_refused(self, terminal: Terminal, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("call them back\n")
        result = terminal.run("rules", "explain", str(tmp_path / "notes.txt"))
        assert (result.exit_code, result.stdout) == (1, "")
        assert "notes.txt is no mail: it does not begin with fields such as From" in result.stderr

    def test_as_a_follow_up_to_a_case(self, office: Office, terminal: Terminal, tmp_path: Path) -> None:
        office.partner_writes("URGENT payouts fail")
        mail = tmp_path / "mail.eml"
        mail.write_bytes(office.mail(PARTNER, ADDRESS, "Re: URGENT payouts fail"))
        assert "together: no rule says anything" in terminal.ok("rules", "explain", str(mail), "--case", "1001")
        assert terminal.run("rules", "explain", str(mail), "--case", "1077").exit_code == 1

    def test_what_does_not_count_for_a_machine_is_said(self, office: Office, terminal: Terminal, tmp_path: Path) -> None:
        (rules_dir(office) / "60-ours.toml").write_text(REFUND.replace("automatic = false, ", ""))
        mail = tmp_path / "mail.eml"
        mail.write_bytes(office.mail(PARTNER, ADDRESS, "refund", Auto_Submitted="auto-replied"))
        assert "a machine wrote it" not in terminal.ok("rules", "explain", str(mail))
        (rules_dir(office) / "60-ours.toml").write_text(REFUND.replace("automatic = false, ", "").replace(', page = "emergency"', ""))
        assert "a machine wrote it" in terminal.ok("rules", "explain", str(mail))


class TestBacktest:
    def history(self, office: Office) -> None:
        """A day and night of mail: two questions, a statement, an answered and closed case with a thanks."""
        question = office.partner_writes("Where is my refund")
        office.partner_writes("Re: Where is my refund", answers=question)
        office.partner_writes("Statement of October", sender="bo@other.example")
        office.team_replies("Re: Where is my refund", answers=question)
        office.wait(hours=73)
        office.wait(hours=14)
        office.partner_writes("refund again", sender="eve@third.example")
        office.outgoing()

    def test_only_what_would_differ_is_told_and_nothing_changes(self, office: Office, terminal: Terminal, proposed: Path) -> None:
        self.history(office)
        (proposed / "60-ours.toml").write_text(REFUND + NO_RECEIPT)
        with office.store() as store:
            before = (office.outcomes(), len(outbox.latest(store)))
        lines = terminal.lines("rules", "backtest", "--rules", str(proposed))
        by_subject = {(line["subject"], line["case"]): line for line in lines[:-1]}
        assert by_subject["Where is my refund", "#1001"]["changes"]["pages"] == {"from": "0", "to": "1"}
        assert by_subject["Where is my refund", "#1001"]["rules"] == ["refunds are urgent"]
        assert by_subject["Statement of October", "#1002"]["changes"] == {"notices": {"from": "receipt", "to": "none"}}
        assert by_subject["refund again", "#1003"]["night"] is True
        assert summary(lines)["pages"] == {"from": 0, "to": 2}
        assert summary(lines)["pages_at_night"] == {"from": 0, "to": 1}
        assert summary(lines)["rules"]["no receipt for statements"] == 1
        with office.store() as store:
            assert (office.outcomes(), len(outbox.latest(store))) == before

    def test_the_replay_of_the_rules_in_force_does_what_was_done(self, office: Office, terminal: Terminal) -> None:
        self.history(office)
        text = terminal.ok("rules", "backtest", "--rules", str(rules_dir(office)))
        assert "0 would be treated differently" in text
        assert "closed: 1 -> 1" in text
        assert "notices: 3 -> 3" in text

    def test_a_thanks_that_would_reopen(self, office: Office, terminal: Terminal, proposed: Path) -> None:
        question = office.partner_writes("Payouts fail")
        office.team_replies("Re: Payouts fail", answers=question)
        office.wait(hours=73)
        office.partner_writes("Re: Payouts fail", "Thanks!", answers=question)
        (proposed / "20-thanks.toml").unlink()
        text = terminal.ok("rules", "backtest", "--rules", str(proposed))
        assert "re-opened: no -> yes" in text
        assert "thanks only" in text
        assert "re-opened: 0 -> 1" in text

    def test_without_other_rules_it_tells_what_the_rules_do_at_all(self, office: Office, terminal: Terminal) -> None:
        office.partner_writes("URGENT payouts fail")
        lines = terminal.lines("rules", "backtest")
        assert lines[0]["changes"]["severity"] == {"from": "3", "to": "1"}
        assert lines[0]["rules"] == ["emergency by subject"]

    def test_an_mbox_instead_of_the_store(self, office: Office, terminal: Terminal, proposed: Path, tmp_path: Path) -> None:
        box = mailbox.mbox(tmp_path / "old.mbox")
        for number in range(60):
            box.add(office.mail(f"ops@p{number}.example", ADDRESS, f"refund {number}" if number % 2 else f"question {number}"))
        box.flush()
        office.wait(hours=1)
        (proposed / "60-ours.toml").write_text(REFUND)
        lines = terminal.lines("rules", "backtest", "--rules", str(proposed), "--mails", str(tmp_path / "old.mbox"))
        assert (summary(lines)["mails"], summary(lines)["different"]) == (60, 30)
        assert terminal.run("rules", "backtest", "--mails", str(tmp_path / "old.mbox"), "--since", "1m").exit_code == 1
        assert terminal.run("rules", "backtest", "--since", "soon").exit_code == 2

    def test_what_is_no_mail_is_left_out_and_told(self, office: Office, terminal: Terminal, proposed: Path, tmp_path: Path) -> None:
        mails = tmp_path / "mails"
        mails.mkdir()
        (mails / "1.eml").write_bytes(office.mail(PARTNER, ADDRESS, "question"))
        (mails / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
        result = terminal.run("rules", "backtest", "--rules", str(proposed), "--mails", str(mails))
        assert "1 mail, 0 would be treated differently" in result.stdout
        assert "1 file left out" in result.stderr
        assert "photo.png is no mail" in result.stderr

    def test_when_all_mails_are_too_old_that_is_said(self, office: Office, terminal: Terminal, tmp_path: Path) -> None:
        (tmp_path / "old.eml").write_bytes(office.mail(PARTNER, ADDRESS, "question"))
        office.wait(hours=1)
        result = terminal.run("rules", "backtest", "--mails", str(tmp_path / "old.eml"), "--since", "1m")
        assert result.exit_code == 1
        assert "the only mail in" in result.stderr
        assert "--since takes a longer time" in result.stderr

    def test_the_table_has_the_year_and_the_author_below_the_subject(self, office: Office, terminal: Terminal) -> None:
        office.partner_writes("URGENT payouts fail")
        lines = terminal.ok("rules", "backtest").splitlines()
        assert lines[1].startswith("2026-11-23 09:00 #1001 URGENT payouts fail")
        assert lines[2].split()[0] == PARTNER

    def test_without_a_store_the_other_source_is_named(self, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "new").mkdir()
        monkeypatch.chdir(tmp_path / "new")
        result = CliRunner(env={"TRIAGE_CONFIG": ""}).invoke(program, ["rules", "backtest"], obj=Session(terminal.clock))
        assert result.exit_code == 2
        assert "there is no store" in result.stderr
        assert "--mails takes an mbox" in result.stderr


class TestDiff:
    def test_the_mails_that_two_sets_treat_differently(self, office: Office, terminal: Terminal, proposed: Path, tmp_path: Path) -> None:
        mails = tmp_path / "Maildir"
        for part in ("cur", "new", "tmp"):
            (mails / part).mkdir(parents=True)
        (mails / "new" / "1.host").write_bytes(office.mail(PARTNER, ADDRESS, "refund please"))
        (mails / "cur" / "2.host:2,S").write_bytes(office.mail(PARTNER, ADDRESS, "question"))
        (mails / "tmp" / "3.host").write_bytes(b"half a mail")
        (mails / "dovecot.index").write_bytes(b"\x00\x01")
        (proposed / "60-ours.toml").write_text(REFUND)
        text = terminal.ok("rules", "diff", str(rules_dir(office)), str(proposed), str(mails))
        assert "2 mails, 1 differ" in text
        assert "severity: 3 -> 1" in text
        assert "question" not in text
        nowhere = terminal.run("rules", "diff", str(proposed), str(proposed), str(tmp_path / "nowhere"))
        assert nowhere.exit_code == 2
        assert "does not exist" in nowhere.stderr


class TestNew:
    def test_the_example_is_a_good_file_whose_tests_pass(self, terminal: Terminal, proposed: Path) -> None:
        (proposed / "60-ours.toml").write_text(terminal.ok("rules", "new", "--name", "refunds"))
        assert "60-ours.toml" in terminal.ok("rules", "test", "--rules", str(proposed))

    def test_from_a_case_its_own_mail_is_the_test(self, office: Office, terminal: Terminal, proposed: Path) -> None:
        office.partner_writes('Payouts to "Zürich" fail', "Since 10:12 UTC\nall of them")
        text = terminal.ok("rules", "new", "--from-case", "1001")
        assert "Zürich" in text
        assert "Since 10:12 UTC" in text
        (proposed / "60-ours.toml").write_text(text)
        assert "60-ours.toml" in terminal.ok("rules", "test", "--rules", str(proposed))

    def test_a_case_that_is_not_there(self, terminal: Terminal) -> None:
        assert terminal.run("rules", "new", "--from-case", "1077").exit_code == 1


class TestStatus:
    def test_what_is_in_force(self, terminal: Terminal) -> None:
        text = terminal.ok("rules", "status")
        assert "daemon     is running" in text
        [line] = terminal.lines("rules", "status")
        assert line["successful"] is True
        assert line["hash"] in text

    def test_a_save_that_cannot_be_used_is_shown_with_its_place(self, office: Office, terminal: Terminal) -> None:
        assert office.daemon is not None
        (rules_dir(office) / "60-ours.toml").write_text(REFUND.replace("subject", "subjekt"))
        office.daemon.reload_rules()
        office.settle()
        result = terminal.run("rules", "status")
        assert result.exit_code == 1
        assert "the set above stays in force" in result.stdout
        assert "60-ours.toml:4" in result.stderr


def test_the_schema_is_the_one_that_is_shipped(terminal: Terminal) -> None:
    assert json.loads(terminal.ok("rules", "schema")) == schema()
