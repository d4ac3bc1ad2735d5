"""`triage drill`: find out whether people can be reached, before it matters. The running daemon delivers; this command asks and waits."""

from __future__ import annotations

import time
from datetime import timedelta

import click

from triage.cli.exits import Exit
from triage.cli.output import console, json_option, print_json, say, table
from triage.cli.session import Session, actor_named, actor_option, config_option, open_desk, pass_session, why_option
from triage.core.failures import PermanentFailure
from triage.core.oncall.people import Person
from triage.core.oncall.policy import OnCall
from triage.core.toml.values import DURATION, Refused
from triage.core.wording.plain import plain
from triage.store.database import running_daemon
from triage.workers import drills, paging
from triage.workers.desk import Desk
from triage.workers.drills import Reached

LOOK_EVERY_S = 0.5


@click.command(short_help="Test whether people can be reached; pages marked TEST.")
@click.option(
    "--person", "people", multiple=True, metavar="NAME", help="Whom to reach; may be given several times. Default: who is on call."
)
@click.option("--chain", is_flag=True, help="One page that goes up the whole policy at its real times.")
@click.option("--policy", default="emergency", show_default=True, metavar="NAME", help="The policy of --chain.")
@click.option("--wait", "lasts", default="5m", show_default=True, metavar="5m", help="How long people have to acknowledge.")
@click.option("--no-wait", is_flag=True, help="Begin and return; see the result with: triage pages N.")
@actor_option
@why_option
@json_option
@config_option
@pass_session
def drill(
    session: Session,
    people: tuple[str, ...],
    chain: bool,
    policy: str,
    lasts: str,
    no_wait: bool,
    actor: str | None,
    why: str,
    as_json: bool,
) -> None:
    """Page people with pages that are marked TEST, and print who was reached by what, after how many seconds.

    Each person gets one page by all their contacts at once and acknowledges it as any other page. Refused while a real page is open; a real
    page ends every drill. Exit code 1 when somebody did not acknowledge.

    \b
    Example:  triage drill
              triage drill --person ana --wait 2m
              triage drill --chain --no-wait
    """
    span = _span(lasts)
    because = f", begun by {actor_named(actor)}{f': {why}' if why else ''}"
    with open_desk(session) as desk:
        if running_daemon(desk.config.instance.state_dir) is None:
            raise PermanentFailure("no daemon is running, so nothing would be sent", hint="start it: triage run")
        with desk.store.write():
            now = session.clock.now()
            if refusal := drills.refusal(desk):
                raise PermanentFailure(f"no drill now: {refusal}")
            oncall = desk.rules().oncall
            if chain:
                numbers: tuple[int, ...] = (drills.start_chain(desk, paging.policy_named(oncall, policy), now, because),)
            else:
                numbers = drills.start(desk, _chosen(oncall, people, session), span, now, because)
        if no_wait:
            _tell_begun(numbers, as_json=as_json)
            return
        _wait(session, desk, numbers, None if chain else span)
        rows = drills.matrix(desk, numbers)
    _tell(rows, as_json=as_json)
    reached = {row.person for row in rows if row.acknowledged_s is not None}
    wanted = reached or {"somebody"} if chain else {row.person for row in rows}
    raise SystemExit(Exit.OK if reached and wanted <= reached else Exit.NO)


def _chosen(oncall: OnCall, names: tuple[str, ...], session: Session) -> tuple[Person, ...]:
    unknown = [name for name in names if name not in oncall.people]
    if unknown:
        raise click.UsageError(f"there is no person '{unknown[0]}' in rules/oncall.toml. People: {', '.join(oncall.people)}")
    found = tuple(oncall.people[name] for name in dict.fromkeys(names)) or drills.on_call_now(oncall, session.clock.now())
    if not any(person.contacts for person in found):
        raise PermanentFailure("nobody is on call now, or nobody of them has a contact", hint="triage oncall show, or --person NAME")
    return tuple(person for person in found if person.contacts)


def _span(text: str) -> timedelta:
    try:
        return DURATION.read(text)
    except Refused as refused:
        raise click.UsageError(f"--wait '{text}' {refused.message}, such as 5m") from None


def _wait(session: Session, desk: Desk, numbers: tuple[int, ...], span: timedelta | None) -> None:
    """Until every page is acknowledged or its time is over; leaving early ends the drill."""
    click.echo("waiting for people to acknowledge; Ctrl-C ends the drill", err=True)
    ends_at = session.clock.now() + span if span is not None else None
    why = "drill: ended by hand"
    try:
        while not drills.is_over(desk, numbers):
            if ends_at is not None and session.clock.now() >= ends_at:
                why = "drill: nobody acknowledged in time"
                break
            time.sleep(LOOK_EVERY_S)
    except KeyboardInterrupt:
        click.echo(err=True)
    with desk.store.write():
        drills.finish(desk, numbers, why, session.clock.now())


def _tell_begun(numbers: tuple[int, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"pages": list(numbers)})
    else:
        say("drill: " + ", ".join(f"page {number}" for number in numbers))


def _tell(rows: list[Reached], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print_json(
                {
                    "person": row.person,
                    "contact": row.contact,
                    "accepted_s": row.accepted_s,
                    "acknowledged_s": row.acknowledged_s,
                    "result": row.result,
                }
            )
        return
    made = table("person", "contact", "accepted", "acknowledged", "answer", stretch="answer", right=["accepted", "acknowledged"])
    for row in rows:
        made.add_row(row.person, row.contact, _seconds(row.accepted_s), _seconds(row.acknowledged_s), plain(row.result))
    console().print(made)


def _seconds(value: float | None) -> str:
    return "no" if value is None else f"{value:.1f} s"
