"""`triage reconcile`: every message on the server against the ledger, both ways; with `--fix` what is missing is taken in."""

from __future__ import annotations

import click

from triage.cli.exits import Exit
from triage.cli.output import console, json_option, print_json, say, table
from triage.cli.session import Session, config_option, load_config, pass_session
from triage.core.reconciliation import NAMED, FolderStanding, Reconciliation, to_json
from triage.core.wording.plain import counted, plain
from triage.daemon.connections import access_tokens, open_mailbox
from triage.store.database import open_store, running_daemon
from triage.workers import reconcile as reconciling


@click.command(short_help="Every message on the server against the ledger.")
@click.option("--fix", is_flag=True, help="Have what is missing taken in: the daemon does it at once, or at its next start.")
@json_option
@config_option
@pass_session
def reconcile(session: Session, fix: bool, as_json: bool) -> None:
    """Compare every UID of the watched folders with the ledger. The daemon may run; it looks every hour by itself.

    MISSING is on the server and not in the ledger: that must not be, and --fix has it judged like any new mail. GONE is known and not
    there any more: somebody moved or deleted it, which is fine. AHEAD came after the last sweep. Nothing is said twice: what is known is
    passed over. Exit code 0 when they agree, or are made to; 1 when something is missing or was never decided.

    \b
    Examples:  triage reconcile
               triage reconcile --fix
    """
    config = load_config()
    mailbox = open_mailbox(config, access_tokens(config, session.clock))
    with open_store(config.instance.state_dir) as store:
        try:
            found = reconciling.look(store, mailbox, session.clock.now())
        finally:
            mailbox.close()
        fixed = fix and bool(found.missing)
        if fixed:
            with store.write():
                reconciling.repair(store, found)
    if as_json:
        print_json({**to_json(found), "fixed": fixed})
    else:
        _tell(found)
        if fixed:
            running = running_daemon(config.instance.state_dir)
            say(f"{counted(found.missing, 'message')} will be taken in {'by the daemon now' if running else 'when the daemon is started'}")
    raise SystemExit(Exit.OK if found.agrees or (fixed and not found.undecided) else Exit.NO)


def _tell(found: Reconciliation) -> None:
    if not found.folders:
        say("no folder is watched yet: `triage run` chooses them at its first start")
        return
    made = table("FOLDER", "HELD", "MISSING", "GONE", "AHEAD", stretch="FOLDER", right=["HELD", "MISSING", "GONE", "AHEAD"])
    for one in found.folders:
        made.add_row(plain(one.folder), *(f"{number:,}" for number in (one.held, len(one.missing), one.gone, one.ahead)))
    console().print(made)
    for one in found.folders:
        _tell_folder(one)
    if found.undecided:
        say(f"{counted(found.undecided, 'message')} in the ledger for more than an hour without an outcome: is the daemon running?")
    if found.agrees:
        say("ledger and mailbox agree")


def _tell_folder(one: FolderStanding) -> None:
    if one.renumbered:
        say(f"{plain(one.folder)} was renumbered by the server, or never swept: the next sweep reads all of it")
    if one.missing:
        more = f" and {len(one.missing) - NAMED:,} more" if len(one.missing) > NAMED else ""
        say(f"{plain(one.folder)}: not in the ledger: UID {', '.join(map(str, one.missing[:NAMED]))}{more}")
