"""The transcript in README.md is a part of the one in docs/demo.md, and of a demo that came to its end."""

from __future__ import annotations

import re

from tests.docs.transcript import LEFT_OUT, PLACE, excerpt
from tests.style.source import ROOT


def transcript(name: str) -> str:
    found = PLACE.search((ROOT / name).read_text("utf-8"))
    assert found is not None, f"{name} has no transcript"
    return found[2].strip("\n")


def test_the_readme_shows_an_excerpt_of_the_whole() -> None:
    assert transcript("README.md") == excerpt(transcript("docs/demo.md"))


def test_the_demo_that_is_shown_came_to_its_end() -> None:
    whole = transcript("docs/demo.md")
    assert "exactly one\noutcome" in whole or "exactly one outcome" in whole
    assert not re.search(r"THIS IS NOT|trouble  ", whole)


def test_an_excerpt_keeps_the_first_and_the_last_day() -> None:
    told = "Title\n\nMon 09:00  a\n\nTue 10:00  b\n\nWed 11:00  c\n\nThu 12:00  d\n\nEnd"
    assert excerpt(told) == f"Title\n\nMon 09:00  a\n\n{LEFT_OUT}\n\nThu 12:00  d\n\nEnd"
