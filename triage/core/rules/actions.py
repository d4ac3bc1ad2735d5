"""The table of actions: everything a rule may set. A new action is one row here, one field of Verdict, and a line in docs/rules.md.

What a name refers to (`refers`) is checked against the other files when the set is loaded; carrying an action out is the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from triage.core.excerpt import hide_addresses
from triage.core.mail.message import Missing
from triage.core.toml.values import ADDRESS, DURATION, FLAG, TEXT, Kind, Refused, choice, url, whole


class Refers(Enum):
    """What the name in an action must exist as."""

    NOTHING = "nothing"
    POLICY = "escalation policy"
    NOTICE = "notice template"
    PERSON = "person"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Action:
    """`schema` is the action's JSON Schema. `merge` joins what two rules set; without it the later rule wins."""

    name: str
    kind: Kind[Any]
    schema: Mapping[str, object]
    doc: str
    refers: Refers = Refers.NOTHING
    merge: Callable[[Any, Any], Any] | None = None


_NAME = re.compile(r"[a-z][a-z0-9_]*")
_STRING: Mapping[str, object] = {"type": "string", "minLength": 1}
_BOOLEAN: Mapping[str, object] = {"type": "boolean"}
_NAME_OR_FALSE: Mapping[str, object] = {"oneOf": [_STRING, {"const": False}]}


def _read_name_or_false(value: object) -> str | bool:
    if value is False:
        return False
    if value is True:
        raise Refused("must be a name or false", hint="the name says which one")
    return TEXT.read(value)


def _list_of(kind: Kind[Any], *, empty: bool) -> Kind[Any]:
    def read(value: object) -> tuple[Any, ...]:
        values = value if isinstance(value, list) else [value]
        if not values and not empty:
            raise Refused("must not be an empty list")
        return tuple(dict.fromkeys(kind.read(each) for each in values))

    return Kind(f"a list of {kind.expected}", read)


def _read_set(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        raise Refused("must be a table of fields", hint='set = { partner_ticket = "{ref}" }')
    for name in value:
        if not _NAME.fullmatch(name):
            raise Refused(f'has the field name "{name}", which must be lower-case letters, digits and _')
    return {name: TEXT.read(text) for name, text in value.items()}


def _union(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(first + second))


def _merged(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    return {**first, **second}


_MISSING = choice({missing.value: missing for missing in Missing})
_TAG_LIST = {"oneOf": [_STRING, {"type": "array", "items": _STRING, "minItems": 1}]}
_ASK_LIST = {"type": "array", "items": {"enum": [missing.value for missing in Missing]}}

_ROWS = (
    Action("severity", whole(1, 3), {"enum": [1, 2, 3]}, "the case's severity; only the team lowers it again"),
    Action("page", Kind("a name or false", _read_name_or_false), _NAME_OR_FALSE,
           "page with this escalation policy (for Severity 1), or false: do not page", Refers.POLICY),
    Action("tags", _list_of(TEXT, empty=False), _TAG_LIST, "words on the case; rules add, never take away", merge=_union),
    Action("assign", TEXT, _STRING, "the team member who has it", Refers.PERSON),
    Action("hold", DURATION, _STRING, "do not close the case by the clock for so long"),
    Action("no_auto_close", FLAG, _BOOLEAN, "never close the case by the clock"),
    Action("reopen", FLAG, _BOOLEAN, "false: this mail does not re-open a closed case"),
    Action("receipt", Kind("a name or false", _read_name_or_false), _NAME_OR_FALSE,
           "the template of the receipt, or false: send none", Refers.NOTICE),
    Action("ask", _list_of(_MISSING, empty=True), _ASK_LIST, "what the receipt asks for, where the mail lacks it"),
    Action("agreement", TEXT, _STRING, "the agreement whose response times count for the case",
           Refers.AGREEMENT),
    Action("folder", TEXT, _STRING, "move the mail to this folder on the server"),
    Action("forward", ADDRESS, _STRING, "send a copy to this address of the team"),
    Action("webhook", url("https"), {"type": "string", "pattern": "^https://"}, "tell the team's chat"),
    Action("incident", FLAG, _BOOLEAN, "open the team's own incident for the case, once"),
    Action("ignore", FLAG, _BOOLEAN, "record the mail and open no case"),
    Action("stop", FLAG, _BOOLEAN, "look at no further rule for this mail"),
    Action("set", Kind("a table of fields", _read_set), {"type": "object", "minProperties": 1, "additionalProperties": _STRING},
           'fields of the case; `{name}` is what a named group of a regular expression took', merge=_merged),
)  # fmt: skip

ACTIONS = {row.name: row for row in _ROWS}


def value_text(value: object) -> str:
    """What an action sets, for people and for the journal; of the address of a webhook only where it leads."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, timedelta):
        return hide_addresses(str(value))
    if isinstance(value, tuple):
        return ", ".join(value_text(each) for each in value) or "nothing"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={text}" for name, text in value.items())
    return hide_addresses(str(value))
