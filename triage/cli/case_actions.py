"""What a team member does with a case at the command line: `triage case N` with an action.

Every action is one event through casework, in one transaction, and answers with the reason the core gives for what it did. `ACTIONS` is
the table of them; called by case.py, which has read the number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import click

from triage.cli.casenumber import CASE_NUMBER, find_case
from triage.cli.exits import Exit
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, actor_named, actor_option, config_option, open_desk, why_option
from triage.core.cases.case import Case
from triage.core.cases.events import EventKind, Reason
from triage.core.mail.message import Missing
from triage.core.toml.values import Refused
from triage.core.wording.plain import plain
from triage.core.wording.spans import moment
from triage.workers import case_acts, incident_raise
from triage.workers.asking import ask_partner, read_items
from triage.workers.case_acts import CaseAct
from triage.workers.desk import Desk
from triage.workers.merging import merge_cases
from triage.workers.splitting import split_message
from triage.workers.views.waiting import waiting_for


@dataclass(frozen=True, slots=True)
class Chosen:
    """What `triage case N` hands to the action behind it."""

    session: Session
    number: int
    as_json: bool


_pass_chosen = click.make_pass_decorator(Chosen)


def _action(function: Callable[..., None]) -> Callable[..., None]:
    """The options that every action has."""
    for option in (_pass_chosen, config_option, json_option, actor_option):
        function = option(function)
    return function


@click.command()
@click.argument("severity", type=click.IntRange(1, 3), metavar="1|2|3")
@why_option
@_action
def severity(chosen: Chosen, severity: int, why: str, actor: str | None, as_json: bool) -> None:
    """Set the severity. 1 pages; 2 and 3 end an open page.

    \b
    Example:  triage case 1042 severity 2 --why "there is a workaround"
    """
    _act(chosen, actor, case_acts.set_severity(severity, why), as_json)


@click.command()
@why_option
@_action
def close(chosen: Chosen, why: str, actor: str | None, as_json: bool) -> None:
    """Close the case now; the partner gets the `closed` notice.

    \b
    Example:  triage case 1042 close
    """
    _act(chosen, actor, CaseAct(EventKind.CLOSED_BY_TEAM, why), as_json)


@click.command("open", short_help="Open it again, or stop its reply window.")
@why_option
@_action
def open_(chosen: Chosen, why: str, actor: str | None, as_json: bool) -> None:
    """Open a closed case again, or stop a reply window that should not run. The partner is told nothing.

    \b
    Example:  triage case 1042 open --why "that reply was for somebody else"
    """
    _act(chosen, actor, CaseAct(EventKind.OPENED_BY_TEAM, why), as_json)


@click.command(short_help="Do not close it before a time.")
@click.argument("until", metavar="5d|2026-12-01|off")
@why_option
@_action
def hold(chosen: Chosen, until: str, why: str, actor: str | None, as_json: bool) -> None:
    """Do not close the case before a time: so long from now, until the beginning of a day (UTC), or `off` to end the hold.

    \b
    Examples:  triage case 1042 hold 5d
               triage case 1042 hold 2026-12-01 --why "they are on holiday"
    """
    try:
        act = case_acts.hold(until, chosen.session.clock.now(), why)
    except Refused as refused:
        raise click.UsageError(refused.message) from None
    _act(chosen, actor, act, as_json)


@click.command()
@click.argument("text", nargs=-1, required=True, metavar="TEXT...")
@_action
def note(chosen: Chosen, text: tuple[str, ...], actor: str | None, as_json: bool) -> None:
    """Write a line into the timeline, for the team only.

    \b
    Example:  triage case 1042 note called them, they retry at noon
    """
    _act(chosen, actor, case_acts.note(" ".join(text)), as_json)


@click.command()
@click.argument("name", metavar="NAME")
@why_option
@_action
def assign(chosen: Chosen, name: str, why: str, actor: str | None, as_json: bool) -> None:
    """Say whose case it is; `nobody` takes it away.

    \b
    Example:  triage case 1042 assign ana
    """
    _act(chosen, actor, case_acts.assign(name, why), as_json)


@click.command()
@click.argument("tag", metavar="TAG")
@why_option
@_action
def tag(chosen: Chosen, tag: str, why: str, actor: str | None, as_json: bool) -> None:
    """Put a tag on the case; rules and searches may ask for it.

    \b
    Example:  triage case 1042 tag payouts
    """
    _act(chosen, actor, _read(case_acts.tag, tag, why), as_json)


@click.command()
@click.argument("tag", metavar="TAG")
@why_option
@_action
def untag(chosen: Chosen, tag: str, why: str, actor: str | None, as_json: bool) -> None:
    """Take a tag away.

    \b
    Example:  triage case 1042 untag payouts
    """
    _act(chosen, actor, _read(case_acts.untag, tag, why), as_json)


@click.command(short_help="Say whose case it is.")
@click.argument("key", metavar="KEY")
@why_option
@_action
def partner(chosen: Chosen, key: str, why: str, actor: str | None, as_json: bool) -> None:
    """Say which partner the case belongs to: a name of rules/partners.toml. Its agreement counts from then on.

    \b
    Example:  triage case 1042 partner acme
    """
    now = chosen.session.clock.now()
    with open_desk(chosen.session) as desk:
        with desk.store.write():
            found = find_case(desk.store, chosen.number)
            acted = case_acts.act_on_case(desk, found, case_acts.choose_partner(desk, found.case, key, why), actor_named(actor), now)
        reason = acted.reason if as_json or chosen.as_json else f"#{acted.case.number}: {acted.reason}"
        _tell_outcome(desk, acted.case, reason, chosen, as_json, now, done=acted.done)


@click.command("no-auto-close")
@click.argument("switch", type=click.Choice(["on", "off"]), metavar="on|off")
@why_option
@_action
def no_auto_close(chosen: Chosen, switch: str, why: str, actor: str | None, as_json: bool) -> None:
    """`on`: the clock never closes this case. `off`: it does again.

    \b
    Example:  triage case 1042 no-auto-close on
    """
    _act(chosen, actor, case_acts.switch_auto_close(switch == "on", why), as_json)


@click.command(short_help="Ask the partner for what is missing.")
@click.argument("facts", nargs=-1, metavar="[FACT ...]")
@why_option
@_action
def ask(chosen: Chosen, facts: tuple[str, ...], why: str, actor: str | None, as_json: bool) -> None:
    """Send the `missing` notice: for these FACTS, or for all that the case still lacks. Each time you say so, it is sent.

    Facts: endpoint, business_impact, trace_id, environment, request_and_response, timestamps, identifiers.

    \b
    Examples:  triage case 1042 ask
               triage case 1042 ask trace_id timestamps
    """
    now = chosen.session.clock.now()
    try:
        items = read_items(facts)
    except ValueError as unknown:
        raise click.UsageError(f"'{unknown}' is no fact to ask for: {', '.join(item.value for item in Missing)}") from None
    with open_desk(chosen.session) as desk:
        with desk.store.write():
            found = find_case(desk.store, chosen.number).case
            refusal = ask_partner(desk, found.number, items, actor_named(actor), now, why)
        reason = f"#{found.number}: {refusal or Reason.ASKED.value}"
        _tell_outcome(desk, found, reason, chosen, as_json, now, done=not refusal)
    raise SystemExit(Exit.NO if refusal else Exit.OK)


@click.command(short_help="Open the team's own incident for it.")
@why_option
@_action
def incident(chosen: Chosen, why: str, actor: str | None, as_json: bool) -> None:
    """Have the team's own incident opened, by `[incidents] url`; its address is on the case and on later pages. Once per case.

    \b
    Example:  triage case 1042 incident --why "three partners by now"
    """
    now, by = chosen.session.clock.now(), actor_named(actor)
    with open_desk(chosen.session) as desk:
        with desk.store.write():
            found = find_case(desk.store, chosen.number).case
            refusal = incident_raise.ask(desk, found.number, why or f"{by} asked for it", by, now)
        done = not refusal or bool(incident_raise.requests(desk, found.number))
        _tell_outcome(desk, found, refusal or f"#{found.number}: the incident is asked for", chosen, as_json, now, done=done)
    raise SystemExit(Exit.OK if done else Exit.NO)


@click.command(short_help="Let it live on as another case.")
@click.argument("into", type=CASE_NUMBER, metavar="M")
@click.option("--force", is_flag=True, help="Also when the cases are of two partners, who then share what is left.")
@why_option
@_action
def merge(chosen: Chosen, into: int, force: bool, why: str, actor: str | None, as_json: bool) -> None:
    """Let the case live on as case M: its messages, its people and everything that led to it. The partner is told nothing.

    \b
    Example:  triage case 1042 merge 1040
    """
    now = chosen.session.clock.now()
    with open_desk(chosen.session) as desk:
        with desk.store.write():
            left = merge_cases(desk, chosen.number, into, actor_named(actor), now, force=force, why=why)
        _tell_outcome(desk, left, f"#{chosen.number} lives on as #{left.number}", chosen, as_json, now)


@click.command(short_help="Give one of its messages a case of its own.")
@click.argument("message", type=click.IntRange(1), metavar="MESSAGE")
@why_option
@_action
def split(chosen: Chosen, message: int, why: str, actor: str | None, as_json: bool) -> None:
    """Give one message of the case, by its number in `triage case N`, a case of its own. The partner is told nothing.

    \b
    Example:  triage case 1042 split 17
    """
    now = chosen.session.clock.now()
    with open_desk(chosen.session) as desk:
        with desk.store.write():
            new = split_message(desk, chosen.number, message, actor_named(actor), now, why=why)
        _tell_outcome(desk, new, f"message {message} of #{chosen.number} is #{new.number} now", chosen, as_json, now)


def _read(make: Callable[[str, str], CaseAct], text: str, why: str) -> CaseAct:
    try:
        return make(text, why)
    except Refused as refused:
        raise click.UsageError(refused.message) from None


def _tell_outcome(desk: Desk, changed: Case, reason: str, chosen: Chosen, as_json: bool, now: datetime, *, done: bool = True) -> None:
    if as_json or chosen.as_json:
        print_json({"case": changed.number, "done": done, "reason": reason, "status": changed.status, "severity": changed.severity})
    else:
        say(reason)
        _say_what_now(changed, waiting_for(desk, changed, now), now)


def _act(chosen: Chosen, actor: str | None, act: CaseAct, as_json: bool) -> None:
    now = chosen.session.clock.now()
    with open_desk(chosen.session) as desk:
        with desk.store.write():
            acted = case_acts.act_on_case(desk, find_case(desk.store, chosen.number), act, actor_named(actor), now)
        reason = acted.reason if as_json or chosen.as_json else f"#{acted.case.number}: {acted.reason}"
        _tell_outcome(desk, acted.case, reason, chosen, as_json, now, done=acted.done)
    raise SystemExit(Exit.OK if acted.done else Exit.NO)


def _say_what_now(case: Case, waits: str, now: datetime) -> None:
    held = f", on hold until {moment(case.hold_until, now)} UTC" if case.hold_until else ""
    assigned = f", assigned to {plain(case.assigned_to)}" if case.assigned_to else ""
    waiting = f"; waits for: {waits}" if waits and not held else ""
    say(f"  severity {case.severity}, {case.status.value}{assigned}{held}{waiting}")


ACTIONS: tuple[click.Command, ...] = (
    severity,
    close,
    open_,
    hold,
    note,
    assign,
    tag,
    untag,
    partner,
    no_auto_close,
    ask,
    incident,
    merge,
    split,
)
"""In the order of the help."""
