"""Case numbers on the command line: `1042` and `#1042`; and what is said when there is no such case."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from triage.cli.exits import Exit
from triage.cli.session import load_config
from triage.core.failures import TriageError
from triage.core.wording.plain import plain
from triage.store import cases
from triage.store.cases import StoredCase
from triage.store.database import Store, open_store

_COMPLETED = 200
"""Cases among which the tab key chooses."""


class _CaseNumber(click.ParamType[int]):
    name = "number"

    def convert(self, value: object, parameter: click.Parameter | None, context: click.Context | None) -> int:
        text = str(value).strip().lstrip("#")
        if not (text.isascii() and text.isdigit()) or len(text) > 18:
            self.fail(f"'{value}' is not a case number, such as 1042", parameter, context)
        return int(text)

    def shell_complete(self, context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The open cases, worst first. Nobody who presses the tab key wants to read why there is none."""
        try:
            with context.scope(cleanup=False), open_store(load_config().instance.state_dir, reading=True) as store:
                found = [stored.case for stored in cases.find(store, only_open=True, limit=_COMPLETED)]
        except TriageError:
            return []
        numbers = [case for case in found if str(case.number).startswith(incomplete)]
        return [CompletionItem(str(case.number), help=f"{plain(case.partner)}: {plain(case.subject)}"[:60]) for case in numbers]


CASE_NUMBER = _CaseNumber()


def find_case(store: Store, number: int) -> StoredCase:
    """The case, or the one it was merged into. Ends the command with exit code 1 when there is none."""
    found = cases.get_final(store, number)
    if found is None:
        click.echo(f"triage: there is no case #{number}", err=True)
        raise SystemExit(Exit.NO)
    if found.case.number != number:
        click.echo(f"#{number} was merged into #{found.case.number}", err=True)
    return found
