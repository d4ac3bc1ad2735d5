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


def test_all_broken_rule_files_in_one_directory_are_told_at_once(tmp_path: Path) -> None:
    write_good_set(tmp_path)
    broken = [path for path in BROKEN.glob("*.toml") if "--" not in path.stem]
    for path in broken:
        (tmp_path / path.name).write_bytes(path.read_bytes())

    with pytest.raises(BrokenFiles) as caught:
        load_rules(tmp_path, NOW, KINDS, BOUNDS)

    told = {problem.file for problem in caught.value.problems}
    only_a_failing_test = {"test-that-fails.toml", "test-that-fails-because-of-a-rule.toml"}  # tests run when nothing else is wrong
    assert {path.name for path in broken} - only_a_failing_test <= told


def test_there_is_a_golden_for_every_broken_file_and_none_besides() -> None:
    assert {path.stem for path in BROKEN.glob("*.txt")} == {path.stem for path in BROKEN.glob("*.toml")}
