"""Each file in broken/ is named by its fault; the .txt beside it is exactly what an operator is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.goldens import assert_golden
from triage.config import load
from triage.core.problem_text import format_problems
from triage.core.problems import BrokenFiles

BROKEN = Path(__file__).parent / "broken"


@pytest.mark.parametrize("name", sorted(path.stem for path in BROKEN.glob("*.toml")))
def test_broken_config_is_told_as_the_golden_says(name: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_bytes((BROKEN / f"{name}.toml").read_bytes())
    for secret, content in (("secret", "hunter2\n"), ("empty", "")):
        (tmp_path / secret).write_text(content)
        (tmp_path / secret).chmod(0o600)
    config.chmod(0o600)

    with pytest.raises(BrokenFiles) as caught:
        load(config, {})

    told = format_problems(caught.value.problems).replace(str(tmp_path), "/etc/triage")
    assert "hunter2" not in told
    assert "12345" not in told
    assert_golden(BROKEN / f"{name}.txt", told)


def test_there_is_a_golden_for_every_broken_file_and_none_besides() -> None:
    assert {path.stem for path in BROKEN.glob("*.txt")} == {path.stem for path in BROKEN.glob("*.toml")}
