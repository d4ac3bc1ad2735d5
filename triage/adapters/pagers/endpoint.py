"""Endpoint: one HTTP(S) address that pages are posted to, and what an answer means.

Decides the outcome of an attempt: by status when there is one, otherwise by whether the request had left this machine. Keeps one total
deadline (httpx has none of its own), reads a bounded answer, follows no redirects, uses no proxy, cookie or netrc of the environment, and
keeps secrets out of what it reports: paths and queries are never shown, known secrets are masked, nothing that was sent is
repeated. Called by the HTTP contact kinds.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from triage import __version__
from triage.adapters.echoes import REPEATED, forms_of, repeats, without
from triage.adapters.pagers.settings import Setting, SettingType, Values
from triage.core.failures import PermanentFailure
from triage.core.mail.compose import clean_value
from triage.core.seams import Clock, SendOutcome, SendResult

MAX_ANSWER = 64 * 1024
"""Bytes read of an answer; the rest is not waited for."""
MAX_TOLD = 300
MAX_RETRY_AFTER_S = 24 * 3600.0
DEFAULT_TIMEOUT_S = 10.0

HTTP_SETTINGS = (
    Setting("timeout_s", "the whole exchange, name lookup to last byte; 10 when not given", SettingType.SECONDS),
    Setting("allow_plaintext", "permit http:// to a host that is not this machine", SettingType.FLAG),
    Setting("ca_file", "PEM file of the authority that signed the server's certificate, when it is not a public one"),
)
"""What every HTTP kind may be told besides its own settings."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` have lower-case names; `text` is bounded and may be incomplete."""

    status: int
    text: str = ""
    headers: Mapping[str, str] | None = None

    def json(self) -> object:
        """None for what is no JSON."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


Judge = Callable[[Answer], SendOutcome]


def by_status(answer: Answer) -> SendOutcome:
    """RFC 9110 §15. A redirect is a wrong address: waiting does not mend it. 408, 425 and 429 ask for another try."""
    match answer.status:
        case status if 200 <= status < 300:
            return SendOutcome.ACCEPTED
        case 408 | 425 | 429:
            return SendOutcome.TEMPORARY
        case status if 300 <= status < 500:
            return SendOutcome.PERMANENT
        case _:
            return SendOutcome.TEMPORARY


def only(status: int) -> Judge:
    """For a provider with one way of saying yes: another 2xx comes from something in between."""

    def judge(answer: Answer) -> SendOutcome:
        outcome = by_status(answer)
        return SendOutcome.TEMPORARY if outcome is SendOutcome.ACCEPTED and answer.status != status else outcome

    return judge


class Endpoint:
    """`url` is checked when it is made: PermanentFailure for anything but https, or http to this machine or with `allow_plaintext`."""

    def __init__(self, url: str, values: Values, clock: Clock, *, secrets: tuple[str, ...] = ()) -> None:
        self._url = check_url(url, allow_plaintext=values.flag("allow_plaintext"))
        self._timeout_s = values.seconds("timeout_s", DEFAULT_TIMEOUT_S)
        self._tls = _tls_context(values.text("ca_file"))
        self._clock = clock
        self._secrets = forms_of(*secrets, self._url.path, self._url.query.decode())

    async def post(self, body: bytes, headers: Mapping[str, str], *, path: str = "", judge: Judge = by_status) -> SendResult:
        """One attempt. `path` is appended to the address."""
        answer = await self._exchange("POST", path, {}, body, headers)
        if isinstance(answer, SendResult):
            return answer
        outcome = judge(answer)
        wait = self._retry_after_s(answer) if outcome is SendOutcome.TEMPORARY else None
        said = answer.text if outcome is SendOutcome.ACCEPTED else ""
        return SendResult(outcome, self._told(answer, outcome, body), retry_after_s=wait, answer=said)

    async def look_up(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer | None:
        """GET; None when there was no answer."""
        answer = await self._exchange("GET", path, query, b"", headers)
        return answer if isinstance(answer, Answer) else None

    async def _exchange(
        self, method: str, path: str, query: Mapping[str, str], body: bytes, headers: Mapping[str, str]
    ) -> Answer | SendResult:
        trip = _Trip()
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._converse(trip, method, path, query, body, headers)
        except (TimeoutError, httpx.HTTPError, httpx.StreamError, OSError) as error:
            if trip.answer is None:
                return self._broken(error, trip)
        except ValueError as error:  # a header value that cannot be written, from a setting
            return SendResult(SendOutcome.PERMANENT, self._masked(f"the request cannot be written: {type(error).__name__}"))
        return trip.answer or SendResult(SendOutcome.UNKNOWN, f"no answer from {self._url.host}")

    async def _converse(
        self, trip: _Trip, method: str, path: str, query: Mapping[str, str], body: bytes, headers: Mapping[str, str]
    ) -> None:
        url = self._url.copy_with(path=self._url.path.rstrip("/") + path) if path else self._url
        sent = {"User-Agent": f"triage/{__version__}", "Accept-Encoding": "identity", **headers}
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False, timeout=self._timeout_s + 1) as client,
            client.stream(method, url, params=query or None, content=body, headers=sent, extensions={"trace": trip.note}) as response,
        ):
            read = bytearray()
            trip.answer = Answer(response.status_code, "", response.headers)
            async for chunk in response.aiter_raw():
                read += chunk
                trip.answer = Answer(response.status_code, read[:MAX_ANSWER].decode("utf-8", "replace"), response.headers)
                if len(read) >= MAX_ANSWER:
                    return

    def _broken(self, error: Exception, trip: _Trip) -> SendResult:
        what = (
            f"no answer within {self._timeout_s:g} s"
            if isinstance(error, TimeoutError)
            else clean_value(str(error)) or type(error).__name__
        )
        if trip.left:
            return SendResult(SendOutcome.UNKNOWN, self._masked(f"{self._url.host} had the request, then: {what}"))
        return SendResult(SendOutcome.TEMPORARY, self._masked(f"{self._url.host} was not reached: {what}"))

    def _told(self, answer: Answer, outcome: SendOutcome, sent: bytes) -> str:
        said = f"{answer.status} from {self._url.host}"
        if 300 <= answer.status < 400:
            return f"{said}: redirects are not followed; correct the address"
        if outcome is SendOutcome.ACCEPTED or not answer.text.strip():
            return said
        words = self._masked(answer.text)
        return f"{said}: {REPEATED if repeats(words, sent) else words}"

    def _masked(self, text: str) -> str:
        return clean_value(without(text, self._secrets)[:MAX_TOLD])[:MAX_TOLD]

    def _retry_after_s(self, answer: Answer) -> float | None:
        """RFC 9110 §10.2.3: seconds or a date; bounded; None for anything else."""
        said = (answer.headers or {}).get("retry-after", "").strip()
        if said.isascii() and said.isdigit():
            return min(float(said[:9]), MAX_RETRY_AFTER_S)
        try:
            at = parsedate_to_datetime(said)
            wait = (at - self._clock.now()).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
        return min(max(wait, 0.0), MAX_RETRY_AFTER_S)


class _Trip:
    """How far one exchange got."""

    def __init__(self) -> None:
        self.left = False
        """The request began to leave: from here on the other side may have it."""
        self.answer: Answer | None = None

    async def note(self, event: str, _info: object) -> None:
        if event.endswith("send_request_headers.started"):
            self.left = True


def check_url(text: str, *, allow_plaintext: bool = False) -> httpx.URL:
    """PermanentFailure for what may not be called. The text itself is never repeated: paths often are secrets."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise PermanentFailure("the address is not a URL", hint="it should look like https://host/path") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise PermanentFailure("the address is not an http or https URL", hint="it should look like https://host/path")
    if url.userinfo:
        raise PermanentFailure("the address holds a user name or password", hint="use the settings of this kind for credentials")
    if url.scheme == "http" and not allow_plaintext and not _is_this_machine(url.host):
        raise PermanentFailure(f"pages to {url.host} would travel in plain text", hint="use https://, or set allow_plaintext = true")
    return url


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls_context(ca_file: str) -> ssl.SSLContext:
    if not ca_file:
        return _public_tls_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise PermanentFailure(
            f"ca_file {ca_file} cannot be used: {error.strerror or error}", hint="it must be a readable PEM file"
        ) from None


@functools.cache
def _public_tls_context() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
