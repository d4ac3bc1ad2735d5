"""The language of notices: what it has, what it refuses, and that nothing written in it can take long."""

from __future__ import annotations

import pytest

from triage.core.cases.notice_language import MAX_NOTICE, MAX_PASSES, FaultyTemplate, faults_of_source, render_text

VALUES = {"case": "#1", "subject": "x" * 40, "severity": 1, "missing": ("trace id", "times"), "previous": ""}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ case }}", "#1"),
        ("{% if severity == 1 %}yes{% else %}no{% endif %}", "yes"),
        ("{% if severity in (1, 2) %}yes{% endif %}", "yes"),
        ("{% for item in missing %}{{ loop.index }} {{ item }}{{ ', ' if not loop.last }}{% endfor %}", "1 trace id, 2 times"),
        ("{{ missing|join(' and ')|upper }}", "TRACE ID AND TIMES"),
        ("{{ previous|default('none', true) }}", "none"),
        ("{% set short = subject[:3] %}{{ short }}", "xxx"),
        ("{# a comment #}{{ missing|length }}", "2"),
    ],
)
def test_what_a_letter_needs_is_there(source: str, text: str) -> None:
    assert (faults_of_source(source, VALUES), render_text(source, VALUES)) == ((), text)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% for i in range(10**9) %}{% endfor %}", "calls something"),
        ("{{ 'x' * 10000000000 }}", "computes"),
        ("{{ case ~ case }}", "computes"),
        ("{{ 9 ** 9 ** 9 }}", "computes"),
        ("{{ case.__class__ }}", 'asks for ".__class__" of a value'),
        ("{{ case.upper() }}", "calls something"),
        ("{{ subject|replace('x', 'xxxx') }}", 'has the filter "replace"'),
        ("{{ [missing, missing] }}", "makes a list of values"),
        ("{% macro m() %}{{ m() }}{% endmacro %}", "has {% macro %}"),
        ("{% include 'passwd' %}", "has {% include %}"),
        ("{% set _passes = 5 %}", "uses a name that begins with _"),
        ("{{ case", "is not a valid template"),
    ],
)
def test_what_could_run_away_is_refused(source: str, message: str) -> None:
    [fault] = faults_of_source(source, VALUES)
    assert message in fault.message


def test_an_unknown_value_is_named_with_its_line_and_the_nearest_name() -> None:
    [fault] = faults_of_source("Hello\n\n{% if case %}{{ misssing }}{% endif %}", VALUES)
    assert (fault.line, fault.message, fault.hint) == (3, 'uses a value that does not exist: "misssing"', 'did you mean "missing"?')


def test_every_line_has_its_own_fault() -> None:
    assert [fault.line for fault in faults_of_source("{{ a }}\n{{ case }}\n{{ b }}{{ c }}", VALUES)] == [1, 3]


def test_loops_within_loops_are_counted_together() -> None:
    loops = "{% for a in subject %}{% for b in subject %}"
    with pytest.raises(FaultyTemplate, match=f"more than {MAX_PASSES:,} times"):
        render_text(f"{loops}{{% endfor %}}{{% endfor %}}", VALUES)
    assert render_text("{% for a in subject %}{% for b in missing %}.{% endfor %}{% endfor %}", VALUES) == "." * 80


def test_a_text_that_grows_too_long_is_cut_off_while_it_grows() -> None:
    with pytest.raises(FaultyTemplate, match="too long for a mail"):
        render_text("{% for a in subject %}" + "y" * (MAX_NOTICE // 20) + "{% endfor %}", VALUES)


def test_joins_of_joins_do_not_grow() -> None:
    with pytest.raises(FaultyTemplate, match="join makes too long a text"):
        render_text("{{ subject|join('" + "y" * 300 + "')|join('" + "y" * 300 + "') }}", VALUES)


def test_a_fault_that_shows_only_in_rendering_has_its_line() -> None:
    with pytest.raises(FaultyTemplate) as failure:
        render_text("Hello\n{% if case %}\n{{ previous[3] }}{% endif %}", VALUES)
    assert failure.value.fault.line == 3


def test_nesting_has_an_end() -> None:
    [fault] = faults_of_source("{% if case %}" * 3000 + "{% endif %}" * 3000, VALUES)
    assert fault.message == "is nested too deeply"


def test_what_a_partner_wrote_is_never_a_template() -> None:
    assert render_text("{{ subject }}", {"subject": "{{ case }}"}) == "{{ case }}"
