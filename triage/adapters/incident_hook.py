"""post_incident: one attempt to have the team's own incident opened, at `[incidents] url`, signed as Standard Webhooks asks.

The address and the secret are read from the configuration at the moment of sending and are never in the store. Called by `sender`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from triage.adapters.pagers.endpoint import Endpoint
from triage.adapters.pagers.settings import Values, Wiring
from triage.adapters.pagers.webhook import signed_headers, signing_secrets, webhook_id
from triage.core.failures import PermanentFailure
from triage.core.seams import SendOutcome, SendResult
from triage.core.settings import Incidents


async def post_incident(incidents: Incidents, event: Mapping[str, Any], key: str, wiring: Wiring) -> SendResult:
    """`key` is the same on every retry, for receivers that drop repeats."""
    url, secret = incidents.url(), incidents.secret()
    if not url:
        return SendResult(SendOutcome.PERMANENT, "config.toml names no [incidents] url any more")
    try:
        secrets = signing_secrets(secret)
        endpoint = Endpoint(url, Values({}), wiring.clock, secrets=(url, *secret.split()))
    except PermanentFailure as failure:
        return SendResult(SendOutcome.PERMANENT, failure.message)
    body = json.dumps(event, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    headers = signed_headers(secrets, webhook_id(key), wiring.clock.now(), body)
    return await endpoint.post(body, {"Content-Type": "application/json", **headers})
