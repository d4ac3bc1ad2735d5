"""How a page that nobody acknowledges goes on: stories with a pushed clock."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tests.core.oncall.page_story import QUIET, START, begin, cast, minutes, person, policy, rota
from triage.core.oncall.page import Action, PageEventKind, PageReason, PageState, delivery_key
from triage.core.oncall.people import Medium
from triage.core.oncall.policy import Level, OnCall
from triage.core.oncall.rota import Away, Override

E = PageEventKind


def test_the_default_policy_pages_at_its_minutes():
    story = begin()
    story.clock(20)
    assert story.reached()[:5] == [(0, "ana"), (2, "ana"), (5, "ben"), (10, "cem"), (15, "dora")]
    assert {name for minute, name in story.reached() if minute == 20} == {"ana", "ben", "cem", "dora", "team"}
    assert story.state is PageState.BROADCAST


def test_on_call_is_first_reached_quietly_and_then_called():
    story = begin()
    story.clock(2)
    assert story.contacts()[0] == {"ana/push", "ana/mail", "ana/duty"}
    assert story.contacts()[2] == {"ana/call"}


def test_broadcasts_repeat_after_10_30_60_60_minutes_and_the_levels_start_over_every_30():
    story = begin()
    story.clock(6 * 60)
    broadcasts = [story.minute(at) for at, step in story.steps if any(one.person == "team" for one in step.deliveries)]
    restarts = [story.minute(at) for at, step in story.steps if step.reason is PageReason.CHAIN_RESTARTED]
    assert broadcasts == [20, 30, 60, 120, 180, 240, 300, 360]
    assert restarts == [30 * n for n in range(1, 13)]


def test_in_every_cycle_the_fallbacks_are_paged_again():
    story = begin()
    story.clock(24 * 60)
    assert [minute for minute, name in story.reached() if name == "cem" and minute % 30 == 10] == [10 + 30 * n for n in range(48)]


def test_a_trigger_expires_with_its_level_and_the_next_level_takes_over():
    story = begin()
    first = story.steps[0][1].deliveries[0]
    assert first.not_after == START + minutes(2)


def test_a_level_with_nobody_is_passed_over_at_once():
    plan = policy(Level(minutes(0), ("nobody-any-more",)), Level(minutes(5), ("ben",)), Level(minutes(10), ("cem",)))
    story = begin(cast(plan=plan))
    assert story.reached() == [(0, "ben")]


def test_a_person_on_two_levels_is_not_paged_twice_in_a_cycle():
    plan = policy(Level(minutes(0), ("primary",)), Level(minutes(5), ("ana",)), Level(minutes(10), ("ben",)))
    story = begin(cast(plan=plan))
    story.clock(5)
    assert story.reached() == [(0, "ana"), (5, "ben")]


def test_one_engineer_only_is_called_again_and_then_hears_the_broadcast():
    alone = cast(plan=policy(broadcast=("everybody",)), people=(person("ana"),))
    story = begin(alone)
    story.clock(30)
    assert story.reached() == [(minute, "ana") for minute in (0, 2, 5, 15, 30)]
    story.clock(24 * 60)
    minutes_between = [later - earlier for (earlier, _), (later, _) in pairwise(story.reached())]
    assert max(minutes_between) <= 30


def test_everybody_on_holiday_means_broadcast_at_once():
    away = Away("ana", START - timedelta(days=1), START + timedelta(days=1))
    empty = replace(rota("primary", "ana"), away=(away,))
    story = begin(cast(empty, plan=policy(Level(minutes(0), ("primary",)), Level(minutes(2), ("primary",), again=True))))
    assert story.state is PageState.BROADCAST
    assert story.steps[0][1].reason is PageReason.BROADCAST
    assert {name for _, name in story.reached()} == {"ana", "ben", "cem", "dora", "team"}


def test_a_hand_off_while_paging_pages_the_new_person_too():
    story = begin(cast(rota("primary", "ana", "ben", at=time(2, 1), weekday=None)), at=START)
    story.clock(1.5)
    assert story.reached() == [(0, "ana"), (1, "ben")]
    assert story.reason is PageReason.HANDED_OFF


def test_a_hand_off_after_on_call_was_left_still_pages_the_new_person():
    story = begin(cast(rota("primary", "ana", "cem", at=time(2, 7), weekday=None)))
    story.clock(8)
    assert (7, "cem") in story.reached()


def test_a_hand_off_to_somebody_paged_already_disturbs_nobody():
    story = begin(cast(rota("primary", "ana", "ben", at=time(2, 7), weekday=None)))
    story.clock(8)
    assert story.reason is PageReason.HAND_OFF_KNOWN
    assert [entry for entry in story.reached() if entry[0] == 7] == []


def test_a_hand_off_on_the_night_of_a_dst_change_happens_once():
    """Clocks in London go from 01:00 to 02:00 on 2026-03-29; the hand-off is written as 02:00 and is at 01:00 UTC."""
    london = replace(rota("primary", "ana", "ben", at=time(2), weekday=None), zone=ZoneInfo("Europe/London"))
    story = begin(cast(london), at=datetime(2026, 3, 29, 0, 59, tzinfo=UTC))
    first = story.reached()[0][1]
    story.clock(1.5)
    assert [name for minute, name in story.reached() if minute == 1] == [{"ana": "ben", "ben": "ana"}[first]]


def test_a_reload_while_paging_keeps_the_policy_and_looks_people_up_live():
    story = begin()
    story.oncall = cast(replace(rota("primary", "dora")), plan=policy(Level(minutes(0), ("cem",))))
    story.clock(5)
    assert story.reached() == [(0, "ana"), (2, "dora"), (5, "ben")]


def test_a_reload_that_takes_every_name_away_leaves_whoever_is_there():
    story = begin(cast(plan=policy(broadcast=("team",))))
    story.oncall = OnCall({"eva": person("eva")}, {}, {})
    story.clock(60)
    assert {name for minute, name in story.reached() if minute > 0} == {"eva"}


def test_an_override_that_is_added_counts_at_the_next_level():
    story = begin()
    held = replace(rota("primary", "ana"), overrides=(Override("dora", START, START + timedelta(hours=1)),))
    story.oncall = cast(held)
    story.clock(2)
    assert story.reached() == [(0, "ana"), (2, "dora")]


class TestDowntime:
    def test_one_action_at_once_and_then_at_least_a_minute_a_level(self):
        story = begin()
        story.asleep(12)
        story.clock(12)
        assert story.reached() == [(0, "ana"), (12, "ana")]
        story.clock(20)
        assert story.reached()[2:5] == [(13, "ben"), (14, "cem"), (15, "dora")]
        assert story.state is PageState.BROADCAST

    def test_a_little_late_keeps_the_table(self):
        story = begin()
        story.asleep(2.5)
        story.clock(5)
        assert story.reached() == [(0, "ana"), (2.5, "ana"), (5, "ben")]

    def test_older_than_half_an_hour_means_on_call_and_broadcast_together(self):
        story = begin()
        story.asleep(95)
        story.clock(95)
        assert story.reason is PageReason.LATE_START
        assert {name for minute, name in story.reached() if minute == 95} == {"ana", "ben", "cem", "dora", "team"}
        story.clock(100)
        assert (97, "ana") in story.reached()
        assert (100, "ben") in story.reached()

    def test_nobody_gets_the_same_thing_twice_in_one_step(self):
        story = begin()
        story.asleep(95)
        story.clock(95)
        sent = [(one.person, one.contact) for one in story.steps[-1][1].deliveries]
        assert len(sent) == len(set(sent))

    def test_a_mail_that_waited_for_hours_opens_with_on_call_and_broadcast(self):
        story = begin(waiting_since=START - timedelta(hours=3))
        assert story.steps[0][1].reason is PageReason.OPENED_LATE
        assert {name for _, name in story.reached()} == {"ana", "ben", "cem", "dora", "team"}

    def test_all_levels_empty_after_a_downtime_is_one_broadcast(self):
        away = Away("ana", START, START + timedelta(days=1))
        story = begin(cast(plan=policy(Level(minutes(0), ("primary",)))))
        story.oncall = cast(replace(rota("primary", "ana"), away=(away,)), plan=policy())
        story.asleep(95)
        story.clock(95)
        assert story.page.broadcasts == 1


class TestClockSet:
    def test_an_hour_back_makes_no_level_longer(self):
        story = begin()
        story.now = START - timedelta(hours=1)
        story.happens(E.CLOCK_JUMPED)
        assert story.page.next_at == START - timedelta(hours=1) + minutes(2)

    def test_an_hour_back_makes_no_broadcast_later(self):
        story = begin()
        story.clock(25)
        story.now = START - timedelta(hours=1)
        story.happens(E.CLOCK_JUMPED)
        assert story.page.next_at <= story.now + minutes(10)

    def test_an_hour_back_keeps_the_length_of_an_acknowledge(self):
        story = begin()
        story.clock(1)
        story.happens(E.ACKNOWLEDGED, by="ana")
        story.now -= timedelta(hours=1)
        story.happens(E.CLOCK_JUMPED)
        assert story.page.next_at == story.now + minutes(30)

    def test_an_hour_forward_reaches_more_people_never_fewer(self):
        story = begin()
        story.asleep(61)
        story.clock(61)
        assert len({name for minute, name in story.reached() if minute == 61}) == 5

    def test_a_tick_too_early_does_nothing(self):
        story = begin()
        before = story.page
        story.now = START + minutes(1)
        story.happens(E.TICK)
        assert story.reason is PageReason.NOT_DUE
        assert story.page == before


class TestFailingContacts:
    def test_two_failures_bring_in_the_next_contact_in_parallel(self):
        story = begin()
        story.happens(E.CONTACT_FAILED, person="ana", contact="push")
        assert story.reason is PageReason.OTHER_CONTACT
        assert [one.contact for one in story.steps[-1][1].deliveries] == ["call"]
        assert story.page.level == 0

    def test_a_delivery_report_for_a_page_mail_brings_in_the_next_contact_now(self):
        story = begin(cast(people=(person("ana", mail=Medium.MAIL, push=Medium.PUSH, call=Medium.VOICE), person("ben"))))
        story.happens(E.CONTACT_FAILED, person="ana", contact="mail", permanent=True)
        assert [one.contact for one in story.steps[-1][1].deliveries] == ["call"]

    def test_other_contacts_on_their_way_keep_the_level(self):
        story = begin()
        for contact in ("push", "mail"):
            story.happens(E.CONTACT_FAILED, person="ana", contact=contact, permanent=True)
        assert story.reason is PageReason.CONTACTS_LEFT
        assert story.page.level == 0

    def test_the_last_live_contact_gone_for_good_ends_the_level(self):
        story = begin()
        for contact in ("push", "mail", "duty", "call"):
            story.happens(E.CONTACT_FAILED, person="ana", contact=contact, permanent=True)
        assert story.reason is PageReason.LEVEL_FAILED
        assert story.page.level == 1

    def test_temporary_failures_alone_do_not_end_a_level(self):
        """429 for ten minutes: the provider is tried on, the level keeps its time."""
        story = begin()
        for contact in ("push", "mail", "duty", "call"):
            story.happens(E.CONTACT_FAILED, person="ana", contact=contact)
        assert story.page.level == 0
        story.clock(5)
        assert (5, "ben") in story.reached()

    def test_a_failure_from_an_earlier_level_changes_nothing(self):
        story = begin()
        story.clock(5)
        story.happens(E.CONTACT_FAILED, person="ana", contact="push", permanent=True, level=0)
        assert story.reason is PageReason.NOT_OF_THIS_LEVEL

    def test_a_dead_level_goes_on_at_once(self):
        story = begin()
        story.now = START + minutes(0.1)
        story.happens(E.LEVEL_DEAD, level=0, cycle=0)
        assert story.reason is PageReason.LEVEL_FAILED
        assert story.reached()[-1] == (pytest.approx(0.1), "ana")

    def test_the_last_level_dead_is_the_broadcast(self):
        story = begin()
        story.clock(15)
        story.happens(E.LEVEL_DEAD, level=4)
        assert story.reason is PageReason.BROADCAST

    def test_a_provider_that_accepts_and_stays_silent_stops_nothing(self):
        """202, then silence: only an acknowledge stops the levels."""
        provider_first = policy(Level(minutes(0), ("ana",), frozenset({Medium.PROVIDER})), broadcast=("everybody",))
        story = begin(cast(plan=replace(provider_first, broadcast_at=minutes(15))))
        story.clock(15)
        assert {name for minute, name in story.reached() if minute == 15} == {"ana", "ben", "cem", "dora"}


class TestCannot:
    def test_an_out_of_office_goes_to_the_next_level_that_is_somebody_else(self):
        story = begin()
        story.now = START + minutes(0.5)
        story.happens(E.CANNOT, person="ana", level=0)
        assert story.reason is PageReason.CANNOT
        assert story.reached()[-1] == (0.5, "ben")

    def test_others_on_the_level_keep_it(self):
        story = begin(cast(plan=policy(Level(minutes(0), ("ana", "ben")), Level(minutes(5), ("cem",)))))
        story.happens(E.CANNOT, person="ana")
        assert story.reason is PageReason.OTHERS_CAN
        assert story.page.level == 0

    def test_in_the_next_cycle_the_person_is_asked_again(self):
        story = begin()
        story.happens(E.CANNOT, person="ana")
        story.clock(30)
        assert (30, "ana") in story.reached()


class TestEscalate:
    def test_a_person_asks_for_the_next_level(self):
        story = begin()
        story.clock(6)
        story.happens(E.ESCALATE, by="ben", level=2, cycle=0, generation=1)
        assert story.reason is PageReason.ESCALATED
        assert story.reached()[-1] == (6, "cem")

    @pytest.mark.parametrize("stale", [{"level": 0}, {"level": 2, "cycle": 3}, {"level": 2, "generation": 2}])
    def test_a_link_from_another_level_does_not(self, stale):
        story = begin()
        story.clock(6)
        story.happens(E.ESCALATE, by="ana", **stale)
        assert story.reason is PageReason.STALE
        assert story.page.level == 2

    def test_whoever_has_it_can_ask_for_help(self):
        story = begin()
        story.clock(1)
        story.happens(E.ACKNOWLEDGED, by="ana")
        story.now = START + minutes(20)
        story.happens(E.ESCALATE, by="ana")
        assert story.state is PageState.PAGING
        story.clock(24)
        assert [name for minute, name in story.reached() if minute >= 20] == ["ana", "ben"]


def test_the_levels_media_are_honoured_and_nobody_is_left_without_a_contact():
    plan = policy(Level(minutes(0), ("ben",), frozenset({Medium.TEXT})))
    story = begin(cast(plan=plan))
    assert story.contacts()[0] == {"ben/push", "ben/mail", "ben/call"}


def test_a_level_may_page_the_broadcast_list_early():
    plan = policy(Level(minutes(0), ("primary",), QUIET), Level(minutes(1), ("broadcast",)))
    story = begin(cast(plan=plan))
    story.clock(1)
    assert {name for minute, name in story.reached() if minute == 1} == {"ben", "cem", "dora", "team"}
    assert story.state is PageState.PAGING


def test_every_planned_delivery_has_a_key_of_its_own():
    story = begin()
    story.clock(12 * 60)
    keys = [delivery_key(story.page.id, one) for _, step in story.steps for one in step.deliveries]
    assert len(keys) == len(set(keys))
    assert all(one.action is Action.TRIGGER for _, step in story.steps for one in step.deliveries)
