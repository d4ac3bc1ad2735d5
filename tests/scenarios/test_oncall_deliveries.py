"""Deliveries of pages when contacts fail, budgets are spent, rules are saved and clocks are set: nobody is lost, nothing comes twice."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.at_night import ANA, BO, acknowledge, close, desk_of, open_pages, page_mails, page_of
from tests.scenarios.office import ONCALL, Office, open_office
from triage.core.deliveries import Channel
from triage.core.oncall.page import PageEvent, PageEventKind, PageState
from triage.core.seams import SendOutcome, SendResult
from triage.store import outbox, pages
from triage.workers import paging
from triage.workers.dispatcher import Dispatcher

CALLS = """
[[person]]
name = "ana"
{contacts}

[[person]]
name = "bo"
[[person.contact]]
name = "mail"
kind = "email"
to = "bo@pager.example"

[rota.primary]
people = ["ana"]

[policy.emergency]
broadcast = ["ana"]
broadcast_at = "5m"
broadcast_every = ["2h"]
restart_every = "3h"
[[policy.emergency.level]]
at = "0m"
to = ["primary"]

[storm]
partners = 1000
"""
CALL = '[[person.contact]]\nname = "call"\nkind = "command"\nmedium = "{medium}"\ncommand = "{program}"'
MAIL = '[[person.contact]]\nname = "mail"\nkind = "email"\nto = "ana@pager.example"'


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Office]:
    """An office whose on-call file a story writes before it starts."""
    with open_office(tmp_path) as running:
        yield running


def with_program(office: Office, folder: Path, exit_status: int, medium: str) -> Path:
    """Ana is reached by a program that keeps what it was given, then by mail; returns where it is kept."""
    kept = folder / "calls"
    program = folder / "call"
    program.write_text(f"#!/bin/sh\n(cat; echo) >> {kept}\nexit {exit_status}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    contacts = f"{CALL.format(medium=medium, program=program)}\n{MAIL}"
    (office.config.instance.rules_dir / "oncall.toml").write_text(CALLS.format(contacts=contacts))
    return kept


def receipt(office: Office) -> list[str]:
    """What the page did and what became of its deliveries, to be read when a story went another way."""
    with office.store() as store:
        steps = [f"{entry.at:%M:%S} {entry.event}: {entry.reason}" for entry in pages.history(store, 1)]
        rows = [(row.delivery, row) for row in outbox.of_page(store, 1)]
        return steps + [f"{one.outgoing.key} {row.state.value} after {one.attempts}: {row.result}" for one, row in rows]


def kept_calls(kept: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []


def test_over_budget_a_call_waits_and_travels_with_the_next_one(idle: Office, tmp_path: Path) -> None:
    kept = with_program(idle, tmp_path, 0, "voice")
    idle.start()
    for number in range(3):
        idle.partner_writes(f"URGENT {number}", sender=f"ops@p{number}.example")
        acknowledge(idle, 1001 + number, "ana")
    idle.partner_writes("URGENT 3", sender="ops@p3.example")
    assert len(kept_calls(kept)) == 3, "three calls in a quarter of an hour"
    assert page_mails(idle)[-1].to == (ANA,), "other media are not affected"
    idle.wait(minutes=6)
    assert page_of(idle, 1004).page.state is PageState.BROADCAST, "the level's clock goes on"
    assert len(kept_calls(kept)) == 3
    idle.wait(minutes=10)
    (call,) = kept_calls(kept)[3:]
    assert str(call["summary"]).endswith("(and 1 more)")
    assert "And 1 more:\nSeverity 1 case #1004" in str(call["text"])
    with idle.store() as store:
        results = [row.result for row in outbox.of_page(store, 4)]
    assert any(result.startswith("told together with delivery") for result in results), "what travelled along is on record"
    idle.outgoing()
    idle.check()


def test_a_contact_that_keeps_failing_is_joined_by_the_next_one(idle: Office, tmp_path: Path) -> None:
    kept = with_program(idle, tmp_path, 75, "push")
    rules = idle.config.instance.rules_dir / "oncall.toml"
    rules.write_text(rules.read_text().replace('to = ["primary"]', 'to = ["primary"]\nby = ["push"]'))
    idle.start()
    idle.partner_writes("URGENT payouts fail")
    assert page_mails(idle) == []
    idle.wait(minutes=1)
    assert [mail.to[0] for mail in page_mails(idle)] == [ANA], f"after two failures the next contact in parallel: {receipt(idle)}"
    assert len(kept_calls(kept)) >= 2, "and the first one is still tried"
    idle.wait(minutes=10)
    idle.outgoing()
    assert page_of(idle, 1001).page.state is PageState.BROADCAST
    attempts = {call["key"] for call in kept_calls(kept)}
    assert len(attempts) <= 2, "every retry has the key of its delivery"


def test_a_dead_contact_ends_the_level_at_once(idle: Office, tmp_path: Path) -> None:
    with_program(idle, tmp_path, 1, "push")
    rules = idle.config.instance.rules_dir / "oncall.toml"
    rules.write_text(rules.read_text().replace(MAIL, "").replace('broadcast = ["ana"]', 'broadcast = ["bo"]'))
    idle.start()
    idle.partner_writes("URGENT payouts fail")
    assert [mail.to[0] for mail in page_mails(idle)] == [BO], "nobody waits five minutes for a dead telephone"


def test_a_provider_that_refuses_for_now_is_not_waited_for_longer_than_a_minute(idle: Office, tmp_path: Path) -> None:
    with_program(idle, tmp_path, 75, "push")
    rules = idle.config.instance.rules_dir / "oncall.toml"
    rules.write_text(rules.read_text().replace(MAIL, "").replace('broadcast = ["ana"]', 'broadcast = ["bo"]'))
    idle.start()
    idle.partner_writes("URGENT payouts fail")
    for _ in range(14):
        idle.wait(seconds=5)
    assert [mail.to[0] for mail in page_mails(idle)] == [BO], "though the level was to last five minutes"


def test_a_resolve_never_overtakes_its_trigger(idle: Office) -> None:
    (idle.config.instance.rules_dir / "oncall.toml").write_text(ONCALL)
    idle.start()
    idle.partner_writes("URGENT payouts fail")
    idle.outgoing()
    idle.stop()
    now = idle.clock.now()
    with desk_of(idle) as desk:
        dispatcher = Dispatcher(desk)
        with desk.store.write():
            stored = pages.open_of_case(desk.store, 1001)
            assert stored is not None
            paging.advance(desk, stored, PageEvent(PageEventKind.ESCALATE, by="ana"), now)
        (trigger,) = dispatcher.claim(now, [Channel.PAGE])
        with desk.store.write():
            stored = pages.open_of_case(desk.store, 1001)
            assert stored is not None
            paging.advance(desk, stored, PageEvent(PageEventKind.RESOLVED, why="closed"), now)
        early = dispatcher.claim(now, [Channel.PAGE])
        assert [one.outgoing.recipients[0] for one in early] == ["ana"], "bo's trigger has no answer yet"
        dispatcher.record(trigger, SendResult(SendOutcome.ACCEPTED), now)
        (resolve,) = dispatcher.claim(now, [Channel.PAGE])
        assert resolve.outgoing.recipients[0] == "bo"
        assert resolve.outgoing.purpose == "page resolve"


def test_a_save_while_paging_changes_people_and_not_the_policy(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    office.outgoing()
    changed = ONCALL.replace("bo@pager.example", "bo@new.example").replace('at = "5m"', 'at = "1m"')
    (office.config.instance.rules_dir / "oncall.toml").write_text(changed)
    assert office.daemon is not None
    office.daemon.reload_rules()
    office.settle()
    office.wait(minutes=4)
    assert office.outgoing() == [], "the policy is the one the page was opened with"
    office.wait(minutes=1)
    assert [mail.to[0] for mail in office.outgoing()] == ["bo@new.example"], "people are looked up when their level comes"


def test_a_hand_off_while_paging_pages_the_new_person_too(office: Office) -> None:
    now = office.clock.now()
    override = f"[[rota.primary.override]]\nperson = 'bo'\nfrom = {(now + timedelta(minutes=2)).isoformat()}\nuntil = 2027-01-01\n"
    (office.config.instance.rules_dir / "oncall.toml").write_text(ONCALL + override)
    assert office.daemon is not None
    office.daemon.reload_rules()
    office.settle()
    office.partner_writes("URGENT payouts fail")
    assert [mail.to[0] for mail in page_mails(office)] == [ANA]
    office.wait(minutes=3)
    assert [mail.to[0] for mail in page_mails(office)] == [BO]
    office.wait(minutes=3)
    assert page_of(office, 1001).page.state is PageState.BROADCAST, "bo was paged already: the second level is passed over, not waited for"
    office.outgoing()


def test_the_clock_goes_back_an_hour_and_no_level_waits_for_it(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    earlier = office.clock.now() - timedelta(hours=1)
    with desk_of(office) as desk, desk.store.write():
        paging.clock_jumped(desk, earlier)
    (page,) = open_pages(office)
    assert page.next_at is not None
    assert page.next_at <= earlier + timedelta(minutes=5)
    office.wait(minutes=1)
    office.outgoing()


def test_a_case_that_opens_again_is_a_new_page_with_a_new_key(office: Office) -> None:
    question = office.partner_writes("URGENT payouts fail")
    close(office, 1001)
    office.partner_writes("Re: [#1001] URGENT payouts fail", "Down again", answers=question)
    office.outgoing()
    with office.store() as store:
        keys = [
            row.delivery.outgoing.payload["page"]["dedup_key"]
            for stored in pages.of_case(store, 1001)
            for row in outbox.of_page(store, stored.page.id)
            if row.delivery.outgoing.purpose == "page trigger"
        ]
    assert len(keys) == len(set(keys)) == 2


def test_two_people_acknowledge_at_the_same_instant_and_one_has_it(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    first = acknowledge(office, 1001, "ana")
    second = acknowledge(office, 1001, "bo")
    assert (first.value, second.value) == ("acknowledged", "somebody else has it already")
    assert page_of(office, 1001).page.acked_by == "ana"
    office.outgoing()


def test_without_a_sign_of_work_the_acknowledge_ends(office: Office) -> None:
    office.partner_writes("URGENT payouts fail")
    acknowledge(office, 1001, "ana", eta=timedelta(minutes=20))
    office.outgoing()
    office.wait(minutes=20)
    (reminder,) = page_mails(office)
    assert reminder.subject.startswith("[#1001] reminder") or "reminder: " in reminder.subject
    office.wait(minutes=5)
    assert [mail.to[0] for mail in page_mails(office)] == [ANA], "the levels start over"
    assert page_of(office, 1001).page.state is PageState.PAGING
