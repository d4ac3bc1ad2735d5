"""/metrics in the Prometheus text format: the readings of workers/metrics, written as docs/metrics.md says.

Read-only, and no partner's name, address or subject among the labels. Whoever may reach [web] listen may read them, which is this machine
by default.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import groupby

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from triage.core.metrics import Distribution, Kind, Metric, Reading
from triage.web.door import Door


def metrics_routes(door: Door) -> list[Route]:
    async def metrics(_request: Request) -> Response:
        body = exposition(await run_in_threadpool(door.readings))
        return Response(body, headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics, methods=["GET"])]


def exposition(readings: Iterable[Reading]) -> bytes:
    """One registry per answer: nothing is counted here."""
    registry = CollectorRegistry()
    registry.register(_Answer(readings))
    return generate_latest(registry)


class _Answer(Collector):
    def __init__(self, readings: Iterable[Reading]) -> None:
        by_metric = sorted(readings, key=lambda one: one.metric.name)
        self._families = [_family(metric, list(of_it)) for metric, of_it in groupby(by_metric, key=lambda one: one.metric)]

    def collect(self) -> Iterator[Family]:
        return iter(self._families)


def _family(metric: Metric, readings: list[Reading]) -> Family:
    if metric.kind is Kind.HISTOGRAM:
        return _histogram(metric, readings)
    make = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    family = make(metric.name, metric.doc, labels=metric.labels)
    for one in readings:
        if not isinstance(one.value, Distribution):
            family.add_metric(one.labels, float(one.value))
    return family


def _histogram(metric: Metric, readings: list[Reading]) -> Family:
    family = HistogramMetricFamily(metric.name, metric.doc, labels=metric.labels)
    for one in readings:
        if isinstance(one.value, Distribution):
            buckets = [("+Inf" if math.isinf(bound) else f"{bound:g}", count) for bound, count in one.value.cumulative()]
            family.add_metric(one.labels, buckets, one.value.total)
    return family
