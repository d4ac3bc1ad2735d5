"""A provider in front, and nights that are hard on a page: in every one somebody is paged in time.

The provider says yes and is silent, refuses for long or drips its answer; clocks jump; nobody, one person or the same person is on call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.scenarios.at_night import ANA, BO, acknowledge, close, open_pages, page_mails, page_of
from tests.scenarios.office import ONCALL, PEOPLE, T0, Office, open_office
from tests.servers.http_sink import HttpSink, Manner, Reply
from tests.servers.http_sink_thread import running_sink
from triage.core.oncall.page import PageState

YES = Reply(202, '{"status":"success","message":"Event processed"}')
SILENCE = Reply(manner=Manner.HANG)
IN_FRONT = """
[[channel]]
name = "provider"
[[channel.contact]]
kind = "pagerduty"
routing_key = "R0utingKeyR0utingKeyR0utingKey12"
base_url = "{url}"
timeout_s = 1
"""
BEHIND = f"""{PEOPLE}
[rota.primary]
people = ["ana"]

[policy.emergency]
broadcast = ["ana", "bo"]
broadcast_at = "20m"
[[policy.emergency.level]]
at = "0m"
to = ["provider"]
[[policy.emergency.level]]
at = "15m"
to = ["primary"]
"""


@contextmanager
def provider_in_front(directory: Path, *replies: Reply) -> Iterator[tuple[Office, HttpSink]]:
    with running_sink(*replies) as sink, office_with(directory, IN_FRONT.format(url=sink.url) + BEHIND) as office:
        office.partner_writes("URGENT payouts fail")
        yield office, sink


@contextmanager
def office_with(directory: Path, oncall: str, start: datetime = T0) -> Iterator[Office]:
    with open_office(directory) as office:
        (office.config.instance.rules_dir / "oncall.toml").write_text(oncall)
        office.clock.push(start - office.clock.now())
        office.start()
        yield office
        office.check()


def paged(office: Office) -> list[str]:
    return [mail.to[0] for mail in page_mails(office)]


def events(sink: HttpSink) -> list[str]:
    """What the provider was told, without repeats of one attempt."""
    told = [(str(request.json()["event_action"]), str(request.json()["dedup_key"]).rpartition("/")[2]) for request in sink.requests]
    return [f"{action} {generation}" for action, generation in dict.fromkeys(told)]


# --- the provider ----------------------------------------------------------------------------------------------------


def test_a_provider_says_yes_and_is_silent_and_people_here_are_paged(tmp_path: Path) -> None:
    with provider_in_front(tmp_path, YES) as (office, sink):
        office.wait(minutes=14)
        assert paged(office) == [], "it was accepted, so it has its time"
        office.wait(minutes=1)
        assert paged(office) == [ANA]
        office.wait(minutes=5)
        assert sorted(paged(office)) == [ANA, BO], "then everybody"
        assert events(sink) == ["trigger 1"]


def test_somebody_takes_it_here_and_the_provider_is_silent_from_then_on(tmp_path: Path) -> None:
    """The acknowledge is ours, whatever the provider hears of it; when nobody works, people here are paged although it says nothing."""
    with provider_in_front(tmp_path, YES, SILENCE) as (office, sink):
        acknowledge(office, 1001, "ana")
        assert page_of(office, 1001).page.state is PageState.ACKED
        office.wait(minutes=10)
        assert (page_of(office, 1001).page.acked_by, paged(office)) == ("ana", [])
        office.wait(minutes=20)
        assert paged(office) == [ANA], "the reminder"
        office.wait(minutes=5)
        assert page_of(office, 1001).page.state is not PageState.ACKED
        office.wait(minutes=2)
        assert paged(office) == [ANA], "the provider does not answer for the new incident, so the level behind it"
        assert {"trigger 1", "acknowledge 1", "trigger 2"} <= set(events(sink))


def test_the_provider_hears_of_the_end_when_it_is_back(tmp_path: Path) -> None:
    with provider_in_front(tmp_path, YES, SILENCE, SILENCE, SILENCE, YES) as (office, sink):
        close(office, 1001)
        office.wait(minutes=10)
        assert events(sink) == ["trigger 1", "resolve 1"]
        with office.store() as store:
            rows = store.connection.execute("SELECT state FROM outbox WHERE purpose = 'page resolve'").fetchall()
        assert [row["state"] for row in rows] == ["delivered"]
        office.outgoing()


@pytest.mark.parametrize(("reply", "given_up"), [(Reply(429), 0), (Reply(429, headers={"Retry-After": "550"}), 1), (Reply(503), 0)])
def test_a_provider_that_refuses_for_ten_minutes_is_not_waited_for(tmp_path: Path, reply: Reply, given_up: int) -> None:
    """`given_up`: it asks for more time than its level has."""
    with provider_in_front(tmp_path, reply) as (office, sink):
        office.failures_asked_for = given_up
        office.wait(minutes=2)
        assert paged(office) == [ANA], "though its level was to last a quarter of an hour"
        office.wait(minutes=8)
        assert len({str(request.json()["dedup_key"]) for request in sink.requests}) == 1, "however often it is tried, it is one incident"
        assert len(sink.requests) <= 20
        office.outgoing()


@pytest.mark.parametrize("manner", [Manner.DRIP_HEAD, Manner.HANG, Manner.RESET, Manner.GARBAGE])
def test_a_provider_that_never_finishes_its_answer_is_not_waited_for(tmp_path: Path, manner: Manner) -> None:
    with provider_in_front(tmp_path, Reply(manner=manner)) as (office, _):
        office.wait(minutes=2)
        assert paged(office) == [ANA]


def test_a_body_that_drips_takes_nothing_from_the_yes_in_its_head(tmp_path: Path) -> None:
    with provider_in_front(tmp_path, Reply(202, manner=Manner.DRIP)) as (office, sink):
        office.wait(minutes=14)
        assert (paged(office), len(sink.requests)) == ([], 1)


def test_a_refusal_for_good_pages_people_here_at_once(tmp_path: Path) -> None:
    with provider_in_front(tmp_path, Reply(400, '{"status":"invalid event","errors":["no"]}')) as (office, _):
        office.failures_asked_for = 1
        assert paged(office) == [ANA]


# --- clocks ----------------------------------------------------------------------------------------------------------


def test_the_clock_goes_an_hour_ahead_and_more_people_are_paged_not_fewer(tmp_path: Path) -> None:
    with office_with(tmp_path, ONCALL) as office:
        office.partner_writes("URGENT payouts fail")
        assert paged(office) == [ANA]
        office.leap(hours=1)
        assert sorted(paged(office)) == [ANA, BO]
        assert [page.state for page in open_pages(office)] == [PageState.BROADCAST]


def test_a_hand_off_on_the_night_the_clocks_change_happens_once_and_at_its_hour(tmp_path: Path) -> None:
    """In London 05:00 of 2027-10-31 is at 05:00 UTC; the day before it was at 04:00 UTC."""
    daily = 'zone = "Europe/London"\nhand_off = "05:00"\npeople = ["ana", "bo"]'
    oncall = ONCALL.replace('people = ["ana"]', daily, 1).replace('at = "5m"', 'at = "3h"').replace('"20m"', '"4h"\nrestart_every = "5h"')
    with office_with(tmp_path, oncall, datetime(2027, 10, 31, 3, 59, tzinfo=UTC)) as office:
        office.partner_writes("URGENT payouts fail")
        (first,) = paged(office)
        office.wait(minutes=60)
        assert paged(office) == [], "not at the hour of yesterday"
        office.wait(minutes=2)
        assert paged(office) == [{ANA: BO, BO: ANA}[first]]
        office.wait(minutes=70)
        assert paged(office) == []


# --- who is there ----------------------------------------------------------------------------------------------------


def test_everybody_is_on_holiday_and_everybody_is_paged_at_once(tmp_path: Path) -> None:
    away = "".join(f"[[away]]\nperson = '{name}'\nfrom = 2026-11-20\nuntil = 2026-12-24\n" for name in ("ana", "bo"))
    with office_with(tmp_path, ONCALL + away) as office:
        office.outgoing()  # the gap is told
        office.partner_writes("URGENT payouts fail")
        assert sorted(paged(office)) == [ANA, BO]
        assert [page.state for page in open_pages(office)] == [PageState.BROADCAST]


def test_one_engineer_is_paged_again_and_again(tmp_path: Path) -> None:
    alone = """
[[person]]
name = "ana"
[[person.contact]]
name = "mail"
kind = "email"
to = "ana@pager.example"
[rota.primary]
people = ["ana"]
"""
    with office_with(tmp_path, alone) as office:
        office.partner_writes("URGENT payouts fail")
        for _ in range(6):
            assert set(paged(office)) == {ANA}, "never half an hour of silence"
            office.wait(minutes=30)
        office.outgoing()


def test_the_same_person_on_two_levels_is_not_paged_twice_and_costs_no_time(tmp_path: Path) -> None:
    twice = ONCALL.replace('to = ["second"]', 'to = ["ana"]\n[[policy.emergency.level]]\nat = "10m"\nto = ["second"]')
    with office_with(tmp_path, twice) as office:
        office.partner_writes("URGENT payouts fail")
        assert paged(office) == [ANA]
        office.wait(minutes=5)
        assert paged(office) == [BO], "the level that has only ana is passed over"
