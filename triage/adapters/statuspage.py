"""StatusPage: asks the public status page for its summary, within two seconds and two megabytes.

Never raises for what the other side does, and never takes a failed fetch for good news: the answer then is a problem in words, and what
was known before stays known. Follows redirects within the same host only, uses no proxy, cookie or netrc of the environment. Reading
the answer happens on a thread of its own, so that a huge one holds back no page.
"""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
from dataclasses import dataclass, replace
from datetime import datetime

import httpx

from triage import __version__
from triage.core.incidents.reading import NoSummary, read_summary
from triage.core.incidents.values import Snapshot
from triage.core.mail.compose import clean_value

BUDGET_S = 2.0
"""For everything: name lookup, redirects, the last byte, and understanding it."""
MAX_BODY = 2 * 1024 * 1024
MAX_REDIRECTS = 3
PATH = "/api/v2/summary.json"


@dataclass(frozen=True, slots=True)
class Fetched:
    """`snapshot` is None when the page could not be asked; `problem` then says why, in one line."""

    snapshot: Snapshot | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes


class _Refused(Exception):
    """An answer that is not taken; the text is the problem."""


class StatusPage:
    """One page, asked by one task at a time. `url` is its address without a path, such as `https://status.example.com`."""

    def __init__(self, url: str, *, budget_s: float = BUDGET_S) -> None:
        self._page = url.rstrip("/")
        self._budget_s = budget_s
        self._etag = ""
        self._last: Snapshot | None = None

    async def fetch(self, now: datetime) -> Fetched:
        """One look at the page; `now` becomes the snapshot's `checked_at`."""
        try:
            async with asyncio.timeout(self._budget_s):
                return Fetched(await self._look(now))
        except TimeoutError:
            return Fetched(None, f"no complete answer within {self._budget_s:g} s")
        except (_Refused, NoSummary) as refused:
            return Fetched(None, str(refused))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError, RecursionError) as error:
            return Fetched(None, clean_value(f"not reached: {str(error) or type(error).__name__}")[:200])

    async def _look(self, now: datetime) -> Snapshot:
        answer = await self._get()
        if answer.status == 304 and self._last is not None:
            self._last = replace(self._last, checked_at=now)
            return self._last
        if answer.status != 200:
            raise _Refused(f"the status page answered {answer.status}")
        snapshot = await asyncio.to_thread(_read, answer.body, self._page, now)
        self._etag, self._last = answer.headers.get("etag", "")[:200], snapshot
        return snapshot

    async def _get(self) -> _Answer:
        url = httpx.URL(self._page + PATH)
        headers = {"User-Agent": f"triage/{__version__}", "Accept": "application/json", "Accept-Encoding": "identity"}
        if self._etag:
            headers["If-None-Match"] = self._etag
        verify = _tls_context()
        async with httpx.AsyncClient(verify=verify, trust_env=False, follow_redirects=False, timeout=self._budget_s + 1) as client:
            for _ in range(MAX_REDIRECTS + 1):
                answer = await _exchange(client, url, headers)
                if not 300 <= answer.status < 400 or answer.status == 304:
                    return answer
                url = _redirected(url, answer.headers.get("location", ""))
        raise _Refused(f"more than {MAX_REDIRECTS} redirects")


async def _exchange(client: httpx.AsyncClient, url: httpx.URL, headers: dict[str, str]) -> _Answer:
    """The raw bytes: a compressed answer was not asked for and could unpack to anything."""
    body = bytearray()
    async with client.stream("GET", url, headers=headers) as response:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise _Refused("the answer is compressed, which was not asked for")
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_BODY:
                raise _Refused(f"the answer is larger than {MAX_BODY // 1024 // 1024} MB")
        return _Answer(response.status_code, response.headers, bytes(body))


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    """Another path of the same host and port, or the same host over TLS; any other place is not the page that the operator named."""
    target = url.join(location)
    upgraded = url.scheme == "http" and target.scheme == "https" and target.port is None
    same_place = (target.scheme, target.port) == (url.scheme, url.port) or upgraded
    if not location or target.host != url.host or not same_place:
        raise _Refused("a redirect to another host is not followed; correct [statuspage] url")
    return target


def _read(body: bytes, page: str, now: datetime) -> Snapshot:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise NoSummary("the answer is no JSON: is [statuspage] url the address of a status page?") from None
    return read_summary(value, page, now)


@functools.cache
def _tls_context() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
