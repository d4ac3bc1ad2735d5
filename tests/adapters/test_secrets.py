"""Where a contact's secret comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.adapters.secrets import resolve_secret
from triage.core.failures import PermanentFailure


def test_a_secret_may_stand_in_the_file() -> None:
    assert resolve_secret("whsec_abc") == "whsec_abc"


def test_a_url_is_no_file() -> None:
    assert resolve_secret("https://hooks.example/x") == "https://hooks.example/x"


def test_a_secret_may_be_the_first_line_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "pager").write_text("whsec_abc\nsecond line\n")
    assert resolve_secret(f"file:{tmp_path}/pager") == "whsec_abc"


def test_a_secret_may_be_a_credential_of_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pager").write_text("whsec_abc\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert resolve_secret("credential:pager") == "whsec_abc"


def test_a_credential_cannot_leave_its_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "credentials").mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with pytest.raises(PermanentFailure):
        resolve_secret("credential:../secret")


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="nowhere"):
        resolve_secret(f"file:{tmp_path}/nowhere")
