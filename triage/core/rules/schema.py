"""The JSON Schema of rule files, made from the tables of fields, operators and actions, so that editors complete and underline.

Shipped as rules/rule.schema.json (a test keeps it equal to this). Schema draft 7, which every TOML language server knows.
"""

from __future__ import annotations

from typing import Any

from triage.core.cases.case import Status
from triage.core.rules.actions import ACTIONS
from triage.core.rules.conditions import ALL, ANY, NOT
from triage.core.rules.fields import FIELDS, Field, FieldType, Values
from triage.core.rules.mail_tests import HITS
from triage.core.rules.operators import OPERATORS, operators_for
from triage.core.rules.situation import RuleEvent, Situation

Schema = dict[str, Any]

_STRING: Schema = {"type": "string"}
_COMPARISON = r"^(<=|>=|!=|<|>|=) *"
_STRINGS: Schema = {"oneOf": [_STRING, {"type": "array", "items": _STRING}]}


def schema() -> Schema:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "triage rule file",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "rule": {"type": "array", "items": _rule()},
            "test": {"type": "array", "items": _test()},
        },
        "definitions": {"when": _when(), "then": _then()},
    }


def _no_values(_: Situation) -> Values:
    return ()


def _rule() -> Schema:
    properties = {"name": _STRING, "why": _STRING, "when": _ref("when"), "then": _ref("then")}
    return {"type": "object", "required": ["name", "when", "then"], "additionalProperties": False, "properties": properties}


def _when() -> Schema:
    properties: Schema = {}
    for name in FIELDS:
        if "." not in name:
            properties[name] = _field(name)
    for name in dict.fromkeys(name.partition(".")[0] for name in FIELDS if "." in name):
        properties.setdefault(name, _field(name))
    properties["header"] = {"type": "object", "additionalProperties": _value(Field("header", FieldType.TEXT, _no_values, "a header"))}
    for group in (ANY, ALL):
        properties[group] = {"type": "array", "items": _ref("when"), "minItems": 1}
    properties[NOT] = {"oneOf": [_ref("when"), {"type": "array", "items": _ref("when"), "minItems": 1}]}
    quoted = {name: _field(name) for name in FIELDS if "." in name}
    return {"type": "object", "additionalProperties": False, "properties": {**properties, **quoted}}


def _field(name: str) -> Schema:
    """The value of a field, its operators, and the parts of its name below it (`subject.new`)."""
    parts = {known.removeprefix(name + "."): _field(known) for known in FIELDS if known.startswith(name + ".")}
    row = FIELDS.get(name)
    if row is None:
        return {"type": "object", "additionalProperties": False, "properties": parts}
    value = _value(row)
    value["oneOf"][-1]["properties"].update(parts)
    return {"description": row.doc, **value}


def _value(row: Field) -> Schema:
    plain = _operand(row, "is")
    table = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {name: {"description": OPERATORS[name].doc, **_operand(row, name)} for name in operators_for(row)},
    }
    return {"oneOf": [*plain["oneOf"], table]}


def _operand(row: Field, operator: str) -> Schema:
    if operator == "exists" or row.type is FieldType.FLAG:
        return {"oneOf": [{"type": "boolean"}]}
    one: Schema = {"type": "string", "minLength": 1}
    if row.type is FieldType.CHOICE:
        one = {"enum": list(row.options)}
    elif row.type is FieldType.NUMBER:
        one = {"type": ["integer", "string"], "pattern": rf"{_COMPARISON}-?[0-9]+$"}
    elif row.type is FieldType.SIZE:
        one = {"type": "string", "pattern": rf"{_COMPARISON}[0-9]+ *([KMGkmg]?[Bb])$"}
    elif row.type is FieldType.DURATION:
        one = {"type": "string", "pattern": rf"{_COMPARISON}([0-9.]+ *(ms|s|m|h|d|w) *)+$"}
    return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _then() -> Schema:
    properties = {row.name: {"description": row.doc, **row.schema} for row in ACTIONS.values()}
    return {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": properties}


def _test() -> Schema:
    expect = {name: dict(row.schema) for name, row in ACTIONS.items() if name != "stop"}
    expect[HITS] = _STRINGS
    mail = dict.fromkeys(("from", "subject", "body"), _STRING) | {"to": _STRINGS, "cc": _STRINGS}
    mail |= {"headers": {"type": "object", "additionalProperties": _STRINGS}, "attachments": {"type": "array", "items": {"type": "object"}}}
    properties: Schema = {
        "name": _STRING,
        "mail": _closed(mail),
        "event": {"enum": [event.value for event in RuleEvent]},
        "case": _closed(
            {"severity": {"enum": [1, 2, 3]}, "status": {"enum": [each.value for each in Status]}, "tags": _STRINGS, "age": _STRING}
        ),
        "partner": _closed({"key": _STRING, "name": _STRING, "tier": _STRING}),
        "earlier_subjects": _STRINGS,
        "now": {},
        "proven": {"type": "boolean"},
        "open_cases": {"type": "integer", "minimum": 0},
        "known_incident": _STRING,
        "business_hours": {"type": "boolean"},
        "response_due_in": _STRING,
        "expect": _closed(expect),
    }
    return {**_closed(properties), "required": ["name", "mail", "expect"]}


def _closed(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}
