"""`triage incidents`: what the status page says, and which open cases may be about it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from triage.core.incidents.reading import read_summary
from triage.core.incidents.values import Snapshot
from triage.workers import incidents

SUMMARY = json.loads((Path(__file__).parents[1] / "core/incidents/statuspage_summary.json").read_text())


def seen(office: Office, before: Snapshot | None = None, *, nothing: bool = False) -> Snapshot:
    """The daemon has seen the page."""
    snapshot = read_summary(SUMMARY, "https://status.example.net", office.clock.now())
    snapshot = replace(snapshot, incidents=(), maintenances=()) if nothing else snapshot
    with office.store() as store, store.write():
        incidents.keep(store, snapshot, before, office.clock.now())
    return snapshot


def test_without_a_status_page_it_says_how_to_get_one(terminal: Terminal) -> None:
    result = terminal.run("incidents")
    assert result.exit_code == 1
    assert "[statuspage] url" in result.output


def test_incidents_are_shown_with_the_open_cases_they_may_explain(office: Office, terminal: Terminal) -> None:
    office.partner_writes("REST API errors", "the REST API fails")
    office.partner_writes("webhooks fail", "webhooks are not delivered", sender="ops@other.example")
    seen(office)
    told = terminal.ok("incidents")
    assert "Elevated error rate on REST API: identified since Sun 22 Nov 10:12 UTC, impact major" in told
    assert "https://stspg.io/abcd1234efgh" in told
    assert "#1001 severity 3, new, acme.example: REST API errors (it names an affected component: REST API)" in told
    assert "#1002" not in told


def test_what_was_seen_long_ago_is_said_to_be_old(office: Office, terminal: Terminal) -> None:
    seen(office)
    office.clock.push(timedelta(hours=2))
    assert "seen 2 h ago; it has not answered since, so this may be over" in terminal.ok("incidents")


def test_an_incident_that_is_over_is_shown_while_its_cases_are_open(office: Office, terminal: Terminal) -> None:
    office.partner_writes("REST API errors", "the REST API fails")
    seen(office, seen(office), nothing=True)
    told = terminal.ok("incidents")
    assert "no incident" in told
    assert "Elevated error rate on REST API: over" in told
    assert "#1001" in told
    terminal.ok("case", "1001", "close")
    assert "Elevated error rate" not in terminal.ok("incidents")


def test_as_json(office: Office, terminal: Terminal) -> None:
    office.partner_writes("REST API errors", "the REST API fails")
    seen(office, seen(office))
    (value,) = terminal.lines("incidents")
    assert value["fresh"] is True
    assert next((one["name"], [case["case"] for case in one["cases"]]) for one in value["incidents"]) == (
        "Elevated error rate on REST API",
        [1001],
    )
    assert value["over"] == []


def test_a_page_asked_for_on_the_command_line_says_what_is_known(office: Office, terminal: Terminal) -> None:
    office.partner_writes("REST API errors", "the REST API fails")
    office.outgoing()
    seen(office)
    terminal.ok("case", "1001", "severity", "1")
    office.settle()
    page = next(mail for mail in office.outgoing() if not mail.notice)
    assert "KNOWN: REST API partial outage" in page.text
