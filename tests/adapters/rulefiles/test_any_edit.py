"""Whatever an operator's slip makes of a rule file: a good set or a list of problems, never a crash."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.rulefiles.good_set import KINDS, NOW, ONCALL
from tests.edits import edits
from triage.adapters.rulefiles.loading import RuleFiles, build_rules
from triage.adapters.rulefiles.snapshot import Snapshot
from triage.core.problem_text import format_problems
from triage.core.problems import BrokenFiles

SHIPPED = Path(__file__).parents[3] / "rules" / "10-emergency.toml"
RULES = (
    SHIPPED.read_text().split('[[test]]\nname   = "upper case"')[0]
    + r"""
[[rule]]
name = "deep"
when = { any = [ { severity = "<= 2", not = { partner.tier = "gold" } }, { subject = { regex = '(?P<ref>\d+)' } } ], size = "> 1KB" }
then = { tags = ["a"], hold = "5d", set = { ref = "{ref}" }, ask = ["trace_id"], stop = true }
"""
)
PARTNERS = "[acme]\ndomains = ['acme.example']\nticket_patterns = ['(A-\\d+)']\nzone = 'Europe/Tallinn'\ntier = 'gold'\n"


def build(rules: str, partners: str) -> RuleFiles:
    files = {"10.toml": rules.encode(), "oncall.toml": ONCALL.encode(), "partners.toml": partners.encode()}
    return build_rules(Snapshot(files, (), ()), NOW, KINDS)


@settings(max_examples=300, deadline=None)
@given(rules=edits(RULES), partners=st.one_of(st.just(PARTNERS), edits(PARTNERS)))
def test_an_edited_rule_file_is_good_or_told(rules: str, partners: str) -> None:
    try:
        build(rules, partners)
    except BrokenFiles as broken:
        assert format_problems(broken.problems)


def test_the_text_that_is_edited_is_good_to_begin_with() -> None:
    assert len(build(RULES, PARTNERS).ruleset.rules) == 2
