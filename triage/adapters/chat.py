"""Chat: one line to the team's chat, by the webhook that a rule or agreements.toml names. The address is read from what is in force, never
from the store.

`{"text": ...}` is what Slack, Mattermost, Rocket.Chat and Google Chat all take. Called by `sender`.
"""

from __future__ import annotations

import json

from triage.adapters.pagers.endpoint import Endpoint
from triage.adapters.pagers.settings import Values, Wiring
from triage.adapters.pagers.webhook import webhook_id
from triage.core.failures import PermanentFailure
from triage.core.rules.ruleset import Ruleset
from triage.core.seams import SendOutcome, SendResult


def webhook_of_rule(ruleset: Ruleset, rule: str) -> str:
    """The address that a rule names; empty when there is no such rule any more."""
    return next((str(each.actions["webhook"]) for each in ruleset.rules if each.name == rule and "webhook" in each.actions), "")


async def tell_chat(url: str, text: str, key: str, wiring: Wiring) -> SendResult:
    """`url` is empty when nothing names one any more. `key` is the same on every retry, for receivers that drop repeats."""
    if not url:
        return SendResult(SendOutcome.PERMANENT, "nothing in rules/ names this webhook any more")
    try:
        endpoint = Endpoint(url, Values({}), wiring.clock, secrets=(url,))
    except PermanentFailure as failure:
        return SendResult(SendOutcome.PERMANENT, failure.message)
    headers = {"Content-Type": "application/json", "webhook-id": webhook_id(key)}
    return await endpoint.post(json.dumps({"text": text}).encode(), headers)
