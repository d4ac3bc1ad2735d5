"""`python -m bench.stages`: what the steps of one mail cost in CPU, without any server: what a change to the program itself brings.

Over the benchmark's mails, which are long and say much, and over the short ones of tests/corpus. Judging is the engine's: rules, threads,
the case and its journal, the receipt, on a store in memory. Milliseconds of CPU time a mail, the best of several rounds: what else the
machine does only adds to it. `--profile` tells instead which modules that time is spent in.
"""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from bench.mails import ADDRESS, mailbox
from tests.eval.corpus import samples
from triage.adapters.clock import SystemEntropy
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.core.mail import facts, language, new_text
from triage.core.mail.message import InboundMessage
from triage.core.mail.parse import parse
from triage.core.settings import Config, Imap, Instance, Limits, Security, Server, Smtp
from triage.daemon.wiring import contact_kinds
from triage.shipped import rules_dir
from triage.store.database import open_memory_store
from triage.workers.replay import PastMail, Replay

MAILS = 300
LARGEST = 12
ROUNDS = 5
PARSE, JUDGE = "parse, of which", "judge"
LIMITS = Limits()


@click.command(help=__doc__)
@click.option("--rounds", type=click.IntRange(min=1), help=f"Of which the best counts.  [default: {ROUNDS}]")
@click.option("--profile", is_flag=True, help="Shares of the modules instead, over the long mails.")
def main(rounds: int | None, profile: bool) -> None:
    if profile and rounds is not None:
        raise click.UsageError("--profile goes over the mails once: it has no --rounds")
    long = [raw for raw, _ in mailbox(MAILS)]
    if profile:
        _tell_shares(long)
        return
    kinds = {"long mails": long, "short mails": [_short(each.name, each.text) for each in samples()]}
    table = {kind: _stages(raws, rounds or ROUNDS) for kind, raws in kinds.items()}
    print("ms of CPU a mail   " + "".join(f"{kind:>14}" for kind in table))
    for stage in next(iter(table.values())):
        print(f"{stage:<19}" + "".join(f"{found[stage]:>14.2f}" for found in table.values()))


def _steps(raws: Sequence[bytes]) -> dict[str, Callable[[], object]]:
    messages = [parse(raw, LIMITS) for raw in raws]
    rules = load_rules(rules_dir(), datetime.now(UTC), contact_kinds())
    return {
        PARSE: lambda: [parse(raw, LIMITS) for raw in raws],
        "  facts": lambda: [facts.extract(message.new_text) for message in messages],
        "  new text": lambda: [new_text.split(message.text, message.subject) for message in messages],
        "  language": lambda: [language.guess(message.new_text[:2_000]) for message in messages],
        JUDGE: lambda: _judge(rules, raws, messages),
    }


def _stages(raws: Sequence[bytes], rounds: int) -> dict[str, float]:
    steps = _steps(raws)
    spent: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            begun = time.process_time()
            step()
            spent[name].append((time.process_time() - begun) * 1000 / len(raws))
    return {name: min(each) for name, each in spent.items()}


def _judge(rules: RuleFiles, raws: Sequence[bytes], messages: Sequence[InboundMessage]) -> None:
    now = datetime.now(UTC)
    nowhere = Server("127.0.0.1", 1, Security.NONE)
    config = Config(Instance("bench", ADDRESS), Imap(nowhere), Smtp(nowhere))
    replay = Replay(config, rules, open_memory_store(), SystemEntropy(), (b"k" * 32,))
    for raw, message in zip(raws, messages, strict=True):
        replay.judge(PastMail(now, sent=False, raw=raw, message=message))


def _tell_shares(raws: Sequence[bytes]) -> None:
    steps = _steps(raws)
    for stage in (PARSE, JUDGE):
        step = steps[stage]
        step()
        profile = cProfile.Profile()
        profile.runcall(step)
        shares = _by_module(profile)
        print(f"\n{stage.partition(',')[0]}")
        for module, spent in shares.most_common(LARGEST):
            print(f"{spent / shares.total():6.1%} {module}")


def _by_module(profile: cProfile.Profile) -> Counter[str]:
    """Seconds by module; what is written in C counts for the module that calls it."""
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]  # not in its types
        in_c = file == "~" and callers
        for caller, seconds in [(caller[0], times[2]) for caller, times in callers.items()] if in_c else [(file, own)]:
            spent[_module(caller)] += seconds
    return spent


def _module(file: str) -> str:
    """Within the program its package, or module of one; elsewhere the library."""
    parts = Path(file).with_suffix("").parts
    if "triage" in parts and "site-packages" not in parts:
        inside = parts[len(parts) - 1 - parts[::-1].index("triage") :]
        return ".".join(inside[:4] if "facts" in inside else inside[:3])
    return parts[-2] if len(parts) > 1 else file


def _short(name: str, text: str) -> bytes:
    header = f"From: Ops Desk <ops@{name.replace('_', '-')}.example>\nTo: {ADDRESS}\nSubject: Question about transfers\n"
    return (header + f"Message-ID: <{name}@partner.example>\nContent-Type: text/plain; charset=utf-8\n\n{text}").encode()


if __name__ == "__main__":
    main()
