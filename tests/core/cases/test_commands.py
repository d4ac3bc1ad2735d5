"""The first lines of a team member's mail: what is a command, what is nearly one, what is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.cases.commands import COMMANDS, MAX_COMMANDS, MAX_NOTE, Command, CommandKind, read_commands
from triage.core.mail.new_text import split


def one(text: str) -> Command:
    reading = read_commands(text)
    assert not reading.fault, reading
    [command] = reading.commands
    return command


@pytest.mark.parametrize(
    "text", ["sev 2", "Sev 2", "SEV2", "severity 2", "severity: 2.", "\n\n  sev 2\n", "sev\u00a02", "\u200bsev 2", "ｓｅｖ ２"]
)
def test_severity_as_people_write_it(text: str) -> None:
    command = one(text)
    assert (command.kind, command.number) == (CommandKind.SEVERITY, 2)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("hold 5d", timedelta(days=5)),
        ("hold 72h", timedelta(hours=72)),
        ("Hold until 2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("hold 2026-12-01.", datetime(2026, 12, 1, tzinfo=UTC)),
        ("hold until 2026-12-01T15:00Z", datetime(2026, 12, 1, 15, tzinfo=UTC)),
        ("hold off", None),
    ],
)
def test_hold_has_an_end(text: str, end: object) -> None:
    assert one(text).end == end


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("assign Ana", CommandKind.ASSIGN, "ana"),
        ("tag billing", CommandKind.TAG, "billing"),
        ("untag billing", CommandKind.UNTAG, "billing"),
        ("partner ACME", CommandKind.PARTNER, "acme"),
        ("note Called them", CommandKind.NOTE, "Called them"),
    ],
)
def test_words_that_take_a_word(text: str, kind: CommandKind, said: str) -> None:
    command = one(text)
    assert (command.kind, command.text) == (kind, said)


@pytest.mark.parametrize(
    ("text", "number"),
    [("merge #1050", 1050), ("merge 1050", 1050), ("Merge into #1050.", 1050), ("split", None), ("split 17", 17), ("split message 17", 17)],
)
def test_words_that_take_a_number(text: str, number: int | None) -> None:
    assert one(text).number == number


def test_ask_names_what_is_asked_for() -> None:
    assert one("ask").text == ""
    assert one("ask trace-id, Timestamps").text == "trace_id timestamps"
    assert "trace_id" in read_commands("ask phone").fault
    assert not read_commands("ask them whether it works now").asks


def test_every_usage_of_the_table_is_read_as_its_row() -> None:
    for row in COMMANDS:
        for usage in row.usage.split(", "):
            assert one(usage).kind is row.kind, usage


def test_several_lines_in_their_order_with_greeting_and_blank_lines() -> None:
    reading = read_commands("Hi team,\n\nsev 2\n\nassign ana\nthanks\nclose\n")
    assert [command.kind for command in reading.commands] == [CommandKind.SEVERITY, CommandKind.ASSIGN]


def test_a_note_takes_the_rest() -> None:
    reading = read_commands("tag x\nnote first line\n\nclose\nsev 1")
    assert [command.kind for command in reading.commands] == [CommandKind.TAG, CommandKind.NOTE]
    assert reading.commands[1].text == "first line\n\nclose\nsev 1"


def test_a_note_is_cut_and_an_empty_one_is_told() -> None:
    assert len(one("note " + "x" * 10_000).text) == MAX_NOTE
    assert read_commands("note").fault


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("clsoe", "close"),
        ("closed", "close"),
        ("сlose", "close"),
        ("hodl 5d", "hold"),
        ("asign ana", "assign"),
        ("serverity 2", "severity"),
    ],
)
def test_what_is_nearly_a_command_is_told_and_not_done(text: str, meant: str) -> None:
    reading = read_commands(text)
    assert reading.commands == ()
    assert f"did you mean “{meant}”?" in reading.fault


@pytest.mark.parametrize(
    "text",
    ["sev 4", "sev 2 because of a workaround they found", "hold", "hold until tomorrow", "close it", "assign", "merge", "ack soon", "tag"],
)
def test_a_command_with_something_else_behind_it_is_told(text: str) -> None:
    reading = read_commands(text)
    assert (reading.commands, reading.line) == ((), text)
    assert reading.fault


def test_a_fault_further_down_stops_all() -> None:
    reading = read_commands("sev 2\nclsoe")
    assert (reading.commands, reading.line) == ((), "clsoe")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n\n",
        "Close to the root cause, I think",
        "Partner called us again today",
        "How so?",
        "Back in five minutes",
        "> close",
        "I agree.\nclose",
        "-- \nclose",
        "On Mon, Ana wrote:\nclose",
        "From: ops@acme.example\nSubject: x\n\nclose",
        "Thanks!",
        "re: close",
        "please close",
    ],
)
def test_prose_is_none(text: str) -> None:
    assert not read_commands(text).asks


def test_too_many_are_refused() -> None:
    assert read_commands("tag x\n" * MAX_COMMANDS).fault == ""
    assert "more than" in read_commands("tag x\n" * (MAX_COMMANDS + 1)).fault


LINES = st.sampled_from([usage for row in COMMANDS for usage in row.usage.split(", ")] + ["", "Hello", "x y z", "> x"])
TEXTS = st.one_of(st.text(max_size=300), st.lists(LINES, max_size=12).map("\n".join))


@given(TEXTS)
def test_any_text_is_read(text: str) -> None:
    reading = read_commands(text)
    assert not (reading.commands and reading.fault)
    assert len(reading.commands) <= MAX_COMMANDS


@given(st.sampled_from(COMMANDS), st.text(max_size=60))
def test_any_ending_of_a_command_is_read(row: object, rest: str) -> None:
    read_commands(f"{row.kind.value} {rest}")  # type: ignore[attr-defined]  # rows of the table


@given(st.lists(LINES, min_size=1, max_size=8))
def test_quoted_lines_are_never_commands(lines: list[str]) -> None:
    quoted = "\n".join(f"> {line}" for line in lines)
    assert not read_commands(split(quoted).new_text).commands
    answered = f"I do not think so.\n\nOn Mon, 23 Nov 2026 at 09:00, Bo <bo@wise.example> wrote:\n{quoted}\n"
    assert not read_commands(split(answered).new_text).commands


@given(st.lists(LINES.filter(lambda line: not line.startswith("note")), min_size=1, max_size=8))
def test_quoted_lines_below_a_command_add_none(lines: list[str]) -> None:
    quoted = "\n".join(f"> {line}" for line in lines)
    text = f"sev 2\n\nOn Mon, 23 Nov 2026 at 09:00, Bo <bo@wise.example> wrote:\n{quoted}\n"
    assert [command.kind for command in read_commands(split(text).new_text).commands] == [CommandKind.SEVERITY]
