"""Whatever happens in whatever order: a Severity 1 case that needs somebody is on exactly one page that wants somebody, and no page on
which nobody is needed goes on."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.scenarios.office import ADDRESS, ONCALL, RULES
from triage.adapters.clock import SystemEntropy
from triage.adapters.rulefiles import RuleFiles, load_rules
from triage.core.cases.case import Case, Status
from triage.core.cases.events import Event, EventKind
from triage.core.cases.journal import Cause
from triage.core.oncall.page import PageEvent, PageEventKind, PageState
from triage.core.settings import Config, Imap, Instance, Security, Server, Smtp, Web
from triage.daemon.wiring import contact_kinds
from triage.store import cases, pages
from triage.store.database import open_memory_store
from triage.workers import casework, paging
from triage.workers.desk import Desk
from triage.workers.notice_drafts import Occasion

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PARTNERS = ("acme", "other", "third", "fourth")
WHAT = ("new", "ack", "give back", "close", "lower", "raise", "reopen", "team reply", "tick", "cannot", "escalate", "attach")


def _rules() -> RuleFiles:
    with tempfile.TemporaryDirectory() as directory:
        rules = Path(directory) / "rules"
        shutil.copytree(RULES, rules)
        (rules / "oncall.toml").write_text(ONCALL)
        return load_rules(rules, NOW, contact_kinds())


LOADED = _rules()


def make_desk() -> Desk:
    server = Server("127.0.0.1", 1, Security.NONE)
    instance = Instance(name="n", address=ADDRESS, team_domains=frozenset({"wise.example"}))
    config = Config(instance, Imap(server), Smtp(server), web=Web("127.0.0.1:0", "https://triage.example"))
    return Desk(config, open_memory_store(), lambda: LOADED, SystemEntropy(), (b"k" * 32,))


Steps = st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 7), st.sampled_from([0, 1, 60, 301, 700, 2000, 50_000])), max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(Steps)
@example([("new", 0, 0), ("close", 0, 0), ("team reply", 0, 0), ("reopen", 0, 0)])
def test_every_case_that_needs_somebody_is_on_one_page_that_wants_somebody(steps: list[tuple[str, int, int]]) -> None:
    desk, now = make_desk(), NOW
    for what, index, seconds in steps:
        now += timedelta(seconds=seconds)
        with desk.store.write():
            happens(desk, what, index, now)
        check(desk)


def happens(desk: Desk, what: str, index: int, now: datetime) -> None:
    known = [stored.case for stored in cases.find(desk.store)]
    if what == "new" or not known:
        number = cases.next_number(desk.store, 1001)
        address = f"ops@{PARTNERS[index % 4]}.example"
        seed = Case(number, Status.NEW, 3, address, address, "URGENT", now)
        casework.open_case(desk, seed, Event(EventKind.PARTNER_WROTE, now, actor=address), now, Cause(), Occasion(receipt=False))
        casework.apply_to(desk, number, Event(EventKind.SEVERITY_RAISED, now, severity=1, page="emergency", actor="rules"), now)
        return
    case = known[index % len(known)]
    events = {
        "close": Event(EventKind.CLOSED_BY_TEAM, now, actor="ana"),
        "lower": Event(EventKind.SEVERITY_SET, now, actor="ana", severity=3),
        "raise": Event(EventKind.SEVERITY_SET, now, actor="ana", severity=1),
        "reopen": Event(EventKind.PARTNER_WROTE, now, actor=case.requester),
        "team reply": Event(EventKind.TEAM_REPLIED, now, actor="ana"),
        "attach": Event(EventKind.SEVERITY_RAISED, now, severity=1, page="emergency", actor="rules"),
    }
    if what in events:
        if what != "attach" or case.status is not Status.CLOSED:
            casework.apply_to(desk, case.number, events[what], now)
        return
    page_event(desk, what, case.number, index, now)


def page_event(desk: Desk, what: str, number: int, index: int, now: datetime) -> None:
    if what == "tick":
        for due in pages.due(desk.store, now, 50):
            paging.advance(desk, due, PageEvent(PageEventKind.TICK), now)
        return
    stored = pages.open_of_case(desk.store, number)
    by = ("ana", "bo")[index % 2]
    kinds = {
        "ack": PageEventKind.ACKNOWLEDGED,
        "give back": PageEventKind.UNACKNOWLEDGED,
        "cannot": PageEventKind.CANNOT,
        "escalate": PageEventKind.ESCALATE,
    }
    if stored is not None:
        paging.advance(desk, stored, PageEvent(kinds[what], by=by, person=by, seen=index or None), now)


def check(desk: Desk) -> None:
    wanting = [stored.page for stored in pages.all_open(desk.store)]
    covered = [number for page in wanting for number in page.open_cases]
    assert len(covered) == len(set(covered)), "nobody is paged twice for one case"
    for stored in cases.find(desk.store):
        case = stored.case
        needs = case.severity == 1 and case.status is not Status.CLOSED
        answered = case.team_replied_at is not None and case.status is Status.PENDING
        assert (case.number in covered) or not needs or answered, f"#{case.number} is on no page"
        assert needs or case.number not in covered, f"#{case.number} needs nobody and is paged for"
    for page in wanting:
        assert page.next_at is not None
        assert page.open_cases, f"page {page.id} goes on for nothing"
        assert page.state is not PageState.RESOLVED
        for number in page.open_cases:
            found = pages.open_of_case(desk.store, number)
            assert found is not None
            assert found.page.id == page.id


def test_a_page_that_somebody_has_takes_the_next_case_of_an_author_who_has_opened_many() -> None:
    desk, now = make_desk(), NOW
    for _ in range(4):
        now += timedelta(minutes=12)
        with desk.store.write():
            happens(desk, "new", 0, now)
            for page in pages.all_open(desk.store):
                paging.advance(desk, page, PageEvent(PageEventKind.ACKNOWLEDGED, by="ana", person="ana"), now)
    assert [len(stored.page.cases) for stored in pages.all_open(desk.store)] == [2, 1, 1]
