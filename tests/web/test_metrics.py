"""/metrics: the gauges of the rule files, as Prometheus reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families

from triage.core.probe import RoundTrip
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


def test_a_probe_shows_with_the_seconds_of_each_leg() -> None:
    probed = RoundTrip("1x2", AT, AT + timedelta(seconds=3), AT + timedelta(seconds=4), AT + timedelta(seconds=9))
    told = exposition(STATUS, probed).decode()
    assert 'triage_probe_leg_seconds{leg="to_mailbox"} 3.0' in told
    assert 'triage_probe_leg_seconds{leg="to_contact"} 5.0' in told
    assert "triage_probe" not in exposition(STATUS).decode()
