"""`triage rules backtest` and `triage rules diff`: what other rules would have done with past mails. Changes nothing.

Decides which mails and which two sets are compared, and how the result is told; the comparison is core/rules/difference.py, the judging
workers/replay.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from triage.adapters.rulefiles import RuleFiles
from triage.adapters.side_process import SideProcess
from triage.cli.history import History, Record, parsed
from triage.cli.output import console, print_json, say, table
from triage.core.rules.difference import Change, Difference, Tally, by_rule, compare
from triage.core.seams import Entropy
from triage.core.settings import Config
from triage.core.wording.plain import counted, plain
from triage.store.database import open_memory_store
from triage.workers.replay import Effect, Replay

NIGHT_BEGINS, NIGHT_ENDS = 22, 7
"""Hours where the team is (calendar.toml)."""
SHOWN = 50
LEFT_OUT_SHOWN = 5
_HEADINGS = {Change.CASES: "CASES", Change.SEVERITY: "SEV", Change.PAGES: "PAGES", Change.NOTICES: "NOTICES"}
_HEADINGS |= {Change.REOPENED: "RE-OPEN", Change.CLOSED: "CLOSED"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is shown of a mail."""

    at: datetime
    author: str
    subject: str
    case: str
    name: str


@dataclass(frozen=True, slots=True)
class Outcome:
    mails: list[Told]
    old: list[Effect]
    new: list[Effect]
    differences: list[Difference]
    hours: RuleFiles
    """Whose calendar says when it is night."""

    def nights(self, effects: Sequence[Effect]) -> int:
        return sum(effect.pages for told, effect in zip(self.mails, effects, strict=True) if effect.pages and self.is_night(told.at))

    def is_night(self, at: datetime) -> bool:
        hour = self.hours.hours.local(at).hour
        return hour >= NIGHT_BEGINS or hour < NIGHT_ENDS


def without_rules(rules: RuleFiles) -> RuleFiles:
    """The same partners, people and notices, and nothing that anybody decided."""
    return replace(rules, ruleset=replace(rules.ruleset, rules=()))


def backtest(
    config: Config, keys: tuple[bytes, ...], entropy: Entropy, old: RuleFiles, new: RuleFiles, records: Sequence[Record], now: datetime
) -> Outcome:
    """Each mail once through both sets."""
    mails: list[Told] = []

    def replay(rules: RuleFiles) -> Replay:
        return Replay(config, rules, open_memory_store(), entropy, keys)

    with SideProcess(partial(replay, old)) as first, _progress(len(records)) as advance:
        second = replay(new)
        for record, mail in zip(records, parsed(records, config.limits), strict=True):
            first.judge(mail)
            effect = second.judge(mail)
            number = record.case_number or effect.case_number
            author, subject = (mail.message.author.address, mail.message.subject) if mail.message else ("?", "?")
            mails.append(Told(mail.at, author, subject, f"#{number}" if number else "", record.name))
            advance()
        would_be, was = second.finish(now), first.finish(now)
    return Outcome(mails, was, would_be, compare(was, would_be, _altered(old, new)), new)


def _altered(old: RuleFiles, new: RuleFiles) -> frozenset[str]:
    before = {rule.name: (rule.when, rule.then) for rule in old.ruleset.rules}
    return frozenset(rule.name for rule in new.ruleset.rules if before.get(rule.name, (rule.when, rule.then)) != (rule.when, rule.then))


# --- telling ---------------------------------------------------------------------------------------------------------


def tell_mails(outcome: Outcome, limit: int | None = SHOWN) -> None:
    """One mail a row, its author below its subject: what was, and what would be."""
    made = table("WHEN (UTC)", "CASE", "MAIL", "CHANGE", wrap=["CHANGE"], stretch="MAIL")
    made.columns[3].max_width = 30
    shown = outcome.differences[:limit]
    for difference in shown:
        mail = outcome.mails[difference.position]
        told = Text.assemble(plain(mail.subject) or "(no subject)", "\n", (plain(mail.author), "dim"))
        changes = "\n".join(_changes(difference, night=outcome.is_night(mail.at)))
        made.add_row(Text(f"{mail.at:%Y-%m-%d %H:%M}"), Text(mail.case), told, Text(changes))
    if shown:
        console().print(made)
    if len(outcome.differences) > len(shown):
        say(f"... and {len(outcome.differences) - len(shown)} more; --json has them all")


def _changes(difference: Difference, *, night: bool) -> Iterator[str]:
    for change, (was, now) in difference.changes.items():
        yield f"{change.value}: {was} -> {now}" + (" (night)" if night and change is Change.PAGES else "")


def tell_summary(outcome: Outcome) -> None:
    rows = by_rule(outcome.differences)
    made = table("RULE", "MAILS", *_HEADINGS.values(), stretch="RULE", right=["MAILS", *_HEADINGS.values()])
    for rule, tally in sorted(rows.items(), key=lambda row: -row[1].mails):
        made.add_row(Text(plain(rule)), str(tally.mails), *(_count(tally, change) for change in _HEADINGS))
    if rows:
        console().print(made)
        say()
    for text in summary_lines(outcome):
        say(text)


def _count(tally: Tally, change: Change) -> str:
    if change is Change.PAGES and tally.pages != (0, 0):
        return f"{tally.pages[1] - tally.pages[0]:+}"
    return str(tally.by_change.get(change, "")) or ""


def summary_lines(outcome: Outcome) -> list[str]:
    old, new = outcome.old, outcome.new
    return [
        f"{counted(len(outcome.mails), 'mail')}, {len(outcome.differences):,} would be treated differently",
        f"pages: {sum(e.pages for e in old)} -> {sum(e.pages for e in new)}, at night ({NIGHT_BEGINS}:00-{NIGHT_ENDS:02}:00):"
        f" {outcome.nights(old)} -> {outcome.nights(new)}",
        f"notices: {sum(len(e.notices) for e in old)} -> {sum(len(e.notices) for e in new)}, re-opened:"
        f" {sum(e.reopened for e in old)} -> {sum(e.reopened for e in new)}, closed: {sum(e.closed for e in old)} ->"
        f" {sum(e.closed for e in new)}",
    ]


def print_outcome(outcome: Outcome) -> None:
    """One line a difference, then one for the whole."""
    for difference in outcome.differences:
        mail = outcome.mails[difference.position]
        changes = {change.value: {"from": was, "to": now} for change, (was, now) in difference.changes.items()}
        print_json(
            {
                "at": mail.at,
                "from": mail.author,
                "subject": mail.subject,
                "case": mail.case,
                "file": mail.name,
                "night": outcome.is_night(mail.at),
                "rules": list(difference.rules),
                "changes": changes,
            }
        )
    print_json(
        {
            "mails": len(outcome.mails),
            "different": len(outcome.differences),
            "pages": {"from": sum(e.pages for e in outcome.old), "to": sum(e.pages for e in outcome.new)},
            "pages_at_night": {"from": outcome.nights(outcome.old), "to": outcome.nights(outcome.new)},
            "rules": {rule: tally.mails for rule, tally in by_rule(outcome.differences).items()},
        }
    )


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error, when somebody watches."""
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("mails", total=total)
        yield lambda: bar.advance(task)


def tell_left_out(history: History, since: str = "") -> None:
    """On standard error, so that a table or JSON stays what it is."""
    if history.left_out:
        shown = "".join(f"\n  {name} {reason}" for name, reason in history.left_out[:LEFT_OUT_SHOWN])
        more = len(history.left_out) - LEFT_OUT_SHOWN
        rest = f"\n  and {more} more" if more > 0 else ""
        click.echo(f"triage: {counted(len(history.left_out), 'file')} left out:{shown}{rest}", err=True)
    if history.older and history.records:
        click.echo(f"triage: {counted(history.older, 'mail')} older than {since} left out (--since)", err=True)


def refuse_empty(history: History, where: str, since: str = "") -> None:
    if history.records:
        return
    if history.older:
        what = f"the only mail in {where} is" if history.older == 1 else f"all {history.older:,} mails in {where} are"
        raise click.ClickException(f"{what} older than {since}\n  hint: --since takes a longer time, such as --since 3650d")
    hint = "--mails replays an mbox, a Maildir or a directory of mails" if not history.left_out else "name an mbox, a Maildir or mails"
    raise click.ClickException(f"there is no mail to replay in {where}\n  hint: {hint}")
