"""The gate of the board: whom it lets in, and what it believes."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from triage.adapters.clock import SystemEntropy
from triage.core.passwords import hash_password
from triage.core.settings import Web
from triage.web.gate import TRIES, TRY_AGAIN_AFTER, Gate, Refused, Visitor

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HERE = "127.0.0.1"
OPEN = Web("127.0.0.1:8025")
USERS = replace(OPEN, users={"ana": hash_password("correct horse", bytes(16))})
PROXY = replace(OPEN, public_url="https://triage.example/t", proxy_user_header="X-Remote-User", proxy_secret=lambda: "s" * 20)


def ask(web: Web, peer: str = HERE, host: str = "127.0.0.1:8025", **headers: str) -> Visitor | Refused:
    return knock(Gate(web, SystemEntropy()), peer, host, **headers)


def knock(gate: Gate, peer: str = HERE, host: str = "127.0.0.1:8025", now: datetime = NOW, **headers: str) -> Visitor | Refused:
    return gate.visitor({"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}, peer, now)


def status(found: Visitor | Refused) -> int:
    return found.status if isinstance(found, Refused) else 200


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_this_machine_may_look_and_not_act() -> None:
    for host in ("127.0.0.1:8025", "localhost:9000", "[::1]:8025", "LOCALHOST"):
        assert ask(OPEN, host=host) == Visitor()
    assert not Visitor().may_act


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example:8025", "localhost.evil.example", "10.0.0.1", "evil.example:8025"]
)
def test_another_sites_name_that_was_made_to_point_here_is_refused(host: str) -> None:
    assert status(ask(OPEN, host=host)) == 421
    assert status(ask(USERS, host=host, authorization=basic("ana", "correct horse"))) == 421


def test_without_a_sign_in_nobody_beyond_this_machine_looks() -> None:
    assert status(ask(OPEN, peer="192.0.2.7")) == 403
    for header in ("x_forwarded_for", "forwarded", "via", "x_real_ip"):
        assert status(ask(OPEN, **{header: "192.0.2.7"})) == 403, header


def test_a_proxy_that_forwards_everything_does_not_carry_the_board_out() -> None:
    assert status(ask(replace(OPEN, public_url="https://triage.example"))) == 403


def test_the_right_password_signs_in() -> None:
    assert ask(USERS, authorization=basic("ana", "correct horse")) == Visitor("ana")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Bearer x",
        basic("ana", "wrong"),
        basic("bo", "correct horse"),
        basic("", "correct horse"),
        "Basic /w==",
        "Basic \xff\xfe",
        basic("ana", ""),
    ],
)
def test_anything_else_is_asked_for_it(header: str) -> None:
    found = ask(USERS, authorization=header)
    assert isinstance(found, Refused)
    assert (found.status, found.asks_for_password) == (401, True)


def test_with_users_also_this_machine_signs_in() -> None:
    assert status(ask(USERS)) == 401


def test_wrong_passwords_are_throttled_and_then_forgotten() -> None:
    gate = Gate(USERS, SystemEntropy())
    for _ in range(TRIES):
        assert status(knock(gate, authorization=basic("ana", "wrong"))) == 401
    assert status(knock(gate, authorization=basic("ana", "correct horse"))) == 429
    assert status(knock(gate, now=NOW + TRY_AGAIN_AFTER, authorization=basic("ana", "correct horse"))) == 200


def test_somebody_who_guesses_does_not_sign_out_who_is_in() -> None:
    gate = Gate(USERS, SystemEntropy())
    assert status(knock(gate, authorization=basic("ana", "correct horse"))) == 200
    for _ in range(TRIES + 1):
        knock(gate, authorization=basic("ana", "wrong"))
    assert status(knock(gate, authorization=basic("ana", "correct horse"))) == 200


def test_guessing_many_names_is_throttled_as_one() -> None:
    gate = Gate(USERS, SystemEntropy())
    found = [status(knock(gate, authorization=basic(f"name{one}", "wrong"))) for one in range(TRIES + 1)]
    assert found == [401] * TRIES + [429]


def test_the_proxy_names_the_person_when_it_proves_itself() -> None:
    good = {"x_triage_proxy_secret": "s" * 20, "x_remote_user": "bo"}
    assert ask(PROXY, **good) == Visitor("bo")
    assert ask(PROXY, host="triage.example", x_forwarded_for="192.0.2.7", **good) == Visitor("bo")
    assert status(ask(PROXY, x_remote_user="bo")) == 403
    assert status(ask(PROXY, x_remote_user="bo", x_triage_proxy_secret="")) == 403
    assert status(ask(PROXY, **{**good, "x_triage_proxy_secret": "s" * 19})) == 403
    assert status(ask(PROXY, **{**good, "x_remote_user": ""})) == 403
    assert status(ask(PROXY, **{**good, "x_remote_user": "a\tb"})) == 403


def test_an_empty_secret_of_ours_proves_nothing() -> None:
    assert status(ask(replace(PROXY, proxy_secret=str), x_remote_user="bo", x_triage_proxy_secret="")) == 403


def test_a_header_that_nobody_configured_is_not_believed() -> None:
    assert ask(OPEN, x_remote_user="bo", x_triage_proxy_secret="s" * 20) == Visitor()


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("http://127.0.0.1:8025", True),
        ("https://triage.example", True),
        ("https://evil.example", False),
        ("null", False),
        ("http://127.0.0.1:9999", False),
        ("https://triage.example.evil.example", False),
    ],
)
def test_forms_come_from_our_own_pages(origin: str, ours: bool) -> None:
    assert Gate(PROXY, SystemEntropy()).is_our_page({"host": "127.0.0.1:8025", "origin": origin}) is ours


def test_a_browser_that_says_cross_site_is_believed() -> None:
    gate = Gate(OPEN, SystemEntropy())
    assert not gate.is_our_page({"host": "127.0.0.1:8025", "sec-fetch-site": "cross-site"})
    assert gate.is_our_page({"host": "127.0.0.1:8025"})


def test_one_address_that_guesses_does_not_lock_another_out() -> None:
    gate = Gate(USERS, SystemEntropy())
    for _ in range(TRIES):
        knock(gate, peer="192.0.2.1", authorization=basic("ana", "wrong"))
    assert status(knock(gate, peer="192.0.2.2", authorization=basic("ana", "correct horse"))) == 200
    assert status(knock(gate, peer="192.0.2.1", now=NOW + timedelta(seconds=1), authorization=basic("ana", "wrong"))) == 429


def test_whoever_is_signed_in_stays_so_while_somebody_guesses() -> None:
    """Behind a proxy all come from one address: a stranger's guesses must not lock the team out of an open board."""
    gate, now = Gate(USERS, SystemEntropy()), NOW
    for _ in range(4):
        assert status(knock(gate, now=now, authorization=basic("ana", "correct horse"))) == 200
        for guess in range(TRIES + 1):
            knock(gate, now=now, authorization=basic("ana", f"guess {guess}"))
        now += timedelta(minutes=9)
    assert status(knock(gate, now=now - timedelta(seconds=1), authorization=basic("ana", "correct horse"))) == 200
