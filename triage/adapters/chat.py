"""Chat: one line to the team's chat, by the webhook that a rule names. The address is read from the rule in force, never from the store.

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


async def tell_chat(ruleset: Ruleset, rule: str, text: str, key: str, wiring: Wiring) -> SendResult:
    """`key` is the same on every retry, for receivers that drop repeats."""
    url = next((str(each.actions["webhook"]) for each in ruleset.rules if each.name == rule and "webhook" in each.actions), "")
    if not url:
        return SendResult(SendOutcome.PERMANENT, f'there is no rule "{rule}" with a webhook any more')
    try:
        endpoint = Endpoint(url, Values({}), wiring.clock, secrets=(url,))
    except PermanentFailure as failure:
        return SendResult(SendOutcome.PERMANENT, failure.message)
    headers = {"Content-Type": "application/json", "webhook-id": webhook_id(key)}
    return await endpoint.post(json.dumps({"text": text}).encode(), headers)
