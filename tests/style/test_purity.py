"""core/ takes values and returns values: no input or output, no clock, no logging, no randomness, no threads."""

from __future__ import annotations

import ast

import pytest

from tests.style.source import Module, listed, modules

PURE_MODULES = frozenset(
    """
    __future__ abc base64 binascii bisect collections dataclasses datetime difflib email encodings enum errno functools hashlib heapq hmac
    html itertools json math operator pathlib quopri re string textwrap tomllib typing unicodedata urllib.parse zoneinfo
    jinja2 mailparser re2 triage
    """.split()  # noqa: SIM905 (a list of words reads better as words)
)
"""What core/ may import: values in, values out. zoneinfo reads the machine's time zones, mailparser is called for addresses and dates,
errno gives numbers their names."""

IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "breakpoint", "__import__"})
IMPURE_METHODS = frozenset(
    """
    now today utcnow read_text read_bytes write_text write_bytes exists is_file is_dir stat mkdir unlink touch iterdir resolve
    """.split()  # noqa: SIM905 (a list of words reads better as words)
)
"""Of datetime and date (the clock) and of Path (the disk). `settings.py` holds paths as values; it never asks the disk about them."""


def faults_of(module: Module) -> list[str]:
    faults = []
    for name, node in module.imports():
        parts = name.split(".")
        if not {parts[0], ".".join(parts[:2])} & PURE_MODULES:
            faults.append(f"{module.at(node)} imports {name}")
    for node in module.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        called = node.func
        if isinstance(called, ast.Name) and called.id in IMPURE_CALLS:
            faults.append(f"{module.at(node)} calls {called.id}()")
        if isinstance(called, ast.Attribute) and called.attr in IMPURE_METHODS:
            faults.append(f"{module.at(node)} calls .{called.attr}()")
    faults += [f"{module.at(node)} keeps state (global)" for node in module.nodes(ast.Global)]
    return faults


def test_the_core_is_pure() -> None:
    faults = [fault for module in modules("triage/core") for fault in faults_of(module)]
    assert not faults, listed(faults)


@pytest.mark.parametrize(
    "impure",
    [
        "import logging",
        "from time import monotonic",
        "import urllib.request",
        "open('x')",
        "datetime.now(UTC)",
        "path.read_text()",
        "def f():\n    global x\n    x = 1",
    ],
)
def test_the_detector_sees_impurity(impure: str) -> None:
    module = modules("triage/core")[0]
    assert faults_of(Module(module.path, impure, ast.parse(impure)))


def test_times_are_aware_everywhere() -> None:
    """ruff's DTZ sees calls without a zone; this sees what it does not: utcnow and utcfromtimestamp by any name."""
    faults = [
        f"{module.at(node)} {node.attr}"
        for module in (*modules("triage"), *modules("tests"))
        for node in module.nodes(ast.Attribute)
        if isinstance(node, ast.Attribute) and node.attr in {"utcnow", "utcfromtimestamp"}
    ]
    assert not faults, listed(faults)


def test_only_the_adapters_clock_reads_the_clock() -> None:
    """Everybody else is handed `now`, or a Clock (core/seams.py). The demo's mail server is somebody else's machine."""
    faults = [
        f"{module.at(node)} reads the clock"
        for module in modules("triage")
        if module.where not in {"triage/adapters/clock.py", "triage/demo/imap_server.py"}
        for node in module.nodes(ast.Call)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"datetime.now", "date.today", "time.time", "datetime.datetime.now"}
    ]
    assert not faults, listed(faults)
