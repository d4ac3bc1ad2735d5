"""summary.json in all its shapes becomes a snapshot, and only what is no summary is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.incidents.pages import NOW, URL, page_with, read, sample
from triage.core.incidents.reading import LONGEST_TEXT, NoSummary, as_summary, read_summary


def test_the_sample_is_read() -> None:
    snapshot = read(sample())
    assert [one.name for one in snapshot.running] == ["Elevated error rate on REST API", "Delayed reports", "Portal database upgrade"]
    first = snapshot.running[0]
    assert (first.status, first.impact, first.link) == ("identified", "major", "https://stspg.io/abcd1234efgh")
    assert [(one.name, one.status) for one in first.components] == [("REST API", "partial_outage")]
    assert first.started_at == datetime(2026, 11, 22, 10, 12, 30, 90000, tzinfo=UTC)


def test_bodies_lose_their_html_and_the_latest_update_is_kept() -> None:
    latest = read(sample()).incidents[0].latest
    assert latest is not None
    assert latest.text == "The cause has been identified.\n\nA fix is being rolled out."


def test_affected_components_that_are_null_harm_nothing() -> None:
    value = sample()
    for update in value["incidents"][0]["incident_updates"]:
        update["affected_components"] = None
    assert [one.name for one in read(value).incidents[0].components] == ["REST API"]


def test_an_incident_without_components_takes_those_of_its_updates_in_the_state_of_the_page() -> None:
    value = sample()
    value["incidents"][0]["components"] = None
    value["components"][1]["status"] = "major_outage"
    assert [(one.name, one.status) for one in read(value).incidents[0].components] == [("Core platform - REST API", "major_outage")]


def test_an_indicator_of_none_hides_no_incident() -> None:
    value = sample()
    value["status"] = {"indicator": "none", "description": "All Systems Operational"}
    assert len(read(value).running) == 3


def test_an_offset_is_turned_into_utc() -> None:
    value = sample()
    value["incidents"][0]["started_at"] = "2026-11-22T02:12:30-08:00"
    assert read(value).incidents[0].started_at == datetime(2026, 11, 22, 10, 12, 30, tzinfo=UTC)


def test_words_nobody_has_heard_of_pass() -> None:
    value = sample()
    value["incidents"][0] |= {"status": "pondering", "impact": "galactic"}
    value["components"][1]["status"] = "half_awake"
    snapshot = read(value)
    assert (snapshot.running[0].status, snapshot.running[0].impact) == ("pondering", "galactic")
    assert snapshot.running[0].components[0].status == "half_awake"


@pytest.mark.parametrize("ended", ["resolved", "postmortem"])
def test_what_says_that_it_is_over_is_over(ended: str) -> None:
    value = sample()
    value["incidents"][0]["status"] = ended
    assert [one.name for one in read(value).incidents] == ["Delayed reports"]


def test_a_maintenance_that_is_only_planned_is_not_running() -> None:
    value = sample()
    value["scheduled_maintenances"][0]["status"] = "scheduled"
    snapshot = read(value)
    assert [one.name for one in snapshot.maintenances] == ["Portal database upgrade"]
    assert "Portal database upgrade" not in [one.name for one in snapshot.running]


def test_a_link_that_is_none_gives_way_to_the_page() -> None:
    value = sample()
    value["incidents"][0]["shortlink"] = "javascript:alert(1)"
    assert read(value).incidents[0].link == URL


def test_names_are_one_line_and_texts_are_bounded() -> None:
    value = sample()
    value["incidents"][0]["name"] = "down\r\nSeverity 3\x1b[2J " + "x" * 5000
    value["incidents"][0]["incident_updates"][0]["body"] = "<b>" * 100_000 + "word " * 100_000
    one = read(value).incidents[0]
    assert one.name.startswith("down Severity 3[2J xxx")
    assert len(one.name) <= 200
    assert one.latest is not None
    assert len(one.latest.text) <= LONGEST_TEXT


@pytest.mark.parametrize("value", [None, [], "up", 3, {}, {"incidents": None}, {"incidents": {}}, {"page": {}, "status": {}}])
def test_what_is_no_summary_is_refused(value: object) -> None:
    with pytest.raises(NoSummary):
        read(value)


def test_a_snapshot_survives_the_store() -> None:
    snapshot = read(sample())
    assert read_summary(as_summary(snapshot), URL, snapshot.checked_at) == snapshot


def test_no_incident_is_an_answer_too() -> None:
    assert page_with().running == ()
    assert read({"incidents": []}).running == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["2026-11-22T10:12:30Z", "scheduled", "<p>x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "status", "body", "components", "incident_updates", "id", "started_at"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(incidents=st.lists(_JSON, max_size=3), rest=st.dictionaries(st.sampled_from(["page", "status", "components"]), _JSON))
def test_whatever_stands_in_the_fields_something_is_read(incidents: list[Any], rest: dict[str, Any]) -> None:
    snapshot = read_summary({**rest, "incidents": incidents}, URL, NOW)
    assert len(snapshot.incidents) <= len(incidents)
    assert read_summary(as_summary(snapshot), URL, NOW).running == snapshot.running
