"""/metrics, /healthz and /readyz of a real daemon: what they say of what has happened, and after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.scenarios.office import AGREEMENTS, Office, open_office
from triage.core.deliveries import Channel
from triage.core.metrics import METRICS
from triage.core.settings import Web
from triage.store import counters
from triage.store.counters import Count

LABELS_OF_OUR_OWN = {"outcome", "status", "severity", "promise", "percent", "channel", "result", "state", "check", "part", "leg", "le"}
PROMISED = AGREEMENTS.replace("[agreement.gold]", "first_response = { 3 = '1h', 1 = '1h' }\nresolution = { 3 = '30d' }\n[agreement.gold]")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as running:
        running.config = replace(running.config, web=Web("127.0.0.1:0"))
        (running.config.instance.rules_dir / "agreements.toml").write_text(PROMISED)
        running.audited = True
        running.start()
        yield running


def ask(office: Office, path: str, **headers: str) -> httpx.Response:
    assert office.daemon is not None
    assert office.daemon.web is not None
    return httpx.get(f"http://127.0.0.1:{office.daemon.web.port}{path}", headers=headers, timeout=20)


def scraped(office: Office) -> dict[tuple[str, ...], float]:
    """(name, label values in the order of the metric's labels) -> value"""
    office.settle()
    found = {}
    for family in text_string_to_metric_families(ask(office, "/metrics").text):
        for sample in family.samples:
            labels = METRICS[sample.name].labels if sample.name in METRICS else tuple(sample.labels)
            found[(sample.name, *(sample.labels[label] for label in labels))] = sample.value
    return found


def test_what_has_happened_is_counted_and_survives_a_restart(office: Office) -> None:
    question = office.partner_writes("URGENT: transfers fail")
    office.wait(minutes=2)
    office.team_replies("Re: URGENT: transfers fail", answers=question)
    office.partner_writes("A question", sender="dev@beta.example")
    before = scraped(office)
    office.stop()
    office.start()
    after = scraped(office)
    for name, value in {
        ("triage_mails_total", "case"): 2,
        ("triage_mails_total", "team-reply"): 1,
        ("triage_cases", "pending", "1"): 1,
        ("triage_cases", "new", "3"): 1,
        ("triage_cases", "new", "1"): 0,
        ("triage_rule_hits_total", "emergency by subject"): 1,
        ("triage_pages_opened_total",): 1,
        ("triage_pages_open", "acked"): 1,
        ("triage_acknowledge_seconds_count",): 1,
        ("triage_deliveries_total", "mail", "delivered"): 2,
        ("triage_promises", "response"): 1,
        ("triage_promises_broken", "response"): 0,
        ("triage_case_clocks",): 1,
        ("triage_mails_undecided",): 0,
    }.items():
        assert before[name] == value, name
        assert after[name] == value, f"{name} after a restart"
    assert 120 <= before["triage_acknowledge_seconds_sum",] < 130
    office.outgoing()


def test_every_result_of_a_delivery_is_there_before_it_happens(office: Office) -> None:
    """Prometheus sees an increase only where there was a number before."""
    found = scraped(office)
    for channel in Channel:
        for result in ("delivered", "failed", "withdrawn"):
            assert found["triage_deliveries_total", channel.value, result] == 0


def test_a_broken_promise_shows_and_is_over_with_the_answer(office: Office) -> None:
    question = office.partner_writes("A question")
    office.wait(minutes=61)
    broken = scraped(office)
    office.team_replies("Re: A question", answers=question)
    answered = scraped(office)
    assert broken["triage_promises_broken", "response"] == 1
    assert broken["triage_promises_told_total", "first response", "100"] == 1
    assert (answered["triage_promises", "response"], answered["triage_promises_broken", "response"]) == (0, 0)
    office.outgoing()


def test_the_gauge_of_cases_equals_the_cases(office: Office) -> None:
    """It is never counted anew: whatever happens to cases, merging and closing included, must keep it right."""
    first = office.partner_writes("One")
    office.partner_writes("URGENT two", sender="dev@beta.example")
    office.team_replies("Re: One", answers=first)
    office.wait(hours=73)
    office.partner_writes("Re: One", answers=first)
    with office.store() as store:
        counted = {label: int(value) for label, value in counters.totals(store, Count.CASES).items() if value}
        rows = store.connection.execute("SELECT status || '/' || severity AS label, count(*) AS n FROM cases GROUP BY 1")
        assert counted == {row["label"]: row["n"] for row in rows}
    office.outgoing()


def test_nothing_that_strangers_wrote_is_a_label(office: Office) -> None:
    office.partner_writes("URGENT: a very secret subject", sender="priya@acme.example")
    text = ask(office, "/metrics").text
    assert not any(word in text for word in ("acme", "priya", "secret subject", "@"))
    labels = {label for family in text_string_to_metric_families(text) for sample in family.samples for label in sample.labels}
    assert labels - LABELS_OF_OUR_OWN <= {"version", "folder", "rule", "hash"}
    office.outgoing()


def test_every_metric_that_is_told_is_on_the_list_and_the_other_way_round(office: Office) -> None:
    office.partner_writes("URGENT: transfers fail")
    office.wait(hours=1)
    told = {family.name for family in text_string_to_metric_families(ask(office, "/metrics").text)}
    assert {name.removesuffix("_total") for name in METRICS} - told == {"triage_probe_timestamp_seconds", "triage_probe_leg_seconds"}
    assert told <= {name.removesuffix("_total") for name in METRICS}
    office.outgoing()


# --- /healthz and /readyz --------------------------------------------------------------------------------------------


def test_healthz_is_the_self_audit(office: Office) -> None:
    assert ask(office, "/healthz").status_code == 503, "nobody has looked yet"
    office.wait(minutes=2)
    assert (ask(office, "/healthz").status_code, ask(office, "/healthz").text) == (200, "ok\n")
    with office.store() as store, store.write():  # the daemon cannot write down a new look
        office.clock.push(timedelta(minutes=10))
        answer = ask(office, "/healthz", Accept="application/json")
    assert answer.status_code == 503
    assert (answer.json()["ok"], len(answer.json()["reasons"])) == (False, 1)
    office.outgoing()


def test_readyz_waits_for_the_first_look_at_every_folder(office: Office) -> None:
    assert ask(office, "/readyz").status_code == 200
    office.stop()
    office.imap.stop_listening()
    office.start(settled=False)
    assert ask(office, "/readyz").status_code == 503
    office.imap.listen_again()
    office.settle()
    assert ask(office, "/readyz").status_code == 200
