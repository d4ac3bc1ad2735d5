"""Access tokens: got by each grant, renewed ahead of need, kept through rotation, crash and refusal."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.token_server import CLIENT_SECRET, CODE, TokenServer
from triage.adapters.clock import SystemEntropy
from triage.adapters.oauth import consent
from triage.adapters.oauth.consent import BrowserSignIn, Invitation, by_device
from triage.adapters.oauth.token_file import TokenFile
from triage.adapters.oauth.tokens import AccessTokens
from triage.core.failures import PermanentFailure, TemporaryFailure, TriageError
from triage.core.settings import Grant, OAuth
from triage.demo.clock import PushedClock

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as running:
        yield running


@pytest.fixture
def clock() -> PushedClock:
    return PushedClock(START)


def signed_in(server: TokenServer, state: Path, clock: PushedClock) -> AccessTokens:
    TokenFile(state).write("first-refresh", clock.now())
    return AccessTokens(server.settings(), state, clock)


def test_one_token_serves_until_80_percent_of_its_life_are_over(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    tokens = signed_in(server, tmp_path, clock)
    first = tokens()
    clock.push(timedelta(minutes=47))
    assert tokens() == first
    clock.push(timedelta(minutes=1))
    assert tokens() != first
    assert len(server.forms) == 2


def test_a_rotated_refresh_token_is_on_the_disk_and_used_next(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    signed_in(server, tmp_path, clock)()
    kept = json.loads((tmp_path / "oauth.json").read_text())["refresh_token"]
    assert kept in server.refresh_tokens
    AccessTokens(server.settings(), tmp_path, clock)()  # a new process
    assert server.forms[-1]["refresh_token"] == kept


def test_without_rotation_the_old_refresh_token_stays(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    server.rotates = False
    signed_in(server, tmp_path, clock)()
    assert json.loads((tmp_path / "oauth.json").read_text())["refresh_token"] == "first-refresh"


def test_the_file_is_only_for_its_owner(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    signed_in(server, tmp_path, clock)()
    for name in ("oauth.json", "oauth.lock"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) in (0o600,)


def test_a_crash_while_writing_leaves_the_old_sign_in(tmp_path: Path) -> None:
    file = TokenFile(tmp_path)
    file.write("old", START)
    (tmp_path / "oauth.json.new").write_text('{"refresh_to')
    assert file.read() == ("old", START)
    file.write("new", START)
    assert file.read() == ("new", START)


def test_a_token_is_not_given_out_before_its_refresh_token_is_kept(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    tokens = signed_in(server, tmp_path, clock)
    (tmp_path / "oauth.json.new").mkdir()
    with pytest.raises(TemporaryFailure, match="cannot be kept"):
        tokens()


def test_a_failed_renewal_costs_nothing_while_the_token_lives(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    tokens = signed_in(server, tmp_path, clock)
    first = tokens()
    clock.push(timedelta(minutes=50))
    server.say = [(503, "away"), (503, "away")]
    assert tokens() == first
    assert "503" in tokens.problem
    clock.push(timedelta(minutes=10))
    with pytest.raises(TemporaryFailure):
        tokens()
    assert tokens() != first
    assert tokens.problem == ""


def test_renewal_ahead_of_need_is_tried_once_a_minute(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    tokens = signed_in(server, tmp_path, clock)
    tokens()
    tokens.renew_if_due()
    assert len(server.forms) == 1
    clock.push(timedelta(minutes=48))
    server.say = [(500, "")]
    with pytest.raises(TemporaryFailure):
        tokens.renew_if_due()
    tokens.renew_if_due()
    assert len(server.forms) == 2
    clock.push(timedelta(minutes=1))
    tokens.renew_if_due()
    assert (len(server.forms), tokens.problem) == (3, "")


def test_a_refused_token_is_replaced_at_once(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    tokens = signed_in(server, tmp_path, clock)
    first = tokens()
    tokens.forget()
    assert tokens() != first


def test_before_the_first_sign_in_it_says_what_to_do(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="nobody has signed in") as failure:
        AccessTokens(server.settings(), tmp_path, clock)()
    assert failure.value.hint == "triage auth login"


def test_a_withdrawn_consent_is_permanent_and_names_the_way_back(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    tokens = signed_in(server, tmp_path, clock)
    server.refresh_tokens.clear()
    with pytest.raises(PermanentFailure, match=r"invalid_grant \(AADSTS70008: The refresh token has expired\.\)") as failure:
        tokens()
    assert "triage auth login" in failure.value.hint
    assert "first-refresh" not in str(failure.value)


def test_a_damaged_file_is_named(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    (tmp_path / "oauth.json").write_text('{"refresh_token": 7}')
    with pytest.raises(PermanentFailure, match=r"oauth\.json holds no sign-in"):
        AccessTokens(server.settings(), tmp_path, clock)()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((500, "<html>"), TemporaryFailure),
        ((429, {"error": "slow_down"}), TemporaryFailure),
        ((400, {"error": "temporarily_unavailable"}), TemporaryFailure),
        ((200, "not json"), TemporaryFailure),
        ((200, {"token_type": "Bearer"}), TemporaryFailure),
        ((200, {"access_token": "\u00e9"}), TemporaryFailure),
        ((200, "x" * 100_000), TemporaryFailure),
        ((302, ""), PermanentFailure),
        ((404, "nothing here"), PermanentFailure),
        ((401, {"error": "invalid_client"}), PermanentFailure),
        ((400, {"error": "unauthorized_client", "error_description": 5}), PermanentFailure),
        ((400, {"error": ["a", "list"]}), PermanentFailure),
    ],
)
def test_every_answer_has_one_meaning(
    server: TokenServer, clock: PushedClock, tmp_path: Path, answer: tuple[int, object], kind: type[TriageError]
) -> None:
    tokens = signed_in(server, tmp_path, clock)
    server.say = [answer]
    with pytest.raises(kind):
        tokens()
    assert TokenFile(tmp_path).read() == ("first-refresh", START)


def test_no_server_is_temporary(clock: PushedClock, tmp_path: Path) -> None:
    TokenFile(tmp_path).write("first-refresh", START)
    gone = OAuth(Grant.REFRESH_TOKEN, client_id="c", token_url="http://127.0.0.1:9/token")
    with pytest.raises(TemporaryFailure, match="cannot be asked") as caught:
        AccessTokens(gone, tmp_path, clock)()
    assert "DNS" in caught.value.hint


def test_client_credentials(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    settings = server.settings(Grant.CLIENT_CREDENTIALS, client_secret=lambda: CLIENT_SECRET)
    assert AccessTokens(settings, tmp_path, clock)() in server.access_tokens
    assert server.forms == [{"grant_type": "client_credentials", "client_id": "client-7", "client_secret": CLIENT_SECRET, "scope": "mail"}]


def test_a_service_account_signs_for_the_mailbox(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    server.public_key = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    path = tmp_path / "google.json"
    path.write_text(json.dumps({"client_email": "triage@project.example", "private_key": private, "private_key_id": "k1"}))
    settings = server.settings(Grant.SERVICE_ACCOUNT, service_account=path)
    assert AccessTokens(settings, tmp_path, clock)() in server.access_tokens


@pytest.mark.parametrize("content", ["", "{}", '{"client_email": "a", "private_key": "no key"}', "[]"])
def test_a_service_account_file_that_is_none_is_named(server: TokenServer, clock: PushedClock, tmp_path: Path, content: str) -> None:
    path = tmp_path / "google.json"
    path.write_text(content)
    with pytest.raises(PermanentFailure, match=r"google\.json"):
        AccessTokens(server.settings(Grant.SERVICE_ACCOUNT, service_account=path), tmp_path, clock)()


def program(tmp_path: Path, text: str) -> tuple[str, ...]:
    (tmp_path / "token.py").write_text(text)
    return (sys.executable, str(tmp_path / "token.py"))


def test_a_token_command_is_asked_for_every_connection(clock: PushedClock, tmp_path: Path) -> None:
    count = tmp_path / "count"
    command = program(
        tmp_path, f"from pathlib import Path\np = Path({str(count)!r})\np.open('a').write('x')\nprint('t', len(p.read_text()), sep='')"
    )
    tokens = AccessTokens(OAuth(Grant.COMMAND, command=command), tmp_path, clock)
    assert (tokens(), tokens()) == ("t1", "t2")


@pytest.mark.parametrize(
    ("text", "kind"), [("raise SystemExit(3)", TemporaryFailure), ("print()", PermanentFailure), ("print('two words')", PermanentFailure)]
)
def test_a_token_command_that_gives_none(clock: PushedClock, tmp_path: Path, text: str, kind: type[TriageError]) -> None:
    tokens = AccessTokens(OAuth(Grant.COMMAND, command=program(tmp_path, text)), tmp_path, clock)
    with pytest.raises(kind) as failure:
        tokens()
    assert "run it by hand" in failure.value.hint


def test_a_token_command_that_is_not_there(clock: PushedClock, tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="cannot be run: No such file"):
        AccessTokens(OAuth(Grant.COMMAND, command=("/nowhere/token",)), tmp_path, clock)()


def test_the_device_flow_waits_as_long_as_the_server_asks(server: TokenServer, clock: PushedClock) -> None:
    waits: list[float] = []
    invited: list[Invitation] = []

    answers = ["authorization_pending", "slow_down"]

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.push(timedelta(seconds=seconds))
        server.say = [(400, {"error": answers.pop(0)})] if answers else []

    tokens = by_device(server.settings(), clock, wait, invited.append)
    assert tokens.refresh in server.refresh_tokens
    assert invited == [Invitation(f"{server.url}/device-page", CODE)]
    assert waits == [2, 2, 7]


@pytest.mark.parametrize(
    ("error", "said"), [("authorization_declined", "declined"), ("expired_token", "in time"), ("invalid_client", "invalid_client")]
)
def test_the_device_flow_ends_when_nobody_agrees(server: TokenServer, clock: PushedClock, error: str, said: str) -> None:
    def wait(seconds: float) -> None:
        server.say = [(400, {"error": error})]

    with pytest.raises(PermanentFailure, match=said):
        by_device(server.settings(), clock, wait, lambda _invitation: None)


def test_the_browser_flow_takes_the_pasted_address(server: TokenServer) -> None:
    sign_in = BrowserSignIn(server.settings(), SystemEntropy())
    state = sign_in.address.split("state=")[1].split("&")[0]
    tokens = sign_in.finish(f" {consent.RETURN_TO}?state={state}&code=code-1&scope=mail \n")
    assert tokens.refresh in server.refresh_tokens
    assert "code_challenge_method=S256" in sign_in.address
    assert server.forms[-1]["code_verifier"] not in sign_in.address


@pytest.mark.parametrize("query", ["code=code-1", "state=other&code=code-1", "state={state}&error=access_denied", ""])
def test_the_browser_flow_refuses_another_answer(server: TokenServer, query: str) -> None:
    sign_in = BrowserSignIn(server.settings(), SystemEntropy())
    state = sign_in.address.split("state=")[1].split("&")[0]
    with pytest.raises(PermanentFailure):
        sign_in.finish(consent.RETURN_TO + "?" + query.format(state=state))
    assert server.forms == []


def test_two_renew_one_after_the_other(server: TokenServer, clock: PushedClock, tmp_path: Path) -> None:
    """The service and `triage check`: with rotation, the second would otherwise use a refresh token that the first has just ended."""
    TokenFile(tmp_path).write("first-refresh", START)
    both = [AccessTokens(server.settings(), tmp_path, clock) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        given = list(pool.map(lambda tokens: tokens(), both))
    assert len({*given, *server.access_tokens}) == 2
