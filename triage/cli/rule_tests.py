"""How `triage rules test` tells what it found: a line of marks a file, a block a failure, one line that adds it up. Runs nothing itself.

A block has the test's place and name, then each expectation that did not come true: the line it stands in with a marker, what was
expected, what the rules said, and the rules that decided it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import click
from rich.text import Text

from triage.cli.output import console, print_json, say
from triage.core.problem_text import marked_line
from triage.core.problems import Problem
from triage.core.rules.mail_tests import Mismatch, RuleTestResult
from triage.core.rules.ruleset import Rule
from triage.core.rules.why import why_not
from triage.core.wording.plain import counted, plain

_LABEL = 10


def tell_results(results: Sequence[RuleTestResult], rules: Sequence[Rule], seconds: float) -> None:
    out = console()
    for name, group in groupby(results, key=lambda result: result.test.document.name):
        marks = Text("").join(Text(".", "green") if result.passed else Text("F", "bold red") for result in group)
        out.print(Text(f"{name:<24} ").append_text(marks), soft_wrap=True)
    failed = [result for result in results if not result.passed]
    for result in failed:
        say()
        for line in _block(result, rules):
            out.print(line, soft_wrap=True)
    say()
    passed = len(results) - len(failed)
    summary = ", ".join(filter(None, [f"{len(failed)} failed" if failed else "", f"{passed} passed"]))
    out.print(Text(f"{summary} in {seconds:.2f} s", "bold red" if failed else "bold green"))


def print_results(results: Sequence[RuleTestResult], rules: Sequence[Rule]) -> None:
    for result in results:
        print_json(_as_value(result, rules))


def refuse_no_tests(results: Sequence[RuleTestResult], rules: Sequence[Rule], directory: str) -> None:
    """That nothing was tested is no success: the wrong directory would look like a good one."""
    if not results:
        there = f"{counted(len(rules), 'rule')} and no test" if rules else "neither a rule nor a test"
        todo = "write a [[test]] beside each rule" if rules else "name the directory with your rules: --rules DIR"
        raise click.ClickException(f"nothing to test: {directory} has {there}\n  hint: {todo}; `triage rules new` prints a rule with tests")


def _block(result: RuleTestResult, rules: Sequence[Rule]) -> Iterator[Text]:
    test = result.test
    yield Text.assemble((f"FAILED {test.document.name}:{test.line}", "bold red"), (f"  {plain(test.name)}", "bold"))
    for mismatch in result.mismatches:
        problem = _place(result, mismatch)
        for number, line in enumerate(marked_line(problem)):
            gutter = f"{problem.line:>6} | " if number == 0 else f"{'':>6} | "
            yield Text.assemble((gutter, "dim"), (line, "red" if number else ""))
        yield _labelled("expected", f"{mismatch.key} = {mismatch.expected}")
        yield _labelled("got", f"{mismatch.key} = {mismatch.found}")
        for number, reason in enumerate(why_not(result, mismatch.key, rules)):
            yield _labelled("" if number else "why", reason)


def _labelled(label: str, text: str) -> Text:
    return Text.assemble((f"{'':>6}   {label:<{_LABEL}}", "cyan"), plain(text))


def _place(result: RuleTestResult, mismatch: Mismatch) -> Problem:
    return result.test.document.problem((*result.test.path, "expect", mismatch.key), "", at_value=True)


def _as_value(result: RuleTestResult, rules: Sequence[Rule]) -> dict[str, object]:
    wrong = [
        {
            "key": one.key,
            "expected": one.expected,
            "found": one.found,
            "why": list(why_not(result, one.key, rules)),
            "line": (place := _place(result, one)).line,
            "column": place.column,
            "source": place.source,
        }
        for one in result.mismatches
    ]
    return {
        "test": result.test.name,
        "file": result.test.document.name,
        "line": result.test.line,
        "passed": result.passed,
        "mismatches": wrong,
    }
