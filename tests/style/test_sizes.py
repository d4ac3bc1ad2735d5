"""Small enough to be read at once: modules stop at 400 lines, functions at 60. What outgrew that is named."""

from __future__ import annotations

import ast

from tests.style.source import listed, modules

MODULE_LINES = 400
FUNCTION_LINES = 60

TABLES = {"tests/adapters/rulefiles/test_oncall_file.py": {"test_everything_written_is_read"}}
"""Functions that are one long table or document, not logic."""


def test_no_module_outgrows_its_reader() -> None:
    everything = (*modules("triage"), *modules("tests"), *modules("bench"), *modules("chaos"), *modules("floods"), *modules("sim"))
    faults = [f"{module.where}: {count} lines" for module in everything if (count := len(module.text.splitlines())) > MODULE_LINES]
    assert not faults, listed(faults)


def test_no_function_outgrows_its_reader() -> None:
    faults = []
    for module in (*modules("triage"), *modules("tests"), *modules("bench"), *modules("chaos"), *modules("floods"), *modules("sim")):
        for node in module.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
            assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES and node.name not in TABLES.get(module.where, ()):
                faults.append(f"{module.at(node)} {node.name}: {length} lines")
    assert not faults, listed(faults)
