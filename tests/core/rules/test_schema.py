"""The JSON Schema follows from the tables, and the shipped file from the schema."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.core.rules.rule_text import rule
from tests.core.rules.test_conditions import HOLDS, HOLDS_NOT
from triage.core.rules.actions import ACTIONS
from triage.core.rules.fields import FIELDS
from triage.core.rules.schema import schema
from triage.core.rules.verdict import Verdict

SHIPPED = Path(__file__).parents[3] / "rules" / "rule.schema.json"


def test_the_shipped_schema_is_the_generated_one() -> None:
    assert json.loads(SHIPPED.read_text()) == schema()


def test_every_field_can_be_written_in_both_spellings() -> None:
    when = schema()["definitions"]["when"]["properties"]
    for name in FIELDS:
        assert name in when
        first, _, rest = name.partition(".")
        if rest:
            assert rest in _table(when[first])


def _table(field: dict[str, object]) -> dict[str, object]:
    alternatives = field.get("oneOf", [field])
    assert isinstance(alternatives, list)
    properties = alternatives[-1]["properties"]
    assert isinstance(properties, dict)
    return properties


def test_every_action_is_in_the_schema_and_in_the_verdict() -> None:
    assert set(schema()["definitions"]["then"]["properties"]) == set(ACTIONS)
    assert set(ACTIONS) - {"stop"} <= set(Verdict.__dataclass_fields__)


def test_every_row_has_a_line_for_the_docs() -> None:
    assert all(row.doc for row in (*FIELDS.values(), *ACTIONS.values()))


def refusals(text: str) -> list[str]:
    jsonschema = pytest.importorskip("jsonschema")
    return [error.message for error in jsonschema.Draft7Validator(schema()).iter_errors(tomllib.loads(text))]


@pytest.mark.parametrize("when", [when for when, _ in HOLDS + HOLDS_NOT])
def test_the_schema_accepts_what_the_language_accepts(when: str) -> None:
    assert refusals(rule("r", when)) == []


def test_the_schema_accepts_the_shipped_rules() -> None:
    assert refusals((SHIPPED.parent / "10-emergency.toml").read_text()) == []


@pytest.mark.parametrize(
    ("when", "then"),
    [
        ('{ subjekt = "x" }', "{ severity = 1 }"),
        ('{ subject = { contain = "x" } }', "{ severity = 1 }"),
        ('{ severity = "=> 2" }', "{ severity = 1 }"),
        ('{ response_due_in = "30m" }', "{ severity = 1 }"),
        ('{ event = "followup" }', "{ severity = 1 }"),
        ("{}", "{ sevrity = 1 }"),
        ("{}", "{ severity = 4 }"),
        ("{}", "{ page = true }"),
        ("{}", "{}"),
    ],
)
def test_the_schema_underlines_what_the_language_refuses(when: str, then: str) -> None:
    assert refusals(rule("r", when, then))
