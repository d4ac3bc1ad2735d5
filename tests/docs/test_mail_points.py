"""docs/mail.md has a row for each of the 52 points, and the tests it names are there."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.style.source import ROOT

_TEXT = (ROOT / "docs" / "mail.md").read_text("utf-8")
_ROWS = {int(found[1]): (found[2], found[3]) for found in re.finditer(r"^\| (\d+) \| (.+?) \| (.+?) \|$", _TEXT, re.MULTILINE)}
_NAMED = re.compile(r"`([a-z0-9_/]+\.py)::(\w+)`")


def test_each_of_the_52_points_has_a_row() -> None:
    assert sorted(_ROWS) == list(range(1, 53))


@pytest.mark.parametrize("point", range(1, 53))
def test_the_tests_of_a_point_exist(point: int) -> None:
    named = _NAMED.findall(_ROWS[point][1])
    assert named, f"point {point} names no test"
    assert [f"{file}::{test}" for file, test in named if test not in _tests_of(file)] == []


@cache
def _tests_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
