"""A key that was renamed is read under its former name, with a warning; its mistakes are shown where they stand."""

from __future__ import annotations

from triage.config.renamed import with_present_names
from triage.core.problems import Problem, Weight
from triage.core.toml.document import read_document
from triage.core.toml.tables import TableReader
from triage.core.toml.values import DURATION

RENAMED = {("cases", "answer_window"): "reply_window"}


def read(text: str) -> tuple[object, list[Problem]]:
    problems: list[Problem] = []
    document = with_present_names(read_document("config.toml", text.encode()), problems, RENAMED)
    table = TableReader(document, problems).sub("cases")
    value = table.take("reply_window", DURATION, None)
    table.finish()
    return value, problems


def test_the_former_name_counts_and_is_told() -> None:
    value, (problem,) = read('[cases]\nanswer_window = "72h"\n')
    assert str(value) == "3 days, 0:00:00"
    assert (problem.weight, problem.line, problem.message) == (Weight.WARNING, 2, "is called reply_window by now")


def test_a_mistake_in_its_value_is_shown_where_it_stands() -> None:
    _, problems = read('[cases]\n\nanswer_window = "soon"\n')
    assert [(problem.weight, problem.line) for problem in problems] == [(Weight.WARNING, 3), (Weight.ERROR, 3)]


def test_both_names_at_once_are_an_error() -> None:
    value, (problem,) = read('[cases]\nreply_window = "24h"\nanswer_window = "72h"\n')
    assert str(value) == "1 day, 0:00:00"
    assert problem.weight is Weight.ERROR


def test_the_name_of_today_is_read_in_silence() -> None:
    assert read('[cases]\nreply_window = "24h"\n')[1] == []
