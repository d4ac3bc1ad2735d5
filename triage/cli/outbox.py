"""`triage outbox`: mails and pages on their way, and what failed."""

from __future__ import annotations

import click
from rich.text import Text

from triage.cli.output import console, json_option, print_json, say, table
from triage.cli.session import Session, config_option, open_desk, pass_session
from triage.cli.story import delivery_value
from triage.cli.watching import watchable
from triage.core.wording.plain import plain
from triage.core.wording.spans import age
from triage.store import outbox as stored_outbox
from triage.workers.views.deliveries import fate


@click.command(short_help="Mails and pages on their way, and what failed.")
@click.option("--failed", is_flag=True, help="Only what failed for good.")
@click.option("--all", "everything", is_flag=True, help="What was sent or withdrawn, too; the latest first.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@json_option
@config_option
@pass_session
@watchable
def outbox(session: Session, failed: bool, everything: bool, limit: int, as_json: bool) -> None:
    """What is on its way with its next attempt, and what failed for good with the reason.

    \b
    Examples:  triage outbox
               triage outbox --failed
               triage outbox --all --limit 200 --json
    """
    if failed and everything:
        raise click.UsageError("either --failed or --all")
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk:
        store = desk.store
        rows = [] if failed or everything else stored_outbox.unsettled(store, limit)
        rows += stored_outbox.latest(store, limit - len(rows), failed=not everything) if len(rows) < limit else []
        if as_json:
            for row in rows:
                print_json(delivery_value(desk, row))
            return
    if not rows:
        say("nothing failed" if failed else "nothing was ever sent" if everything else "nothing is on its way, and nothing failed")
        return
    made = table("ID", "AGE", "WHAT", "CASE", "TO", "STATE", wrap=["STATE"], stretch="STATE", right=["ID", "AGE"])
    made.columns[4].max_width = 24
    for row in rows:
        outgoing = row.delivery.outgoing
        made.add_row(
            str(row.delivery.id),
            age(now - row.delivery.created_at),
            outgoing.purpose,
            f"#{outgoing.case_number}" if outgoing.case_number else "",
            Text(plain(" by ".join(outgoing.recipients))),
            Text(plain(fate(row, now)), style="red" if row.state.value == "failed" else ""),
        )
    console().print(made)
