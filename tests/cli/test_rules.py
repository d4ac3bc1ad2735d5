"""`triage rules`: test, explain, backtest, diff, new, status, schema, on the real program beside a running office."""

from __future__ import annotations

import json
import mailbox
import shutil
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import ADDRESS, PARTNER, Office
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
        assert '"the other word, inside another one"' in result.stdout
        assert "severity: expected 1, found 3" in result.stdout
        assert 'rule "emergency by subject" did not hold: subject.new contains' in result.stdout
        failed = [line for line in terminal.lines("rules", "test", "--rules", str(proposed), code=1) if not line["passed"]]
        assert {line["file"] for line in failed} == {"10-emergency.toml"}

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

    @pytest.mark.slow
    def test_a_thousand_mails_take_seconds(self, office: Office, terminal: Terminal, proposed: Path, tmp_path: Path) -> None:
        """10,000 in a minute, on a machine that does nothing else; half of that speed is a fault."""
        box = mailbox.mbox(tmp_path / "old.mbox")
        box.lock()
        for number in range(1000):
            box.add(office.mail(f"ops@p{number % 50}.example", ADDRESS, f"question {number}", "POST /v1/transfers fails\n" * 40))
        box.flush()
        (proposed / "60-ours.toml").write_text(REFUND)
        begun = time.monotonic()
        terminal.ok("rules", "backtest", "--rules", str(proposed), "--mails", str(tmp_path / "old.mbox"))
        assert time.monotonic() - begun < 12


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
