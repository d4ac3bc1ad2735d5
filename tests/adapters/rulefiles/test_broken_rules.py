"""Each file in broken/ is named by its fault; the .txt beside it is exactly what an operator is told.

`partners--*.toml` stands in for partners.toml, `calendar--*.toml` for calendar.toml, `agreements--*.toml` for agreements.toml, the others
for a rule file, in a directory that is otherwise good.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.rulefiles.good_set import BOUNDS, KINDS, NOW, write_good_set
from tests.goldens import assert_golden
from triage.adapters.rulefiles import load_rules
from triage.core.problem_text import format_problems
from triage.core.problems import BrokenFiles

BROKEN = Path(__file__).parent / "broken"


@pytest.mark.parametrize("name", sorted(path.stem for path in BROKEN.glob("*.toml")))
def test_broken_rules_are_told_as_the_golden_says(name: str, tmp_path: Path) -> None:
    write_good_set(tmp_path)
    kind = name.partition("--")[0]
    target = f"{kind}.toml" if kind in ("partners", "calendar", "agreements") else "50-broken.toml"
    (tmp_path / target).write_bytes((BROKEN / f"{name}.toml").read_bytes())

    with pytest.raises(BrokenFiles) as caught:
        load_rules(tmp_path, NOW, KINDS, BOUNDS)

    assert_golden(BROKEN / f"{name}.txt", format_problems(caught.value.problems))


def test_there_is_a_golden_for_every_broken_file_and_none_besides() -> None:
    assert {path.stem for path in BROKEN.glob("*.txt")} == {path.stem for path in BROKEN.glob("*.toml")}
