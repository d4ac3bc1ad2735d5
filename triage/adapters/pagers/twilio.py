"""twilio-sms and twilio-call: Programmable Messaging and Voice (twilio.com/docs, resources Message and Call), answered with 201.

Neither is idempotent: when an attempt ends without a clear answer, the next one first looks whether Twilio has it already. A call says the
page twice and offers a key to acknowledge; "completed" may be a voicemail, so only the key press counts (it posts to the page's link).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from triage.adapters.pagers.endpoint import HTTP_SETTINGS, Answer, Endpoint, only
from triage.adapters.pagers.page import Page, cut, read_page
from triage.adapters.pagers.settings import Setting, Values, Wiring
from triage.core.failures import PermanentFailure
from triage.core.seams import Clock, SendOutcome, SendResult

REQUIRED = (
    Setting("account_sid", "AC and 32 hexadecimal digits"),
    Setting("auth_token", "the account's token, or the secret that belongs to api_key", secret=True),
    Setting("from", "the number it comes from, +41...; for texts also a messaging service, MG..."),
    Setting("to", "the number that is texted or called, +41..."),
)
OPTIONAL = (
    Setting("api_key", "SK..., when not the account's own token is used"),
    Setting("base_url", "https://api.twilio.com when not given"),
    *HTTP_SETTINGS,
)

DEFAULT_URL = "https://api.twilio.com"
MAX_SMS = 400
"""Characters of the text; Twilio takes 1,600 in all, and every 153 (67 outside the GSM alphabet) are paid as a part."""
MAX_SPOKEN = 600
VALIDITY_S = 120
"""A text older than this is dropped by Twilio rather than delivered late: by then the next level has been paged."""
RING_S = 25
DOUBTS_KEPT = 1000
AFTER_RESTART = timedelta(minutes=10)

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_GONE = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True, slots=True)
class Medium:
    """What differs between texts and calls. `form` makes the fields from page and reference; `marked`: the reference can be found again."""

    resource: str
    items: str
    form: Callable[[Page, str], dict[str, str]]
    wanted: Callable[[Page], bool]
    marked: bool


class Twilio:
    def __init__(
        self, endpoint: Endpoint, clock: Clock, medium: Medium, path: str, headers: Mapping[str, str], ends: dict[str, str]
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._medium = medium
        self._path = f"{path}/{medium.resource}.json"
        self._headers = headers
        self._ends = ends
        self._doubts: dict[str, datetime] = {}
        """Deliveries that may have gone out, with the time of their first attempt."""

    async def deliver(self, key: str, payload: dict[str, object]) -> SendResult:
        page = read_page(payload)
        if not self._medium.wanted(page):
            return SendResult(SendOutcome.ACCEPTED, f"nothing to send: no call for {page.action.value}")
        reference = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:8]
        now = self._clock.now()
        since = self._doubts.get(key) or (now - AFTER_RESTART if page.attempt > 1 else None)
        if since is not None and await self._has_it(reference, since):
            self._doubts.pop(key, None)
            return SendResult(SendOutcome.ACCEPTED, "found at Twilio: the attempt before had arrived")
        result = await self._post(page, reference)
        self._remember(key, result.outcome, since or now)
        return result

    async def _post(self, page: Page, reference: str) -> SendResult:
        form = urlencode(self._ends | self._medium.form(page, reference)).encode()
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        return await self._endpoint.post(form, headers, path=self._path, judge=only(201))

    def _remember(self, key: str, outcome: SendOutcome, since: datetime) -> None:
        if outcome is not SendOutcome.UNKNOWN:
            self._doubts.pop(key, None)
            return
        while len(self._doubts) >= DOUBTS_KEPT:
            self._doubts.pop(next(iter(self._doubts)))
        self._doubts[key] = since

    async def _has_it(self, reference: str, since: datetime) -> bool:
        """False also when Twilio cannot be asked: a page too many is better than one too few."""
        answer = await self._endpoint.look_up(self._path, {"To": self._ends["To"], "PageSize": "20"}, self._headers)
        return any(self._is_ours(item, reference, since) for item in _items(answer, self._medium.items))

    def _is_ours(self, item: Mapping[str, object], reference: str, since: datetime) -> bool:
        if item.get("status") in _GONE:
            return False
        if self._medium.marked:
            return reference in str(item.get("body", ""))
        try:
            return parsedate_to_datetime(str(item.get("date_created"))) >= since - timedelta(seconds=5)
        except (ValueError, TypeError):
            return False


def _items(answer: Answer | None, name: str) -> list[Mapping[str, object]]:
    said = answer.json() if answer is not None and answer.status == 200 else None
    items = said.get(name) if isinstance(said, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def sms_form(page: Page, reference: str) -> dict[str, str]:
    return {"Body": f"{page.text_within(MAX_SMS)}\nref {reference}", "ValidityPeriod": str(VALIDITY_S)}


def call_form(page: Page, _reference: str) -> dict[str, str]:
    spoken = f"<Say>{escape(cut(page.title, MAX_SPOKEN))}</Say>"
    if page.ack_link:
        prompt = "<Say>Press any key to take it.</Say>"
        spoken = f'<Gather numDigits="1" timeout="8" method="POST" action={quoteattr(page.ack_link)}>{(spoken + prompt) * 2}</Gather>'
    else:
        spoken = f'{spoken}<Pause length="1"/>{spoken}'
    return {"Twiml": f"<Response>{spoken}</Response>", "Timeout": str(RING_S)}


SMS = Medium("Messages", "messages", sms_form, lambda _page: True, marked=True)
CALL = Medium("Calls", "calls", call_form, lambda page: page.action.rings, marked=False)


def build_sms(values: Values, wiring: Wiring) -> Twilio:
    return _build(values, wiring, SMS)


def build_call(values: Values, wiring: Wiring) -> Twilio:
    return _build(values, wiring, CALL)


def _build(values: Values, wiring: Wiring, medium: Medium) -> Twilio:
    account, token, sender, to = (values.text(name) for name in ("account_sid", "auth_token", "from", "to"))
    if re.fullmatch(r"AC[0-9a-f]{32}", account) is None:
        raise PermanentFailure("account_sid is not an account SID", hint="AC and 32 hexadecimal digits, from the console's first page")
    if _NUMBER.fullmatch(to) is None:
        raise PermanentFailure(f"to is not a telephone number: {to[:20]!r}", hint="+, country code, number, without spaces")
    by_service = medium is SMS and _SERVICE.fullmatch(sender) is not None
    if not by_service and _NUMBER.fullmatch(sender) is None:
        raise PermanentFailure(f"from is not a telephone number: {sender[:20]!r}", hint="+, country code, number, without spaces")
    login = base64.b64encode(f"{values.text('api_key') or account}:{token}".encode()).decode()
    endpoint = Endpoint(values.text("base_url", DEFAULT_URL), values, wiring.clock, secrets=(token, login))
    ends = {"To": to, ("MessagingServiceSid" if by_service else "From"): sender}
    return Twilio(endpoint, wiring.clock, medium, f"/2010-04-01/Accounts/{account}", {"Authorization": f"Basic {login}"}, ends)
