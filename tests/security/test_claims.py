"""docs/security.md: every claim has a number of its own and tests that exist, and every test of security is named by a claim."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.style.source import ROOT

_TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
_ROWS = re.findall(r"^\| (SEC-\d\d) \| (.+?) \| (.+?) \|$", _TEXT, re.MULTILINE)
_NAMED = re.compile(r"`([a-z0-9_/]+\.py)::(\w+)`")
OURS = [*sorted((ROOT / "tests" / "security").glob("test_*.py")), ROOT / "tests" / "adapters" / "test_imap_hostile.py"]
ABOUT_THE_PAGE = "test_claims.py"


def test_every_claim_has_a_number_of_its_own() -> None:
    assert [number for number, _, _ in _ROWS] == [f"SEC-{number:02}" for number in range(1, len(_ROWS) + 1)]


@pytest.mark.parametrize(("number", "tests"), [(number, tests) for number, _, tests in _ROWS], ids=[row[0] for row in _ROWS])
def test_the_tests_of_a_claim_exist(number: str, tests: str) -> None:
    named = _NAMED.findall(tests)
    assert named, f"{number} names no test"
    assert [f"{file}::{test}" for file, test in named if test not in _tests_of(file)] == []


def test_every_test_of_security_has_a_claim() -> None:
    claimed = {(file, test) for _, _, tests in _ROWS for file, test in _NAMED.findall(tests)}
    files = [path.relative_to(ROOT / "tests").as_posix() for path in OURS if path.name != ABOUT_THE_PAGE]
    assert [f"{file}::{test}" for file in files for test in sorted(_tests_of(file)) if (file, test) not in claimed] == []


@cache
def _tests_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )
