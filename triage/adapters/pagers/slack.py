"""slack: a message by an incoming webhook (docs.slack.dev, "Sending messages using incoming webhooks").

Success is 200 with the body `ok`; any other text is a failure. Nothing a partner wrote is read as markup or as a mention.
"""

from __future__ import annotations

import json

from triage.adapters.pagers.endpoint import HTTP_SETTINGS, Answer, Endpoint, by_status
from triage.adapters.pagers.page import Page, cut, read_page
from triage.adapters.pagers.settings import Setting, Values, Wiring
from triage.core.seams import SendOutcome, SendResult

REQUIRED = (Setting("url", "the incoming webhook; whoever knows it can post", secret=True),)
OPTIONAL = HTTP_SETTINGS

MAX_HEADER = 150
MAX_SECTION = 2900
"""Characters; Slack refuses a block text over 3,000, escapes included."""


class Slack:
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:  # noqa: ARG002 - the seam has it; Slack cannot use it
        body = json.dumps(message_of(read_page(payload))).encode()
        return await self._endpoint.post(body, {"Content-Type": "application/json"}, judge=_judge)


def message_of(page: Page) -> dict[str, object]:
    """`text` is what notifications and old clients show."""
    blocks: list[dict[str, object]] = [
        {"type": "header", "text": {"type": "plain_text", "text": cut(page.title, MAX_HEADER), "emoji": False}},
        {"type": "section", "text": {"type": "mrkdwn", "text": escape(page.full_text, MAX_SECTION), "verbatim": True}},
    ]
    buttons = [
        _button(text, link) for text, link in (("Acknowledge", page.ack_link if page.action.rings else ""), ("Case", page.link)) if link
    ]
    if buttons:
        blocks.append({"type": "actions", "elements": buttons})
    return {"text": escape(page.title, MAX_SECTION), "blocks": blocks}


def escape(text: str, limit: int) -> str:
    """Slack's three control characters; a cut never splits an escape."""
    pieces: list[str] = []
    room = limit
    for char in text:
        piece = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(char, char)
        room -= len(piece)
        if room < 1:
            return "".join(pieces) + "…"
        pieces.append(piece)
    return "".join(pieces)


def _button(text: str, link: str) -> dict[str, object]:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "url": link}


def _judge(answer: Answer) -> SendOutcome:
    outcome = by_status(answer)
    if outcome is SendOutcome.ACCEPTED and (answer.status != 200 or answer.text.strip() != "ok"):
        return SendOutcome.TEMPORARY
    return outcome


def build(values: Values, wiring: Wiring) -> Slack:
    return Slack(Endpoint(values.text("url"), values, wiring.clock, secrets=(values.text("url"),)))
