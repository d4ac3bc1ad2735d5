"""Floors: what no rule can lower about automatic mail, whatever the operator wrote.

Automatic mail is recorded, never answered, and opens no case, so that two machines cannot keep each other busy and an out-of-office to an
urgent thread wakes nobody. The one exception is a mail that a machine writes because a person asked it to: voicemail.
"""

from __future__ import annotations

from triage.core.rules.ruleset import Ruleset
from triage.core.rules.verdict import Verdict


def machine_may_page(ruleset: Ruleset, verdict: Verdict) -> bool:
    """Whether one rule that hit asks for Severity 1 and a page both, and no later rule has taken either back."""
    if verdict.severity != 1 or not isinstance(verdict.page, str):
        return False
    hit = {each.rule for each in verdict.hits}
    return any(
        rule.name in hit and rule.actions.get("severity") == 1 and isinstance(rule.actions.get("page"), str) for rule in ruleset.rules
    )
