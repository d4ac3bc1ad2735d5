"""`triage oncall`: who is on call, who would be paged at which second, who stands in."""

from __future__ import annotations

import os
import stat
import tempfile
from typing import NoReturn

import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office

NIGHT = """
[[person]]
name = "ana"
zone = "Europe/London"
[[person.contact]]
kind = "pagerduty"
name = "pager"
routing_key = "0123456789abcdef0123456789abcdef"
[[person.contact]]
kind = "email"
name = "mail"
to = "ana@pager.example"

[[person]]
name = "bo"
zone = "Asia/Kathmandu"
[[person.contact]]
kind = "email"
name = "mail"
to = "bo@pager.example"

[rota.primary]
zone = "Europe/London"
hand_off = "daily 09:00"
people = ["ana", "bo"]
start = 2026-03-28

[policy.emergency]
broadcast_at = "20m"
[[policy.emergency.level]]
at = "0m"
to = ["primary"]
[[policy.emergency.level]]
at = "5m"
to = ["bo"]
"""


@pytest.fixture
def night(office: Office, terminal: Terminal) -> Terminal:
    (office.config.instance.rules_dir / "oncall.toml").write_text(NIGHT)
    return terminal


def test_every_shift_is_shown_in_the_rotas_zone_with_utc(night: Terminal) -> None:
    shown = night.lines("oncall", "show", "--days", "400")
    assert {line["person"] for line in shown} == {"ana", "bo"}
    hand_offs = {line["from"] for line in shown}
    assert "2027-03-27T09:00:00+00:00" in hand_offs
    assert "2027-03-28T08:00:00+00:00" in hand_offs, "after the change to summer time, at the same wall clock"


def test_a_gap_is_exit_code_1(night: Terminal, office: Office) -> None:
    holiday = "".join(f"[[away]]\nperson = '{name}'\nfrom = 2026-11-24\nuntil = 2026-11-25\n" for name in ("ana", "bo"))
    (office.config.instance.rules_dir / "oncall.toml").write_text(NIGHT + holiday)
    result = night.run("oncall", "show", "--days", "3")
    assert result.exit_code == 1
    assert "NOBODY" in result.stdout


def test_a_night_in_march_is_played_through(night: Terminal) -> None:
    lines = night.lines("oncall", "explain", "--at", "2027-03-28T00:59:30", "--simulate", "pagerduty=503,ana=noanswer,bo=3m")
    told = [(line["at"][11:19], line["person"], line["contact"], line["text"]) for line in lines]
    assert told[0] == ("00:59:30", "", "", "the first level is paged")
    assert ("00:59:30", "ana", "pager", "503, attempt 1 failed") in told
    assert ("00:59:33", "ana", "pager", "503, attempt 2 failed") in told
    assert ("01:04:30", "bo", "mail", "accepted") in told
    assert told[-1] == ("01:07:30", "bo", "", "acknowledged")


def test_the_persons_own_time_stands_beside(night: Terminal) -> None:
    shown = night.ok("oncall", "explain", "--at", "2027-03-28T00:59:30", "--for", "10m")
    assert "06:49" in shown, "bo in Kathmandu, at 01:04 UTC"


def test_after_a_crash_everybody_is_reached_at_once(night: Terminal) -> None:
    lines = night.lines("oncall", "explain", "--at", "2027-03-29T12:00", "--simulate", "crash=40m,bo=ack")
    reached = [line for line in lines if line["text"] == "accepted"]
    assert reached[0]["at"].startswith("2027-03-29T12:40:00")
    assert {line["person"] for line in reached} == {"ana", "bo"}


def test_somebody_who_is_away_is_passed_over_at_once(night: Terminal) -> None:
    lines = night.lines("oncall", "explain", "--at", "2027-03-27T12:00", "--simulate", "ana=away,bo=ack")
    assert [line["at"][14:19] for line in lines if line["person"] == "bo" and line["text"] == "accepted"] == ["00:05"]


def test_a_channel_named_as_its_kind_may_answer_badly(night: Terminal, office: Office) -> None:
    """As docs/oncall.md shows it, "PagerDuty in front"."""
    channel = '[[channel]]\nname = "pagerduty"\n[[channel.contact]]\nkind = "pagerduty"\nrouting_key = "0123456789abcdef0123456789abcdef"\n'
    in_front = NIGHT.replace('to = ["primary"]', 'to = ["pagerduty"]', 1)
    (office.config.instance.rules_dir / "oncall.toml").write_text(channel + in_front)
    lines = night.lines("oncall", "explain", "--at", "2027-03-27T12:00", "--simulate", "pagerduty=503")
    assert any(line["person"] == "pagerduty" and "503" in line["text"] for line in lines)
    assert any(line["person"] == "bo" for line in lines)


@pytest.mark.parametrize("what", ["anna=noanswer", "pagerduty=down", "nonsense", "crash=soon", "ana=perhaps"])
def test_what_cannot_be_simulated_is_said(night: Terminal, what: str) -> None:
    result = night.run("oncall", "explain", "--simulate", what)
    assert result.exit_code == 2
    assert "such as" in result.stderr or "Known: crash" in result.stderr


def test_an_override_is_written_listed_used_and_taken_away(night: Terminal, office: Office) -> None:
    path = office.config.instance.rules_dir / "oncall.toml"
    before = path.read_text()
    said = night.ok("oncall", "override", "add", "primary", "bo", "--from", "2027-03-28T10:00", "--until", "4h", "--why", "ana flies")
    assert said == "bo is on primary from Sun 28 Mar 2027 09:00 to Sun 28 Mar 2027 13:00 UTC\n", "wall clock of the rota: summer time"
    assert '[[rota.primary.override]]  # ana: ana flies\nperson = "bo"\nfrom = 2027-03-28T09:00:00Z\n' in path.read_text()
    assert path.read_text().startswith(before.rstrip()), "nothing else was touched"
    (listed,) = night.lines("oncall", "override", "list")
    assert (listed["person"], listed["number"]) == ("bo", 1)
    night.ok("oncall", "override", "remove", "primary", "1")
    assert path.read_text().rstrip() == before.rstrip()
    assert night.ok("oncall", "override", "list") == "no override\n"


def test_the_right_one_of_several_overrides_is_taken_away(night: Terminal, office: Office) -> None:
    for person, day in (("bo", 1), ("ana", 2), ("bo", 3)):
        night.ok("oncall", "override", "add", "primary", person, "--from", f"2027-05-0{day}T10:00", "--until", "4h")
    night.ok("oncall", "override", "remove", "primary", "2")
    assert [line["from"][:10] for line in night.lines("oncall", "override", "list")] == ["2027-05-01", "2027-05-03"]
    assert night.run("oncall", "override", "remove", "primary", "3").exit_code == 1


def test_the_daemon_uses_an_override_within_a_second(office: Office, terminal: Terminal) -> None:
    terminal.ok("oncall", "override", "add", "primary", "bo", "--from", "now", "--until", "1h")
    assert office.daemon is not None
    office.daemon.reload_rules()
    office.settle()
    office.partner_writes("URGENT payouts fail")
    assert "page bo" in office.notices()


@pytest.mark.parametrize(
    "arguments",
    [
        ("secondary", "bo", "--from", "now", "--until", "4h"),
        ("primary", "cleo", "--from", "now", "--until", "4h"),
        ("primary", "bo", "--from", "2027-01-02T10:00", "--until", "2027-01-01T10:00"),
        ("primary", "bo", "--from", "tomorrow", "--until", "4h"),
    ],
)
def test_an_override_that_makes_no_sense_changes_nothing(night: Terminal, office: Office, arguments: tuple[str, ...]) -> None:
    path = office.config.instance.rules_dir / "oncall.toml"
    before = path.read_text()
    assert night.run("oncall", "override", "add", *arguments).exit_code == 2
    assert path.read_text() == before


def test_broken_rules_are_told_and_not_written_to(night: Terminal, office: Office) -> None:
    path = office.config.instance.rules_dir / "oncall.toml"
    path.write_text("nonsense")
    assert night.run("oncall", "override", "add", "primary", "bo", "--from", "now", "--until", "4h").exit_code == 2
    assert path.read_text() == "nonsense"


def test_rules_that_somebody_else_may_edit_are_a_sentence(night: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """As install.md has it: the service's user may read the rules and not change them. Root may, so the system call says no here."""

    def refuses(**where: object) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(where["dir"]))

    monkeypatch.setattr(tempfile, "mkstemp", refuses)
    refused = night.run("oncall", "override", "add", "primary", "bo", "--from", "now", "--until", "4h")
    assert refused.exit_code == 2
    assert "oncall.toml: permission denied" in refused.stderr
    assert "hint: run it as somebody who may edit the rules" in refused.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_what_root_writes_stays_readable_for_the_service(night: Terminal, office: Office) -> None:
    path = office.config.instance.rules_dir / "oncall.toml"
    os.chown(path, 4711, 4712)
    path.chmod(0o640)
    night.ok("oncall", "override", "add", "primary", "bo", "--from", "now", "--until", "4h")
    written = path.stat()
    assert (written.st_uid, written.st_gid, stat.S_IMODE(written.st_mode)) == (4711, 4712, 0o640)
