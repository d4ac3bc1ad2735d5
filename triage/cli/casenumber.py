"""Case numbers on the command line: `1042` and `#1042`; and what is said when there is no such case."""

from __future__ import annotations

import click

from triage.cli.exits import Exit
from triage.store import cases
from triage.store.cases import StoredCase
from triage.store.database import Store


class _CaseNumber(click.ParamType[int]):
    name = "number"

    def convert(self, value: object, parameter: click.Parameter | None, context: click.Context | None) -> int:
        text = str(value).strip().lstrip("#")
        if not (text.isascii() and text.isdigit()) or len(text) > 18:
            self.fail(f"'{value}' is not a case number, such as 1042", parameter, context)
        return int(text)


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
