"""`triage search`: which case was that? Full text of every mail that was understood, as the store has it: masked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from triage.cli.exits import Exit
from triage.cli.output import console, indented, json_option, print_json, severity_text, status_text
from triage.cli.session import Session, config_option, open_desk, pass_session
from triage.core.cases.commands import read_end
from triage.core.toml.values import Refused
from triage.core.wording.plain import plain
from triage.core.wording.search_words import sought
from triage.core.wording.spans import ago
from triage.store import search as index
from triage.store.search import END, FOUND, Hit


@click.command(short_help="Find mails by their text, and the cases they are on.")
@click.argument("words", nargs=-1, required=True, metavar="WORDS...")
@click.option("--partner", metavar="KEY", default="", help="Only cases of this partner: a name of partners.toml or a domain.")
@click.option("--since", metavar="30d", default="", help="Only mails of the last 30 days, or since a date such as 2026-11-01.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many.")
@json_option
@config_option
@pass_session
def search(session: Session, words: tuple[str, ...], partner: str, since: str, limit: int, as_json: bool) -> None:
    """Mails that have all WORDS in their subject, author or new text; the best first. Texts are masked: a secret is not found.

    A word finds what begins with it, so half a trace id is enough; "in double quotes" words stand together. Exit code 1 when there
    is none.

    \b
    Examples:  triage search "x-trace-id 4f1c9d"
               triage search '"REST API errors"' payouts --partner acme
               triage search webhooks --since 30d --json
    """
    wanted = sought(" ".join(words))
    if not wanted:
        raise click.UsageError("there is no letter or digit in it that could be looked for")
    now = session.clock.now()
    start = _start(since, now)
    with open_desk(session, forgiving=True) as desk:
        found = index.search(desk.store, wanted, partner=partner.lower(), since=start, limit=limit)
    if as_json:
        for hit in found:
            print_json(_as_value(hit))
    elif not found:
        click.echo("triage: no mail has all of that", err=True)
    else:
        out = console()
        for hit in found:
            _tell(out, hit, now)
        if len(found) == limit:
            out.print(f"the best {limit}; --limit shows more")
    raise SystemExit(Exit.OK if found else Exit.NO)


def _start(text: str, now: datetime) -> datetime | None:
    try:
        start = read_end(text) if text else None
    except Refused:
        raise click.UsageError(f"--since '{text}' is neither a span such as 30d nor a date such as 2026-11-01") from None
    return now - start if isinstance(start, timedelta) else start


def _tell(out: Console, hit: Hit, now: datetime) -> None:
    subject = plain(hit.subject) or "(no subject)"
    if hit.case_number is None:
        head = Text.assemble(("no case", "bold"), f"  {hit.outcome.value}  ", subject)
    else:
        severity, status = severity_text(hit.severity or 3), status_text(hit.status or "")
        number = (f"#{hit.case_number}", "bold")
        head = Text.assemble(number, "  severity ", severity, ", ", status, f", {plain(hit.partner or '')}  ", subject)
    head.truncate(out.width, overflow="ellipsis")
    out.print(head)
    out.print(indented(Text(f"message {hit.id}, {ago(hit.at, now)}, {plain(hit.author)}", style="dim"), 2))
    if hit.snippet.strip():
        out.print(indented(_marked(hit.snippet), 2))


def _marked(snippet: str) -> Text:
    """Each word that was found is in brackets, which a pipe keeps, and bold."""
    told = Text()
    for part in snippet.split(FOUND):
        found, end, rest = part.partition(END)
        if end:
            told.append(f"[{_line(found)}]", "bold").append(_line(rest))
        else:
            told.append(_line(part))
    return told


def _line(text: str) -> str:
    """`plain`, but blanks at its ends stay: it is a piece of a sentence."""
    inner = plain(text)
    if not inner:
        return " " if text else ""
    return f"{' ' if text[:1].isspace() else ''}{inner}{' ' if text[-1:].isspace() else ''}"


def _as_value(hit: Hit) -> dict[str, Any]:
    return {
        "case": hit.case_number,
        "partner": hit.partner,
        "status": hit.status,
        "severity": hit.severity,
        "message": hit.id,
        "at": hit.at,
        "author": hit.author,
        "subject": hit.subject,
        "outcome": hit.outcome,
        "snippet": _marked(hit.snippet).plain,
    }
