"""`triage digest`: what the team is mailed on a business morning, printed now. Sends nothing."""

from __future__ import annotations

import click

from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, config_option, open_desk, pass_session
from triage.workers.digest import digest_now


@click.command(short_help="The morning's digest, printed now.")
@json_option
@config_option
@pass_session
def digest(session: Session, as_json: bool) -> None:
    """What waits for us, what ends today, what happened over night, what was set aside: the mail of a business morning, as of now.

    \b
    Example:  triage digest
    """
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk:
        found = digest_now(desk, now)
    if as_json:
        for section in found.sections:
            for row in section.rows:
                cells = {column.heading.lower(): cell for column, cell in zip(section.columns, row, strict=True)}
                print_json({"table": section.title.partition(":")[0], **cells})
        return
    say(found.text.rstrip("\n"))
