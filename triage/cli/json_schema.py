"""The shapes of json_shapes.py as JSON Schema (draft 2020-12), and as rows for the documents. `triage schema` prints the former."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from triage.cli.json_shapes import SHAPES
from triage.cli.output import say
from triage.core.cases.case import Status
from triage.core.deliveries import Channel, DeliveryState
from triage.core.oncall.page import PageState
from triage.core.outcomes import Outcome

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TYPES: Mapping[str, Mapping[str, Any]] = {
    "int": {"type": "integer"},
    "number": {"type": "number"},
    "bool": {"type": "boolean"},
    "text": {"type": "string"},
    "time": {"type": "string", "format": "date-time"},
    "any": {},
    "severity": {"type": "integer", "enum": [1, 2, 3]},
    "status": {"type": "string", "enum": [one.value for one in Status]},
    "outcome": {"type": "string", "enum": [one.value for one in Outcome]},
    "channel": {"type": "string", "enum": [one.value for one in Channel]},
    "delivery": {"type": "string", "enum": [one.value for one in DeliveryState]},
    "page-state": {"type": "string", "enum": [one.value for one in PageState]},
}


def schema_of(name: str) -> dict[str, Any]:
    """Of one line of the command's output. Raises KeyError."""
    kinds = [_schema(shape) for shape in SHAPES[name]]
    return {"$schema": DRAFT, "title": f"a line of triage {name} --json", **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}


def _schema(shape: Any) -> dict[str, Any]:
    if isinstance(shape, str):
        return _leaf(shape)
    if isinstance(shape, list):
        return {"type": "array", "items": _schema(shape[0])}
    named = {field: _schema(one) for field, one in shape.items() if field not in {"*", "?"}}
    found: dict[str, Any] = {"type": ["object", "null"] if "?" in shape else "object"}
    found["additionalProperties"] = _schema(shape["*"]) if "*" in shape else False
    return {**found, "properties": named, "required": list(named)} if named else found


def _leaf(text: str) -> dict[str, Any]:
    name, doc = _parted(text)
    found = dict(TYPES[name.rstrip("?")])
    if name.endswith("?"):
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return {**found, "description": doc} if doc else found


def _parted(text: str) -> tuple[str, str]:
    name, _, doc = text.partition(": ")
    return name, doc


def rows(shape: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Field, type, what it is; those within a field as `timeline[].at`."""
    if isinstance(shape, str):
        name, doc = _parted(shape)
        yield path, name.replace("?", " or null"), doc
    elif isinstance(shape, list):
        yield from rows(shape[0], f"{path}[]")
    else:
        if "?" in shape:
            yield path, "object or null", shape["?"]
        for field, one in shape.items():
            if field != "?":
                yield from rows(one, f"{path}.{'NAME' if field == '*' else field}".lstrip("."))


@click.command(short_help="What --json prints, as JSON Schema.")
@click.argument("command", nargs=-1, metavar="[COMMAND...]")
def schema(command: tuple[str, ...]) -> None:
    """Print the JSON Schema of one line of what COMMAND prints with --json; without COMMAND the commands there are.

    \b
    Examples:  triage schema cases
               triage schema case ACTION
    """
    name = " ".join(command)
    if not name:
        for one in SHAPES:
            say(one)
    elif name in SHAPES:
        say(json.dumps(schema_of(name), indent=2, ensure_ascii=False))
    else:
        raise click.UsageError(f"'{name}' has no --json; `triage schema` lists what has")
