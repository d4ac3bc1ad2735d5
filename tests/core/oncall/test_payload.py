"""What a page says, to whom, and what it never says."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.oncall.page import Action, News, PlannedDelivery
from triage.core.oncall.payload import SUMMARY_LIMIT, TEXT_LIMITS, CaseLine, PageView, one_line, page_payload
from triage.core.oncall.people import Medium, Privacy

SINCE = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
VIEW = PageView(
    instance="api",
    page_id=7,
    number=1042,
    severity=1,
    since=SINCE,
    subject="URGENT checkout down",
    partner="Acme Pay",
    tier="gold",
    partner_zone=ZoneInfo("Asia/Kathmandu"),
    known="REST API partial outage, identified, since 01:40 UTC, https://status.example/i/1",
    facts={"endpoint": "POST /v3/transfers", "environment": "production", "trace ids": "4bf9…"},
    missing=("business impact",),
    why="emergency by subject",
    link="https://triage.example/case/1042",
    ack_link="https://triage.example/p/abc",
)
PLANNED = PlannedDelivery("ana", "mail", Action.TRIGGER, 1, 0, 0, 1, SINCE + timedelta(minutes=2), Medium.MAIL)


def text(view: PageView = VIEW, **changes: object) -> str:
    return str(page_payload(view, replace(PLANNED, **changes))["text"])


def test_the_lines_stand_in_the_order_in_which_a_tired_person_needs_them():
    assert text().split("\n") == [
        "Severity 1, case #1042",
        "Partner: Acme Pay (gold)",
        "Subject: URGENT checkout down",
        "Since: 2026-03-03 07:45 +0545 at the partner, 2026-03-03 02:00 UTC",
        "KNOWN: REST API partial outage, identified, since 01:40 UTC, https://status.example/i/1",
        "Endpoint: POST /v3/transfers",
        "Environment: production",
        "Trace ids: 4bf9…",
        "Missing: business impact",
        "Paged by: emergency by subject",
        "https://triage.example/case/1042",
        "Acknowledge: https://triage.example/p/abc or answer this mail with the word: ack",
    ]


def test_the_payload_has_exactly_these_keys_and_is_json():
    payload = page_payload(VIEW, PLANNED)
    assert json.loads(json.dumps(payload)) == payload
    assert set(payload) == {
        "action", "instance", "page", "generation", "dedup_key", "case", "severity", "summary", "text", "subject", "partner", "since",
        "link", "ack_link", "details", "person", "level", "test", "quiet",
    }  # fmt: skip
    assert payload["dedup_key"] == "triage/api/7/1"
    assert payload["since"] == "2026-03-03T02:00:00+00:00"


def test_without_a_public_address_it_names_the_command():
    bare = replace(VIEW, ack_link="")
    assert text(bare, medium=Medium.PUSH).endswith("\nAcknowledge: triage ack 1042")
    assert text(bare).endswith("\nAcknowledge: answer this mail with the word: ack or triage ack 1042")


@pytest.mark.parametrize("secret", ["Acme", "gold", "4bf9", "transfers", "business impact", "checkout", "emergency by", "partial outage"])
def test_a_number_only_contact_learns_that_there_is_a_case_and_nothing_of_it(secret):
    view = replace(VIEW, others=(CaseLine(1043, "Acme Two", "checkout"),))
    payload = page_payload(view, replace(PLANNED, privacy=Privacy.NUMBER))
    assert secret not in json.dumps(payload, ensure_ascii=False)
    assert "1042" in str(payload["text"])
    assert payload["ack_link"]


@pytest.mark.parametrize(
    ("privacy", "told"),
    [
        (Privacy.FULL, "also Severity 1 case #1043, on the page of case #1042, Beta: payouts fail"),
        (Privacy.SUBJECT, "also Severity 1 case #1043, on the page of case #1042, payouts fail"),
        (Privacy.NUMBER, "also Severity 1 case #1043, on the page of case #1042"),
    ],
)
def test_a_quiet_line_names_the_newest_case_as_far_as_the_contact_may_show_it(privacy, told):
    view = replace(VIEW, others=(CaseLine(1041, "Acme", "older"), CaseLine(1043, "Beta", "payouts fail")))
    payload = page_payload(view, replace(PLANNED, action=Action.UPDATE, news=News.CASE_JOINED, privacy=privacy))
    assert (payload["summary"], payload["quiet"]) == (told, True)
    assert str(payload["text"]).startswith(told)


def test_a_reminder_is_not_quiet():
    assert page_payload(VIEW, replace(PLANNED, action=Action.UPDATE))["quiet"] is False


def test_a_subject_contact_learns_the_subject_but_neither_partner_nor_facts():
    view = replace(VIEW, others=(CaseLine(1043, "Acme Two", "also down"),))
    told = json.dumps(page_payload(view, replace(PLANNED, privacy=Privacy.SUBJECT)), ensure_ascii=False)
    assert "checkout down" in told
    assert "also down" in told
    assert not [word for word in ("Acme", "gold", "4bf9", "transfers", "Kathmandu", "+0545") if word in told]


@pytest.mark.parametrize("medium", list(TEXT_LIMITS))
def test_the_text_fits_its_medium_and_still_says_how_to_acknowledge(medium):
    long = replace(VIEW, facts={f"fact {n}": "x" * 300 for n in range(30)})
    told = text(long, medium=medium)
    assert len(told) <= TEXT_LIMITS[medium]
    assert told.split("\n")[-1].startswith("Acknowledge: ")
    assert told.startswith("Severity 1, case #1042\nPartner: Acme Pay")


def test_a_phone_call_reads_no_link_to_acknowledge():
    assert "/p/abc" not in text(medium=Medium.VOICE)


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({}, "Severity 1 case #1042, Acme Pay: URGENT checkout down"),
        ({"test": True}, "TEST: Severity 1 case #1042, Acme Pay: URGENT checkout down"),
        ({"others": (CaseLine(1043), CaseLine(1044))}, "Severity 1 case #1042 (+2 cases), Acme Pay: URGENT checkout down"),
        ({"number": None, "subject": "", "partner": "", "others": (CaseLine(1), CaseLine(2))}, "Severity 1 storm of 2 cases"),
    ],
)
def test_the_summary_is_one_line_for_a_list(changes, summary):
    assert page_payload(replace(VIEW, **changes), PLANNED)["summary"] == summary


def test_the_others_are_told_who_has_it():
    payload = page_payload(replace(VIEW, acked_by="Ana"), replace(PLANNED, action=Action.ACKNOWLEDGE))
    assert payload["summary"] == payload["text"] == "case #1042: taken by Ana"
    assert payload["ack_link"] == ""


def test_the_end_is_told_with_its_reason():
    payload = page_payload(replace(VIEW, resolved_why="severity lowered"), replace(PLANNED, action=Action.RESOLVE))
    assert payload["text"] == "case #1042: over (severity lowered)"


def test_a_reminder_says_that_it_is_one():
    assert str(page_payload(VIEW, replace(PLANNED, action=Action.UPDATE))["summary"]).startswith("reminder: Severity 1")


def test_further_cases_are_lines_and_not_more_than_twenty():
    view = replace(VIEW, others=tuple(CaseLine(number, f"partner {number % 5}", "down") for number in range(2000, 2300)))
    lines = text(view).split("\n")
    assert "+300 cases, 6 partners" in lines
    assert "#2000 partner 0: down" in lines
    assert "and 280 more" in lines


@given(st.text(max_size=600), st.sampled_from(list(Medium)), st.sampled_from(list(Privacy)))
def test_whatever_a_partner_writes_stays_on_its_line(words, medium, privacy):
    """No control character, no line of its own, no summary over its limit."""
    view = replace(VIEW, subject=words, partner=words, facts={"endpoint": words})
    payload = page_payload(view, replace(PLANNED, medium=medium, privacy=privacy))
    assert len(str(payload["summary"])) <= SUMMARY_LIMIT
    assert all(character.isprintable() or character == "\n" for character in str(payload["text"]))
    assert str(payload["text"]).count("\n") <= 12


@given(st.text(), st.integers(5, 50))
def test_one_line_is_one_line(words, limit):
    short = one_line(words, limit)
    assert len(short) <= limit
    assert short.isprintable()


def test_a_drill_never_touches_a_real_incident():
    assert page_payload(replace(VIEW, test=True), PLANNED)["dedup_key"] == "triage-test/api/7/1"


@pytest.mark.parametrize(
    ("level", "action", "name"), [(0, Action.TRIGGER, "0"), (None, Action.TRIGGER, "broadcast"), (None, Action.RESOLVE, "")]
)
def test_the_level_has_a_name(level, action, name):
    assert page_payload(VIEW, replace(PLANNED, level=level, action=action))["level"] == name
