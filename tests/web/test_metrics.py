"""/metrics: the closed list, its text format, what may be a label, and what goes with it for Prometheus and Grafana."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.style.source import ROOT
from triage.core.metrics import METRICS, Distribution, Kind, Reading, bucket
from triage.core.probe import RoundTrip
from triage.core.rules.reload_status import ReloadStatus
from triage.web.metrics import exposition
from triage.workers import metrics

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STATUS = ReloadStatus(successful=True, checked_at=AT, hash="abc", loaded_at=AT, rules=7, tests=9)
MONITORING = ROOT / "docs" / "monitoring"
RULES = MONITORING / "prometheus-rules.yml"
OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")


def told(readings: Iterator[Reading]) -> dict[str, float]:
    families = text_string_to_metric_families(exposition(readings).decode())
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_a_good_set() -> None:
    found = told(metrics.read_rules(STATUS))
    assert found["triage_rules_last_reload_successful"] == 1
    assert found["triage_rules_last_reload_timestamp_seconds"] == AT.timestamp()
    assert b'triage_rules_info{hash="abc"} 1.0' in exposition(metrics.read_rules(STATUS))


def test_a_refused_save_shows() -> None:
    found = told(metrics.read_rules(replace(STATUS, successful=False, problems="x", refused=1)))
    assert (found["triage_rules_last_reload_successful"], found["triage_rules_refused_total"]) == (0, 1)


def test_a_probe_shows_with_the_seconds_of_each_leg() -> None:
    probed = RoundTrip("1x2", AT, AT + timedelta(seconds=3), AT + timedelta(seconds=4), AT + timedelta(seconds=9))
    text = exposition(metrics._probe(probed)).decode()
    assert 'triage_probe_leg_seconds{leg="to_mailbox"} 3.0' in text
    assert 'triage_probe_leg_seconds{leg="to_contact"} 5.0' in text


def test_a_distribution_is_told_as_a_cumulative_histogram() -> None:
    bounds = (1.0, 5.0)
    counts = [0, 0, 0]
    for seconds in (0.5, 1.0, 1.1, 60.0):
        counts[bucket(seconds, bounds)] += 1
    reading = Reading(METRICS["triage_parse_seconds"], Distribution(bounds, tuple(counts), 62.6))
    lines = exposition([reading]).decode().splitlines()
    assert 'triage_parse_seconds_bucket{le="1"} 2.0' in lines
    assert 'triage_parse_seconds_bucket{le="5"} 3.0' in lines
    assert 'triage_parse_seconds_bucket{le="+Inf"} 4.0' in lines
    assert {"triage_parse_seconds_count 4.0", "triage_parse_seconds_sum 62.6"} <= set(lines)


def test_a_label_with_quotes_slashes_and_line_ends_stays_one_label() -> None:
    odd = 'a "rule"/of\\two\nlines'
    reading = Reading(METRICS["triage_rule_hits_total"], 3, (odd,))
    (family,) = text_string_to_metric_families(exposition([reading]).decode())
    assert [(sample.labels, sample.value) for sample in family.samples] == [({"rule": odd}, 3.0)]


def test_names_follow_their_kind() -> None:
    for name, metric in METRICS.items():
        assert name.startswith("triage_")
        assert name.endswith("_total") is (metric.kind is Kind.COUNTER), name
        assert not name.endswith(OF_A_HISTOGRAM), name


# --- what goes with it -----------------------------------------------------------------------------------------------


def metrics_named_in(text: str) -> set[str]:
    named = set(re.findall(r"\btriage_[a-z0-9_]+", text))
    of_histograms = {f"{name}{end}": name for name, metric in METRICS.items() if metric.kind is Kind.HISTOGRAM for end in OF_A_HISTOGRAM}
    return {of_histograms.get(name, name) for name in named}


@pytest.mark.parametrize("name", ["prometheus-rules.yml", "grafana.json"])
def test_only_metrics_that_exist_are_named(name: str) -> None:
    named = metrics_named_in((MONITORING / name).read_text("utf-8"))
    assert named
    assert named <= METRICS.keys()


@pytest.mark.parametrize("name", ["prometheus-rules.yml", "grafana.json"])
def test_only_labels_that_exist_are_named(name: str) -> None:
    text = (MONITORING / name).read_text("utf-8").replace('\\"', '"')
    for metric, selected in re.findall(r"\b(triage_[a-z0-9_]+)\{([^}]*)\}", text):
        (known,) = metrics_named_in(metric)
        assert set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", selected)) <= set(METRICS[known].labels), metric


def test_the_dashboard_is_whole() -> None:
    dashboard = json.loads((MONITORING / "grafana.json").read_text("utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 10
    assert all(target["expr"] for panel in panels for target in panel["targets"])
    taken = [tuple(panel["gridPos"][key] for key in "xywh") for panel in panels]
    cells = [(column, row) for x, y, w, h in taken for column in range(x, x + w) for row in range(y, y + h)]
    assert len(set(cells)) == len(cells), "two panels lie on each other"


def test_promtool_understands_the_rules(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    checked = subprocess.run([promtool, "check", "rules", str(RULES)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


_FIRST_FAILURE = """
rule_files: ["{rules}"]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'triage_deliveries_total{{channel="mail", result="failed"}}'
        values: '0x5 1x30'
      - series: 'triage_build_info'
        values: '1x40'
    alert_rule_test:
      - eval_time: 10m
        alertname: TriageDeliveriesFail
        exp_alerts:
          - exp_labels: {{ severity: warning, channel: mail }}
            exp_annotations: {{ summary: Deliveries were given up (mail), description: See triage outbox --failed. }}
"""


def test_the_first_delivery_that_ever_fails_is_seen(tmp_path: Path) -> None:
    """By rules that ask for an increase, which begins at a number that was there before: tests/scenarios/test_metrics.py says it is."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    file = tmp_path / "first.yml"
    file.write_text(_FIRST_FAILURE.format(rules=RULES), "utf-8")
    checked = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_promtool_finds_nothing_odd_in_the_format() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    empty = Distribution((1.0,), (0, 0), 0.0)
    every = [Reading(one, empty if one.kind is Kind.HISTOGRAM else 1.0, tuple("x" for _ in one.labels)) for one in METRICS.values()]
    checked = subprocess.run([promtool, "check", "metrics"], input=exposition(every), capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
