"""`triage case N`: one case as a story, or, with an action, what a team member does with it. Works with and without a running daemon.

Reads the number and its options, and hands them to the action behind them (case_actions.py).
"""

from __future__ import annotations

import click

from triage.cli.case_actions import ACTIONS, Chosen
from triage.cli.casenumber import CASE_NUMBER, find_case
from triage.cli.output import json_option, print_json
from triage.cli.session import Session, config_option, open_desk
from triage.cli.story import as_value, tell


class _CaseGroup(click.Group):
    """Options of the case may stand behind its number, too: `triage case 1042 --json`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-"):
            number, *rest = args
            options: list[str] = []
            while rest and rest[0].startswith("-"):
                with_value = 2 if rest[0] == "--config" else 1
                options, rest = options + rest[:with_value], rest[with_value:]
            args = [*options, number, *rest]
        return super().parse_args(context, args)


@click.group(
    cls=_CaseGroup,
    invoke_without_command=True,
    subcommand_metavar="[ACTION ...]",
    short_help="One case as a story, or do something with it.",
)
@click.argument("number", type=CASE_NUMBER, metavar="N")
@click.option("--verbose", "-v", is_flag=True, help="Also the rules that nearly held for each mail, and what kept them from it.")
@json_option
@config_option
@click.pass_context
def case(context: click.Context, number: int, verbose: bool, as_json: bool) -> None:
    """One case: what it is, whose turn it is, what happened and why; or, with an ACTION, change it.

    Every change is in the timeline with your name (or --as) and, if you give one, the reason (--why).

    \b
    Examples:  triage case 1042
               triage case 1042 --verbose
               triage case 1042 severity 2
               triage case 1042 note "called them, they retry at noon"
               triage case 1042 hold 5d --why "waiting for the bank"
    """
    session = context.ensure_object(Session)
    if context.invoked_subcommand is not None:
        context.obj = Chosen(session, number, as_json)
        return
    now = session.clock.now()
    with open_desk(session, forgiving=True) as desk:
        stored = find_case(desk.store, number)
        if as_json:
            print_json(as_value(desk, stored, now))
        else:
            tell(desk, stored, now, verbose=verbose)


for _action in ACTIONS:
    case.add_command(_action)
