"""`triage ack N`: somebody has it, so paging stops.

Needs no network and no running daemon: whoever was disturbed is told when there is one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from triage.cli.casenumber import CASE_NUMBER, find_case
from triage.cli.exits import Exit
from triage.cli.output import json_option, print_json, say
from triage.cli.session import Session, actor_named, actor_option, config_option, open_desk, pass_session, why_option
from triage.core.oncall.page import Page, PageEvent, PageEventKind, PageReason, PageState
from triage.core.toml.values import DURATION, Refused
from triage.core.wording.spans import moment, until
from triage.store import pages
from triage.store.pages import StoredPage
from triage.workers import paging
from triage.workers.desk import Desk

_REFUSALS = frozenset({PageReason.ALREADY_ACKNOWLEDGED, PageReason.ALREADY_RESOLVED})


@click.command(short_help="I have it: stop paging for this case.")
@click.argument("number", type=CASE_NUMBER, metavar="[N]", required=False)
@click.option("--page", "page_id", type=click.IntRange(1), metavar="P", help="A page by its own number: a storm, a drill.")
@actor_option
@why_option
@click.option("--eta", metavar="20m", help="For how long you have it; without a sign of work by then you are reminded.")
@json_option
@config_option
@pass_session
def ack(session: Session, number: int | None, page_id: int | None, actor: str | None, why: str, eta: str | None, as_json: bool) -> None:
    """Acknowledge the page of a case, whether it is its own or one of many cases. The levels stop, and everybody who was paged is told
    who has it.

    Exit code 1 when somebody else has it already, or when nobody is being paged. Works without the network.

    \b
    Example:  triage ack 1042 --as ana --eta 20m
    """
    now = session.clock.now()
    span = _read_eta(eta)
    if (number is None) == (page_id is None):
        raise click.UsageError("give the number of a case, or --page with the number of a page")
    with open_desk(session, forgiving=True) as desk:
        with desk.store.write():
            case = find_case(desk.store, number).case.number if number is not None else None
            before = _open_page(desk, case, page_id)
            reason = None
            if before is not None:
                seen = paging.heard_of(desk, before.page, case) if case is not None else None
                until = now + span if span else None
                event = PageEvent(PageEventKind.ACKNOWLEDGED, by=actor_named(actor), until=until, seen=seen, why=why)
                reason = paging.advance(desk, before, event, now)
        after = _latest_page(desk, case, page_id)
    done = reason is not None and reason not in _REFUSALS
    if as_json:
        print_json(_as_value(case, after, done, reason))
    else:
        say(_sentence(f"#{case}" if case is not None else f"page {page_id}", after, reason, now))
    raise SystemExit(Exit.OK if done else Exit.NO)


def _read_eta(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        return DURATION.read(text if not text.isdigit() else f"{text}m")
    except Refused as refused:
        raise click.UsageError(f"--eta '{text}' {refused.message}, such as 20m or 2h") from None


def _open_page(desk: Desk, case: int | None, page_id: int | None) -> StoredPage | None:
    if case is not None:
        return pages.open_of_case(desk.store, case)
    stored = pages.get(desk.store, page_id or 0)
    if stored is None:
        click.echo(f"triage: there is no page {page_id}", err=True)
        raise SystemExit(Exit.NO)
    return stored if stored.page.state is not PageState.RESOLVED else None


def _latest_page(desk: Desk, case: int | None, page_id: int | None) -> Page | None:
    found = pages.of_case(desk.store, case) if case is not None else [pages.get(desk.store, page_id or 0)]
    return found[-1].page if found and found[-1] is not None else None


def _as_value(case: int | None, page: Page | None, done: bool, reason: PageReason | None) -> dict[str, object]:
    return {
        "case": case,
        "page": page.id if page else None,
        "done": done,
        "reason": reason.value if reason else "nobody is being paged for this case",
        "state": page.state if page else None,
        "acked_by": page.acked_by if page else "",
        "acked_at": page.acked_at if page else None,
        "acked_until": page.acked_until if page else None,
        "not_covered": list(page.unseen) if page else [],
    }


def _sentence(what: str, page: Page | None, reason: PageReason | None, now: datetime) -> str:
    if page is None:
        return f"{what}: nobody was ever paged for this case"
    if reason is None:
        at = f"{moment(page.resolved_at, now)} UTC" if page.resolved_at else "earlier"
        return f"{what}: the page is over since {at} ({page.resolved_why or 'nobody needs to be reached any more'})"
    since = f"{moment(page.acked_at, now)} UTC" if page.acked_at else "earlier"
    if reason is PageReason.ALREADY_ACKNOWLEDGED:
        return f"{what}: {page.acked_by} has it already, since {since}"
    if page.test:
        return f"{what}: {page.acked_by} was reached; the drill is over"
    limit = f"; reminder {until(page.acked_until, now)} without a sign of work" if page.acked_until else ""
    others = ", ".join(f"#{one}" for one in page.unseen)
    rest = f"\nnot covered, nobody was told of it yet: {others}; acknowledge it, too: triage ack {page.unseen[-1]}" if others else ""
    return f"{what}: {page.acked_by} has it{limit}{rest}"
