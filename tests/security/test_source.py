"""What the program must never do is looked for in its source: no unpacking, no secret compared by ==, no text that is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.style.source import Module, listed, modules

UNPACKERS = {
    "zipfile",
    "tarfile",
    "gzip",
    "zlib",
    "bz2",
    "lzma",
    "xml",
    "lxml",
    "defusedxml",
    "pickle",
    "marshal",
    "shelve",
    "yaml",
    "plistlib",
}
ALLOWED = {
    ("triage/adapters/parsing.py", "pickle"): "what its own parser processes say, over a socket pair",
    ("triage/adapters/parse_worker.py", "pickle"): "the limits that its own parent gives it",
    ("triage/adapters/pagers/twilio.py", "xml"): "escape() for what it writes; it reads none",
    ("triage/cli/case_archive.py", "tarfile"): "writes an export; it reads none",
}
RUNNERS = {"eval", "exec", "compile", "__import__"}
SECRET = re.compile(r"(token|secret|signature|digest|password|mac|code)(_hash)?", re.IGNORECASE)
NO_SECRET = {
    ("triage/adapters/rulefiles/snapshot.py", "signature"): "name, time and size of files",
    ("triage/core/mail/prose.py", "SIGNATURE"): "the dashes above a name",
    ("triage/adapters/smtp_connection.py", "code"): "the number in a server's answer",
}


def imports(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_nothing_is_unpacked_and_no_markup_is_parsed_by_what_can_be_made_to_explode() -> None:
    found = [(module.where, name) for module in modules("triage") for name in imports(module) if name in UNPACKERS]
    assert [each for each in found if each not in ALLOWED] == []


@pytest.mark.parametrize("where", ALLOWED)
def test_every_exception_is_still_needed(where: tuple[str, str]) -> None:
    assert any(module.where == where[0] and where[1] in imports(module) for module in modules("triage"))


def test_no_text_is_run_as_a_program() -> None:
    faults = []
    for module in modules("triage"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name) and node.func.id in RUNNERS:
                    faults.append(f"{module.where}:{node.lineno} calls {node.func.id}")
                if any(
                    word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
                    for word in node.keywords
                ):
                    faults.append(f"{module.where}:{node.lineno} asks for a shell")
                if isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in {"os.system", "os.popen", "re.compile_template"}:
                    faults.append(f"{module.where}:{node.lineno} runs a shell")
    assert not faults, listed(faults)


def compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Sides of == and != that are named as a secret is, unless the other side is a constant: that tells a kind, not a secret."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or not all(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        for side in sides:
            name = side.attr if isinstance(side, ast.Attribute) else side.id if isinstance(side, ast.Name) else ""
            if any(SECRET.fullmatch(part) for part in name.split("_")):
                yield node.lineno, name


def test_secrets_are_compared_in_constant_time() -> None:
    """hmac.compare_digest, or a lookup by a hash. The demo's own mail server is none of ours to attack."""
    found = [(module.where, line, name) for module in modules("triage") for line, name in compared(module.tree)]
    found = [each for each in found if "/demo/" not in each[0] and (each[0], each[2]) not in NO_SECRET]
    assert found == []


def test_a_comparison_that_tells_by_its_time_is_seen() -> None:
    assert list(compared(ast.parse("if given_token == token: pass")))
    assert not list(compared(ast.parse("if hmac.compare_digest(given, token): pass")))
