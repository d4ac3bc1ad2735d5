"""Every module says what it is for, and every exception from a check says which check and why."""

from __future__ import annotations

import ast
import io
import re
import tokenize

import pytest

from tests.style.source import Module, listed, modules

_NOQA = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?(?P<reason>.*)", re.IGNORECASE)
_TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore(?P<codes>\[[a-z-]+(?:,\s*[a-z-]+)*\])?(?P<reason>.*)")
_LETTERS = re.compile(r"[A-Za-z]{3}")

SPEAKS_FOR_ITSELF = {"T201", "N802"}
"""print in a program; the method names that aiosmtpd prescribes."""


def faults_of(module: Module) -> list[str]:
    faults = []
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        for pattern in (_NOQA, _TYPE_IGNORE):
            found = pattern.search(token.string)
            if found is None:
                continue
            at = f"{module.where}:{token.start[0]}"
            codes = set(re.findall(r"[A-Z]+\d+|[a-z-]{3,}", found["codes"] or ""))
            if not codes:
                faults.append(f"{at} has no code: {token.string}")
            elif not _LETTERS.search(found["reason"]) and not codes <= SPEAKS_FOR_ITSELF:
                faults.append(f"{at} has no reason: {token.string}")
    return faults


def test_every_module_says_what_it_is_for() -> None:
    faults = [module.where for module in modules("triage") if module.text.strip() and not ast.get_docstring(module.tree)]
    assert not faults, listed(faults)


def test_every_exception_from_a_check_has_a_code_and_a_reason() -> None:
    faults = [fault for module in modules("triage") for fault in faults_of(module)]
    assert not faults, listed(faults)


def test_in_tests_every_exception_has_a_code() -> None:
    """Tests hand wrong types on purpose; there the code says enough."""
    everything = (*modules("tests"), *modules("bench"), *modules("chaos"), *modules("floods"), *modules("sim"))
    faults = [fault for module in everything for fault in faults_of(module) if "has no code" in fault]
    assert not faults, listed(faults)


@pytest.mark.parametrize("line", ["x = 1  # noqa", "x = 1  # noqa: E501", "x = 1  # type: ignore", "x = 1  # type: ignore[misc]"])
def test_the_detector_sees_bare_marks(line: str) -> None:
    module = modules("triage")[0]
    assert faults_of(Module(module.path, line, ast.parse(line)))
