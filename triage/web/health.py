"""/healthz and /readyz: for whatever watches from outside, in one look. The self-audit judges; here it is only told.

200 or 503, with the reasons as text, or as JSON where that is asked for (`Accept: application/json`, or `?format=json`). Reasons name
folders, cases by number and the program's own work; no person, partner or mail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from triage.core.failures import TriageError
from triage.core.wording.plain import plain
from triage.store import folders
from triage.web.door import Door
from triage.workers import audit
from triage.workers.desk import Desk

_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Well when there is no reason why not."""

    reasons: tuple[str, ...] = ()
    at: datetime | None = None
    """When the self-audit looked."""


def health_routes(door: Door) -> list[Route]:
    def route(path: str, look: Callable[[Desk, datetime], Standing]) -> Route:
        async def answer(request: Request) -> Response:
            try:
                found = await run_in_threadpool(door.look, look)
            except TriageError as failure:
                found = Standing((failure.message,))
            return _answer(request, found)

        return Route(path, answer, methods=["GET"])

    return [route("/healthz", healthy), route("/readyz", ready)]


def healthy(desk: Desk, now: datetime) -> Standing:
    """As `triage health` and the dead-man's switch have it."""
    report = audit.latest(desk.store)
    if report is None:
        return Standing(("there was no self-audit yet: it comes a minute after the start",))
    silent = () if report.is_recent(now) else (f"the last self-audit was at {report.at:%Y-%m-%d %H:%M} UTC",)
    return Standing((*silent, *report.reasons), report.at)


def ready(desk: Desk, _now: datetime) -> Standing:
    """Since its start the daemon has looked at every folder: what lay there is known."""
    if folders.complete_since(desk.store) is None:
        return Standing(("not every folder has been looked at since the start",))
    return Standing()


def _answer(request: Request, found: Standing) -> Response:
    status = 503 if found.reasons else 200
    reasons = [plain(reason) for reason in found.reasons]
    if request.query_params.get("format") == "json" or "application/json" in request.headers.get("accept", ""):
        value = {"ok": not reasons, "reasons": reasons, "at": found.at.isoformat() if found.at is not None else None}
        return JSONResponse(value, status_code=status, headers=_NO_STORE)
    return PlainTextResponse("\n".join(reasons or ["ok"]) + "\n", status_code=status, headers=_NO_STORE)
