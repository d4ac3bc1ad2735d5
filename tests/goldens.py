"""Golden files: what a broken file is answered with, kept beside it as readable text. TRIAGE_WRITE_GOLDENS=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path


def assert_golden(golden: Path, text: str) -> None:
    if os.environ.get("TRIAGE_WRITE_GOLDENS"):
        golden.write_text(text + "\n", encoding="utf-8")
    assert golden.exists(), f"{golden.name} is missing; TRIAGE_WRITE_GOLDENS=1 writes it"
    assert text + "\n" == golden.read_text(encoding="utf-8")
