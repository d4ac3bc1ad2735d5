"""The program's source as the style tests look at it: one `Module` per file, read and parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    path: Path
    text: str
    tree: ast.Module

    @property
    def where(self) -> str:
        """`triage/core/seams.py`"""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def area(self) -> str:
        """The part of the program: `core`, `store`, ...; for a file at the top its own name, and `triage` for the package itself."""
        parts = self.path.relative_to(ROOT / "triage").parts
        return parts[0] if len(parts) > 1 else self.path.stem.replace("__init__", "triage")

    def at(self, node: ast.AST) -> str:
        return f"{self.where}:{getattr(node, 'lineno', 1)}"

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def imports(self) -> Iterator[tuple[str, ast.AST]]:
        """Every dotted name that is imported, with the name taken from it: `triage.store.cases` for `from triage.store import cases`."""
        for node in self.nodes(ast.Import, ast.ImportFrom):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def modules(under: str = "triage") -> tuple[Module, ...]:
    return tuple(_module(path) for path in sorted((ROOT / under).rglob("*.py")))


@cache
def _module(path: Path) -> Module:
    text = path.read_text("utf-8")
    return Module(path, text, ast.parse(text))


def listed(faults: list[str]) -> str:
    """What a failing test shows: one fault a line."""
    return "\n" + "\n".join(sorted(faults))
