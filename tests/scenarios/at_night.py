"""What people do about pages in a story, besides writing mail: at the command line, on a link, in a provider's app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from tests.scenarios.office import Mail, Office
from triage.adapters.clock import SystemEntropy
from triage.adapters.keys import load_keys
from triage.adapters.rulefiles import load_rules
from triage.core.cases.events import Event, EventKind
from triage.core.oncall.page import Page, PageEvent, PageEventKind, PageReason
from triage.daemon.wiring import contact_kinds
from triage.store import pages
from triage.store.database import open_store
from triage.store.pages import StoredPage
from triage.workers import casework, paging
from triage.workers.desk import Desk

ANA, BO = "ana@pager.example", "bo@pager.example"


@contextmanager
def desk_of(office: Office) -> Iterator[Desk]:
    """Another process beside the daemon, as the command line is one."""
    config = office.config
    rules = load_rules(config.instance.rules_dir, office.clock.now(), contact_kinds())
    with open_store(config.instance.state_dir) as store:
        yield Desk(config, store, lambda: rules, SystemEntropy(), load_keys(config.instance.state_dir, SystemEntropy()))


def acknowledge(office: Office, number: int, by: str, *, eta: timedelta | None = None) -> PageReason:
    until = office.clock.now() + eta if eta else None
    with desk_of(office) as desk, desk.store.write():
        stored = pages.open_of_case(desk.store, number)
        assert stored is not None, f"no open page covers #{number}"
        reason = paging.advance(desk, stored, PageEvent(PageEventKind.ACKNOWLEDGED, by=by, until=until), office.clock.now())
    office.settle()
    return reason


def set_severity(office: Office, number: int, severity: int) -> None:
    with desk_of(office) as desk, desk.store.write():
        event = Event(EventKind.SEVERITY_SET, office.clock.now(), actor="ana", severity=severity)
        casework.apply_to(desk, number, event, office.clock.now())
    office.settle()


def close(office: Office, number: int) -> None:
    with desk_of(office) as desk, desk.store.write():
        casework.apply_to(desk, number, Event(EventKind.CLOSED_BY_TEAM, office.clock.now(), actor="ana"), office.clock.now())
    office.settle()


def open_pages(office: Office) -> list[Page]:
    with office.store() as store:
        return [stored.page for stored in pages.all_open(store)]


def page_of(office: Office, number: int) -> StoredPage:
    """The latest page the case was on."""
    with office.store() as store:
        return pages.of_case(store, number)[-1]


def covered(office: Office) -> set[int]:
    return {number for page in open_pages(office) for number in page.open_cases}


def page_mails(office: Office) -> list[Mail]:
    """The pages among what went out since last asked; notices are taken as asked for."""
    return [mail for mail in office.outgoing() if not mail.notice]


def answers(office: Office, page: Mail, text: str, *, sender: str = "", **headers: str) -> str:
    """Somebody answers a page mail in a mail client; by default whom it was sent to."""
    raw = office.mail(sender or page.to[0], "api@wise.example", f"Re: {page.subject}", text, answers=page.message_id, **headers)
    return office.arrives(raw)
