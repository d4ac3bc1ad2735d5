"""ntfy: a push message (docs.ntfy.sh, "Publish as JSON") with an Acknowledge button that posts from the phone.

429 with code 42908 means the day's quota is used up: permanent here, because waiting until midnight is no way to page somebody.
"""

from __future__ import annotations

import json
import re

from triage.adapters.pagers.endpoint import HTTP_SETTINGS, Answer, Endpoint, by_status
from triage.adapters.pagers.page import Page, cut, cut_bytes, read_page
from triage.adapters.pagers.settings import Setting, Values, Wiring
from triage.core.failures import PermanentFailure
from triage.core.seams import SendOutcome, SendResult

REQUIRED = (Setting("topic", "who subscribes to it gets the page; choose one that cannot be guessed", secret=True),)
OPTIONAL = (
    Setting("base_url", "your own ntfy server; https://ntfy.sh when not given"),
    Setting("token", "access token (tk_...)", secret=True),
    *HTTP_SETTINGS,
)

DEFAULT_URL = "https://ntfy.sh"
DAILY_QUOTA = 42908
MAX_TITLE = 250
MAX_MESSAGE_BYTES = 3800
"""A message over 4,096 bytes would arrive as an attachment."""
PRIORITIES = {1: 5, 2: 4, 3: 3}


class Ntfy:
    def __init__(self, endpoint: Endpoint, topic: str, token: str) -> None:
        self._endpoint = endpoint
        self._topic = topic
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:  # noqa: ARG002 - the seam has it; ntfy cannot use it
        body = json.dumps({"topic": self._topic, **message_of(read_page(payload))}).encode()
        return await self._endpoint.post(body, self._headers, judge=_judge)


def message_of(page: Page) -> dict[str, object]:
    """The message without its topic. What does not ring has ordinary priority, so that it wakes nobody."""
    message: dict[str, object] = {
        "title": cut(page.title, MAX_TITLE),
        "message": cut_bytes(page.full_text, MAX_MESSAGE_BYTES),
        "priority": PRIORITIES.get(page.severity, 5) if page.is_loud else 3,
        "tags": ["rotating_light" if page.is_loud else "white_check_mark"],
    }
    if page.link:
        message["click"] = page.link
    if page.ack_link and page.action.rings:
        message["actions"] = [{"action": "http", "label": "Acknowledge", "url": page.ack_link, "method": "POST", "clear": True}]
    return message


def _judge(answer: Answer) -> SendOutcome:
    said = answer.json()
    if answer.status == 429 and isinstance(said, dict) and said.get("code") == DAILY_QUOTA:
        return SendOutcome.PERMANENT
    return by_status(answer)


def build(values: Values, wiring: Wiring) -> Ntfy:
    topic, token = values.text("topic"), values.text("token")
    if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", topic) is None:
        raise PermanentFailure("topic is not an ntfy topic", hint="letters, digits, _ and -, at most 64")
    return Ntfy(Endpoint(values.text("base_url", DEFAULT_URL), values, wiring.clock, secrets=(topic, token)), topic, token)
