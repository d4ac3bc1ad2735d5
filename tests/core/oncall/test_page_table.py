"""The table is complete, and no way through it ends in silence."""

import dataclasses
import itertools
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.oncall.page_story import START, begin, cast, minutes, person, policy
from triage.core.oncall.page import Action, Page, PageEvent, PageEventKind, PageState
from triage.core.oncall.page_json import (
    delivery_from_json,
    delivery_to_json,
    page_from_json,
    page_to_json,
    policy_from_json,
    policy_to_json,
)
from triage.core.oncall.policy import Level
from triage.core.oncall.transitions import PAGE_TRANSITIONS, advance_page

E = PageEventKind
PAIRS = list(itertools.product(PageState, PageEventKind))
SMALL = cast(
    plan=policy(Level(minutes(0), ("ana",)), Level(minutes(5), ("ben",)), broadcast=("everybody",)), people=(person("ana"), person("ben"))
)
EVENTS = (
    PageEvent(E.TICK),
    PageEvent(E.ACKNOWLEDGED, by="ana"),
    PageEvent(E.ACKNOWLEDGED, by="ben", until=START + timedelta(hours=3), seen=1),
    PageEvent(E.UNACKNOWLEDGED, by="ana"),
    PageEvent(E.WORK_SEEN, by="ana", case_number=1042),
    PageEvent(E.CASE_ATTACHED, case_number=1043),
    PageEvent(E.CONTACT_FAILED, person="ana", contact="push", permanent=True),
    PageEvent(E.CONTACT_FAILED, person="ana", contact="mail", permanent=True),
    PageEvent(E.CONTACT_FAILED, person="ana", contact="call", permanent=True),
    PageEvent(E.LEVEL_DEAD),
    PageEvent(E.CANNOT, person="ana"),
    PageEvent(E.CANNOT, person="ben"),
    PageEvent(E.ESCALATE, by="ana"),
    PageEvent(E.CLOCK_JUMPED),
    PageEvent(E.RESOLVED, case_number=1043),
    PageEvent(E.OPENED),
)


def page_in(state: PageState) -> Page:
    story = begin()
    if state is PageState.BROADCAST:
        story.clock(20)
    elif state is not PageState.PAGING:
        story.happens(E.ACKNOWLEDGED, by="ana")
    if state is PageState.RESOLVED:
        story.happens(E.RESOLVED, why="case closed")
    assert story.page.state is state
    return story.page


@pytest.mark.parametrize(("state", "kind"), PAIRS, ids=lambda value: value.value)
def test_every_event_is_decided_in_every_state_with_a_reason_and_leads_where_the_table_says(state, kind):
    page = page_in(state)
    now = page.next_at or START + timedelta(hours=1)
    for event in (PageEvent(kind), PageEvent(kind, by="ana", person="ana", contact="push", case_number=1042, level=0, permanent=True)):
        step = advance_page(page, event, cast(), now)
        assert step.page.state in PAGE_TRANSITIONS[state, kind].to
        assert step.reason.value
        assert (step.page.next_at is None) is (step.page.state is PageState.RESOLVED)


def test_the_table_has_exactly_the_pairs():
    assert set(PAGE_TRANSITIONS) == set(PAIRS)


def test_nothing_changes_or_is_sent_once_resolved():
    page = page_in(PageState.RESOLVED)
    for event in EVENTS:
        step = advance_page(page, event, cast(), START + timedelta(hours=1))
        assert step.page == page
        assert step.deliveries == ()


@pytest.mark.parametrize("state", [state for state in PageState if state is not PageState.RESOLVED])
def test_a_page_without_a_timer_cannot_be_made(state):
    page = page_in(state)
    with pytest.raises(ValueError, match="next_at"):
        dataclasses.replace(page, level_ends_at=None, broadcast_due_at=None, hand_off_at=None, acked_until=None)


def shape(page: Page, now) -> tuple:
    """A page without its counters and with times relative to now, so that the search is finite."""

    def ahead(at):
        return None if at is None else (at - now).total_seconds()

    return (
        page.state, page.level, ahead(page.level_ends_at), ahead(page.broadcast_due_at), min(page.broadcasts, 3), page.paged, page.cannot,
        page.level_contacts, page.dead_contacts, page.cases, page.done, page.acked_by, ahead(page.acked_until), page.acked_cases,
        page.reminded, page.nudged,
    )  # fmt: skip


def wait_without_acknowledge(page: Page, now, horizon: timedelta) -> list[tuple[float, str]]:
    """(minutes, action) of everything that goes out while nobody does anything."""
    sent, end = [], now + horizon
    start = now
    while page.next_at is not None and page.next_at <= end:
        now = max(now, page.next_at)
        step = advance_page(page, PageEvent(E.TICK), SMALL, now)
        assert step.page != page, "a due tick that changes nothing would spin"
        page = step.page
        sent += [((now - start).total_seconds() / 60, one.action) for one in step.deliveries]
    return sent


def test_from_every_state_that_can_be_reached_there_is_a_timer_and_people_keep_being_paged():
    """Every sequence of up to four events, each at once or when the timer fires; then a day on which nobody does anything."""
    page, now = begin(SMALL).page, START
    frontier, seen, reached = [(page, now)], {shape(page, now)}, [(page, now)]
    for _ in range(4):
        following = []
        for page, now in frontier:
            for event in EVENTS:
                at = max(now, page.next_at) if event.kind is E.TICK else now
                after = advance_page(page, event, SMALL, at).page
                assert after.state is not PageState.RESOLVED
                assert after.next_at is not None
                assert after.next_at <= at + timedelta(hours=12)
                if shape(after, at) not in seen:
                    seen.add(shape(after, at))
                    following.append((after, at))
        frontier = following
        reached += following
    assert len(seen) > 500
    for page, now in reached:
        assert_never_silent(page, now)


def assert_never_silent(page: Page, now) -> None:
    """Taken or not: after the last promise a person made, never an hour (and a minute) without anybody being reached."""
    first_due = page.acked_until if page.state is PageState.ACKED else now
    sent = wait_without_acknowledge(page, now, timedelta(hours=24))
    times = sorted({minute for minute, action in sent if action in (Action.TRIGGER, Action.UPDATE)})
    start = max((first_due - now).total_seconds() / 60, 0)
    assert times
    pauses = [later - earlier for earlier, later in itertools.pairwise([start, *(minute for minute in times if minute >= start), 24 * 60])]
    assert max(pauses) <= 61


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(min_value=-3600, max_value=7200)), max_size=25))
def test_no_story_at_all_loses_the_timer_or_the_invariants(story):
    """Events in any order, late or early, with a clock that is set back in between (which the daemon notices and says)."""
    page, now = begin(SMALL).page, START
    keys: set[tuple] = set()
    for event, seconds in story:
        now += timedelta(seconds=seconds)
        if seconds < 0:
            page = advance_page(page, PageEvent(E.CLOCK_JUMPED), SMALL, now).page
        step = advance_page(page, event, SMALL, now)
        page = step.page
        assert page.next_at is not None
        assert page_from_json(page_to_json(page)) == page
        for one in step.deliveries:
            key = (one.step, one.generation, one.action, one.person, one.contact)
            assert key not in keys
            keys.add(key)
    assert_never_silent(page, now)


def test_a_page_survives_json():
    for state in PageState:
        page = page_in(state)
        assert page_from_json(json.loads(json.dumps(page_to_json(page)))) == page


def test_a_policy_survives_json():
    plan = policy()
    assert policy_from_json(policy_to_json(plan)) == plan


def test_a_delivery_survives_json():
    story = begin()
    story.clock(20)
    for _, step in story.steps:
        assert tuple(delivery_from_json(delivery_to_json(one)) for one in step.deliveries) == step.deliveries


def test_a_page_from_a_newer_version_is_refused():
    with pytest.raises(TypeError):
        page_from_json({**page_to_json(page_in(PageState.PAGING)), "mood": "calm"})


def test_a_page_from_an_older_version_gets_the_defaults_of_what_it_did_not_know():
    page = page_in(PageState.PAGING)
    values = page_to_json(page)
    del values["nudged"], values["acked_until"], values["dead_contacts"], values["policy"]["nudge_grace"]
    assert page_from_json(values) == page
