"""Known bugs, planted one at a time: the seed that docs/simulation.md names finds each of them."""

from __future__ import annotations

import pytest

from sim.mutations import DAYS, MUTATIONS, Mutation
from sim.report import run
from sim.run import Wanted


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_planted_bug_is_found(mutation: Mutation) -> None:
    report = run(Wanted(mutation.seed, DAYS, lose=mutation.lose), mutation.name)
    assert mutation.says in report.problem


def test_there_are_ten_and_more() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 10
