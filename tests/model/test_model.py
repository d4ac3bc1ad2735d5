"""Every state of the small worlds keeps the promises; each property can fail; docs/state-machines.md says how much was searched."""

from __future__ import annotations

import pytest

from tests.model.planted import PLANTED, Planted, found
from tests.model.worlds import WORLDS, World
from tests.style.source import ROOT


@pytest.mark.parametrize("world", [each for each in WORLDS if each.quick], ids=lambda each: each.name)
def test_every_state_keeps_the_promises_and_the_page_says_how_many_there_are(world: World) -> None:
    graph = world.build()
    assert [str(wrong) for claim in world.properties for wrong in list(claim(graph))[:1]] == []
    counted = f"| {world.name} | {len(graph.states):,} | {graph.transitions:,} |"
    assert counted in (ROOT / "docs" / "state-machines.md").read_text("utf-8")


@pytest.mark.parametrize("planted", PLANTED, ids=lambda each: each.mistake)
def test_a_planted_mistake_is_found(planted: Planted) -> None:
    assert found(planted)


def test_every_property_has_a_mistake_that_breaks_it() -> None:
    assert {each.breaks for each in PLANTED} == {claim for world in WORLDS for claim in world.properties}
