"""A small good set of operators' files for tests that break one thing in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from triage.core.rules.bounds import Bounds

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BOUNDS = Bounds(
    own_addresses=frozenset({"api@team.example"}),
    team_domains=frozenset({"team.example"}),
    team_address="everybody@chat.example",
    watched=frozenset({"INBOX", "Sent Items"}),
)
KINDS = {"email": (("to",), ()), "webhook": (("url",), ("secret",))}

ONCALL = """
[[person]]
name = "ana"
[[person.contact]]
kind = "email"
to = "ana@team.example"
[[person.contact]]
kind = "webhook"
url = "https://hooks.team.example/ana"

[rota.primary]
hand_off = "monday 09:00"
people = ["ana"]

[policy.emergency]
"""

RULE = """
[[rule]]
name = "emergency by subject"
when = { automatic = false, subject.new = { contains = ["urgent", "critical"] } }
then = { severity = 1, page = "emergency" }

[[test]]
name = "plain"
mail = { subject = "urgent: payouts fail" }
expect = { severity = 1, page = "emergency" }
"""


AGREEMENTS = """
[agreement.gold]
first_response = { 1 = "15m" }
[agreement.default]
first_response = { 1 = "30m", 2 = "4h on team" }
"""


def write_good_set(directory: Path) -> None:
    (directory / "oncall.toml").write_text(ONCALL)
    (directory / "agreements.toml").write_text(AGREEMENTS)
    (directory / "partners.toml").write_text('[acme]\nname = "Acme Ltd"\ndomains = ["acme.example"]\ntier = "gold"\n')
    (directory / "10-emergency.toml").write_text(RULE)
    (directory / "notices").mkdir()
    (directory / "notices" / "receipt.txt").write_text("We have your mail as {{ case }}.\n")
    (directory / "notices" / "closed.txt").write_text("Closed.\n")
