"""What a report counts, and where: each claim on a past of a few cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.core.reports.pasts import LATER, NOVEMBER, OCTOBER, at, case, closed, entry, opened, reopened, replied, report
from triage.core.cases.agreements import Agreements
from triage.core.cases.events import EventKind
from triage.core.mail.message import Missing
from triage.core.reports.past import Call, PastMail, PastPage
from triage.core.reports.period import Period
from triage.core.reports.requests import shape_of

HOUR = timedelta(hours=1)
AFTER_OCTOBER = 31 * 24


# --- volume ----------------------------------------------------------------------------------------------------------


def test_a_case_counts_where_it_was_opened_with_its_severity_at_the_end() -> None:
    lowered = entry(EventKind.SEVERITY_SET, 5, severity=2)
    made = report(case(opened(1, severity=1), lowered), case(opened(2, 2)), case(opened(-3, 3)))
    assert made.volume.opened.counts == (0, 1, 1)
    assert made.volume.left.total == 3
    assert made.volume.pieces[0].cases.total == 2
    assert sum(piece.cases.total for piece in made.volume.pieces) == 2


def test_partners_stand_by_how_much_they_wrote_and_the_rest_is_summed_up() -> None:
    cases = [case(opened(number, number, partner=f"p{number % 14:02}")) for number in range(30)]
    made = report(*cases)
    assert [row.cases.total for row in made.volume.partners[:3]] == [3, 3, 2]
    assert made.volume.other_partners == 2
    assert sum(row.cases.total for row in made.volume.partners) + made.volume.others.total == 30


def test_messages_count_at_the_wall_clock_of_the_report() -> None:
    zoned = Period(date(2026, 10, 1), date(2026, 10, 31), "Europe/Tallinn")
    made = report(case(opened(8)), period=zoned)
    assert made.volume.hours.counts[3][11] == 1, "Thursday, 08:00 in UTC"
    assert made.volume.hours.total == 1


# --- answers and promises --------------------------------------------------------------------------------------------


def test_a_reply_within_the_promised_hour_is_kept_and_one_after_it_is_missed() -> None:
    made = report(case(opened(0), replied(1)), case(opened(0, 2), replied(4, 2))).first_responses
    assert (made.total.kept, made.total.broken, made.total.kept_share) == (1, 1, 0.5)
    assert (made.total.median, made.total.nine_of_ten) == (2.5 * HOUR, 4 * HOUR)
    assert made.rows[0].terms == ("1h",)


def test_a_reply_belongs_to_the_month_in_which_it_came_and_a_missed_promise_to_the_one_in_which_its_time_was_over() -> None:
    late = [opened(AFTER_OCTOBER - 2), replied(AFTER_OCTOBER + 5)]
    in_october = report(case(*late)).first_responses
    in_november = report(case(*late, cut=NOVEMBER.end), period=NOVEMBER).first_responses
    assert (in_october.total.ended, in_october.total.broken, in_october.waiting, in_october.overdue) == (0, 1, 1, 1)
    assert (in_november.total.ended, in_november.total.broken, in_november.waiting) == (1, 0, 0)


def test_a_promise_that_is_still_running_is_neither_kept_nor_missed() -> None:
    made = report(case(opened(AFTER_OCTOBER - 0.5))).first_responses
    assert (made.total.kept, made.total.broken, made.waiting, made.overdue) == (0, 0, 1, 0)


def test_closing_a_case_without_a_reply_answers_nothing() -> None:
    made = report(case(opened(0), closed(0.5, kind=EventKind.CLOSED_BY_TEAM)))
    assert (made.first_responses.total.ended, made.first_responses.total.kept, made.first_responses.total.broken) == (0, 0, 0)
    assert [one.number for one in made.closings.without_answer] == [1]


def test_without_agreements_times_are_told_and_no_promises() -> None:
    made = report(case(opened(0), replied(3), agreements=Agreements())).first_responses
    assert (made.total.ended, made.total.median, made.total.kept_share) == (1, 3 * HOUR, None)


def test_the_wait_for_the_partner_is_not_part_of_a_solution() -> None:
    made = report(case(opened(0), replied(2), closed(74))).resolutions
    assert (made.total.ended, made.total.median) == (1, 2 * HOUR)
    assert made.times[2].total == 1, "up to four hours"


def test_nine_of_ten_is_a_time_that_was_taken() -> None:
    made = report(*(case(opened(0, number), replied(number, number)) for number in range(1, 11))).first_responses
    assert (made.total.median, made.total.nine_of_ten) == (5.5 * HOUR, 9 * HOUR)


# --- endings ---------------------------------------------------------------------------------------------------------


def test_every_closing_counts_and_says_by_whom() -> None:
    twice = case(opened(0), replied(1), closed(73), reopened(80), replied(81), closed(153))
    by_partner = case(opened(0, 2), replied(1, 2), closed(2, 2, EventKind.CLOSED_BY_PARTNER))
    made = report(twice, by_partner).closings
    assert (made.total, made.by_clock, made.by_team, made.by_partner) == (3, 2, 0, 1)
    assert (made.reopenings, made.without_answer) == (1, ())
    assert made.reopened_share == pytest.approx(1 / 3)


# --- emergencies -----------------------------------------------------------------------------------------------------


def paged(number: int, hours: float, *, by: str = "ana", after: timedelta | None = 3 * timedelta(minutes=1), local: float = 0) -> PastPage:
    """`local`: how many hours the clock of whoever is called is ahead."""
    when = at(hours)
    call = Call("ana", when, when + local * HOUR)
    return PastPage(number, when, (number,), calls=(call,), taken_at=when + after if after else None, taken_by=by if after else "")


def test_pages_by_person_with_nights_by_their_own_clock() -> None:
    made = report(pages=(paged(1, 2), paged(2, 12), paged(3, 20.5, local=2), paged(4, 50, after=None))).emergencies
    assert (made.pages, made.untaken, made.median) == (4, 1, timedelta(minutes=3))
    (ana,) = made.people
    assert (ana.pages, ana.at_night, ana.at_weekend, ana.taken) == (4, 3, 1, 3)
    assert [night.page for night in made.nights] == [1, 3, 4]
    assert made.nights[2].taken_by == ""


def test_whoever_took_a_page_without_being_called_is_listed() -> None:
    made = report(pages=(paged(1, 2, by="Bo"),)).emergencies
    assert [(one.name, one.pages, one.taken) for one in made.people] == [("ana", 1, 0), ("Bo", 0, 1)]


def test_a_case_that_a_rule_raised_and_the_team_lowered_counts_for_each_rule_that_held() -> None:
    false = case(opened(0, severity=1, rules=("urgent", "gold")), entry(EventKind.SEVERITY_SET, 1, severity=3))
    true = case(opened(0, 2, severity=3), entry(EventKind.SEVERITY_RAISED, 2, 2, rules=("urgent",), severity=1))
    made = report(false, true).emergencies
    assert (made.raised, made.lowered) == (2, 1)
    assert [(row.rule, row.raised, row.lowered) for row in made.rules] == [("urgent", 2, 1), ("gold", 1, 1)]


def test_a_rule_that_raises_what_is_severity_1_already_raises_nothing() -> None:
    again = entry(EventKind.SEVERITY_RAISED, 2, rules=("urgent",))
    assert report(case(opened(0, severity=1, rules=("urgent",)), again)).emergencies.raised == 1


# --- requests --------------------------------------------------------------------------------------------------------


def test_what_first_mails_lack_and_which_endpoints_cases_name() -> None:
    first = PastMail(at(0), True, (Missing.TRACE_ID, Missing.ENVIRONMENT), ("POST /v1/transfers/12345",), ("production",))
    second = PastMail(at(3), False, (Missing.ENDPOINT,), ("POST /v1/transfers/999", "GET /v1/rates"), ("production", "sandbox"))
    made = report(case(opened(0), mails=(first, second)), case(opened(1, 2), mails=(PastMail(at(1), True),))).requests
    assert (made.first_mails, made.incomplete) == (2, 1)
    lacking = {lack.item: lack.count for lack in made.lacks}
    assert (lacking[Missing.TRACE_ID], lacking[Missing.ENDPOINT]) == (1, 0)
    assert [(item.name, item.count) for item in made.endpoints.items] == [("GET /v1/rates", 1), ("POST /v1/transfers/{id}", 1)]
    assert [(item.name, item.count) for item in made.environments.items] == [("production", 1), ("sandbox", 1)]


@pytest.mark.parametrize(
    ("endpoint", "shape"),
    [
        ("POST /v3/profiles/16556123/transfers", "POST /v3/profiles/{id}/transfers"),
        ("GET /v1/transfers/1f6b2c3d-4e5f-6789-abcd-ef0123456789?limit=5", "GET /v1/transfers/{id}"),
        ("GET /v1/transfers/123/456/", "GET /v1/transfers/{id}/{id}"),
        ("GET /v3/profiles/{profileId}/balances", "GET /v3/profiles/{id}/balances"),
        ("GET /v2/borderless-accounts-configuration", "GET /v2/borderless-accounts-configuration"),
        ("POST /v1/quotes", "POST /v1/quotes"),
        ("", ""),
    ],
)
def test_ids_in_a_path_make_no_endpoint_of_their_own(endpoint: str, shape: str) -> None:
    assert shape_of(endpoint) == shape


# --- the whole -------------------------------------------------------------------------------------------------------


def test_nothing_at_all_is_an_empty_report() -> None:
    made = report()
    assert made.is_empty
    assert (made.volume.opened.total, made.closings.reopened_share, made.emergencies.median) == (0, None, None)


def test_the_report_of_a_month_that_is_over_does_not_change() -> None:
    story = [opened(0), replied(1), closed(73), reopened(AFTER_OCTOBER + 1), replied(AFTER_OCTOBER + 9), closed(AFTER_OCTOBER + 90)]
    on_the_first = report(case(*story[:3]), now=OCTOBER.end)
    much_later = report(case(*story), now=LATER)
    assert replace(on_the_first, made_at=LATER) == much_later


def test_a_month_that_is_not_over_is_cut_at_now() -> None:
    now = datetime(2026, 10, 10, tzinfo=UTC)
    made = report(case(opened(0), cut=now), now=now)
    assert (made.cut, made.is_over) == (now, False)
