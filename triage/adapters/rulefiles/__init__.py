"""Operators' files under rules/: read as one set, checked as one set, swapped as one reference.

`load_rules` makes a RuleFiles or raises BrokenFiles with every problem; `RuleKeeper` holds the last good one; `RuleWatcher` says
when to look again.
"""

from triage.adapters.rulefiles.keeper import ReloadResult, RuleKeeper, RuleWatcher
from triage.adapters.rulefiles.loading import RuleFiles, load_rules, run_rule_tests

__all__ = ["ReloadResult", "RuleFiles", "RuleKeeper", "RuleWatcher", "load_rules", "run_rule_tests"]
