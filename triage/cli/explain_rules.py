"""What `triage rules explain` asks and how it tells the answer: every rule in order, hit or the first condition that failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import click
from rich.text import Text

from triage.adapters.rulefiles import RuleFiles
from triage.cli.output import console
from triage.cli.session import Session
from triage.core.cases.partners import Partner
from triage.core.mail.authentication import Proof
from triage.core.mail.message import InboundMessage
from triage.core.rules.actions import ACTIONS, value_text
from triage.core.rules.evaluate import evaluate
from triage.core.rules.floors import machine_may_page
from triage.core.rules.ruleset import Ruleset
from triage.core.rules.verdict import Verdict
from triage.core.settings import Config
from triage.core.wording.plain import plain
from triage.store import cases
from triage.store.database import open_memory_store, open_store
from triage.workers.desk import Desk
from triage.workers.partner_mail import situation_of


@dataclass(frozen=True, slots=True)
class Asked:
    message: InboundMessage
    partner: Partner
    proof: Proof


def ask(session: Session, config: Config, rules: RuleFiles, asked: Asked, number: int | None, now: datetime) -> Verdict:
    """As a new thread, or as a follow-up to a case of the store."""
    with open_store(config.instance.state_dir) if number is not None else open_memory_store() as store:
        stored = cases.get_final(store, number) if number is not None else None
        if number is not None and stored is None:
            raise click.ClickException(f"there is no case #{number}")
        desk = Desk(config, store, lambda: rules, session.entropy, ())
        return evaluate(rules.ruleset, situation_of(desk, asked, stored.case if stored else None, now))


def tell(verdict: Verdict, ruleset: Ruleset, message: InboundMessage) -> None:
    out = console()
    out.print(Text(plain(message.subject) or "(no subject)", "bold"), soft_wrap=True)
    for row in _rows(verdict, ruleset):
        style = {"hit": "green", "near": "yellow"}.get(row["result"], "dim")
        line = Text.assemble((f"{row['result']:<6}", style), f"{row['rule']}  ", (f"{row['file']}:{row['line']}", "dim"))
        out.print(line, soft_wrap=True)
        if row["text"]:
            out.print(Text(f"{'':<6}  {plain(row['text'])}"), soft_wrap=True)
    out.print()
    found = _set(verdict)
    out.print(
        Text("together: " + (", ".join(f"{name} = {text}" for name, text in found.items()) or "no rule says anything")), soft_wrap=True
    )
    if message.automatic.is_automatic and not machine_may_page(ruleset, verdict):
        kept = "tags, set, forward, webhook, folder and ignore"
        out.print(Text(f"a machine wrote it ({message.automatic.origin.value}): of this only {kept} count"), soft_wrap=True)


def as_value(verdict: Verdict, ruleset: Ruleset) -> dict[str, object]:
    return {"rules": _rows(verdict, ruleset), "verdict": _set(verdict), "stopped_by": verdict.stopped_by}


def _rows(verdict: Verdict, ruleset: Ruleset) -> list[dict[str, str]]:
    """In the order of evaluation; rules behind a stop were not looked at."""
    hits = {hit.rule: hit for hit in verdict.hits}
    misses = {miss.rule: miss for miss in verdict.misses}
    rows = []
    for rule in ruleset.rules:
        hit, miss = hits.get(rule.name), misses.get(rule.name)
        if hit is not None:
            result, text = "hit", "sets " + ", ".join(f"{name} = {value}" for name, value in hit.set.items())
        elif miss is not None:
            result, text = ("near" if miss.held else "miss"), f"fails at {miss.failed}"
        else:
            result, text = "-", f'not looked at: "{verdict.stopped_by}" has stopped'
        rows.append({"result": result, "rule": rule.name, "file": rule.file, "line": str(rule.line), "text": text})
    return rows


def _set(verdict: Verdict) -> Mapping[str, str]:
    """What the rules together say; what none of them has set is left out."""
    nothing = Verdict()
    names = [name for name in ACTIONS if name != "stop" and getattr(verdict, name) != getattr(nothing, name)]
    return {name: value_text(getattr(verdict, name)) for name in names}
