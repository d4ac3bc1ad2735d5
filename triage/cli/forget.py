"""`triage forget`: erases one person from the store. Says what it would do, and does it with --yes."""

from __future__ import annotations

import click

from triage.cli.backup import DIRECTORY
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, actor_named, actor_option, config_option, open_desk, pass_session
from triage.core.failures import PermanentFailure
from triage.core.wording.plain import counted, plain
from triage.store.backup import backups_in, stores_beside
from triage.workers.forgetting import forget as erase


@click.command(short_help="Erase one person from the store.")
@click.argument("address")
@click.option("--name", "names", multiple=True, metavar="NAME", help="What else the person is called on their cases; may be repeated.")
@click.option("--yes", is_flag=True, help="Do it. It cannot be undone.")
@actor_option
@json_option
@config_option
@pass_session
def forget(session: Session, address: str, names: tuple[str, ...], yes: bool, actor: str | None, as_json: bool) -> None:
    """Replace an address by one that says nothing, wherever it is; the person's names, subjects and texts on their cases; drop the bytes of
    mail on these cases. Cases stay, and each notes that somebody was forgotten.

    Without --yes nothing is changed, and it says what would be. Refused while a case of the person is not closed (exit code 2).

    \b
    Examples:  triage forget ana@acme.example
               triage forget ana@acme.example --name "Ana Lima" --yes
    """
    if "@" not in address.strip("@"):
        raise PermanentFailure(f"{plain(address)!r} is no mail address", hint="triage forget ana@acme.example")
    with open_desk(session, forgiving=True) as desk:
        done = erase(desk, address, names, actor_named(actor), session.clock.now(), rehearse=not yes)
        state_dir = desk.config.instance.state_dir
        backups = [*backups_in(state_dir / DIRECTORY), *stores_beside(state_dir)]
    if as_json:
        found = {"cases": list(done.cases), "messages": done.messages, "names": list(done.names), "rows": dict(done.rows)}
        print_json({"done": yes, **found, "backups": [str(path) for path in backups]})
        return
    if not done.rows:
        say("the store knows nothing of this address")
        return
    numbers = ", ".join(f"#{number}" for number in done.cases)
    say(f"{counted(done.messages, 'message')} of this person, on {counted(len(done.cases), 'case')}: {numbers}")
    if done.names:
        say(f"called: {', '.join(plain(name) for name in done.names)}")
    say(f"{'changed' if yes else 'would change'}: {', '.join(f'{table} {rows}' for table, rows in done.rows.items())}")
    say("not touched: the mailbox on the server, your rule files, the logs, and backups:")
    for path in backups:
        say(f"  {path}")
    say(f"  {'copies' if not backups else 'and copies'} that were put elsewhere")
    if not yes:
        say("nothing was changed; do it with --yes. It cannot be undone.")
