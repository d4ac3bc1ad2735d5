"""A rule with its test, to begin with: a plain example, or one that fits the mail that opened a case. Printed, never written."""

from __future__ import annotations

import re

from triage.core.outcomes import Outcome
from triage.core.rules.printing import inline
from triage.store import cases, ledger
from triage.store.database import Store

_BODY_SHOWN = 400
_WORD = re.compile(r"[^\W\d_]{4,}")


def plain_example(name: str) -> str:
    return _text(
        name,
        "Say why, for whoever reads it next year.",
        {"event": "new", "automatic": False, "subject": {"contains": ["refund"]}},
        {"tags": ["refund"]},
        {"from": "ops@acme.example", "subject": "Question about a refund", "body": "How long does a refund take?"},
        {"tags": ["refund"]},
    )


def from_case(store: Store, number: int, name: str) -> str | None:
    """None when there is no such case or no mail has opened it. Secrets in the mail's text are masked, as everywhere."""
    stored = cases.get_final(store, number)
    opened = next((row for row in ledger.of_case(store, number) if row.outcome is Outcome.CASE), None)
    if stored is None or opened is None:
        return None
    word = max(_WORD.findall(opened.subject) or [opened.subject.strip() or "subject"], key=len)
    domain = opened.author.rpartition("@")[2] or "acme.example"
    tag = word.lower()
    return _text(
        name,
        f"Case #{number}: say why.",
        {"event": "new", "automatic": False, "from": {"domain": domain}, "subject": {"contains": [word]}},
        {"tags": [tag]},
        {"from": opened.author or f"somebody@{domain}", "subject": opened.subject, "body": opened.new_text[:_BODY_SHOWN]},
        {"tags": [tag]},
    )


def _text(name: str, why: str, when: dict[str, object], then: dict[str, object], mail: dict[str, object], expect: dict[str, object]) -> str:
    lines = ["[[rule]]", f"name = {inline(name)}", f"why  = {inline(why)}", f"when = {inline(when)}", f"then = {inline(then)}", ""]
    lines += ["[[test]]", f"name   = {inline(f'{name}: the mail it is for')}", f"mail   = {inline(mail)}", f"expect = {inline(expect)}", ""]
    lines += [
        "[[test]]",
        f"name   = {inline(f'{name}: another mail is left alone')}",
        f"mail   = {inline({'from': 'somebody@other.example', 'subject': 'Question about webhooks'})}",
        f"expect = {inline({'severity': 3, 'page': False})}",
    ]
    return "\n".join(lines)
