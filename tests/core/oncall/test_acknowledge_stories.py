"""What an acknowledge does, how long it lasts, and that it never ends in silence."""

from datetime import timedelta

import pytest

from tests.core.oncall.page_story import START, Story, begin, cast, minutes
from triage.core.oncall.guard import Wanted, still_wanted
from triage.core.oncall.page import Action, PageEvent, PageEventKind, PageReason, PageState, dedup_key
from triage.core.oncall.transitions import advance_page

E = PageEventKind


def acked(at: float = 6, by: str = "ana", **details: object) -> Story:
    story = begin()
    story.clock(at)
    story.happens(E.ACKNOWLEDGED, by=by, **details)
    return story


def test_an_acknowledge_stops_the_levels():
    story = acked()
    story.clock(35)
    assert [entry for entry in story.reached() if entry[0] > 6] == []


def test_everybody_already_disturbed_is_told_who_has_it_and_nobody_is_called_for_that():
    story = acked()
    assert story.contacts(Action.ACKNOWLEDGE) == {6: {"ana/duty", "ben/push", "ben/mail"}}


def test_an_acknowledge_in_the_same_instant_as_the_timeout_counts_in_either_order():
    story = begin()
    story.now = START + minutes(2)
    ack, tick = PageEvent(E.ACKNOWLEDGED, by="ana"), PageEvent(E.TICK)
    first = advance_page(story.page, ack, story.oncall, story.now)
    assert advance_page(first.page, tick, story.oncall, story.now).reason is PageReason.NOT_DUE
    second = advance_page(advance_page(story.page, tick, story.oncall, story.now).page, ack, story.oncall, story.now)
    assert first.page.state is second.page.state is PageState.ACKED


def test_a_second_acknowledge_by_somebody_else_hears_who_has_it():
    story = acked()
    story.happens(E.ACKNOWLEDGED, by="ben")
    assert story.reason is PageReason.ALREADY_ACKNOWLEDGED
    assert (story.page.acked_by, story.page.acked_at) == ("ana", START + minutes(6))


def test_the_same_person_may_prolong():
    story = acked()
    story.clock(20)
    story.happens(E.ACKNOWLEDGED, by="ana", until=story.now + timedelta(hours=2))
    assert story.reason is PageReason.ACKNOWLEDGE_RENEWED
    assert story.page.next_at == story.now + timedelta(hours=2)


def test_an_acknowledge_after_the_end_says_so_and_never_opens_the_page_again():
    story = acked()
    story.happens(E.RESOLVED, why="case closed")
    story.happens(E.ACKNOWLEDGED, by="ben")
    assert story.reason is PageReason.ALREADY_RESOLVED
    assert story.state is PageState.RESOLVED


def test_an_acknowledge_from_a_level_that_is_over_still_counts():
    story = begin()
    story.clock(16)
    story.happens(E.ACKNOWLEDGED, by="ana", level=0, cycle=0, generation=1)
    assert story.state is PageState.ACKED


def test_an_acknowledge_from_the_broadcast_counts():
    story = begin()
    story.clock(45)
    story.happens(E.ACKNOWLEDGED, by="dora")
    assert story.state is PageState.ACKED


@pytest.mark.parametrize(("asked", "granted"), [(timedelta(minutes=20), 20), (timedelta(days=30), 12 * 60), (timedelta(minutes=-5), 30)])
def test_the_time_a_person_asks_for_has_an_end(asked, granted):
    story = begin()
    story.happens(E.ACKNOWLEDGED, by="ana", until=START + asked)
    assert story.page.next_at == START + minutes(granted)


def test_without_a_sign_of_work_the_person_is_reminded_and_then_the_levels_start_over():
    story = acked(at=0)
    story.clock(30)
    assert story.reason is PageReason.REMINDED
    assert story.contacts(Action.UPDATE) == {30: {"ana/push", "ana/mail", "ana/duty"}}
    story.clock(35)
    assert story.reason is PageReason.ACKNOWLEDGE_SPENT
    assert story.state is PageState.PAGING
    story.clock(45)
    assert [entry for entry in story.reached() if entry[0] > 30] == [(35, "ana"), (37, "ana"), (40, "ben"), (45, "cem")]


def test_after_starting_over_the_broadcasts_begin_with_their_short_pause_again():
    story = begin()
    story.clock(150)
    story.happens(E.ACKNOWLEDGED, by="ana")
    story.clock(150 + 35 + 30)
    assert [minute for minute, name in story.reached() if name == "team" and minute > 150] == [205, 215]


def test_starting_over_makes_a_new_incident_at_the_provider_and_ends_the_old_one():
    """A provider stays silent about a key that it knows as acknowledged."""
    story = acked(at=0)
    story.clock(35)
    by_action = {one.action: one for one in story.steps[-1][1].deliveries if one.contact == "duty"}
    assert (by_action[Action.RESOLVE].generation, by_action[Action.TRIGGER].generation) == (1, 2)
    assert dedup_key("api", story.page.id, story.page.generation) == "triage/api/7/2"


def test_somebody_else_may_take_over_what_is_about_to_run_out():
    story = acked(at=0)
    story.clock(31)
    story.happens(E.ACKNOWLEDGED, by="ben")
    assert story.reason is PageReason.TAKEN_OVER
    assert story.page.acked_by == "ben"


def test_a_sign_of_work_keeps_the_acknowledge():
    story = acked(at=0)
    story.clock(20)
    story.happens(E.WORK_SEEN, by="ana", case_number=1042)
    story.clock(12 * 60)
    assert story.state is PageState.ACKED
    assert story.reached(Action.UPDATE) == []


def test_a_team_reply_on_an_unacknowledged_page_is_the_acknowledge():
    story = begin()
    story.happens(E.WORK_SEEN, by="eva@wise.com", case_number=1042)
    assert story.reason is PageReason.ACKNOWLEDGED_BY_WORK
    assert story.page.acked_by == "eva@wise.com"
    story.clock(60)
    assert story.state is PageState.ACKED


def test_an_unknown_person_is_reminded_through_whoever_is_on_call():
    story = acked(at=0, by="root")
    story.clock(30)
    assert story.reached(Action.UPDATE) == [(30, "ana")]


def test_on_an_old_page_everybody_is_reminded_instead_every_hour():
    story = acked(at=0, until=START + timedelta(hours=12))
    story.clock(15 * 60)
    assert story.state is PageState.ACKED
    assert [minute for minute, name in story.reached(Action.UPDATE) if name == "team"] == [720, 780, 840, 900]


def test_a_person_can_give_it_back():
    story = acked()
    story.happens(E.UNACKNOWLEDGED, by="ana")
    assert story.reason is PageReason.GIVEN_BACK
    assert story.reached()[-1] == (6, "ana")


def test_an_out_of_office_from_somebody_else_changes_nothing_once_it_is_taken():
    story = acked()
    story.happens(E.CANNOT, person="ben")
    assert story.reason is PageReason.ALREADY_ACKNOWLEDGED


class TestResolve:
    def test_everybody_disturbed_is_told_that_it_is_over_for_seven_days(self):
        story = begin()
        story.clock(6)
        story.happens(E.RESOLVED, why="severity lowered")
        assert story.contacts(Action.RESOLVE) == {6: {"ana/push", "ana/mail", "ana/duty", "ben/push", "ben/mail"}}
        assert {one.not_after for one in story.steps[-1][1].deliveries} == {story.now + timedelta(days=7)}
        assert story.page.next_at is None

    def test_a_case_closed_at_the_second_of_escalation_disturbs_nobody_more(self):
        story = begin()
        story.now = START + minutes(5)
        story.happens(E.RESOLVED, why="case closed")
        story.happens(E.TICK)
        assert story.reason is PageReason.ALREADY_RESOLVED
        assert story.reached() == [(0, "ana")]

    def test_reopened_is_a_new_page_under_a_new_key(self):
        again = begin(generation=2)
        assert dedup_key("api", again.page.id, again.page.generation) == "triage/api/7/2"
        assert again.state is PageState.PAGING

    def test_a_page_of_several_cases_lives_until_the_last_one_is_done(self):
        story = begin()
        story.happens(E.CASE_ATTACHED, case_number=1043)
        story.happens(E.RESOLVED, case_number=1042, why="case closed")
        assert story.reason is PageReason.CASE_DONE
        assert story.state is PageState.PAGING
        story.happens(E.RESOLVED, case_number=1043, why="case closed")
        assert story.state is PageState.RESOLVED

    def test_a_case_that_is_not_on_the_page_does_not_end_it(self):
        story = begin()
        story.happens(E.RESOLVED, case_number=9)
        assert story.reason is PageReason.NOT_ON_PAGE


class TestWatermark:
    def test_a_case_that_joins_later_nudges_once_and_softly(self):
        story = acked()
        story.happens(E.CASE_ATTACHED, case_number=1043)
        assert story.reason is PageReason.NUDGED
        assert story.contacts(Action.UPDATE) == {6: {"ana/push", "ana/mail", "ana/duty"}}
        story.happens(E.CASE_ATTACHED, case_number=1044)
        assert story.reason is PageReason.ALREADY_NUDGED

    def test_nobody_looks_and_the_levels_start_over(self):
        story = acked()
        story.happens(E.CASE_ATTACHED, case_number=1043)
        story.clock(16)
        assert story.state is PageState.PAGING

    def test_looking_again_covers_it(self):
        story = acked()
        story.happens(E.CASE_ATTACHED, case_number=1043)
        story.happens(E.ACKNOWLEDGED, by="ana")
        assert story.page.unseen == ()
        story.clock(35)
        assert story.state is PageState.ACKED

    def test_an_acknowledge_covers_only_what_was_listed(self):
        story = begin()
        story.happens(E.CASE_ATTACHED, case_number=1043)
        story.happens(E.ACKNOWLEDGED, by="ana", seen=1)
        assert story.page.unseen == (1043,)
        story.clock(10)
        assert story.state is PageState.PAGING

    def test_work_on_another_case_does_not_cover_it(self):
        story = acked()
        story.happens(E.CASE_ATTACHED, case_number=1043)
        story.happens(E.WORK_SEEN, by="ana", case_number=1042)
        story.clock(16)
        assert story.state is PageState.PAGING

    def test_work_on_the_new_case_does(self):
        story = acked()
        story.happens(E.CASE_ATTACHED, case_number=1043)
        story.happens(E.WORK_SEEN, by="ana", case_number=1043)
        story.clock(60)
        assert story.state is PageState.ACKED

    def test_a_case_that_is_done_and_comes_back_is_unseen_again(self):
        story = begin()
        story.happens(E.CASE_ATTACHED, case_number=1043)
        story.happens(E.ACKNOWLEDGED, by="ana")
        story.happens(E.RESOLVED, case_number=1043)
        story.happens(E.CASE_ATTACHED, case_number=1043)
        assert story.page.unseen == (1043,)
        assert story.page.open_cases == (1042, 1043)


class TestStormPage:
    def test_it_pages_again_only_at_3_10_30_100_cases(self):
        story = begin(case_number=None, cases=(1, 2, 3))
        for number in range(4, 301):
            story.happens(E.CASE_ATTACHED, case_number=number)
        grown = [len(step.page.cases) for _, step in story.steps if step.reason is PageReason.STORM_GREW]
        assert grown == [10, 30, 100]
        assert story.page.cases == tuple(range(1, 301))

    def test_three_hundred_cases_in_a_minute_end_as_one_page_that_goes_up_its_levels(self):
        story = begin(case_number=None, cases=(1, 2, 3))
        for number in range(4, 301):
            story.now += timedelta(seconds=0.2)
            story.happens(E.CASE_ATTACHED, case_number=number)
        story.clock(20)
        assert {name for minute, name in story.reached() if minute == 20} == {"ana", "ben", "cem", "dora", "team"}
        assert len(story.page.open_cases) == 300

    def test_once_acknowledged_it_only_nudges(self):
        story = begin(case_number=None, cases=(1, 2, 3))
        story.happens(E.ACKNOWLEDGED, by="ana")
        for number in range(4, 301):
            story.happens(E.CASE_ATTACHED, case_number=number)
        assert len(story.reached(Action.UPDATE)) == 1
        assert len(story.reached()) == 1


class TestGuard:
    """Asked again right before sending."""

    def wanted(self, story: Story, index: int = 0, later: float = 0) -> Wanted:
        delivery = story.steps[index][1].deliveries[0]
        return still_wanted(story.page, delivery, story.now + minutes(later))

    def test_a_fresh_trigger_is_sent(self):
        assert self.wanted(begin()) is Wanted.YES

    def test_an_acknowledged_page_triggers_nobody(self):
        assert self.wanted(acked(at=1)) is Wanted.ACKNOWLEDGED

    def test_a_page_resolved_before_its_trigger_was_accepted_triggers_nobody(self):
        story = begin()
        story.happens(E.RESOLVED)
        assert self.wanted(story) is Wanted.RESOLVED
        assert self.wanted(story, index=1) is Wanted.YES

    def test_a_trigger_whose_level_is_over_is_not_sent(self):
        assert self.wanted(begin(), later=2) is Wanted.EXPIRED

    def test_a_resolve_is_sent_even_to_the_generation_before(self):
        story = acked(at=0)
        story.clock(35)
        assert story.steps[-1][1].deliveries[0].action is Action.RESOLVE
        assert self.wanted(story, index=-1) is Wanted.YES

    def test_news_of_a_spent_acknowledge_is_not_sent(self):
        story = acked(at=6)
        acknowledge = story.steps[-1][1].deliveries[0]
        story.happens(E.UNACKNOWLEDGED)
        assert still_wanted(story.page, acknowledge, story.now) is Wanted.STARTED_OVER


def test_a_drill_is_marked_and_otherwise_the_same():
    assert begin(test=True).page.test
    assert begin(cast(), test=True).reached() == begin().reached()
