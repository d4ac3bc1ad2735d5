"""`--json`: every command that prints something for programs has it, and prints what its schema says. See also conftest.check_lines."""

from __future__ import annotations

import json

import click
import jsonschema
import pytest

from tests.cli.conftest import Terminal
from tests.scenarios.office import Office
from triage.cli.case_actions import ACTIONS
from triage.cli.json_schema import TYPES, rows, schema_of
from triage.cli.json_shapes import SHAPES
from triage.cli.program import COMMANDS, program
from triage.core.cases.case import Case

WITHOUT = {
    "run": "the log is for programs ([log] format)",
    "demo": "a story for people",
    "db": "prints one path",
    "schema": "prints JSON",
    "completion": "prints a script",
    "man": "prints the manual page",
    "rules schema": "prints JSON",
    "rules new": "prints a rule",
    "auth login": "a conversation",
    "auth password": "prints one line",
    "oncall override add": "done, or refused by its exit code",
    "oncall override remove": "done, or refused by its exit code",
}
"""Command -> why it has no --json."""


def commands(group: click.Group, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name in group.list_commands(click.Context(program)):
        one = group.get_command(click.Context(program), name)
        assert one is not None
        here = (*path, name)
        if isinstance(one, click.Group) and name != "case":
            found |= commands(one, here)
        else:
            found[" ".join(here)] = one
    return found


ALL = commands(program)


def takes_json(one: click.Command) -> bool:
    return any("--json" in parameter.opts for parameter in one.params)


@pytest.mark.parametrize("name", ALL)
def test_every_command_takes_it_or_has_a_reason_not_to(name: str) -> None:
    assert takes_json(ALL[name]) != (name in WITHOUT)


def test_what_takes_it_has_a_schema_and_nothing_else_has() -> None:
    assert {name for name, one in ALL.items() if takes_json(one)} | {"case ACTION"} == set(SHAPES)
    assert all(takes_json(one) for one in ACTIONS)


@pytest.mark.parametrize("name", SHAPES)
def test_a_schema_is_a_valid_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(name))


@pytest.mark.parametrize("name", SHAPES)
def test_every_type_is_explained(name: str) -> None:
    for shape in SHAPES[name]:
        assert {kind.removesuffix(" or null") for _, kind, _ in rows(shape)} <= {*TYPES, "object"}


def test_every_field_of_a_case_is_in_its_schema() -> None:
    assert set(Case.__slots__) <= set(schema_of("cases")["properties"])


def test_a_line_with_a_field_that_is_not_documented_is_refused(office: Office, terminal: Terminal) -> None:
    office.partner_writes("Transfers fail")
    [case] = terminal.lines("cases")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**case, "secret": 1}, schema_of("cases"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({name: value for name, value in case.items() if name != "number"}, schema_of("cases"))


def test_the_schema_is_printed(terminal: Terminal) -> None:
    assert json.loads(terminal.ok("schema", "case", "ACTION")) == schema_of("case ACTION")
    assert terminal.ok("schema").splitlines() == list(SHAPES)
    assert terminal.run("schema", "run").exit_code == 2


def test_every_command_is_in_the_table_of_commands() -> None:
    assert {name.split()[0] for name in SHAPES} <= set(COMMANDS)
