"""`triage export N`: one case as JSON and mbox, for another system, for a partner, for the record."""

from __future__ import annotations

from pathlib import Path

import click

from triage.cli.case_archive import archive, write
from triage.cli.casenumber import CASE_NUMBER, find_case
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, actor_named, actor_option, config_option, open_desk, pass_session, why_option
from triage.core.cases.events import EventKind
from triage.core.wording.plain import counted
from triage.workers import casework

REASON = "exported"


@click.command(short_help="One case as files: JSON and mbox.")
@click.argument("number", type=CASE_NUMBER, metavar="N")
@click.option("--to", "target", type=click.Path(path_type=Path), metavar="PATH", help="A new directory, or a new .tar; default ./case-N.")
@click.option("--raw", is_flag=True, help="The mails as they came, secrets and attachments included.")
@click.option("--internal", is_flag=True, help="Also what only the team has seen: comments, notes, reasons, pages.")
@actor_option
@why_option
@json_option
@config_option
@pass_session
def export(
    session: Session, number: int, target: Path | None, raw: bool, internal: bool, actor: str | None, why: str, as_json: bool
) -> None:
    """Write case.json and messages.mbox of a case: what its participants have seen, masked. Files are readable by you only.

    That it was exported, by whom, is in the timeline.

    \b
    Examples:  triage export 1042
               triage export 1042 --to 1042.tar --raw --internal --why "for the bank's auditors"
    """
    now, by = session.clock.now(), actor_named(actor)
    with open_desk(session, forgiving=True) as desk:
        stored = find_case(desk.store, number)
        place = target or Path(f"case-{stored.case.number}")
        made = archive(desk, stored, now, raw=raw, internal=internal)
        write(made, place, now)
        how = ", ".join((*(("with everything internal",) if internal else ()), "as it came" if raw else "masked"))
        with desk.store.write():
            detail = f"{how}: {why}" if why else how
            casework.note(desk, stored.case.number, EventKind.NOTED, now, REASON, actor=by, detail=detail)
    if as_json:
        without = list(made.without_bytes)
        print_json(
            {
                "case": stored.case.number,
                "path": str(place),
                "messages": made.messages,
                "raw": raw,
                "internal": internal,
                "without_bytes": without,
            }
        )
        return
    say(f"{place}: {counted(made.messages, 'message')}, {how}")
    if made.without_bytes:
        say(f"  the bytes of {counted(len(made.without_bytes), 'message')} are not kept any more: masked text stands in")
