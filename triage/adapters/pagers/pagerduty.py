"""pagerduty: Events API v2 (developer.pagerduty.com, "Send an event"): trigger, acknowledge, resolve.

The dedup_key ties all events of one page generation to one incident; an update is a trigger with the same key, which PagerDuty adds to the
incident's log. Only 202 means accepted. 400 is a fault of ours or of the settings, so it is permanent: the next contact goes out at once.
An event may have 512 KB, which the limits of `page` keep.
"""

from __future__ import annotations

import json
import re

from triage.adapters.pagers.endpoint import HTTP_SETTINGS, Endpoint, only
from triage.adapters.pagers.page import Action, Page, cut, read_page
from triage.adapters.pagers.settings import Setting, Values, Wiring
from triage.core.failures import PermanentFailure
from triage.core.seams import SendResult

WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 (the name of a setting)
REQUIRED = (Setting("routing_key", "the integration key of the service, 32 characters", secret=True),)
OPTIONAL = (
    Setting("base_url", "https://events.eu.pagerduty.com for accounts in the EU"),
    Setting(WEBHOOK_SECRET, "the secret of a webhook subscription (v3) that tells triage who acknowledged in PagerDuty", secret=True),
    *HTTP_SETTINGS,
)

DEFAULT_URL = "https://events.pagerduty.com"
MAX_SUMMARY = 1024
MAX_DEDUP_KEY = 255
SEVERITIES = {1: "critical", 2: "error", 3: "warning"}


class PagerDuty:
    def __init__(self, endpoint: Endpoint, routing_key: str) -> None:
        self._endpoint = endpoint
        self._routing_key = routing_key

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:  # noqa: ARG002 - the seam has it; dedup_key does its work
        event = {"routing_key": self._routing_key, **event_of(read_page(payload))}
        body = json.dumps(event, default=str).encode()
        return await self._endpoint.post(body, {"Content-Type": "application/json"}, path="/v2/enqueue", judge=only(202))


def event_of(page: Page) -> dict[str, object]:
    """The event without the routing key."""
    action = Action.TRIGGER if page.action.rings else page.action
    event: dict[str, object] = {"event_action": action.value, "dedup_key": page.incident_key[:MAX_DEDUP_KEY]}
    if action is not Action.TRIGGER:
        return event
    payload = {
        "summary": cut(page.title, MAX_SUMMARY),
        "source": page.instance or "triage",
        "severity": SEVERITIES.get(page.severity, "critical"),
        "component": page.partner,
        "group": page.instance,
        "class": "drill" if page.test else "case",
        "custom_details": {**page.details, "text": page.full_text},
    }
    if page.since:
        payload["timestamp"] = page.since
    links = [{"href": link, "text": text} for link, text in ((page.link, "Case"), (page.ack_link, "Acknowledge here")) if link]
    return event | {"payload": payload, "links": links, "client": "triage", "client_url": page.link}


def build(values: Values, wiring: Wiring) -> PagerDuty:
    routing_key = values.text("routing_key")
    if re.fullmatch(r"[A-Za-z0-9]{32}", routing_key) is None:
        raise PermanentFailure(
            "routing_key does not have 32 letters and digits", hint="take the integration key of an Events API v2 integration"
        )
    endpoint = Endpoint(values.text("base_url", DEFAULT_URL), values, wiring.clock, secrets=(routing_key,))
    return PagerDuty(endpoint, routing_key)
