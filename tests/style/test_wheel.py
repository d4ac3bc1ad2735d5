"""The wheel has everything a run needs: code, operators' files, the example configuration. Built from a copy, installed beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.style.source import ROOT, modules
from triage import shipped

PARTS = ("triage", "rules", "pyproject.toml", "setup.py", "README.md", "LICENSE", "config.example.toml")

LOAD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import triage
from triage.adapters.rulefiles import load_rules
from triage.daemon.wiring import contact_kinds
from triage.shipped import config_example, rules_dir
here = Path(sys.argv[1])
for path in (Path(triage.__file__), rules_dir(), config_example()):
    assert path.is_relative_to(here), path
rules = load_rules(rules_dir(), datetime.now(UTC), contact_kinds())
print(len(rules.ruleset.rules), len(rules.notices))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    pip("wheel", ".", "--no-deps", "--no-build-isolation", "--wheel-dir", "out", cwd=source)
    (built,) = (source / "out").glob("*.whl")
    return built


def pip(*arguments: str, cwd: Path) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, cwd=cwd, capture_output=True)


@pytest.mark.slow
def test_an_installed_wheel_loads_its_shipped_rules(wheel: Path, tmp_path: Path) -> None:
    pip("install", "--no-deps", "--target", "installed", str(wheel), cwd=tmp_path)
    installed = tmp_path / "installed"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    run = subprocess.run([sys.executable, "-c", LOAD, str(installed)], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    rules, notices = map(int, run.stdout.split())
    assert rules >= 1
    assert notices >= 6


@pytest.mark.slow
def test_the_wheel_holds_every_module_and_every_operators_file(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert {module.where for module in modules("triage")} <= inside
    rules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rules").rglob("*") if path.is_file()}
    assert {f"triage/shipped/{name}" for name in rules | {"config.example.toml"}} <= inside
    assert "triage/py.typed" in inside
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "triage" / "cli" / "units").iterdir()} <= inside
    drawn = {path.relative_to(ROOT).as_posix() for name in ("templates", "static") for path in (ROOT / "triage").glob(f"*/{name}/*")}
    assert any("reports" in path for path in drawn)
    assert drawn <= inside


def test_a_checkout_has_no_second_copy_of_the_operators_files() -> None:
    assert shipped.rules_dir() == ROOT / "rules"
    assert not (ROOT / "triage" / "shipped").exists()
