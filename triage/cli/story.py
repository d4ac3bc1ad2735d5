"""One case as a story: what it is, whose turn it is, what happened and why, what was said to whom, who was paged.

Reads only. Called by `triage case N`. Texts of mails are shown masked, as the store has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from triage.cli.cases import as_value as case_value
from triage.cli.clock import due_words
from triage.cli.output import console, severity_text, status_text, table
from triage.core.cases.case import Case
from triage.core.cases.case_facts import Known
from triage.core.cases.promises import Deadline, state_words
from triage.core.deliveries import Channel, DeliveryState
from triage.core.oncall.page import Page
from triage.core.outcomes import Outcome
from triage.core.wording.plain import plain, plain_lines
from triage.core.wording.spans import ago, moment
from triage.store import cases, journal, ledger, outbox, pages
from triage.store.cases import StoredCase
from triage.store.ledger import LedgerRow
from triage.store.outbox import OutboxRow
from triage.workers.desk import Desk
from triage.workers.known import known_of
from triage.workers.promises import promises_of
from triage.workers.views.case_state import state_rows
from triage.workers.views.deliveries import fate
from triage.workers.views.page_state import page_state
from triage.workers.views.timeline import Happening, timeline

_SHOWN_FACTS = 6
_SHOWN_LINES = 3
_PARTNERS = frozenset({Outcome.CASE, Outcome.FOLLOW_UP})


def as_value(desk: Desk, stored: StoredCase, now: datetime) -> dict[str, Any]:
    number = stored.case.number
    return {
        **case_value(desk, stored, now),
        "participants": sorted(cases.participants(desk.store, number)),
        "promises": [_promise_value(one, now) for one in promises_of(desk, stored.case)],
        "timeline": [
            {
                "at": entry.at,
                "recorded_at": entry.recorded_at,
                "event": entry.event,
                "reason": entry.reason,
                "actor": entry.actor,
                "detail": entry.detail,
                "rules": list(entry.rules),
                "ruleset": entry.ruleset,
                "near_misses": [{"rule": near.rule, "failed": near.failed} for near in entry.misses],
                "changes": entry.changes,
                "message": entry.ledger_id,
            }
            for entry in journal.of_case(desk.store, number)
        ],
        "known": _known_value(known_of(desk, number)),
        "messages": [_message_value(row) for row in ledger.of_case(desk.store, number)],
        "deliveries": [delivery_value(desk, row) for row in outbox.of_case(desk.store, number)],
        "pages": [_page_value(one.page) for one in pages.of_case(desk.store, number)],
    }


def delivery_value(desk: Desk, row: OutboxRow) -> dict[str, Any]:
    """One mail or page on its way or done, as JSON; also a line of `triage outbox --json`."""
    outgoing = row.delivery.outgoing
    return {
        "id": row.delivery.id,
        "channel": outgoing.channel,
        "purpose": outgoing.purpose,
        "case": outgoing.case_number,
        "page": outgoing.page_id,
        "recipients": list(outgoing.recipients),
        "state": row.state,
        "result": row.result,
        "next_attempt_at": row.next_attempt_at,
        "created_at": row.delivery.created_at,
        "settled_at": row.settled_at,
        "attempts": [
            {"at": attempt.at, "outcome": attempt.outcome, "detail": attempt.detail}
            for attempt in outbox.attempts(desk.store, row.delivery.id)
        ],
    }


def tell(desk: Desk, stored: StoredCase, now: datetime, *, verbose: bool = False) -> None:
    """`verbose`: also the rules that nearly held, our own notices among the messages, and whole texts."""
    out = console()
    case = stored.case
    out.print(Text(f"#{case.number}  {plain(case.subject) or '(no subject)'}", style="bold"))
    out.print(
        Text.assemble(
            "severity ",
            severity_text(case.severity),
            ", ",
            status_text(case.status.value),
            f", {plain(case.partner)}, opened {ago(case.opened_at, now)} ({moment(case.opened_at, now)} UTC) for {plain(case.requester)}",
        )
    )
    _tell_state(out, _rows(desk, case, now))
    _tell_timeline(out, timeline(journal.of_case(desk.store, case.number)), now, verbose=verbose)
    _tell_messages(out, ledger.of_case(desk.store, case.number), now, verbose=verbose)
    sent = outbox.of_case(desk.store, case.number)
    _tell_notices(out, [row for row in sent if row.delivery.outgoing.channel is Channel.MAIL], now)
    _tell_pages(out, desk, case.number, now)


def _tell_state(out: Console, rows: dict[str, str]) -> None:
    made = table("", "", stretch="")
    made.show_header = False
    made.columns[0].style = "dim"
    made.columns[1].no_wrap = False
    made.columns[1].overflow = "fold"
    for name, value in rows.items():
        made.add_row(name, Text(value))
    out.print()
    out.print(made)


def _rows(desk: Desk, case: Case, now: datetime) -> dict[str, str]:
    """How it stands, with what was promised and what is known of all messages before what is lacking."""
    rows = state_rows(desk, case, now)
    lacking = rows.pop("still lacks", "")
    for one in promises_of(desk, case):
        rows[one.name if one.owed.number > 1 else one.promise.value] = f"{due_words(one, now)} ({one.term}, {plain(one.agreement)})"
    rows["known"] = _in_words([(one.fact.kind.value, one.fact.value) for one in known_of(desk, case.number).facts])
    rows["still lacks"] = lacking
    return {name: value for name, value in rows.items() if value}


def _in_words(facts: Sequence[tuple[str, str]]) -> str:
    more = len(facts) - _SHOWN_FACTS
    told = [f"{kind.replace('_', ' ')} {plain(value)[:60]}" for kind, value in facts[:_SHOWN_FACTS]]
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def _grid() -> Table:
    """Times on the left; what belongs to each stays to the right of it."""
    made = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    made.add_column(no_wrap=True, style="dim")
    made.add_column(overflow="fold")
    return made


def _put(out: Console, what: Table | Text, *, indent: int = 2) -> None:
    out.print(Padding(what, (0, 0, 0, indent), expand=False))


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(Text(text, style="bold"))


def _tell_timeline(out: Console, happenings: Sequence[Happening], now: datetime, *, verbose: bool) -> None:
    _heading(out, "What happened (UTC)")
    made = _grid()
    for one in happenings:
        made.add_row(moment(one.at, now), Text(one.sentence))
        for text in one.told:
            made.add_row("", Text(text, style="dim"))
        for near in one.misses if verbose else ():
            made.add_row("", Text(f'nearly: rule "{plain(near.rule)}", but not {plain(near.failed)}', style="yellow"))
    _put(out, made)


def _tell_messages(out: Console, rows: list[LedgerRow], now: datetime, *, verbose: bool) -> None:
    """Our own notices have a part of their own; with `verbose` they are here too, and texts are whole."""
    _heading(out, "Messages" if verbose else "Messages (--verbose shows them whole)")
    made = _grid()
    for row in rows:
        if row.outcome is Outcome.OWN and not verbose:
            continue
        outcome = row.outcome.value if row.outcome else "undecided"
        line = Text.assemble(f"message {row.id}, {outcome}  {plain(row.author)}  ", (plain(row.subject), "italic"))
        made.add_row(moment(row.internaldate, now), line)
        for text in _excerpt(row, verbose=verbose):
            made.add_row("", Text(f"| {text}"))
        told = {"attached": ", ".join(plain(str(one["name"])) for one in row.attachments), "defects": "; ".join(map(plain, row.defects))}
        if row.outcome in _PARTNERS:
            told["facts"] = _in_words([(str(fact["kind"]), str(fact["value"])) for fact in row.facts])
            told["lacked"] = ", ".join(item.replace("_", " ") for item in row.missing)
        for name, text in told.items():
            if text:
                made.add_row("", Text(f"{name}: {text}", style="dim"))
    _put(out, made)


def _excerpt(row: LedgerRow, *, verbose: bool) -> list[str]:
    lines = [line.rstrip() for line in plain_lines(row.new_text) if verbose or line.strip()]
    if verbose or len(lines) <= _SHOWN_LINES:
        return lines
    return [*lines[: _SHOWN_LINES - 1], f"{lines[_SHOWN_LINES - 1]} …"]


def _tell_notices(out: Console, rows: list[OutboxRow], now: datetime) -> None:
    _heading(out, "Notices")
    made = _grid()
    for row in rows:
        outgoing = row.delivery.outgoing
        text = f"{outgoing.purpose} to {', '.join(map(plain, outgoing.recipients))}: {fate(row, now)}"
        made.add_row(moment(row.delivery.created_at, now), Text(text, style="red" if row.state is DeliveryState.FAILED else ""))
    _put(out, made if rows else Text("none"))


def _tell_pages(out: Console, desk: Desk, number: int, now: datetime) -> None:
    found = pages.of_case(desk.store, number)
    if not found:
        return
    _heading(out, "Pages")
    for stored in found:
        page, made, sent = stored.page, _grid(), _grid()
        made.add_row(moment(page.opened_at, now), Text(f"page {page.id} ({plain(page.policy.name)}): {plain(page_state(page, now))}"))
        for row in outbox.of_page(desk.store, page.id):
            outgoing = row.delivery.outgoing
            text = f"{outgoing.purpose.removeprefix('page ')} to {' by '.join(map(plain, outgoing.recipients))}: {fate(row, now)}"
            sent.add_row(moment(row.delivery.created_at, now), Text(text))
        _put(out, made)
        _put(out, sent, indent=4)


def _promise_value(one: Deadline, now: datetime) -> dict[str, Any]:
    return {
        "promise": one.promise.value,
        "number": one.owed.number,
        "due_at": one.due_at,
        "state": state_words(one, now),
        "late": one.is_broken(now),
    }


def _known_value(known: Known) -> dict[str, Any]:
    """What all messages add up to; each fact with the message that said it first."""
    facts = [
        {"kind": one.fact.kind, "value": one.fact.value, "label": one.fact.label, "span": list(one.fact.span), "message": one.message}
        for one in known.facts
    ]
    return {"facts": facts, "missing": [item.value for item in known.missing]}


def _message_value(row: LedgerRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "folder": row.folder,
        "uid": row.uid,
        "arrived_at": row.internaldate,
        "outcome": row.outcome,
        "reason": row.reason,
        "author": row.author,
        "subject": row.subject,
        "message_id": row.message_id,
        "new_text": row.new_text,
        "facts": row.facts,
        "missing": row.missing,
        "attachments": row.attachments,
        "defects": row.defects,
    }


def _page_value(page: Page) -> dict[str, Any]:
    return {
        "id": page.id,
        "generation": page.generation,
        "state": page.state,
        "policy": page.policy.name,
        "opened_at": page.opened_at,
        "next_at": page.next_at,
        "acked_by": page.acked_by,
        "acked_at": page.acked_at,
        "acked_until": page.acked_until,
        "resolved_at": page.resolved_at,
        "resolved_why": page.resolved_why,
    }
