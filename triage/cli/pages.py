"""`triage pages [N]`: the pages there were, and the receipt of one, second by second."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from triage.cli.exits import Exit
from triage.cli.output import console, json_option, print_json, say, table
from triage.cli.session import Session, config_option, open_desk, pass_session
from triage.cli.watching import watchable
from triage.core.oncall.page import Page
from triage.core.wording.plain import plain
from triage.core.wording.spans import moment
from triage.store import pages as page_rows
from triage.store.database import Store
from triage.workers.page_receipt import ReceiptLine, receipt
from triage.workers.page_words import named, state_words


@click.command(short_help="The pages there were; one of them second by second.")
@click.argument("number", type=click.IntRange(1), metavar="[N]", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many, the latest first.")
@json_option
@config_option
@pass_session
@watchable
def pages(session: Session, number: int | None, limit: int, as_json: bool) -> None:
    """Without a number: the latest pages. With one: its receipt, every step with its reason and every attempt with its answer.

    N is the number of a page, as the list shows it. The receipt as JSON is what you keep after an incident. Exit code 1 when there is no
    such page.

    \b
    Example:  triage pages
              triage pages 7 --json > receipt.jsonl
    """
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk:
        if number is None:
            _tell_all(desk.store, limit, now, as_json=as_json)
            return
        stored = page_rows.get(desk.store, number)
        if stored is None:
            click.echo(f"triage: there is no page {number}", err=True)
            raise SystemExit(Exit.NO)
        _tell_one(stored.page, receipt(desk.store, number), now, as_json=as_json)


def _tell_all(store: Store, limit: int, now: datetime, *, as_json: bool) -> None:
    found = [stored.page for stored in page_rows.latest(store, limit)]
    if as_json:
        for page in found:
            print_json(_as_value(page))
        return
    if not found:
        say("nobody was ever paged")
        return
    made = table("page", "opened (UTC)", "about", "state", stretch="about", right=["page"])
    for page in found:
        made.add_row(str(page.id), moment(page.opened_at, now), _about(page), plain(state_words(page)))
    console().print(made)


def _tell_one(page: Page, lines: list[ReceiptLine], now: datetime, *, as_json: bool) -> None:
    if as_json:
        print_json(_as_value(page))
        for line in lines:
            print_json({"at": line.at, "what": line.what, "who": line.who, "text": line.text})
        return
    say(f"page {page.id}: {_about(page)}; {plain(state_words(page))}")
    why = f", {plain(page.why)}" if page.why else ""
    say(f"opened {moment(page.opened_at, now)} UTC, policy {page.policy.name}, generation {page.generation}{why}")
    if page.cases:
        say("cases: " + ", ".join(f"#{one}" + (" (done)" if one in page.done else "") for one in page.cases))
    made = table("time", "", "", "who", "", wrap=["", "who"])
    for line in lines:
        made.add_row(f"{line.at.astimezone(UTC):%H:%M:%S}", _offset(line.at, page.opened_at), line.what, plain(line.who), plain(line.text))
    console().print(made)


def _about(page: Page) -> str:
    return ("TEST: " if page.test else "") + plain(named(page))


def _offset(at: datetime, opened_at: datetime) -> str:
    seconds = int((at - opened_at).total_seconds())
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{sign}{rest // 60}:{rest % 60:02}"


def _as_value(page: Page) -> dict[str, object]:
    return {
        "page": page.id,
        "state": page.state,
        "cases": list(page.cases),
        "done": list(page.done),
        "storm": page.is_storm,
        "test": page.test,
        "policy": page.policy.name,
        "generation": page.generation,
        "opened_at": page.opened_at,
        "acked_by": page.acked_by,
        "acked_at": page.acked_at,
        "acked_until": page.acked_until,
        "next_at": page.next_at,
        "resolved_at": page.resolved_at,
        "resolved_why": page.resolved_why,
        "why": page.why,
    }
