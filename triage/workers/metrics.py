"""Metrics: reads every number of core/metrics that the store knows. What only the process knows is added by the daemon.

Reads only, in about a dozen small queries. Called for each look at /metrics, on a connection of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from triage.core.audit import Check, Report
from triage.core.cases.case import Status
from triage.core.deliveries import Channel, DeliveryState
from triage.core.metrics import ACKNOWLEDGE_BOUNDS, METRICS, Distribution, Reading
from triage.core.oncall.page import PageState
from triage.core.probe import RoundTrip
from triage.core.rules.reload_status import ReloadStatus
from triage.store import counters, folders, gauges
from triage.store.counters import Count
from triage.store.database import Store
from triage.store.size import on_disk
from triage.workers import audit, probes, reconcile
from triage.workers.desk import Desk

_SEVERITIES = (1, 2, 3)
_SETTLED = (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.WITHDRAWN)


def read_metrics(desk: Desk, now: datetime) -> Iterator[Reading]:
    store = desk.store
    yield from _mail(store, now)
    yield from _cases(store, now)
    yield from _counted("triage_rule_hits_total", counters.totals(store, Count.RULE_HITS))
    yield from _pages_and_deliveries(store, now)
    for part, size in zip(("file", "free", "log"), on_disk(store, desk.config.instance.state_dir), strict=True):
        yield _read("triage_store_bytes", size, part)
    report = audit.latest(store)
    if report is not None:
        yield from _audit(report)
    probed = probes.record(store).whole
    if probed is not None:
        yield from _probe(probed)


def read_rules(status: ReloadStatus) -> Iterator[Reading]:
    yield _read("triage_rules_last_reload_successful", float(status.successful))
    yield _read("triage_rules_last_reload_timestamp_seconds", status.checked_at.timestamp())
    yield _read("triage_rules_loaded_timestamp_seconds", status.loaded_at.timestamp())
    yield _read("triage_rules_in_force", status.rules)
    yield _read("triage_rules_reloads_total", status.reloads)
    yield _read("triage_rules_refused_total", status.refused)
    yield _read("triage_rules_info", 1, status.hash)


def read_process(version: str, started_at: datetime, parse: Distribution, lag: Distribution) -> Iterator[Reading]:
    yield _read("triage_build_info", 1, version)
    yield _read("triage_start_timestamp_seconds", started_at.timestamp())
    yield _read("triage_parse_seconds", parse)
    yield _read("triage_loop_lag_seconds", lag)


def _mail(store: Store, now: datetime) -> Iterator[Reading]:
    yield from _counted("triage_mails_total", counters.totals(store, Count.MAILS))
    undecided = gauges.undecided(store)
    yield _read("triage_mails_undecided", undecided.count)
    yield _read("triage_mails_undecided_age_seconds", _since(undecided.oldest, now))
    yield _read("triage_mails_quarantined", gauges.quarantined(store))
    if (reconciled := reconcile.latest(store)) is not None:
        yield _read("triage_mails_missing", reconciled.missing)
        yield _read("triage_reconcile_timestamp_seconds", reconciled.at.timestamp())
    for folder in folders.watched(store):
        if folder.swept_at is not None:
            yield _read("triage_folder_sync_age_seconds", _since(folder.swept_at, now), folder.name)


def _cases(store: Store, now: datetime) -> Iterator[Reading]:
    """Every status and severity is there, also where there is no such case: a number that is absent cannot be added up."""
    found = counters.totals(store, Count.CASES)
    for status in Status:
        for severity in _SEVERITIES:
            yield _read("triage_cases", found.get(f"{status.value}/{severity}", 0), status.value, str(severity))
    clocks = gauges.case_clocks(store, now)
    yield _read("triage_case_clocks", clocks.running)
    yield _read("triage_case_clocks_due", clocks.due)
    for promise, running in (("response", gauges.responses(store, now)), ("resolution", gauges.resolutions(store, now))):
        yield _read("triage_promises", running.running, promise)
        yield _read("triage_promises_broken", running.due, promise)
    yield from _counted("triage_promises_told_total", counters.totals(store, Count.PROMISES_TOLD))


def _pages_and_deliveries(store: Store, now: datetime) -> Iterator[Reading]:
    """Every channel and result is there from the start: Prometheus sees an increase only where there was a number before, and would miss
    the first delivery that ever failed."""
    yield _read("triage_pages_opened_total", counters.totals(store, Count.PAGES).get("", 0))
    open_pages = gauges.open_pages(store)
    for state in PageState:
        if state is not PageState.RESOLVED:
            yield _read("triage_pages_open", open_pages.get(state.value, 0), state.value)
    yield _read("triage_acknowledge_seconds", counters.acknowledges(store, ACKNOWLEDGE_BOUNDS))
    sent, waiting = counters.totals(store, Count.DELIVERIES), gauges.unsettled(store)
    for channel in Channel:
        for result in _SETTLED:
            yield _read("triage_deliveries_total", sent.get(f"{channel.value}/{result.value}", 0), channel.value, result.value)
        found = waiting.get(channel.value)
        yield _read("triage_deliveries_waiting", found.count if found else 0, channel.value)
        yield _read("triage_deliveries_overdue_seconds", _since(found.oldest if found else None, now), channel.value)


def _audit(report: Report) -> Iterator[Reading]:
    yield _read("triage_audit_timestamp_seconds", report.at.timestamp())
    yield _read("triage_audit_passed", float(report.passed))
    for check in Check:
        yield _read("triage_audit_failing", float(report.standing(check) is not None), check.value)


def _probe(probed: RoundTrip) -> Iterator[Reading]:
    yield _read("triage_probe_timestamp_seconds", probed.sent_at.timestamp())
    for leg, seconds in probed.legs:
        yield _read("triage_probe_leg_seconds", seconds or 0.0, leg)


def _counted(name: str, totals: Mapping[str, float]) -> Iterator[Reading]:
    """A label of several parts is joined by slashes in the store; the name of a rule may have some of its own."""
    parts = len(METRICS[name].labels)
    return (_read(name, value, *label.split("/", parts - 1)) for label, value in totals.items())


def _read(name: str, value: float | Distribution, *labels: str) -> Reading:
    return Reading(METRICS[name], value, labels)


def _since(at: datetime | None, now: datetime) -> float:
    return max((now - at).total_seconds(), 0.0) if at is not None else 0.0
