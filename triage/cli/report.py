"""`triage report`: a month, or any days, of the support mailbox in numbers: for people as one HTML file, for spreadsheets, for programs."""

from __future__ import annotations

from pathlib import Path

import click

from triage.cli.output import print_json, progress_bar, say
from triage.cli.session import Session, config_option, open_desk, pass_session
from triage.core.failures import PermanentFailure
from triage.core.reports import period as periods
from triage.core.reports.period import Period
from triage.core.reports.report import Report
from triage.reports import words
from triage.reports.data import csv_of, value_of
from triage.reports.html import page
from triage.store.backup import refuse_database
from triage.workers.desk import Desk
from triage.workers.reporting import has_past, report_of, zone_of

_ONE_WAY = "--html, --csv and --json are three ways to have it: choose one"


@click.command(short_help="A month in numbers: volume, answers, promises, pages.")
@click.option("--month", metavar="YYYY-MM", help="Which month; by default the last one that is over.")
@click.option("--from", "first", metavar="DAY", help="The first day, as 2026-10-01.")
@click.option("--to", "last", metavar="DAY", help="The last day, included; by default the day of --from.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="One page to look at, print or forward; in a directory it is named by its days.",
)
@click.option("--csv", "as_csv", is_flag=True, help="One number a line, for spreadsheets.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value, for programs.")
@config_option
@pass_session
def report(
    session: Session, month: str | None, first: str | None, last: str | None, html: Path | None, as_csv: bool, as_json: bool
) -> None:
    """What came in, how fast it was answered and solved against what was promised, how cases ended, who was paged when, what partners
    write. Days and hours are those of the team's calendar. The report of a month that is over does not change any more.

    \b
    Examples:  triage report
               triage report --month 2026-10 --html october.html
               triage report --from 2026-10-01 --to 2026-12-31 --csv > quarter.csv
    """
    if html is not None and str(html).startswith("-"):
        raise click.UsageError(f"--html needs the name of a file, and '{html}' looks like an option; ./{html} if it is meant")
    if sum((html is not None, as_csv, as_json)) > 1:
        raise click.UsageError(_ONE_WAY)
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk, progress_bar("reading cases") as progress:
        period = _period(desk, month, first, last, session)
        if period.start > now:
            raise PermanentFailure(f"{period.title} has not begun yet", hint="--month names one that has, such as the one before")
        made = report_of(desk, period, now, progress)
        wants_before = not (as_csv or as_json) and has_past(desk, period.before())
        before = report_of(desk, period.before(), now, progress) if wants_before else None
    if as_json:
        print_json(value_of(made))
    elif as_csv:
        click.echo(csv_of(made), nl=False)
    elif html is not None:
        file = html / f"{made.period.name}.html" if html.is_dir() else html
        _write(file, page(made, before))
        say(f"{made.period.title} is in {file}")
    else:
        _tell(made, before)


def _period(desk: Desk, month: str | None, first: str | None, last: str | None, session: Session) -> Period:
    zone = zone_of(desk)
    if month and (first or last):
        raise click.UsageError("--month, or --from and --to: choose one")
    if last and not first:
        raise click.UsageError("--to needs --from")
    if month:
        return periods.month(month, zone)
    return periods.from_to(first, last or first, zone) if first else periods.last_month(session.clock.now(), zone)


def _write(path: Path, text: str) -> None:
    refuse_database(path)
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise PermanentFailure(
            f"cannot write {path}: {(error.strerror or str(error)).lower()}", hint="name a file in a directory of yours"
        ) from error


def _tell(made: Report, before: Report | None) -> None:
    """The paragraph at the top of the page: what a reader who reads nothing else should know."""
    say(f"{made.period.title} ({made.period.zone}){'' if made.is_over else f', up to {words.local_time(made.cut, made.period)}'}")
    for sentence in words.summary(made, before):
        say(f"  {sentence}")
    say()
    say("The whole of it: triage report --html FILE")
