"""`triage rebuild`: a new store from the mailbox alone, in a file of its own. `triage journal export`: what people did by hand, for it."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from triage.adapters.keys import load_keys
from triage.adapters.parsing import ParserPool
from triage.adapters.rulefiles import load_rules
from triage.cli.exits import Exit
from triage.cli.output import json_option, print_json, progress_bar, say
from triage.cli.rebuild_comparison import compare as compare_with
from triage.cli.rebuild_comparison import read_lost, tell_differences
from triage.cli.session import Session, config_option, load_config, open_desk, pass_session
from triage.core.cases.by_hand import HandEntry, from_line, is_by_hand, to_line
from triage.core.cases.comparing import Difference
from triage.core.failures import PermanentFailure
from triage.core.rules.bounds import bounds_of
from triage.core.seams import Mailbox
from triage.core.settings import Config
from triage.core.wording.plain import counted, plain
from triage.core.wording.spans import ago
from triage.daemon.connections import access_tokens, open_mailbox
from triage.daemon.wiring import contact_kinds
from triage.store import journal as stored_journal
from triage.store.backup import refuse_database
from triage.store.folders import Role
from triage.store.fresh import fresh_store
from triage.workers.desk import Desk
from triage.workers.rebuild import Plan, Rebuilt
from triage.workers.rebuild import rebuild as rebuild_store

_PAUSE_S = 0.002
_SHOWN = 20

_moment = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"])


@click.command(short_help="A new store from the mailbox alone.")
@click.option(
    "--to", "target", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to; by default beside the store."
)
@click.option(
    "--since", type=_moment, metavar="TIME", help="What came before is history (UTC). By default the first mail that we answered."
)
@click.option("--until", type=_moment, metavar="TIME", help="What came later is left to the daemon, which answers and pages (UTC).")
@click.option("--also", multiple=True, metavar="FOLDER", help="A folder to which mail was moved from the intake folder; may be repeated.")
@click.option(
    "--journal", "journal_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
    help="What people did by hand, from `triage journal export`.",
)  # fmt: skip
@click.option(
    "--compare", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="OLD_STORE", help="List what differs from a store."
)
@json_option
@config_option
@pass_session
def rebuild(
    session: Session,
    target: Path | None,
    since: datetime | None,
    until: datetime | None,
    also: tuple[str, ...],
    journal_file: Path | None,
    compare: Path | None,
    as_json: bool,
) -> None:
    """Judge all mail of the intake and the Sent folder once more, into a new file. Nothing is sent, nobody is paged, no store is touched.

    Case numbers come from our own notices in the Sent folder; cases that no notice names get the free numbers between. Exit code 0; 1 when
    --compare finds a difference; 2 when nobody can tell since when the mailbox was looked after, or the file is there already.

    \b
    Examples:  triage rebuild
               triage rebuild --journal journal.jsonl --compare state/triage.sqlite3
               triage rebuild --until 2026-11-23T08:40
    """
    config = load_config()
    now = session.clock.now()
    place = target or config.instance.state_dir / f"rebuilt-{now:%Y%m%dT%H%M%SZ}.sqlite3"
    lost = read_lost(compare) if compare is not None else None
    rules = load_rules(config.instance.rules_dir, now, contact_kinds(), bounds_of(config))
    keys = load_keys(config.instance.state_dir, session.entropy)
    entries = _read_journal(journal_file) if journal_file is not None else ()
    mailbox = open_mailbox(config, access_tokens(config, session.clock))
    parser = ParserPool(config.limits)
    try:
        plan = Plan(_watched(config, mailbox), also, _utc(since), _utc(until), entries)
        with fresh_store(place) as store, progress_bar("judging") as progress:
            desk = Desk(config, store, lambda: rules, session.entropy, keys)
            found = rebuild_store(desk, mailbox, parser, plan, now, progress=progress, pause=lambda: time.sleep(_PAUSE_S))
            differ = compare_with(lost, store) if lost is not None else []
    finally:
        parser.close()
        mailbox.close()
    if as_json:
        print_json(
            {
                "file": str(place),
                **_as_value(found),
                "compared": lost is not None,
                "differences": [_difference_value(one) for one in differ],
            }
        )
    else:
        _tell(place, found, now)
        if lost is not None:
            tell_differences(differ, lost, with_journal=journal_file is not None)
    raise SystemExit(Exit.NO if differ else Exit.OK)


@click.group(short_help="What people did by hand, for a rebuild.")
def journal() -> None:
    """The journal of what people did at the command line and on the board: what no mail tells.

    \b
    Example:  triage journal export /mnt/backups/triage/journal.jsonl
    """


@journal.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@config_option
@pass_session
def export(session: Session, file: Path, as_json: bool) -> None:
    """Write every entry into a file, one JSON object a line, for `triage rebuild --journal`. The daemon may run. A file that is there is
    replaced, whole or not at all, unless it is a database; its mode is 0600.

    \b
    Example:  triage journal export /mnt/backups/triage/journal.jsonl
    """
    with open_desk(session, forgiving=True) as desk:
        entries = [to_line(entry) for entry in stored_journal.each(desk.store) if is_by_hand(entry)]
    refuse_database(file)
    partial = file.with_name(f".{file.name}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
            stream.flush()
            os.fsync(stream.fileno())
        partial.rename(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise PermanentFailure(f"cannot write {file}: {error.strerror}", hint="name a file in a directory of yours") from error
    if as_json:
        print_json({"file": str(file), "entries": len(entries)})
    else:
        say(f"{file}: {counted(len(entries), 'line')}")


def _watched(config: Config, mailbox: Mailbox) -> dict[str, Role]:
    watched = {config.imap.intake: Role.INTAKE}
    sent = mailbox.sent_folder() if config.imap.sent == "auto" else config.imap.sent
    if sent and sent != "none":
        watched[sent] = Role.SENT
    return watched


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None else None


def _read_journal(file: Path) -> tuple[HandEntry, ...]:
    entries = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            entries.append(from_line(json.loads(line)))
        except ValueError as error:
            raise PermanentFailure(
                f"{file}, line {number}: {error}", hint="name a file that `triage journal export` has written"
            ) from error
    return tuple(entries)


def _tell(place: Path, found: Rebuilt, now: datetime) -> None:
    say(f"{place}: {counted(found.cases, 'case')} from {counted(found.messages, 'message')}; {found.history:,} more are history")
    say(f"  the numbers of {found.told:,} are told by our notices; the others are by order of arrival")
    if found.quarantined:
        say(f"  {counted(found.quarantined, 'message')} could not be read: triage quarantine list, once it is in place")
    if found.done_again or found.not_done_again:
        say(f"  {counted(found.done_again, 'act')} of the journal export done again")
    for entry in found.not_done_again[:_SHOWN]:
        say(f"  not done again: #{entry.case_number} {entry.event.value} by {plain(entry.actor)} at {entry.at:%Y-%m-%d %H:%M} UTC")
    if found.last_sign_of_life is not None:
        at = found.last_sign_of_life
        say(f"  the last sign of life of the lost instance was its mail of {at:%Y-%m-%dT%H:%M:%S} UTC, {ago(at, now)}")
        if found.unanswered:
            later = counted(found.unanswered, "message")
            say(f"  {later} came after it. To have the daemon answer and page for them: --until {at:%Y-%m-%dT%H:%M:%S}")
    if found.left:
        say(f"  {counted(found.left, 'message')} that came later will be taken in by the daemon, which answers and pages")
    say(
        f"nothing was sent, {found.withdrawn:,} of what would have gone out are withdrawn. Look at these at once; nobody is paged for them:"
    )
    for case in found.look_at:
        say(f"  #{case.number}  Severity {case.severity}  {case.status.value:<8}{plain(case.requester)}  {plain(case.subject)}")
    if not found.look_at:
        say("  no Severity 1 case is open")
    say("put it in place while the daemon is stopped; the store that is there is kept beside it:")
    say(f"  triage restore {place}")
    say("  triage run")


def _as_value(found: Rebuilt) -> dict[str, Any]:
    return {
        "messages": found.messages,
        "history": found.history,
        "left": found.left,
        "cases": found.cases,
        "numbers_told": found.told,
        "quarantined": found.quarantined,
        "withdrawn": found.withdrawn,
        "last_sign_of_life": found.last_sign_of_life,
        "unanswered": found.unanswered,
        "done_again": found.done_again,
        "not_done_again": [{"case": one.case_number, "event": one.event, "actor": one.actor, "at": one.at} for one in found.not_done_again],
        "look_at": [{"number": one.number, "severity": one.severity, "status": one.status} for one in found.look_at],
    }


def _difference_value(one: Difference) -> dict[str, Any]:
    return {"number": one.number, "what": one.what, "lost": one.lost, "rebuilt": one.rebuilt}
