"""/metrics in the Prometheus text format: how the rule files stand, how the last loop probe came through; further gauges are further rows.

Read-only, and no secret or mail text among the numbers. Whoever may reach [web] listen may read them, which is this machine by default.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from triage.core.probe import RoundTrip
from triage.core.rules.reload_status import ReloadStatus
from triage.web.door import Door


def metrics_routes(door: Door) -> list[Route]:
    async def metrics(_request: Request) -> Response:
        status, probed = await run_in_threadpool(door.rule_status), await run_in_threadpool(door.last_probe)
        return Response(exposition(status, probed), headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics, methods=["GET"])]


def exposition(status: ReloadStatus, probed: RoundTrip | None = None) -> bytes:
    """One registry per answer: the numbers are the daemon's own, nothing is counted here."""
    registry = CollectorRegistry()
    rows = (
        ("triage_rules_last_reload_successful", "1 when the set in force is the one on disk", float(status.successful)),
        ("triage_rules_last_reload_timestamp_seconds", "When the rule files were last read", status.checked_at.timestamp()),
        ("triage_rules_loaded_timestamp_seconds", "When the set in force was loaded", status.loaded_at.timestamp()),
        ("triage_rules_count", "Rules in force", float(status.rules)),
        ("triage_rules_reloads", "Reloads since the start of the daemon", float(status.reloads)),
        ("triage_rules_refused", "Reloads refused since the start of the daemon", float(status.refused)),
    )
    for name, text, value in rows:
        Gauge(name, text, registry=registry).set(value)
    Gauge("triage_rules_info", "The set in force", ["hash"], registry=registry).labels(hash=status.hash).set(1)
    if probed is not None:
        _add_probe(registry, probed)
    return generate_latest(registry)


def _add_probe(registry: CollectorRegistry, probed: RoundTrip) -> None:
    sent = Gauge("triage_probe_timestamp_seconds", "When the last probe that came through was sent", registry=registry)
    sent.set(probed.sent_at.timestamp())
    legs = Gauge("triage_probe_leg_seconds", "How long each leg of it took", ["leg"], registry=registry)
    for name, seconds in probed.legs:
        legs.labels(leg=name).set(seconds or 0.0)
