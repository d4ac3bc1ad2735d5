"""[web]: the board is never shown to other machines without a sign-in, and no secret is repeated in a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.config import load
from triage.core.passwords import hash_password
from triage.core.problem_text import format_problems
from triage.core.problems import BrokenFiles
from triage.core.settings import Web

HASH = hash_password("correct horse", bytes(16))
BASE = """
[instance]
address = "api@wise.example"
[imap]
host = "imap.wise.example"
password = "hunter2"
[smtp]
host = "smtp.wise.example"
"""


def read(directory: Path, text: str) -> tuple[Web, str]:
    path = directory / "config.toml"
    path.write_text(f"{BASE}[web]\n{text}\n")
    path.chmod(0o600)
    config, warnings = load(path, {})
    return config.web, format_problems(warnings)


def refused(directory: Path, text: str) -> str:
    with pytest.raises(BrokenFiles) as broken:
        read(directory, text)
    return format_problems(broken.value.problems)


@pytest.mark.parametrize("listen", ["0.0.0.0:8025", "[::]:8025", "192.0.2.7:80", "triage.example:80"])
def test_beyond_this_machine_the_board_needs_a_sign_in(tmp_path: Path, listen: str) -> None:
    assert "would show the board to other machines without a sign-in" in refused(tmp_path, f'listen = "{listen}"')
    web, _ = read(tmp_path, f'listen = "{listen}"\nboard = false')
    assert not web.board, "page links are served without it"
    web, warnings = read(tmp_path, f'listen = "{listen}"\nusers = {{ ana = "{HASH}" }}')
    assert web.users == {"ana": HASH}
    assert "without TLS" in warnings


@pytest.mark.parametrize("listen", ["127.0.0.1:8025", "localhost:8025", "[::1]:8025", "off"])
def test_on_this_machine_it_needs_none(tmp_path: Path, listen: str) -> None:
    web, warnings = read(tmp_path, f'listen = "{listen}"')
    assert (web.is_board_open, warnings) == (True, "")


def test_a_password_instead_of_a_hash_is_told_without_repeating_it(tmp_path: Path) -> None:
    told = refused(tmp_path, 'users = { ana = "swordfish" }')
    assert "has no usable hash for ana" in told
    assert "swordfish" not in told


def test_a_proxys_header_needs_its_secret_and_the_other_way_round(tmp_path: Path) -> None:
    assert "has no proxy secret" in refused(tmp_path, 'proxy_user_header = "X-Remote-User"')
    assert "no proxy_user_header" in refused(tmp_path, f'proxy_secret = "{"s" * 20}"')
    told = refused(tmp_path, 'proxy_user_header = "X-Remote-User"\nproxy_secret = "swordfish"')
    assert "less than 16 characters" in told
    assert "swordfish" not in told
    web, _ = read(tmp_path, f'proxy_user_header = "X-Remote-User"\nproxy_secret = "{"s" * 20}"')
    assert web.proxy_secret() == "s" * 20
    assert "s" * 20 not in repr(web)


def test_a_public_address_closes_the_board_to_who_does_not_sign_in(tmp_path: Path) -> None:
    web, _ = read(tmp_path, 'public_url = "https://triage.wise.example"')
    assert not web.is_board_open
