"""`triage oncall`: who is on call, who would be paged at which second, and who stands in for whom."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from triage.adapters.rulefiles import load_rules
from triage.adapters.rulefiles.loading import ONCALL
from triage.adapters.rulefiles.overrides import save_checked, with_override, without_override
from triage.cli.exits import Exit
from triage.cli.output import console, json_option, print_json, say, table
from triage.cli.session import Session, actor_named, actor_option, config_option, load_config, pass_session
from triage.core.failures import PermanentFailure
from triage.core.oncall.page import PageEventKind
from triage.core.oncall.policy import OnCall
from triage.core.oncall.rehearsal import OUT_OF_OFFICE_AFTER, Line, Reaction, World, rehearse
from triage.core.oncall.rota import Rota, shifts
from triage.core.oncall.values import local_moment
from triage.core.settings import Config
from triage.core.toml.values import DURATION, Refused
from triage.core.wording.plain import plain
from triage.core.wording.spans import span_words
from triage.daemon.wiring import contact_kinds
from triage.workers.paging import policy_named

_DOWN = timedelta(minutes=10)
_AFTER = timedelta(minutes=1)
_REACTIONS = {
    "ack": Reaction(PageEventKind.ACKNOWLEDGED, _AFTER),
    "no": Reaction(PageEventKind.CANNOT, timedelta(seconds=30)),
    "away": Reaction(PageEventKind.CANNOT, OUT_OF_OFFICE_AFTER),
}


@click.group(short_help="Who is on call, who would be paged, who stands in.")
def oncall() -> None:
    """Who is on call, who would be paged at which second, and who stands in for whom. Reads the rule files as they are saved now.

    \b
    Example:  triage oncall show
              triage oncall explain --simulate pagerduty=503
    """


@oncall.command(short_help="The rotas of the next days.")
@click.option("--days", default=14, show_default=True, type=click.IntRange(1, 400), help="How far to look.")
@click.option("--rota", default=None, metavar="NAME", help="Only this rota.")
@json_option
@config_option
@pass_session
def show(session: Session, days: int, rota: str | None, as_json: bool) -> None:
    """Every shift of every rota, in the rota's own zone with UTC beside. Exit code 1 when there is a gap.

    \b
    Example:  triage oncall show --days 14
    """
    now = session.clock.now()
    known, _ = _rules(session)
    found = [_rota(known, rota)] if rota else list(known.rotas.values())
    if not found:
        click.echo("triage: rules/oncall.toml has no rota", err=True)
        raise SystemExit(Exit.NO)
    gaps = False
    for one in found:
        for shift in shifts(one, now, now + timedelta(days=days)):
            gaps |= shift.person is None
            if as_json:
                print_json({"rota": one.name, "person": shift.person, "from": shift.start, "until": shift.end})
        if not as_json:
            _tell_rota(one, now, days)
    raise SystemExit(Exit.NO if gaps else Exit.OK)


@oncall.command(short_help="Who would be paged, at which second.")
@click.option(
    "--at", "at", default=None, metavar="TIME", help="When the emergency comes, such as 2027-03-28T01:30; in UTC unless it has an offset."
)
@click.option("--policy", default="emergency", show_default=True, metavar="NAME", help="The escalation policy.")
@click.option(
    "--simulate", default="", metavar="LIST", help="What goes wrong: crash, pagerduty=503, ana=noanswer, bo=ack, bo=3m, cleo=no, cleo=away."
)
@click.option("--for", "span", default="1h", show_default=True, metavar="1h", help="How long to look.")
@json_option
@config_option
@pass_session
def explain(session: Session, at: str | None, policy: str, simulate: str, span: str, as_json: bool) -> None:
    """Play a page through: who is reached by which contact at which second, and why. Nobody is paged.

    Nobody answers unless you say so. `KIND=STATUS` or `CONTACT=STATUS` gives the answer of a contact, `crash` or `crash=20m` stops the
    program for a while in the very second the page opens; people answer with `ack`, a time such as `3m`, `no`, `away` or `noanswer`.

    \b
    Example:  triage oncall explain --at 2027-03-28T01:30 --simulate crash,pagerduty=503,ana=noanswer,bo=2m
    """
    known, _ = _rules(session)
    if not known.policies:
        raise PermanentFailure("rules/oncall.toml names nobody to page", hint="docs/oncall.md has a first one")
    begins = _moment(at, "--at") if at else session.clock.now()
    lines = rehearse(known, policy_named(known, policy), begins, _world(known, simulate), begins + _span(span, "--for"))
    if as_json:
        for line in lines:
            print_json({"at": line.at, "person": line.who, "contact": line.contact, "text": line.text})
        return
    say(f"an emergency at {begins.astimezone(UTC):%a %d %b %Y %H:%M:%S} UTC, policy {policy_named(known, policy).name}")
    made = table("after", "time (UTC)", "there", "who", "contact", "", wrap=[""])
    for line in lines:
        made.add_row(*_row(known, line, begins))
    console().print(made)


@oncall.group(short_help="Somebody stands in for a while.")
def override() -> None:
    """Somebody instead of whoever it would be. Overrides are blocks in rules/oncall.toml; the last one written wins."""


@override.command("list", short_help="The overrides there are.")
@json_option
@config_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """Every override, with the number that `remove` takes."""
    known, _ = _rules(session)
    now = session.clock.now()
    rows = [(name, number, one) for name, rota in known.rotas.items() for number, one in enumerate(rota.overrides, 1)]
    if as_json:
        for name, number, one in rows:
            print_json({"rota": name, "number": number, "person": one.person, "from": one.start, "until": one.end})
        return
    if not rows:
        say("no override")
        return
    made = table("rota", "no.", "person", "from (UTC)", "until (UTC)", "", right=["no."])
    for name, number, one in rows:
        state = "over" if one.end <= now else "now" if one.start <= now else ""
        made.add_row(name, str(number), one.person, _utc(one.start), _utc(one.end), state)
    console().print(made)


@override.command(short_help="PERSON stands in on ROTA.")
@click.argument("rota")
@click.argument("person")
@click.option("--from", "start", required=True, metavar="TIME", help="Wall clock of the rota's zone, or with an offset; `now` for now.")
@click.option("--until", "end", required=True, metavar="TIME", help="The same; or a duration from the start, such as 8h.")
@actor_option
@click.option("--why", default="", metavar="TEXT", help="Kept as a comment beside it, with who wrote it.")
@config_option
@pass_session
def add(session: Session, rota: str, person: str, start: str, end: str, actor: str | None, why: str) -> None:
    """Write an override into rules/oncall.toml. The whole set is checked first; the running service has it within a second.

    \b
    Example:  triage oncall override add primary ana --from 2026-12-24T09:00 --until 2026-12-27T09:00
              triage oncall override add primary bo --from now --until 4h
    """
    known, config = _rules(session)
    one = _rota(known, rota)
    if person not in known.people:
        raise click.UsageError(f"there is no person '{person}' in rules/oncall.toml. People: {', '.join(known.people)}")
    begins = session.clock.now() if start == "now" else _moment(start, "--from", one.zone)
    ends = begins + _span(end, "--until") if re.fullmatch(r"\d+\s*[a-z]+", end) else _moment(end, "--until", one.zone)
    if ends <= begins:
        raise click.UsageError(f"--until {end} is not after --from {start}")
    path = config.instance.rules_dir / ONCALL
    note = f"{actor_named(actor)}: {why}" if why else actor_named(actor)
    _save(session, config, with_override(path.read_text("utf-8"), rota, person, begins, ends, note))
    say(f"{person} is on {rota} from {_utc(begins)} to {_utc(ends)} UTC")


@override.command(short_help="Take an override away.")
@click.argument("rota")
@click.argument("number", type=click.IntRange(1))
@config_option
@pass_session
def remove(session: Session, rota: str, number: int) -> None:
    """Take an override out of rules/oncall.toml. NUMBER is as `triage oncall override list` shows it.

    \b
    Example:  triage oncall override remove primary 1
    """
    known, config = _rules(session)
    overrides = _rota(known, rota).overrides
    if number > len(overrides):
        click.echo(f"triage: {rota} has no override {number}", err=True)
        raise SystemExit(Exit.NO)
    path = config.instance.rules_dir / ONCALL
    try:
        text = without_override(path.read_text("utf-8"), rota, number - 1)
    except LookupError:
        raise PermanentFailure(
            f"override {number} of {rota} is not a block of its own in {path}", hint="take it out with an editor: it is written inline"
        ) from None
    _save(session, config, text)
    say(f"taken away: {overrides[number - 1].person} on {rota} from {_utc(overrides[number - 1].start)} UTC")


def _save(session: Session, config: Config, text: str) -> None:
    now = session.clock.now()
    save_checked(config.instance.rules_dir, text, lambda copy: load_rules(copy, now, contact_kinds()))


def _rules(session: Session) -> tuple[OnCall, Config]:
    config = load_config()
    return load_rules(config.instance.rules_dir, session.clock.now(), contact_kinds()).oncall, config


def _rota(known: OnCall, name: str) -> Rota:
    if name not in known.rotas:
        raise click.UsageError(f"there is no rota '{name}' in rules/oncall.toml. Rotas: {', '.join(known.rotas) or 'none'}")
    return known.rotas[name]


def _tell_rota(rota: Rota, now: datetime, days: int) -> None:
    say(f"{rota.name} ({rota.zone.key})")
    made = table("from", "from (UTC)", "until (UTC)", "who", "for")
    for shift in shifts(rota, now, now + timedelta(days=days)):
        local = shift.start.astimezone(rota.zone)
        length = span_words(shift.end - shift.start)
        made.add_row(f"{local:%a %d %b %H:%M}", _utc(shift.start), _utc(shift.end), shift.person or "NOBODY", length)
    console().print(made)


def _row(known: OnCall, line: Line, begins: datetime) -> tuple[str, ...]:
    seconds = int((line.at - begins).total_seconds())
    after = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}" if seconds >= 3600 else f"{seconds // 60}:{seconds % 60:02}"
    person = known.people.get(line.who)
    there = f"{line.at.astimezone(ZoneInfo(person.zone)):%H:%M}" if person is not None else ""
    return after, f"{line.at.astimezone(UTC):%H:%M:%S}", there, line.who, line.contact, plain(line.text)


def _world(known: OnCall, text: str) -> World:
    answers: dict[str, int] = {}
    reactions: dict[str, Reaction] = {}
    down = timedelta()
    contacts = {name for person in known.people.values() for contact in person.contacts for name in (contact.name, contact.kind)}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = item.partition("=")
        if name == "crash":
            down = _span(value, "crash=") if value else _DOWN
        elif name in contacts and value.isdigit():  # a channel may be named as its kind is, as in docs/oncall.md
            answers[name] = int(value)
        elif name in known.people:
            if value != "noanswer":
                reactions[name] = _REACTIONS.get(value) or Reaction(PageEventKind.ACKNOWLEDGED, _span(value, f"{name}="))
        else:
            allowed = ", ".join(["crash", *(f"{one}=503" for one in sorted(contacts)), *(f"{one}=noanswer" for one in known.people)])
            raise click.UsageError(f"--simulate does not know '{item}'. Known: {allowed}")
    return World(answers, reactions, down)


def _moment(text: str, option: str, zone: ZoneInfo | None = None) -> datetime:
    try:
        return local_moment(zone or ZoneInfo("UTC")).read(text)
    except Refused as refused:
        raise click.UsageError(f"{option} '{text}' {refused.message}, such as 2026-12-24T09:00") from None


def _span(text: str, option: str) -> timedelta:
    try:
        return DURATION.read(text)
    except Refused as refused:
        raise click.UsageError(f"{option} '{text}' {refused.message}, such as 30m") from None


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%a %d %b %Y %H:%M}"
