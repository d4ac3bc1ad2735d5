"""[statuspage], [deadman], [incidents] and [probe]: addresses outside and shared secrets, which are never printed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.config.test_load import loaded, problems_of, write
from triage.config import load
from triage.core.problem_text import format_problems

SECRET = "5c9a-not-to-be-shown"


def test_both_are_off_unless_they_are_set(tmp_path: Path) -> None:
    config = loaded(write(tmp_path))
    assert (config.statuspage.url, config.deadman.url(), config.deadman.drill_within) == ("", "", None)


def test_addresses_are_read(tmp_path: Path) -> None:
    rest = f'[statuspage]\nurl = "https://status.example.com/"\n[deadman]\nurl = "https://ping.example.com/{SECRET}"\ndrill_within = "8d"'
    config = loaded(write(tmp_path, rest=rest))
    assert config.statuspage.url == "https://status.example.com"
    assert config.deadman.url() == f"https://ping.example.com/{SECRET}"
    assert config.deadman.drill_within == timedelta(days=8)


def test_the_secret_address_is_not_printed(tmp_path: Path) -> None:
    config = loaded(write(tmp_path, rest=f'[deadman]\nurl = "https://ping.example.com/{SECRET}"'))
    assert SECRET not in repr(config)


@pytest.mark.parametrize("address", [f"http://ping.example.com/{SECRET}", f"ping.example.com/{SECRET}", f"ftp://x/{SECRET}"])
def test_a_wrong_secret_address_is_told_without_it(address: str, tmp_path: Path) -> None:
    problems = problems_of(write(tmp_path, rest=f'[deadman]\nurl = "{address}"'))
    told = format_problems(problems)
    assert "deadman" in told
    assert SECRET not in told


def test_a_secret_address_in_a_file_for_everybody_is_warned_of(tmp_path: Path) -> None:
    path = write(tmp_path, rest='[deadman]\nurl = "https://ping.example.com/x"')
    path.chmod(0o644)
    _, warnings = load(path, {})
    assert ["deadman.url" in warning.key for warning in warnings] == [True]


def test_a_status_page_in_plain_text_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, rest='[statuspage]\nurl = "http://status.example.com"'))
    assert "https" in problem.message
    assert loaded(write(tmp_path, rest='[statuspage]\nurl = "http://127.0.0.1:8000"')).statuspage.url == "http://127.0.0.1:8000"


SIGNING = f"whsec_{'QUJD' * 8}"


def test_the_address_for_incidents_and_its_secret_are_read_and_not_printed(tmp_path: Path) -> None:
    config = loaded(write(tmp_path, rest=f'[incidents]\nurl = "https://incidents.example.com/{SECRET}"\nsecret = "{SIGNING}"'))
    assert (config.incidents.url(), config.incidents.secret()) == (f"https://incidents.example.com/{SECRET}", SIGNING)
    assert SECRET not in repr(config)
    assert SIGNING not in repr(config)
    assert loaded(write(tmp_path)).incidents.url() == ""


@pytest.mark.parametrize("secret", [SECRET, f"whsec_{SECRET}", f"{SIGNING} {SECRET}"])
def test_a_wrong_signing_secret_is_told_without_it(secret: str, tmp_path: Path) -> None:
    problems = problems_of(write(tmp_path, rest=f'[incidents]\nurl = "https://x.example.com/"\nsecret = "{secret}"'))
    told = format_problems(problems)
    assert "signing secret" in told
    assert SECRET not in told


def test_the_secret_of_probes_is_read_from_the_file_or_from_one_beside_it(tmp_path: Path) -> None:
    config = loaded(write(tmp_path, rest=f'[probe]\nsecret = "{SECRET * 2}"\nwithin = "15m"'))
    assert (config.probe.secret(), config.probe.within) == (SECRET * 2, timedelta(minutes=15))
    assert SECRET not in repr(config)
    (tmp_path / "probe.secret").write_text(f"{SECRET * 2}\n")
    (tmp_path / "probe.secret").chmod(0o600)
    assert loaded(write(tmp_path, rest='[probe]\nsecret_file = "probe.secret"')).probe.secret() == SECRET * 2
    assert loaded(write(tmp_path)).probe.secret() == ""


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('secret = "too short"', "fewer than 20 characters"),
        (f'secret = "{SECRET}"\nsecret_file = "probe.secret"', "one secret source too many"),
        ('secret_file = "nowhere"', "does not exist"),
        ('within = "15m"', "waits for probes that nobody can send"),
    ],
)
def test_mistakes_in_probe_are_told_without_the_secret(tmp_path: Path, written: str, told: str) -> None:
    text = format_problems(problems_of(write(tmp_path, rest=f"[probe]\n{written}")))
    assert told in text
    assert SECRET not in text
