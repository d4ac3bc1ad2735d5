"""Where a Severity 1 case belongs, and how often one person may be disturbed by one medium."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.oncall.page_story import START, minutes
from triage.core.oncall.budgets import BudgetReason, Budgets, author_over_budget, within_budget
from triage.core.oncall.people import Medium
from triage.core.oncall.storms import OpenPage, Placement, StormReason, StormSettings, UrgentCase, place_case, step_reached

SETTINGS = StormSettings()


def case(number: int, partner: str = "acme", author: str = "", minute: float = 0, incident: str = "") -> UrgentCase:
    return UrgentCase(number, partner, author or f"dev@{partner}.example", START + minutes(minute), incident)


def page(page_id: int = 1, *cases: int, storm: bool = False, acked: bool = False) -> OpenPage:
    return OpenPage(page_id, storm, acked, START + timedelta(seconds=page_id), cases)


def test_the_first_case_pages_at_once():
    decision = place_case(case(1), (), (), SETTINGS)
    assert (decision.placement, decision.reason) == (Placement.OWN_PAGE, StormReason.FIRST)


def test_while_a_page_waits_for_its_acknowledge_others_join_it():
    decision = place_case(case(2, "bolt"), (case(1),), (page(1, 1),), SETTINGS)
    assert (decision.placement, decision.page_id) == (Placement.ATTACH, 1)


def test_once_it_is_acknowledged_the_next_case_pages_for_itself():
    assert place_case(case(2, "bolt"), (case(1),), (page(1, 1, acked=True),), SETTINGS).placement is Placement.OWN_PAGE


def test_three_partners_in_ten_minutes_are_a_storm_that_absorbs_what_nobody_has_taken():
    pages = (page(1, 1, acked=True), page(2, 2))
    decision = place_case(case(3, "core", minute=10), (case(1), case(2, "bolt", minute=4)), pages, SETTINGS)
    assert (decision.placement, decision.reason, decision.absorbs) == (Placement.NEW_STORM, StormReason.MANY_PARTNERS, (2,))


@pytest.mark.parametrize(
    "recent", [(case(1), case(2)), (case(1, minute=-1), case(2, "bolt"))], ids=["one partner", "longer than ten minutes"]
)
def test_fewer_partners_or_more_time_are_no_storm(recent):
    assert (
        place_case(case(3, "core" if recent[1].partner == "bolt" else "acme", minute=9.5), recent, (), SETTINGS).placement
        is Placement.OWN_PAGE
    )


def test_two_cases_of_one_status_page_incident_are_a_storm():
    decision = place_case(case(2, "bolt", incident="inc-1"), (case(1, incident="inc-1"),), (page(1, 1),), SETTINGS)
    assert (decision.placement, decision.reason) == (Placement.NEW_STORM, StormReason.KNOWN_INCIDENT)


def test_one_case_of_an_incident_still_pages_for_itself():
    assert place_case(case(1, incident="inc-1"), (), (), SETTINGS).placement is Placement.OWN_PAGE


def test_an_open_storm_takes_everything():
    decision = place_case(case(9, "zeta"), (), (page(1, 8), page(2, 1, 2, 3, storm=True, acked=True)), SETTINGS)
    assert (decision.placement, decision.page_id) == (Placement.FEED_STORM, 2)


def test_an_author_over_budget_joins_the_authors_open_page_even_when_it_is_acknowledged():
    recent = (case(1, author="loud@acme.example"),)
    decision = place_case(case(2, author="loud@acme.example"), recent, (page(1, 1, acked=True),), SETTINGS, author_over_budget=True)
    assert (decision.placement, decision.page_id, decision.reason) == (Placement.ATTACH, 1, StormReason.AUTHOR_GROUPED)


def test_an_author_over_budget_without_an_open_page_still_pages():
    """A case is never refused."""
    decision = place_case(case(2, author="loud@acme.example"), (), (), SETTINGS, author_over_budget=True)
    assert decision.placement is Placement.OWN_PAGE


def test_three_hundred_cases_of_many_partners_need_one_storm_page():
    """Played against the decisions themselves: no case without a page, one storm, at most one page beside it."""
    recent: list[UrgentCase] = []
    pages: dict[int, OpenPage] = {}
    for number in range(1, 301):
        arrived = case(number, f"partner-{number % 40}", minute=number / 300)
        decision = place_case(arrived, recent, tuple(pages.values()), SETTINGS)
        if decision.placement in (Placement.OWN_PAGE, Placement.NEW_STORM):
            moved = tuple(other for gone in decision.absorbs for other in pages.pop(gone).cases)
            pages[number] = page(number, *moved, number, storm=decision.placement is Placement.NEW_STORM)
        else:
            joined = pages[decision.page_id]
            pages[decision.page_id] = page(joined.id, *joined.cases, number, storm=joined.storm)
        recent.append(arrived)
    (storm,) = pages.values()
    assert storm.storm
    assert sorted(storm.cases) == list(range(1, 301))


def test_a_storm_pages_again_at_its_steps_only():
    assert [after for after in range(2, 301) if step_reached(after - 1, after, SETTINGS)] == [3, 10, 30, 100]
    assert step_reached(2, 35, SETTINGS) == 30


class TestBudgets:
    def sent(self, count: int, every_minutes: float = 1) -> list:
        return [START - minutes(every_minutes * index) for index in range(count)]

    @pytest.mark.parametrize(
        ("medium", "count", "every", "allowed"),
        [
            (Medium.VOICE, 2, 1, True),
            (Medium.VOICE, 3, 1, False),
            (Medium.VOICE, 3, 8, True),
            (Medium.VOICE, 7, 8, False),
            (Medium.VOICE, 15, 11.9, False),
            (Medium.TEXT, 4, 1, True),
            (Medium.TEXT, 5, 1, False),
            (Medium.TEXT, 11, 5.4, False),
            (Medium.TEXT, 21, 8.5, False),
        ],
    )
    def test_voice_and_text_have_sliding_windows(self, medium, count, every, allowed):
        assert within_budget(medium, self.sent(count, every), Budgets(), START).allowed is allowed

    def test_over_budget_says_when_there_is_room_again_and_never_drops(self):
        decision = within_budget(Medium.VOICE, self.sent(3), Budgets(), START)
        assert (decision.reason, decision.free_at) == (BudgetReason.SPENT, START + minutes(13))
        assert within_budget(Medium.VOICE, self.sent(3), Budgets(), START + minutes(13)).allowed

    def test_room_comes_when_enough_have_left_the_window(self):
        """After the operator lowered a budget there may be more in the window than fit."""
        assert within_budget(Medium.VOICE, self.sent(5), Budgets(), START).free_at == START + minutes(13)

    @pytest.mark.parametrize("medium", [Medium.PUSH, Medium.CHAT, Medium.PROVIDER])
    def test_other_media_have_none(self, medium):
        assert within_budget(medium, self.sent(1000, 0.01), Budgets(), START).reason is BudgetReason.UNLIMITED

    def test_three_pages_an_hour_for_one_author(self):
        assert not author_over_budget(self.sent(2, 20), Budgets(), START)
        assert author_over_budget(self.sent(3, 20), Budgets(), START)
        assert not author_over_budget(self.sent(3, 30), Budgets(), START)

    @given(st.lists(st.integers(0, 4 * 3600), max_size=60))
    def test_no_way_of_asking_gets_more_than_the_budget(self, seconds):
        """Whoever sends only what is allowed never has more than the limit in any window."""
        sent: list = []
        for second in sorted(seconds):
            now = START + timedelta(seconds=second)
            if within_budget(Medium.VOICE, sent, Budgets(), now).allowed:
                sent.append(now)
        for window in Budgets().windows[Medium.VOICE]:
            for end in sent:
                assert sum(end - window.period < at <= end for at in sent) <= window.limit
