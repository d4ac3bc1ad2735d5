"""Futile: actions of a rule that can never take effect, because the mails it holds for are beyond what such an action may do.

The floors themselves are kept by the workers (and told in docs/rules.md); this only tells the operator in time. Judges what it can prove.
Called by `checks`.
"""

from __future__ import annotations

from triage.core.rules.possible import options_left
from triage.core.rules.ruleset import Rule

_OF_ANY_MAIL = frozenset({"tags", "set", "forward", "webhook", "folder", "ignore"})
_NEVER_FOR_MACHINES = frozenset({"receipt", "ask", "reopen"})


def futile_actions(rule: Rule) -> dict[str, str]:
    """Action -> why it can never take effect. A rule may say out loud (`receipt = false`) what is so anyway."""
    events = options_left(rule.conditions, "event")
    only_machines = options_left(rule.conditions, "automatic") == {True} or "human" not in options_left(rule.conditions, "origin")
    found: dict[str, str] = {}
    for name, value in rule.actions.items():
        if value is False:
            continue
        if only_machines and name in _NEVER_FOR_MACHINES:
            found[name] = "automatic mail is never answered and re-opens nothing"
        elif only_machines and "new" not in events and name not in _OF_ANY_MAIL:
            found[name] = "automatic mail changes nothing on a case that exists but its tags and fields"
        elif name == "ignore" and "new" not in events:
            found[name] = "a follow-up is never ignored"
        elif name == "receipt" and "new" not in events:
            found[name] = "only the mail that opens a case gets a receipt"
        elif name == "reopen" and "reopen" not in events:
            found[name] = "only an answer to a closed case re-opens it"
    return found
