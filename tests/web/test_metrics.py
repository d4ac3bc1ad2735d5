"""/metrics: the gauges of the rule files, as Prometheus reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from triage.core.rules.reload_status import ReloadStatus
from triage.web.metrics import exposition

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STATUS = ReloadStatus(successful=True, checked_at=AT, hash="abc", loaded_at=AT, rules=7, tests=9)


def values(status: ReloadStatus) -> dict[str, float]:
    families = text_string_to_metric_families(exposition(status).decode())
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_a_good_set() -> None:
    found = values(STATUS)
    assert found["triage_rules_last_reload_successful"] == 1
    assert found["triage_rules_last_reload_timestamp_seconds"] == AT.timestamp()
    assert b'triage_rules_info{hash="abc"} 1.0' in exposition(STATUS)


def test_a_refused_save_shows() -> None:
    assert values(replace(STATUS, successful=False, problems="x", refused=1))["triage_rules_last_reload_successful"] == 0
