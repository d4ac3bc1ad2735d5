"""`triage quarantine`: mails that were set aside because they could not be read or judged, and a way back for them."""

from __future__ import annotations

from typing import Any

import click
from rich.text import Text

from triage.cli.exits import Exit
from triage.cli.output import console, json_option, print_json, say, table
from triage.cli.session import Session, actor_named, actor_option, config_option, open_desk, pass_session, why_option
from triage.cli.watching import watchable
from triage.core.outcomes import Outcome
from triage.core.wording.plain import plain, plain_lines
from triage.core.wording.spans import age
from triage.store import folders, ledger
from triage.store import quarantine as set_aside
from triage.store.database import Store, running_daemon
from triage.store.quarantine import Quarantined

_HEAD = 4096


@click.group(short_help="Mails that were set aside, and a way back for them.")
def quarantine() -> None:
    """Mails that could not be read or judged. Their bytes are kept; nothing is lost, and no case of their author is closed meanwhile.

    \b
    Examples:  triage quarantine list
               triage quarantine show 17
               triage quarantine retry --all
               triage quarantine dismiss 17 --why "an advertisement, 40 MB"
    """


@quarantine.command("list")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="At most so many.")
@json_option
@config_option
@pass_session
@watchable
def list_(session: Session, limit: int, as_json: bool) -> None:
    """What is in quarantine, oldest first.

    \b
    Examples:  triage quarantine list
               triage quarantine list --limit 1000 --json
    """
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk:
        found = set_aside.everything(desk.store, limit)
    if as_json:
        for one in found:
            print_json(_as_value(one))
        return
    if not found:
        say("nothing is in quarantine")
        return
    made = table("ID", "AGE", "FOLDER", "FROM", "SUBJECT", "ERROR", stretch="SUBJECT", wrap=["ERROR"], right=["ID", "AGE"])
    made.columns[3].max_width = 20
    made.columns[5].max_width = 28
    for one in found:
        row = one.row
        cells = (str(row.id), age(now - row.internaldate), f"{row.folder}/{row.uid}", row.author or "?", row.subject or "?", one.error)
        made.add_row(*(Text(plain(cell)) for cell in cells))
    console().print(made)
    if len(found) == limit:
        say(f"the first {limit}; --limit shows more")
    say("`triage quarantine show ID` shows the bytes; then `retry ID` or `dismiss ID`")


@quarantine.command()
@click.argument("row_id", type=int, metavar="ID")
@json_option
@config_option
@pass_session
def show(session: Session, row_id: int, as_json: bool) -> None:
    """One mail: the error, where it lies in the mailbox, and the first 4 KB of its bytes, as they came (not masked).

    \b
    Example:  triage quarantine show 17
    """
    with open_desk(session, forgiving=True) as desk:
        one = _find(desk.store, row_id)
        raw = ledger.raw(desk.store, row_id)
    head = raw[:_HEAD].decode("utf-8", "replace")
    if as_json:
        print_json({**_as_value(one), "kept_bytes": len(raw), "head": head})
        return
    say(f"{one.row.folder}, UID {one.row.uid}, arrived {one.row.internaldate:%Y-%m-%d %H:%M} UTC, {one.row.size} bytes")
    say(f"error: {plain(one.error)}" + (f" (tried again {one.replays} times)" if one.replays else ""))
    if not raw:
        say("the server would not give this mail; `retry` asks for it again")
        return
    say()
    for line in plain_lines(head):
        say(f"  | {line}")
    if len(raw) > _HEAD:
        say(f"  ... {len(raw) - _HEAD} more bytes")


@quarantine.command()
@click.argument("row_ids", type=int, nargs=-1, metavar="[ID...]")
@click.option("--all", "everything", is_flag=True, help="Everything that is in quarantine.")
@json_option
@config_option
@pass_session
def retry(session: Session, row_ids: tuple[int, ...], everything: bool, as_json: bool) -> None:
    """Judge these mails again, from the bytes that were kept; one without bytes is fetched again. The daemon does it within seconds.

    \b
    Examples:  triage quarantine retry 17 18
               triage quarantine retry --all
    """
    if bool(row_ids) == everything:
        raise click.UsageError("name the mails by ID, or say --all")
    with open_desk(session, forgiving=True) as desk:
        wanted = set_aside.everything(desk.store) if everything else [_find(desk.store, row_id) for row_id in dict.fromkeys(row_ids)]
        with desk.store.write():
            ways = [(one.row.id, _put_back(desk.store, one)) for one in wanted]
        running = running_daemon(desk.config.instance.state_dir)
    for row_id, way in ways:
        if as_json:
            print_json({"id": row_id, "way": way})
        else:
            say(f"{row_id}: {'judged again from its bytes' if way == 'judge' else 'fetched again'}")
    if not as_json:
        say(
            ("the running daemon does it now" if running else "the daemon does it when it is started")
            if ways
            else "nothing is in quarantine"
        )


@quarantine.command()
@click.argument("row_ids", type=int, nargs=-1, required=True, metavar="ID...")
@why_option
@actor_option
@json_option
@config_option
@pass_session
def dismiss(session: Session, row_ids: tuple[int, ...], why: str, actor: str | None, as_json: bool) -> None:
    """Say that a person has dealt with these mails, so that they hold back no closing any more. Their bytes stay as those of any mail.

    \b
    Example:  triage quarantine dismiss 17 --why "an advertisement, 40 MB"
    """
    reason = f"dismissed from quarantine by {actor_named(actor)}{f': {why}' if why else ''}"
    with open_desk(session, forgiving=True) as desk:
        wanted = [_find(desk.store, row_id) for row_id in dict.fromkeys(row_ids)]
        with desk.store.write():
            for one in wanted:
                ledger.decide(desk.store, one.row.id, Outcome.IGNORED, reason, None, session.clock.now())
    for one in wanted:
        if as_json:
            print_json({"id": one.row.id, "reason": reason})
        else:
            say(f"{one.row.id}: {plain(reason)}")


def _find(store: Store, row_id: int) -> Quarantined:
    found = next((one for one in set_aside.everything(store) if one.row.id == row_id), None)
    if found is None:
        click.echo(f"triage: {row_id} is not in quarantine", err=True)
        raise SystemExit(Exit.NO)
    return found


def _put_back(store: Store, one: Quarantined) -> str:
    if ledger.raw(store, one.row.id):
        set_aside.release(store, one.row.id)
        return "judge"
    set_aside.forget(store, one.row.id)
    folders.step_back(store, one.row.folder, one.row.uid)
    return "fetch"


def _as_value(one: Quarantined) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.id,
        "folder": row.folder,
        "uid": row.uid,
        "arrived_at": row.internaldate,
        "author": row.author,
        "subject": row.subject,
        "message_id": row.message_id,
        "size": row.size,
        "error": one.error,
        "replays": one.replays,
    }
