"""The weekly drill: begins by the clock, once, never beside a real page, and the team hears what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.at_night import close
from tests.scenarios.office import ADDRESS, ONCALL, TEAM, Mail, Office, open_office

DRILL = """
[drill]
weekly = "monday 10:00"
wait = "5m"
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """It is Monday, 09:00 UTC."""
    with open_office(tmp_path) as office:
        write_oncall(office, ONCALL + DRILL)
        office.start()
        yield office
        office.check()


def write_oncall(office: Office, text: str) -> None:
    (office.config.instance.rules_dir / "oncall.toml").write_text(text)


def acknowledge(office: Office, page: Mail) -> None:
    office.arrives(office.mail(page.to[0], ADDRESS, f"Re: {page.subject}", "ack", answers=page.message_id))


def split(mails: list[Mail]) -> tuple[list[Mail], list[Mail]]:
    """Pages that are TEST, and mails to the team."""
    tests = [mail for mail in mails if mail.subject.startswith("TEST: Severity")]
    return tests, [mail for mail in mails if mail.to == (TEAM,)]


def subjects(office: Office) -> list[str]:
    return [mail.subject for mail in split(office.outgoing())[1]]


def test_whoever_is_on_call_is_paged_at_the_hour_and_the_team_hears_the_result(office: Office) -> None:
    office.wait(minutes=59)
    assert office.outgoing() == []
    office.wait(minutes=2)
    tests, told = split(office.outgoing())
    assert sorted(mail.to[0] for mail in tests) == ["ana@pager.example", "bo@pager.example"]
    assert told == []
    for page in tests:
        acknowledge(office, page)
    office.wait(minutes=1)
    _, (result,) = split(office.outgoing())
    assert result.subject == "[triage] weekly drill: everybody acknowledged"
    assert "ana by mail: accepted after" in result.text
    office.wait(hours=24)
    assert office.outgoing() == []


def test_who_stays_silent_is_named(office: Office) -> None:
    office.wait(minutes=61)
    tests, _ = split(office.outgoing())
    acknowledge(office, next(mail for mail in tests if mail.to == ("ana@pager.example",)))
    office.wait(minutes=7)
    assert subjects(office) == ["[triage] weekly drill: bo did not acknowledge"]


def test_a_restart_in_the_middle_of_it_repeats_nothing_and_loses_no_result(office: Office) -> None:
    office.wait(minutes=61)
    assert len(split(office.outgoing())[0]) == 2
    office.stop()
    office.start()
    office.wait(minutes=7)
    tests, told = split(office.outgoing())
    assert (tests, [mail.subject for mail in told]) == ([], ["[triage] weekly drill: ana, bo did not acknowledge"])


def test_a_clock_that_was_set_back_holds_no_second_one(office: Office) -> None:
    office.wait(minutes=68)
    assert len(split(office.outgoing())[0]) == 2
    office.leap(hours=-2)
    office.wait(hours=3)
    assert split(office.outgoing()) == ([], [])


def test_beside_a_real_page_it_waits_an_hour_and_the_team_is_told_once(office: Office) -> None:
    office.wait(minutes=58)
    office.partner_writes("URGENT payouts fail")
    office.wait(minutes=3)
    tests, told = split(office.outgoing())
    assert (tests, [mail.subject for mail in told]) == ([], ["[triage] the weekly drill is postponed"])
    close(office, 1001)
    office.outgoing()
    office.wait(minutes=58)
    assert split(office.outgoing()) == ([], [])
    office.wait(minutes=3)
    assert len(split(office.outgoing())[0]) == 2
    office.wait(minutes=7)
    assert subjects(office) == ["[triage] weekly drill: ana, bo did not acknowledge"]


def test_a_real_page_in_the_middle_ends_it_and_it_is_held_again(office: Office) -> None:
    office.wait(minutes=61)
    assert len(split(office.outgoing())[0]) == 2
    office.partner_writes("URGENT payouts fail")
    office.wait(minutes=1)
    assert subjects(office) == ["[triage] the weekly drill is postponed"]
    close(office, 1001)
    office.wait(minutes=62)
    assert len(split(office.outgoing())[0]) == 2
    office.wait(minutes=7)
    assert subjects(office) == ["[triage] weekly drill: ana, bo did not acknowledge"]


def test_an_hour_that_was_over_when_it_was_written_down_is_not_made_up_for(office: Office) -> None:
    write_oncall(office, ONCALL)
    office.stop()
    office.start()
    office.wait(minutes=90)
    write_oncall(office, ONCALL + DRILL)
    office.stop()
    office.start()
    office.wait(hours=2)
    assert office.outgoing() == []


def test_one_that_a_downtime_passed_over_is_held_at_the_next_start(office: Office) -> None:
    office.wait(minutes=5)
    office.stop()
    office.clock.push(timedelta(hours=3))
    office.start()
    assert len(split(office.outgoing())[0]) == 2
    office.wait(minutes=7)
    assert len(subjects(office)) == 1
