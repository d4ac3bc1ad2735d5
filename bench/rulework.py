"""What a large set of rules costs a message: 200 of them beside the shipped ones, read from a file as operators write them."""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.mails import mailbox
from triage.adapters.rulefiles import load_rules
from triage.core.mail.parse import parse
from triage.core.rules.evaluate import evaluate
from triage.core.rules.situation import RuleEvent, Situation
from triage.core.settings import Limits
from triage.daemon.wiring import contact_kinds
from triage.shipped import rules_dir

MAILS = 100


def seconds_a_message(count: int) -> float:
    """CPU seconds, the median over the benchmark's mails."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "rules"
        shutil.copytree(rules_dir(), directory)
        (directory / "60-bench.toml").write_text("".join(_rule(number) for number in range(count // 2)))
        ruleset = load_rules(directory, now, contact_kinds()).ruleset
    spent = []
    for raw, _ in mailbox(MAILS):
        situation = Situation(message=parse(raw, Limits()), now=now, event=RuleEvent.NEW, subject_new="Question about quotes")
        evaluate(ruleset, situation)
        begun = time.process_time()
        evaluate(ruleset, situation)
        spent.append(time.process_time() - begun)
    return median(spent)


def _rule(number: int) -> str:
    return f"""
[[rule]]
name = "subject-{number}"
when = {{ event = "new", subject.contains = "word{number}" }}
then = {{ tags = "seen" }}

[[rule]]
name = "body-{number}"
when = {{ event = "new", body.contains = ["text{number}", "other{number}"], from.domain = "d{number}.example" }}
then = {{ tags = "seen" }}
"""
