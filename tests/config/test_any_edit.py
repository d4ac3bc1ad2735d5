"""Whatever an operator's slip makes of config.toml: a Config or a list of problems, never a crash."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.edits import edits
from triage.config import load
from triage.core.problem_text import format_problems
from triage.core.problems import BrokenFiles

CONFIG = """
[instance]
address = "api@wise.example"
aliases = ["a@wise.example", "b@wise.example"]
[imap]
host = "imap.wise.example"
port = 993
security = "tls"
password = "hunter2"
poll_every = "60s"
idle = true
start_from = 2026-11-22T10:00:00Z
[smtp]
host = "127.0.0.1"
security = "none"
[cases]
reply_window = "72h"
remind_after = "off"
[limits]
max_message = "25MB"
[web]
listen = "127.0.0.1:8025"
public_url = "https://triage.wise.example"
"""


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=edits(CONFIG))
def test_an_edited_config_is_good_or_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    try:
        load(path, {})
    except BrokenFiles as broken:
        assert format_problems(broken.problems)


def test_the_text_that_is_edited_is_good_to_begin_with(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    assert load(path, {})[0].smtp.server.host == "127.0.0.1"
