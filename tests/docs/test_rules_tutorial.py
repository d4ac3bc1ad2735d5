"""docs/rules.md followed to the letter by somebody new: every file and every command of the tutorial, in a shell, in order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import write_config
from tests.scenarios.office import RULES, open_office
from tests.style.source import ROOT
from triage.adapters.rulefiles import load_rules
from triage.core.rules.bounds import bounds_of
from triage.daemon.wiring import contact_kinds

TEXT = (ROOT / "docs" / "rules.md").read_text("utf-8")
TUTORIAL = TEXT.partition("## Ten minutes to a tested rule")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"```(sh|toml)\n(.*?)```", TUTORIAL, re.DOTALL)
COOKBOOK = re.findall(r"```toml\n(.*?)```", TEXT.partition("## Cookbook")[2], re.DOTALL)
FAILS_ON_PURPOSE = 1
"""The first run of the tests, which the tutorial says fails."""


def test_the_tutorial_works_as_it_stands(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        office.start()
        office.partner_writes("Refunds fail for two customers")
        config = write_config(office)
        office.stop()
        environment = {**os.environ, "TRIAGE_CONFIG": str(config), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        failures, told = 0, []
        for kind, text in BLOCKS:
            if kind == "toml":
                (tmp_path / "proposed" / "60-refunds.toml").write_text(text)
                continue
            for line in text.strip().splitlines():
                run = subprocess.run(line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
                assert run.returncode in (0, 1), run.stderr
                failures += run.returncode
                told.append(run.stdout)
                assert "Traceback" not in run.stderr
        everything = "\n".join(told)
    assert failures == FAILS_ON_PURPOSE
    assert 'FAILED 60-refunds.toml:12 "an urgent refund stays an emergency"' in everything
    assert "severity: 3 -> 2" in everything
    assert (tmp_path / "rules" / "60-refunds.toml").exists()


@pytest.mark.parametrize("text", COOKBOOK)
def test_every_recipe_is_a_good_rule_beside_the_shipped_ones(text: str, tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        shutil.rmtree(tmp_path / "rules")
        shutil.copytree(RULES, tmp_path / "rules")
        (tmp_path / "rules" / "60-recipe.toml").write_text(text.replace("@wise.com", "@wise.example"))
        loaded = load_rules(tmp_path / "rules", office.clock.now(), contact_kinds(), bounds_of(office.config))
    assert loaded.ruleset.rules[-1].file == "60-recipe.toml"
