"""Commands by mail: what the first lines of a team member's mail ask for, read from its new text.

A line is a command, nearly one, or none. One that is nearly a command is a fault, and then nothing of the mail may be done: a command
that is guessed is worse than one that is asked for again. The first line that is none ends the commands; what follows is an ordinary
comment. Quoted lines are none, whatever they say. `COMMANDS` is the one table: parser, `help` and docs/commands-by-mail.md read it.

Pure, and never raises. Never decides who may command or what a command does: see workers/commands.py and workers/command_acts.py.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

from triage.core.cases.greetings import is_greeting
from triage.core.mail.line_shape import lines_of, plain
from triage.core.mail.message import Missing
from triage.core.mail.phrases import folded
from triage.core.toml.values import DURATION, MOMENT, Refused

MAX_COMMANDS = 20
MAX_NOTE = 4_000
_LOOKED_AT = 64 * 1024
_ALIKE = 0.8
_STATEMENT = 4
"""Words: a longer line that begins with a command's word and goes on otherwise is prose ("Close to the root cause, I think")."""


class CommandKind(Enum):
    SEVERITY = "sev"
    CLOSE = "close"
    REOPEN = "reopen"
    HOLD = "hold"
    ASSIGN = "assign"
    NO_AUTO_CLOSE = "no-auto-close"
    NOTE = "note"
    TAG = "tag"
    UNTAG = "untag"
    PARTNER = "partner"
    MERGE = "merge"
    SPLIT = "split"
    ASK = "ask"
    ACK = "ack"
    SHOW = "show"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """One line that was understood. `line` is how it was written; `text` a name, a tag, a partner's key or a note."""

    kind: CommandKind
    line: str = ""
    text: str = ""
    number: int | None = None
    """A severity, the number of a case (`merge`) or of a message (`split`)."""
    end: datetime | timedelta | None = None
    """When a hold ends, or how long it lasts; for how long somebody has the page. None with `hold`: it is over now."""
    switch: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """Either commands, or a fault (why nothing may be done, and in which line), or neither: then the mail is a comment."""

    commands: tuple[Command, ...] = ()
    fault: str = ""
    line: str = ""

    @property
    def asks(self) -> bool:
        return bool(self.commands or self.fault)


@dataclass(frozen=True, slots=True)
class CommandRow:
    """`read` makes the command of what follows the word, or raises Refused. `meant`: what follows can only be meant as a command."""

    kind: CommandKind
    usage: str
    doc: str
    read: Callable[[str], Command]
    also: tuple[str, ...] = ()
    meant: re.Pattern[str] | None = None
    longest: int = _STATEMENT


def read_commands(new_text: str) -> Reading:
    """What the first lines ask for. `new_text` is what the author wrote now, without quotes and signature."""
    written = lines_of(new_text[:_LOOKED_AT])
    lines = [plain(line) for line in written]
    commands: list[Command] = []
    at = _begins_at(lines)
    close_by = True
    while at < len(lines):
        line, at = lines[at], at + 1
        if not line:
            close_by = False
            continue
        try:
            command = _read_line(line, guess=close_by or not commands)
        except Refused as refused:
            return Reading((), refused.message, line)
        if command is None:
            break
        if command.kind is CommandKind.NOTE:
            commands.append(_whole_note(command, written[at - 1 :]))
            break
        commands.append(command)
        close_by = True
    if len(commands) > MAX_COMMANDS:
        return Reading((), f"more than {MAX_COMMANDS} commands in one mail", commands[MAX_COMMANDS].line)
    noted = bool(commands) and commands[-1].kind is CommandKind.NOTE and not commands[-1].text
    return Reading((), "a note needs a text", commands[-1].line) if noted else Reading(tuple(commands))


def read_end(text: str) -> datetime | timedelta:
    """The end of a hold: `5d`, `72h` (so long from now), `2026-12-01` (the beginning of that day, UTC), `2026-12-01T15:00Z`.

    Raises Refused.
    """
    if "-" not in text:
        return DURATION.read(text)
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        pass
    try:
        return MOMENT.read(text.upper())
    except OverflowError:  # the last day there is, in another zone
        raise Refused("must be a date and time") from None


def read_tag(text: str) -> str:
    """One word, in lower case. Raises Refused."""
    if not _TAG.fullmatch(text):
        raise Refused(f"'{text}' is no tag: one word of letters, digits, _ . -")
    return folded(text)


def _begins_at(lines: list[str]) -> int:
    """The first line that says something: blank lines and one greeting stand before it."""
    at = _after_blank(lines, 0)
    return _after_blank(lines, at + 1) if at < len(lines) and is_greeting(lines[at]) else at


def _after_blank(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at]:
        at += 1
    return at


def _read_line(line: str, *, guess: bool) -> Command | None:
    """None: no command. Raises Refused for what is nearly one; with `guess` for a misspelt word, too."""
    word, rest = _split(line)
    row = _BY_WORD.get(word)
    if row is None:
        if guess and (near := _nearest(word, rest)):
            raise Refused(f"there is no command “{word[:40]}”; did you mean “{near}”?")
        return None
    if row.kind is CommandKind.NOTE:
        return Command(row.kind, line, rest)
    try:
        return replace(row.read(rest), line=line)
    except Refused as refused:
        meant = row.meant is not None and row.meant.match(folded(rest))
        if not meant and 1 + len(rest.split()) > row.longest:
            return None
        raise Refused(f"{refused.message}; write it like this: {row.usage}") from None


def _split(line: str) -> tuple[str, str]:
    """The first word, folded, and what follows it as it was written. "sev2" and "Severity: 2" are what they look like."""
    head, _, rest = line.partition(" ")
    word = folded(head)
    if glued := _GLUED.fullmatch(word):
        return glued[1], f"{glued[2]} {rest}".strip()
    return word.rstrip(".!:") if word.rstrip(".!:") in _BY_WORD else word, rest.strip()


_GLUED = re.compile(r"(sev|severity)[:=-]?([0-9])[.!]?")


def _nearest(word: str, rest: str) -> str:
    """The command somebody may have meant who wrote another word in a line of at most three."""
    bare = word.strip(".,:;!?*/#")
    if len(bare) < 3 or len(rest.split()) > 2 or bare in _OTHER_WORDS:
        return ""
    swapped = next((known for known in _BY_WORD if sorted(known) == sorted(bare)), "")
    if swapped:
        return swapped
    close = difflib.get_close_matches(bare, _BY_WORD, n=1, cutoff=_ALIKE)
    # A letter of another alphabet may stand in the first place; otherwise people get the first letter right ("how" is not "show").
    return close[0] if close and (close[0][0] == bare[0] or not bare.isascii()) else ""


_OTHER_WORDS = frozenset(["notes", "closer", "tags", "splits", "shows"])
"""Resemble a command and begin sentences all the same."""


def _whole_note(command: Command, written: list[str]) -> Command:
    """A note goes on to the end of the text, so that no line of it is taken for a command."""
    _, *first = written[0].split(maxsplit=1)
    text = "\n".join([*first, *written[1:]]).strip()
    return replace(command, text=text if len(text) <= MAX_NOTE else text[: MAX_NOTE - 1].rstrip() + "…")


# --- what follows each word ------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?:(?:into|with|to) )?#? ?([0-9]{1,12})[.!]?")
_MESSAGE = re.compile(r"(?:message )?([0-9]{1,12})[.!]?")
_NAME = re.compile(r"[^\s,;<>]{1,100}")
_TAG = re.compile(r"[\w.-]{1,40}")


def _severity(rest: str) -> Command:
    digit = folded(rest).rstrip(".!")
    if digit not in {"1", "2", "3"}:
        raise Refused("a severity is 1, 2 or 3, alone in its line")
    return Command(CommandKind.SEVERITY, number=int(digit))


def _alone(kind: CommandKind) -> Callable[[str], Command]:
    def read(rest: str) -> Command:
        if rest.strip(".! "):
            raise Refused(f"“{kind.value}” stands alone in its line")
        return Command(kind)

    return read


def _hold(rest: str) -> Command:
    words = folded(rest).rstrip(".!")
    if words == "off":
        return Command(CommandKind.HOLD)
    try:
        return Command(CommandKind.HOLD, end=read_end(words.removeprefix("until ")))
    except Refused:
        raise Refused(f"“{words[:40]}” says no time" if words else "a hold needs an end") from None


def _named(kind: CommandKind, pattern: re.Pattern[str], wanted: str) -> Callable[[str], Command]:
    def read(rest: str) -> Command:
        if not pattern.fullmatch(rest):
            raise Refused(wanted)
        return Command(kind, text=folded(rest))

    return read


def _no_auto_close(rest: str) -> Command:
    word = folded(rest).rstrip(".!")
    if word not in {"", "on", "off"}:
        raise Refused("after “no-auto-close” stands nothing, or “off”")
    return Command(CommandKind.NO_AUTO_CLOSE, switch=word != "off")


def _merge(rest: str) -> Command:
    found = _NUMBER.fullmatch(folded(rest))
    if found is None:
        raise Refused("“merge” needs the number of the other case")
    return Command(CommandKind.MERGE, number=int(found[1]))


def _split_off(rest: str) -> Command:
    if not rest.strip(".! "):
        return Command(CommandKind.SPLIT)
    found = _MESSAGE.fullmatch(folded(rest))
    if found is None:
        raise Refused("“split” takes the number of a message, or nothing")
    return Command(CommandKind.SPLIT, number=int(found[1]))


def _ack(rest: str) -> Command:
    words = folded(rest).rstrip(".!")
    try:
        return Command(CommandKind.ACK, end=DURATION.read(words) if words else None)
    except Refused:
        raise Refused(f"“{words[:40]}” is no span of time") from None


def _ask(rest: str) -> Command:
    names = [word.strip(",.").replace("-", "_") for word in folded(rest).split()]
    known = {item.value for item in Missing}
    if unknown := next((name for name in names if name not in known), ""):
        raise Refused(f"nobody can be asked for “{unknown[:40]}”, only for {', '.join(sorted(known))}")
    return Command(CommandKind.ASK, text=" ".join(names))


def _note(rest: str) -> Command:
    return Command(CommandKind.NOTE, text=rest)


_DIGIT = re.compile(r"[#0-9]|(?:into|with|to) #")

COMMANDS: tuple[CommandRow, ...] = (
    CommandRow(
        CommandKind.SEVERITY,
        "sev 2",
        "set the severity. 1 pages; 2 and 3 end an open page",
        _severity,
        also=("severity",),
        meant=re.compile(r"[0-9]"),
    ),
    CommandRow(CommandKind.CLOSE, "close", "close the case now; the partner gets the `closed` notice", _alone(CommandKind.CLOSE)),
    CommandRow(
        CommandKind.REOPEN,
        "reopen",
        "open a closed case again, or stop a reply window that should not run; the partner is told nothing",
        _alone(CommandKind.REOPEN),
        also=("re-open",),
    ),
    CommandRow(
        CommandKind.HOLD,
        "hold 5d, hold until 2026-12-01, hold off",
        "do not close the case before then: so long from the mail's arrival, or the beginning of a day (UTC); `off` ends the hold",
        _hold,
        meant=re.compile(r"[0-9]|until\b|off\b"),
    ),
    CommandRow(
        CommandKind.ASSIGN,
        "assign ana, assign me, assign nobody",
        "say whose case it is: a person of rules/oncall.toml or an address of the team",
        _named(CommandKind.ASSIGN, _NAME, "“assign” needs one name or address"),
    ),
    CommandRow(
        CommandKind.NO_AUTO_CLOSE,
        "no-auto-close, no-auto-close off",
        "the clock never closes this case; `off`: it does again",
        _no_auto_close,
        meant=re.compile(""),
    ),
    CommandRow(CommandKind.TAG, "tag billing", "put a word on the case", _named(CommandKind.TAG, _TAG, "“tag” needs one word")),
    CommandRow(CommandKind.UNTAG, "untag billing", "take it away again", _named(CommandKind.UNTAG, _TAG, "“untag” needs one word")),
    CommandRow(
        CommandKind.PARTNER,
        "partner acme",
        "the case is this partner's, a name of rules/partners.toml: its people may join it from then on",
        _named(CommandKind.PARTNER, _NAME, "“partner” needs one name"),
        longest=2,
    ),
    CommandRow(
        CommandKind.MERGE,
        "merge #1040",
        "let the case live on as that one; lines that follow are about the case that is left",
        _merge,
        meant=_DIGIT,
    ),
    CommandRow(
        CommandKind.SPLIT,
        "split, split 17",
        "give one message a case of its own: the one your mail answers, or one by its number in `show`",
        _split_off,
        meant=_DIGIT,
    ),
    CommandRow(
        CommandKind.ASK,
        "ask, ask trace_id timestamps",
        "ask the partner for what the case still lacks, or for what is named; no reply window opens",
        _ask,
        longest=3,
    ),
    CommandRow(CommandKind.ACK, "ack, ack 2h", "you have the page of this case: nobody else is called", _ack, meant=re.compile(r"[0-9]")),
    CommandRow(CommandKind.SHOW, "show", "answer with the case's story", _alone(CommandKind.SHOW)),
    CommandRow(CommandKind.HELP, "help", "answer with this list", _alone(CommandKind.HELP)),
    CommandRow(
        CommandKind.NOTE, "note they retry at noon", "write into the timeline, for the team only; it goes on to the end of the mail", _note
    ),
)
"""In the order in which `help` and the docs tell them."""

_BY_WORD: Mapping[str, CommandRow] = {word: row for row in COMMANDS for word in (row.kind.value, *row.also)}
