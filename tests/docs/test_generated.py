"""The generated parts of docs/ are those that the code gives today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.generate import DOCS, PARTS, documents, rewritten
from tests.style.source import modules


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_generated_parts_are_current(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text == rewritten(text), f"{path.name} is out of date: make docs"


def test_every_part_has_its_place() -> None:
    everything = "".join(path.read_text("utf-8") for path in documents())
    assert [name for name in PARTS if f"<!-- generated: {name} -->" not in everything] == []


def test_every_module_is_on_the_map() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    missing = [module.where for module in modules("triage") if module.text.strip() and f"| `{module.path.name}` |" not in text]
    assert missing == []


def test_a_part_that_is_out_of_date_is_noticed() -> None:
    text = "<!-- generated: case-table -->\n| stale |\n<!-- end: case-table -->"
    assert "stale" not in rewritten(text)
    assert "partner-wrote" in rewritten(text)
