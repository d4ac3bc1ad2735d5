"""`triage auth`: sign in to a mailbox that takes no password, and see whether the sign-in still holds.

Signing in works while the old sign-in is broken, and beside a running daemon, which uses the new one with its next connection.
"""

from __future__ import annotations

import re
import sys
import time

import click

from triage.adapters.oauth.consent import RETURN_TO, BrowserSignIn, Invitation, by_device
from triage.adapters.oauth.endpoint import Tokens
from triage.adapters.oauth.token_file import TokenFile
from triage.adapters.oauth.tokens import AccessTokens, redeem
from triage.cli.exits import Exit
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, config_option, config_path, pass_session
from triage.config import load
from triage.core.failures import PermanentFailure, TriageError
from triage.core.passwords import SALT_BYTES, hash_password
from triage.core.settings import Config, Grant, OAuth
from triage.core.wording.plain import plain
from triage.core.wording.spans import ago

SHORTEST_PASSWORD = 8
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


@click.group(short_help="Sign in to the mailbox with OAuth2; passwords for the board.")
def auth() -> None:
    """Sign in to a mailbox that takes access tokens instead of a password ([oauth] in config.toml; docs/sign-in.md).

    \b
    Examples:  triage auth login     once, by a person with a browser
               triage auth status    is it still good?
               triage auth password  the line that lets somebody sign in to the board
    """


@auth.command(short_help="Sign in, once.")
@click.option("--from-stdin", is_flag=True, help="Read a refresh token that another tool has got.")
@config_option
@pass_session
def login(session: Session, from_stdin: bool) -> None:
    """Sign in as the mailbox, and keep the sign-in in the state directory.

    Run it as the service's user. It shows an address to open in any browser, on any machine. Exit code 2 when the sign-in is declined.

    \b
    Examples:  triage auth login
               triage auth login --from-stdin < refresh-token
    """
    config, oauth = _settings()
    if oauth.grant is not Grant.REFRESH_TOKEN:
        raise PermanentFailure(
            f'grant = "{oauth.grant.value}" needs no sign-in by a person', hint="see whether it works: triage auth status"
        )
    refresh = _brought(oauth) if from_stdin else _signed_in(session, oauth).refresh
    if not refresh:
        raise PermanentFailure("the provider gave no refresh token", hint="the scope must ask for offline access: docs/sign-in.md")
    file = TokenFile(config.instance.state_dir)
    with file.locked():
        file.write(refresh, session.clock.now())
    say(f"signed in; kept in {file.path}")
    say("whether the servers take it: triage check")


def _brought(oauth: OAuth) -> str:
    """A refresh token that works: one that does not must not take the place of a sign-in that does."""
    given = sys.stdin.readline().strip()
    if not given or " " in given or not given.isascii():
        raise PermanentFailure("there is no refresh token in the first line of standard input")
    return redeem(oauth, given).refresh or given


def _signed_in(session: Session, oauth: OAuth) -> Tokens:
    if oauth.device_url:
        return by_device(oauth, session.clock, time.sleep, _invite)
    if not oauth.authorize_url:
        raise PermanentFailure(
            "[oauth] names neither device_url nor authorize_url", hint="or give a refresh token: triage auth login --from-stdin"
        )
    sign_in = BrowserSignIn(oauth, session.entropy)
    say(f"Open this address in a browser and sign in as {oauth.username}:\n\n{sign_in.address}\n")
    say(f"In the end the browser cannot reach {RETURN_TO}: that is as it should be.")
    return sign_in.finish(click.prompt("Copy the whole address it shows then, and paste it here", prompt_suffix=":\n"))


def _invite(invitation: Invitation) -> None:
    say(f"Open {plain(invitation.address)} in a browser, sign in as the mailbox, and type this code:  {plain(invitation.code)}")
    say("Waiting ...")


@auth.command(short_help="Is the sign-in still good?")
@json_option
@config_option
@pass_session
def status(session: Session, as_json: bool) -> None:
    """Ask for an access token now, as the daemon does, and say how that went. No token is shown.

    Exit code 0 when a token was given, 1 when not.

    \b
    Example:   triage auth status --json
    """
    config, oauth = _settings()
    tokens = AccessTokens(oauth, config.instance.state_dir, session.clock)
    problem, hint = "", ""
    try:
        tokens()
    except TriageError as failure:
        problem, hint = failure.message, failure.hint
    kept = TokenFile(config.instance.state_dir).read() if oauth.grant is Grant.REFRESH_TOKEN and not problem else None
    if as_json:
        ends_at = tokens.ends_at if oauth.grant is not Grant.COMMAND else None
        print_json({"provider": oauth.provider, "grant": oauth.grant, "good": not problem, "problem": problem, "ends_at": ends_at})
    else:
        say(f"provider  {oauth.provider}, {oauth.grant.value}, for {oauth.username}")
        if kept is not None:
            say(f"sign-in   kept {ago(kept[1], session.clock.now())}")
        say(f"token     FAILED: {plain(problem)}" if problem else "token     good: an access token was given")
        if hint:
            say(f"          hint: {hint}")
    raise SystemExit(Exit.NO if problem else Exit.OK)


@auth.command(short_help="A hash for [web.users].")
@click.argument("name", metavar="NAME")
@click.option("--from-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@pass_session
def password(session: Session, name: str, from_stdin: bool) -> None:
    """Print the line that lets NAME sign in to the board: copy it into config.toml under [web.users]. The password is kept nowhere.

    \b
    Examples:  triage auth password ana
               triage auth password ana --from-stdin < password
    """
    if not _NAME.fullmatch(name):
        raise click.UsageError(f"'{name}' cannot be a name: letters, digits, - and _")
    if from_stdin:
        written = sys.stdin.readline().rstrip("\r\n")
    else:
        written = click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
    if len(written) < SHORTEST_PASSWORD:
        raise PermanentFailure(f"a password has at least {SHORTEST_PASSWORD} characters", hint="some words, or: openssl rand -base64 12")
    say(f'{name} = "{hash_password(written, bytes.fromhex(session.entropy.token(SALT_BYTES)))}"')


def _settings() -> tuple[Config, OAuth]:
    config = load(config_path())[0]
    if config.oauth is None:
        raise PermanentFailure(f"{config.path} has no section [oauth]: the mailbox signs in with a password", hint="docs/sign-in.md")
    return config, config.oauth
