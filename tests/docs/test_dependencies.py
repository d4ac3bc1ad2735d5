"""docs/dependencies.md names what is installed, and its licence."""

from __future__ import annotations

import re

import pytest

from tests.docs.dependencies import PAGE, groups, licence

FREE = re.compile(r"(Apache-2\.0|BSD(-\d-Clause)?|0BSD|MIT(-0|-CMU)?|ISC|PSF-2\.0|Python-2\.0|MPL-2\.0|Unlicense| |AND|OR|WITH|\(|\))+")


@pytest.mark.parametrize("heading", groups())
def test_every_package_stands_there_with_its_licence(heading: str) -> None:
    """A package less on another Python is no fault; one more is."""
    chapter = PAGE.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    missing = [
        name for name in groups()[heading] if not re.search(rf"^\| {name} \| .*\| {re.escape(licence(name))} \|$", chapter, re.MULTILINE)
    ]
    assert missing == [], "make docs"


def test_what_is_asked_for_is_what_pyproject_asks_for() -> None:
    text = PAGE.read_text("utf-8")
    ranges = [(name, wanted) for packages in groups().values() for name, wanted in packages.items() if wanted]
    assert len(ranges) > 15
    assert [name for name, wanted in ranges if f"| {name} | `{wanted}` |" not in text] == []


def test_no_licence_asks_more_than_ours_may_promise() -> None:
    """Neither GPL nor AGPL nor anything unknown among what is shipped; MPL-2.0 covers its own files alone."""
    asked = {name: licence(name) for packages in groups().values() for name in packages}
    assert {name: text for name, text in asked.items() if not FREE.fullmatch(text)} == {}
