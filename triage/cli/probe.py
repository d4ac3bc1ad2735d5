"""`triage probe`: send the loop probe, from any host, to find out whether mail still becomes pages. All it needs is a shared secret."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import click

from triage import config as config_files
from triage.adapters.smtp import SmtpSubmission
from triage.cli.exits import Exit
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, config_option, config_path, pass_session
from triage.config.secrets import FileSecret
from triage.core.failures import PermanentFailure
from triage.core.mail.compose import Draft, compose
from triage.core.mail.envelope import check_address
from triage.core.probe import SHORTEST_SECRET, make_probe_id
from triage.core.seams import SendOutcome, SendResult
from triage.core.settings import Config, Security, Server
from triage.core.wording.plain import plain

_TEXT = "A probe of triage: it shows whether a mail to this address is seen and passed on.\nNobody has to read or answer it."
_SECURITY_OF_PORT = {465: Security.TLS, 587: Security.STARTTLS}
_EXITS = {SendOutcome.ACCEPTED: Exit.OK, SendOutcome.PERMANENT: Exit.NO}


@click.command(short_help="Send a probe through the mail loop, from any host.")
@click.option("--to", metavar="ADDRESS", help="The shared mailbox. Default: that of the configuration.")
@click.option("--smtp", metavar="HOST:PORT", help="A server that takes the mail without a login. Default: [smtp] of the configuration.")
@click.option("--security", type=click.Choice([one.value for one in Security]), help="Of --smtp. Default: by the port, 25 is none.")
@click.option("--from", "sender", metavar="ADDRESS", help="Default: triage-probe at this host's name; with [smtp], the shared mailbox.")
@click.option("--secret-file", type=click.Path(path_type=Path), metavar="FILE", help="Its first line is the secret. Default: [probe].")
@json_option
@config_option
@pass_session
def probe(
    session: Session, to: str | None, smtp: str | None, security: str | None, sender: str | None, secret_file: Path | None, as_json: bool
) -> None:
    """Send one probe. triage recognises it, opens no case, sends no notice, passes it on to the probe contact and remembers how long it
    took: triage health.

    With --to, --smtp and --secret-file no configuration is read, so that it runs on a host of its own.

    Exit code 0 when the server took the mail, 1 when it refused it, 75 when it may take it later. Whether it came through is another
    question, and triage's to answer: [probe] within.

    \b
    Examples:  triage probe
               triage probe --to api@wise.com --smtp mx.wise.com:25 --secret-file /etc/triage-probe.secret
    """
    config = None if to and smtp and secret_file else config_files.load(config_path())[0]
    address = _address("--to", to or _of(config).instance.address)
    server = _server(smtp, security) if smtp else _of(config).smtp.server
    writer = _address("--from", sender or (f"triage-probe@{socket.getfqdn()}" if smtp else _of(config).instance.address))
    now = session.clock.now()
    message_id = make_probe_id(now, session.entropy.token(16), address.rpartition("@")[2], _secret(secret_file, config))
    raw = compose(Draft(message_id, now, writer, (address,), "triage probe", _TEXT))
    result = asyncio.run(_sent(SmtpSubmission(server), raw, writer, address))
    if as_json:
        print_json({"message_id": message_id, "sent_at": now, "outcome": result.outcome.value, "answer": result.detail})
    elif result.outcome is SendOutcome.ACCEPTED:
        say(f"{server.host} took the probe; whether it comes through says, on triage's host: triage health")
    else:
        click.echo(f"triage: {server.host} did not take the probe: {plain(result.detail)}", err=True)
    raise SystemExit(_EXITS.get(result.outcome, Exit.TRY_AGAIN))


async def _sent(submission: SmtpSubmission, raw: bytes, writer: str, address: str) -> SendResult:
    try:
        return await submission.send(raw, writer, (address,))
    finally:
        await submission.close()


def _of(config: Config | None) -> Config:
    assert config is not None  # noqa: S101 (it was read, because something was not given)
    return config


def _address(option: str, text: str) -> str:
    try:
        return check_address(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


def _server(text: str, security: str | None) -> Server:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.UsageError(f"--smtp '{text}' is not HOST:PORT, such as mx.example.com:25")
    chosen = Security(security) if security else _SECURITY_OF_PORT.get(int(port), Security.NONE)
    return Server(host.strip("[]"), int(port), chosen)


def _secret(path: Path | None, config: Config | None) -> str:
    found = FileSecret(path)() if path is not None else _of(config).probe.secret()
    if len(found) < SHORTEST_SECRET:
        hint = f"[probe] secret in config.toml, or --secret-file: at least {SHORTEST_SECRET} characters, the same as on triage's host"
        raise PermanentFailure("there is no secret to sign a probe with" if not found else "the secret is too short", hint=hint)
    return found
