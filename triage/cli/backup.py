"""`triage backup` and `triage restore`: a whole, verified copy of the store in one file, and the way back from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from triage import __version__
from triage.adapters.keys import FILE_NAME, add_keys, key_file
from triage.cli.output import json_option, print_json, progress_bar, say
from triage.cli.session import Session, config_option, load_config, pass_session
from triage.core.failures import PermanentFailure
from triage.core.wording.plain import counted, plain
from triage.core.wording.spans import ago
from triage.store.backup import Contents, Label, back_up, inspect, rotate
from triage.store.database import held
from triage.store.restore import restore as put_back

DIRECTORY = "backups"
KEEP = 14


@click.command(short_help="A whole, verified copy of the store, while the daemon runs.")
@click.option(
    "--to", "directory", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where to; by default STATE_DIR/backups."
)
@click.option(
    "--keep", type=click.IntRange(min=1), default=KEEP, show_default=True, metavar="N", help="How many of this instance stay there."
)
@json_option
@config_option
@pass_session
def backup(session: Session, directory: Path | None, keep: int, as_json: bool) -> None:
    """Write a copy of the store, and the keys of our Message-IDs, into one file, verify it, and delete the oldest ones.

    The daemon may run. The file holds partners' mail (mode 0600) and no password or token. Nothing is deleted when the backup fails.

    \b
    Examples:  triage backup
               triage backup --to /mnt/backups/triage --keep 30
    """
    config = load_config()
    state_dir = config.instance.state_dir
    keys = key_file(state_dir)
    label = Label(session.clock.now(), config.instance.name, __version__, {FILE_NAME: keys} if keys else {})
    place = directory or state_dir / DIRECTORY
    with progress_bar("copying") as progress:
        path, contents = back_up(state_dir, place, label, progress)
    spent = rotate(place, keep, config.instance.name)
    if as_json:
        print_json({"file": str(path), "size": path.stat().st_size, **_as_value(contents), "deleted": [str(one) for one in spent]})
        return
    say(f"{path}: {path.stat().st_size:,} bytes, verified")
    say(f"  {_inventory(contents)}")
    if spent:
        say(f"  {counted(len(spent), 'older backup')} deleted, {keep} kept")


@click.command(short_help="Put a backup in the place of the store.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", is_flag=True, help="Only verify the file and say what is in it.")
@json_option
@config_option
@pass_session
def restore(session: Session, file: Path, check: bool, as_json: bool) -> None:
    """Verify a backup and put it in the place of the store. The daemon must be stopped; the store that was there is kept beside it.

    At its next start the daemon fetches what came since, and closes no case before it has looked at every folder. Exit code 2 when the
    file is damaged, of another program or of a newer triage, or while the daemon runs; then nothing has changed.

    \b
    Examples:  triage restore --check state/backups/triage-20261123T031500Z.sqlite3
               triage restore state/backups/triage-20261123T031500Z.sqlite3
    """
    aside: Path | None = None
    if check:
        contents = inspect(file)
    else:
        config = load_config()
        if not file.is_file():
            raise PermanentFailure(f"there is no file {file}", hint="name a file that `triage backup` has written")
        with held(config.instance.state_dir), progress_bar("copying") as progress:
            contents, aside = put_back(config.instance.state_dir, file, session.clock.now(), progress)
            add_keys(config.instance.state_dir, contents.files.get(FILE_NAME, b""))
    if as_json:
        print_json({"file": str(file), **_as_value(contents), "restored": not check, "old_store": str(aside) if aside else None})
        return
    made = "not made by `triage backup`"
    if contents.made_at is not None:
        made = f"made {ago(contents.made_at, session.clock.now())} by triage {plain(contents.program)}, of {plain(contents.instance)}"
    say(f"{file}: sound, {made}")
    say(f"  {_inventory(contents)}")
    if check:
        return
    if FILE_NAME not in contents.files:
        say(f"  it has no keys of our Message-IDs: put the old {FILE_NAME} into the state directory if there is one")
    say(f"restored{f'; the old store is kept in {aside}' if aside else ''}")
    say("start the daemon: it fetches what came since, and closes nothing before that")


def _inventory(contents: Contents) -> str:
    counts = contents.counts
    newest = f", the newest of {contents.newest_at[:16].replace('T', ' ')} UTC" if contents.newest_at else ""
    return f"{counted(counts['cases'], 'case')}, {counted(counts['ledger'], 'message')}{newest}"


def _as_value(contents: Contents) -> dict[str, Any]:
    return {
        "made_at": contents.made_at,
        "instance": contents.instance,
        "program": contents.program,
        "newest_message_at": contents.newest_at or None,
        "rows": dict(contents.counts),
        "files": sorted(contents.files),
    }
