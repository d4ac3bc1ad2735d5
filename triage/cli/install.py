"""`triage install`: the systemd units of this installation, printed, or written where systemd reads them. Starts nothing."""

from __future__ import annotations

import pwd
import re
import stat
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from triage.cli.output import json_option, print_json, say
from triage.cli.session import config_option, load_config
from triage.cli.systemd_units import DOWN, Installation, units, unseen
from triage.config.credentials import credential_names
from triage.core.failures import PermanentFailure
from triage.core.settings import Config
from triage.core.wording.plain import plain

PACKAGE = Path(__file__).parents[1]
UNIT_DIR = Path("etc/systemd/system")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


@click.command(short_help="The systemd units of this installation.")
@click.option("--user", metavar="NAME", default="", help="Run it as this user; without it systemd makes one up (DynamicUser=).")
@click.option("--write", is_flag=True, help="Write them where systemd reads them, instead of printing them.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/"),
    metavar="DIR",
    help="With --write: below DIR.",
)
@json_option
@config_option
def install(user: str, write: bool, root: Path, as_json: bool) -> None:
    """Print the systemd units that run triage as config.toml says: the service, who is told when it is down, a backup every night, a report
    every month.

    Each credential that config.toml or rules/oncall.toml names is a file of that name in credentials/ beside config.toml. What would keep
    the service from starting is said on standard error. Nothing is started or enabled.

    \b
    Examples:  triage install --config /etc/triage/config.toml
               sudo triage install --write
    """
    if user and not _USER.fullmatch(user):
        raise click.UsageError(f"'{user}' cannot be a user's name")
    config = load_config()
    place = installation(config, user)
    texts = units(place)
    for sentence, hint in _obstacles(config, place):
        click.echo(f"triage: {plain(sentence)}\n  hint: {plain(hint)}", err=True)
    if write:
        _write(texts, root / UNIT_DIR, as_json=as_json)
    elif as_json:
        for name, text in texts.items():
            print_json({"unit": name, "text": text})
    else:
        say(as_printed(texts))


def as_printed(texts: dict[str, str]) -> str:
    return "\n".join(f"# /{UNIT_DIR / name}\n{text}" for name, text in texts.items()).rstrip("\n")


def installation(config: Config, user: str) -> Installation:
    """This program, with this configuration. Raises PermanentFailure for a rules/oncall.toml that cannot be read."""
    instance = config.instance
    found = [*credential_names(_table(config.path)), *credential_names(_table(instance.rules_dir / "oncall.toml"))]
    program = Path(sys.prefix, "bin", "triage")
    names = tuple(dict.fromkeys(found))
    reads = (Path(sys.executable), PACKAGE, instance.rules_dir.absolute())
    return Installation(program, config.path.absolute(), instance.state_dir.absolute(), user, names, reads)


def _table(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise PermanentFailure(f"{path} cannot be read: {error}", hint="triage check says more") from error


def _obstacles(config: Config, place: Installation) -> Iterator[tuple[str, str]]:
    """What would keep the service from starting, with what to do about it."""
    for path in unseen(place):
        yield (
            f"the service would not see {path}",
            "ProtectHome= and PrivateTmp= hide /home, /root, /tmp: install to /opt, /etc, /var/lib, with the system's python3",
        )
    if place.user and not _uid_of(place.user):
        yield f"there is no user {place.user} yet", f"useradd --system --user-group --shell /usr/sbin/nologin {place.user}"
    if not place.user and config.path.exists() and not config.path.stat().st_mode & stat.S_IROTH:
        hint = "run it as a user of yours who can (--user NAME), or keep every secret in a credential and: chmod 644"
        yield f"a user that systemd makes up cannot read {place.config}", hint
    for name in place.credentials:
        if not _is_there(place.credentials_dir / name):
            yield f"there is no credential {name} yet", f"put it into {place.credentials_dir / name}, owned by root, mode 600"
    if not _is_there(place.credentials_dir / DOWN):
        hint = f"whom triage-down.service tells is written in {place.credentials_dir / DOWN}: docs/audit.md, systemd"
        yield "nobody would be told when systemd gives up", hint


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # as it should be for anybody but root
        return True


def _uid_of(user: str) -> int | None:
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return None


def _write(texts: dict[str, str], directory: Path, *, as_json: bool) -> None:
    """Units that were there and differ are kept as NAME.old: what people change belongs into `systemctl edit`, but who knows."""
    for name, text in texts.items():
        path = directory / name
        try:
            directory.mkdir(parents=True, exist_ok=True)
            before = path.read_text("utf-8", "replace") if path.exists() else None
            if before is not None and before != text:
                path.rename(path.with_name(f"{name}.old"))
            if before != text:
                path.write_text(text, "utf-8")
                path.chmod(0o644)
        except OSError as error:
            raise PermanentFailure(f"cannot write {path}: {error.strerror}", hint="run it as root, or print: triage install") from error
        done = "written" if before is None else "as it was" if before == text else f"written; the one before is {name}.old"
        print_json({"unit": name, "path": str(path), "done": done}) if as_json else say(f"{path}: {done}")
    if not as_json:
        say("now: systemctl daemon-reload && systemctl enable --now triage.service triage-backup.timer triage-report.timer")
