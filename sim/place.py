"""The place where the simulated program runs: its configuration, its rule files, its state directory."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from sim.writing import ADDRESS, TEAM
from triage.core.settings import Config, Imap, Instance, Keywords, Labels, Security, Server, Smtp, StartFrom, Web
from triage.shipped import rules_dir

PUBLIC_URL = "https://triage.wise.example"
PEOPLE = ("ana", "bo", "cy")

_PERSON = """
[[person]]
name = "{name}"
[[person.contact]]
name = "push"
kind = "webhook"
url = "https://push.example/{name}"
[[person.contact]]
name = "mail"
kind = "email"
to = "{name}@pager.example"
"""
_ONCALL = """
[rota.primary]
people = ["ana"]
[rota.second]
people = ["bo"]

[policy.emergency]
broadcast = ["ana", "bo", "cy"]
broadcast_at = "20m"
[[policy.emergency.level]]
at = "0m"
to = ["primary"]
[[policy.emergency.level]]
at = "5m"
to = ["second"]
"""
RULE = """
[[rule]]
name = "tagged by an operator"
when = {{ event = "new", subject.contains = ["{word}"] }}
then = {{ tags = ["{word}"] }}
"""


def without_tests(text: str) -> str:
    """A rule file without its tests: they run at every start, and a year has hundreds of starts."""
    return re.sub(r"^\[\[test\]\]\n(?:(?!\[\[|#).*\n)*", "", text, flags=re.MULTILINE)


def furnish(directory: Path, *, labels: bool) -> Config:
    """A configuration with its files below `directory`."""
    rules = directory / "rules"
    rules.mkdir(parents=True)
    for shipped in sorted(rules_dir().glob("*.toml")):
        (rules / shipped.name).write_text(without_tests(shipped.read_text()))
    (rules / "oncall.toml").write_text("".join(_PERSON.format(name=name) for name in PEOPLE) + _ONCALL)
    (rules / "agreements.toml").write_text("[agreement.default]\n[agreement.gold]\n")
    instance = Instance(
        name="Wise partner support",
        address=ADDRESS,
        team_domains=frozenset({"wise.example"}),
        trusted_authserv=("mx.wise.example",),
        team_address=TEAM,
        state_dir=directory / "state",
        rules_dir=rules,
    )
    imap = Imap(Server("imap.wise.example", 993, Security.TLS), idle=False, poll_every=timedelta(seconds=60), start_from=StartFrom.NOW)
    smtp = Smtp(Server("smtp.wise.example", 465, Security.TLS), from_name="Wise partner support")
    return Config(
        instance, imap, smtp, web=Web("127.0.0.1:8025", PUBLIC_URL, board=False), labels=Labels(Keywords.AUTO if labels else Keywords.OFF)
    )
