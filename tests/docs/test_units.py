"""The systemd units in docs/: what the self-audit and the restarts rely on stands in the text that operators copy."""

from __future__ import annotations

import re
from configparser import ConfigParser
from datetime import timedelta

from tests.docs.generate import DOCS
from triage.cli.exits import Exit
from triage.core.toml.values import DURATION
from triage.daemon.audit_duty import ASLEEP_AFTER


def unit(document: str, name: str) -> ConfigParser:
    """The unit as systemd reads it: keys count in their case, and may be given twice."""
    found = re.search(rf"```ini\n# /etc/systemd/system/{re.escape(name)}\n(.*?)```", (DOCS / document).read_text("utf-8"), re.DOTALL)
    assert found is not None, f"docs/{document} has no unit {name}"
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(found[1])
    return parser


def test_the_watchdog_waits_for_more_than_one_look() -> None:
    service = unit("configuration.md", "triage.service")["Service"]
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert DURATION.read(service["WatchdogSec"].replace("min", "m")) > ASLEEP_AFTER > timedelta(0)


def test_systemd_gives_up_only_where_a_person_must_mend_something() -> None:
    service = unit("configuration.md", "triage.service")["Service"]
    assert (service["Restart"], int(service["RestartPreventExitStatus"])) == ("on-failure", Exit.MEND.value)


def test_the_unit_that_tells_it_is_written_down_and_needs_nothing_of_triage() -> None:
    name = unit("configuration.md", "triage.service")["Unit"]["OnFailure"]
    told = unit("audit.md", name)["Service"]
    assert told["Type"] == "oneshot"
    assert "triage" not in told["ExecStart"]
