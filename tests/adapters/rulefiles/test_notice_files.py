"""rules/notices/: names, languages, and texts that are rendered before they count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.adapters.rulefiles.good_set import BOUNDS, KINDS, NOW, write_good_set
from triage.adapters.rulefiles.keeper import RuleKeeper
from triage.adapters.rulefiles.loading import load_rules
from triage.core.problems import BrokenFiles, Problem, Weight


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    write_good_set(tmp_path)
    return tmp_path


def write(rules: Path, name: str, text: str) -> None:
    (rules / "notices" / name).write_text(text, "utf-8")


def problems_of(rules: Path) -> Sequence[Problem]:
    with pytest.raises(BrokenFiles) as broken:
        load_rules(rules, NOW, KINDS, BOUNDS)
    return broken.value.problems


def test_an_unknown_value_is_told_with_its_line_and_the_nearest_name(rules: Path) -> None:
    write(rules, "closed.txt", "Hello,\n\n{% if closed_by %}\n{{ reopen_witin }}\n{% endif %}\n")
    [problem] = problems_of(rules)
    assert (problem.file, problem.line, problem.source) == ("notices/closed.txt", 4, "{{ reopen_witin }}")
    assert problem.hint == 'did you mean "reopen_within"?'


def test_a_text_that_fails_only_without_a_value_is_found(rules: Path) -> None:
    write(rules, "receipt.txt", "First of all: {{ missing[0] }}\n")
    [problem] = problems_of(rules)
    assert (problem.line, "does not render" in problem.message) == (1, True)


def test_a_text_that_fails_only_for_one_way_of_closing_is_found(rules: Path) -> None:
    write(rules, "closed.txt", 'Closed.\n{% if closed_by == "partner" %}{{ previous[9] }}{% endif %}\n')
    assert problems_of(rules)[0].line == 2


def test_a_mail_without_a_word_is_a_problem(rules: Path) -> None:
    write(rules, "closed.txt", "{% if taken_at %}Closed.{% endif %}\n")
    assert problems_of(rules)[0].message == "gives an empty mail when some values are missing"


def test_a_text_that_loops_leaves_the_last_good_set_in_force(rules: Path) -> None:
    keeper = RuleKeeper(rules, NOW, KINDS, BOUNDS)
    loops = "{% for a in address %}" * 4
    write(rules, "closed.txt", f"Bye.{loops}{'{% endfor %}' * 4}")
    result = keeper.reload(NOW)
    assert (result.successful, "go round more than" in result.problems[0].message) == (False, True)
    assert keeper.current.notices["closed"] == "Closed.\n"


def test_a_translation_is_checked_in_its_own_name(rules: Path) -> None:
    write(rules, "closed.pt-BR.txt", "{{ cas }}")
    assert problems_of(rules)[0].file == "notices/closed.pt-BR.txt"


def test_a_translation_is_a_text_of_its_own(rules: Path) -> None:
    write(rules, "closed.pt.txt", "Encerrado.\n")
    assert load_rules(rules, NOW, KINDS, BOUNDS).notices["closed.pt"] == "Encerrado.\n"


def test_translations_are_not_brought_back(rules: Path) -> None:
    """Whoever rewrote the English text and took the others away does not want the shipped ones."""
    notices = load_rules(rules, NOW, KINDS, BOUNDS).notices
    assert ("reminder" in notices, "reminder.pt" in notices) == (True, False)


def test_what_is_no_language_is_refused(rules: Path) -> None:
    write(rules, "closed.portuguese.txt", "Encerrado.\n")
    assert problems_of(rules)[0].message == "has no language in its name"


def test_a_translation_of_nothing_is_refused_with_the_nearest_name(rules: Path) -> None:
    write(rules, "remainder.de.txt", "Noch da?\n")
    [problem] = [one for one in problems_of(rules) if one.weight is Weight.ERROR]
    assert (problem.message, problem.hint) == ("translates a notice that is not there: remainder.txt", 'did you mean "reminder"?')


def test_a_file_that_nothing_sends_is_a_warning_with_the_nearest_name(rules: Path) -> None:
    write(rules, "remainder.txt", "Still there?\n")
    [warning] = [one for one in load_rules(rules, NOW, KINDS, BOUNDS).warnings if one.file.startswith("notices/")]
    assert (warning.file, warning.hint) == ("notices/remainder.txt", 'did you mean "reminder"?')


def test_a_file_that_a_rule_names_is_used(rules: Path) -> None:
    write(rules, "receipt-gold.txt", "Hello gold.\n")
    write(rules, "receipt-gold.de.txt", "Hallo Gold.\n")
    (rules / "50-gold.toml").write_text(
        '[[rule]]\nname = "gold"\nwhen = { event = "new", partner.tier = "gold" }\nthen = { receipt = "receipt-gold" }\n'
    )
    assert [one for one in load_rules(rules, NOW, KINDS, BOUNDS).warnings if one.file.startswith("notices/")] == []
