"""PagerDuty's webhooks (v3): who acknowledged there is known here. Signature first, then the body; nothing unsigned changes anything.

X-PagerDuty-Signature holds one or more `v1=` HMAC-SHA256 of the body, as secrets rotate. An event that cannot be written down just now is
answered 503: PagerDuty sends it again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from triage.adapters.logs import LogEvent, log
from triage.web.bodies import body_within
from triage.web.door import Busy, Door
from triage.workers.provider_news import NewsKind, ProviderNews

BODY_LIMIT = 512 * 1024
SIGNATURE = "x-pagerduty-signature"
_KINDS = {f"incident.{kind.value}": kind for kind in NewsKind}


def pagerduty_routes(door: Door) -> list[Route]:
    async def receive(request: Request) -> Response:
        body = await body_within(request, BODY_LIMIT)
        if body is None:
            return PlainTextResponse("too large", 413)
        secrets = await run_in_threadpool(door.webhook_secrets)
        if not is_signed(body, request.headers.get(SIGNATURE, ""), secrets):
            log(LogEvent.HOOK_REFUSED, logging.WARNING, provider="pagerduty", reason="bad signature" if secrets else "no secret configured")
            return PlainTextResponse("bad signature", 401)
        news = read_event(body)
        if news is None:
            return PlainTextResponse("nothing to do")
        try:
            result = await run_in_threadpool(door.take_news, news)
        except Busy:
            return PlainTextResponse("try again", 503, headers={"Retry-After": "5"})
        log(LogEvent.HOOK_TAKEN, provider="pagerduty", id=news.id, kind=news.kind.value, incident=news.dedup_key, result=result)
        return PlainTextResponse("ok")

    return [Route("/hooks/pagerduty", receive, methods=["POST"])]


def is_signed(body: bytes, header: str, secrets: Iterable[str]) -> bool:
    given = [part.strip().removeprefix("v1=").lower() for part in header.split(",") if part.strip().startswith("v1=")][:10]
    made = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets if secret]
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in made]
    return any(matches)


def read_event(body: bytes) -> ProviderNews | None:
    """None for an event that is of no concern here, or that has another shape than the documented one."""
    try:
        event: Any = json.loads(body)["event"]
        kind = _KINDS.get(str(event["event_type"]))
        if kind is None:
            return None
        at = datetime.fromisoformat(str(event["occurred_at"]))
        who = event.get("agent") or {}
        return ProviderNews(
            id=str(event["id"])[:200],
            kind=kind,
            dedup_key=str(event["data"]["incident_key"])[:300],
            actor=_text(who, "summary") or _text(who, "id"),
            by_person=_text(who, "type").startswith("user"),
            occurred_at=at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value[:200] if isinstance(value, str) else ""
