"""`triage man`: the manual page, in roff (man(7)), made from the commands themselves, so that it is always the installed program's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from triage import __version__
from triage.cli.exits import MEANINGS
from triage.cli.output import say
from triage.cli.session import ENVIRONMENT, PLACES

_UNBROKEN = "\b\n"
"""click's mark of a paragraph whose lines stay as they are."""


@click.command(short_help="The manual page.")
@click.pass_context
def man(context: click.Context) -> None:
    """Print the manual page, for man(1).

    \b
    Examples:  triage man | man -l -
               triage man > /usr/local/share/man/man1/triage.1
    """
    root = context.find_root()
    assert isinstance(root.command, click.Group)  # noqa: S101 (it is `program`)
    say("\n".join(page(root, root.command)))


def page(root: click.Context, program: click.Group) -> Iterator[str]:
    first, _, rest = (program.help or "").partition("\n\n")
    yield f'.TH TRIAGE 1 "" "triage {__version__}" "triage"'
    yield from (".SH NAME", f"triage \\- {_text(first)}", ".SH SYNOPSIS", ".B triage", "[OPTIONS] COMMAND [ARGUMENTS]")
    yield ".SH DESCRIPTION"
    yield from _paragraphs(rest)
    yield from _options(root, program)
    yield ".SH COMMANDS"
    for name in program.list_commands(root):
        command = program.get_command(root, name)
        if command is not None:
            yield from _command(click.Context(command, parent=root, info_name=name), command)
    yield ".SH EXIT STATUS"
    for code, meaning in MEANINGS.items():
        yield from (".TP", str(code.value), _text(meaning))
    yield from (".SH ENVIRONMENT", ".TP", ENVIRONMENT, "The configuration, where no \\-\\-config is given.")
    yield from (".TP", "NO_COLOR", "If it is set, no colours.")
    yield ".SH FILES"
    for place in PLACES:
        yield from (".TP", _text(str(place)), "Where the configuration is looked for, in this order.")


def _command(context: click.Context, command: click.Command) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f'.SS "{_text(f"{context.command_path} {usage}")}"'
    yield from _paragraphs(command.help or "")
    yield from _options(context, command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _command(click.Context(inner, parent=context, info_name=name), inner)


def _options(context: click.Context, command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            yield from (".TP", f".B {_text(record[0])}", _text(record[1]))


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        yield ".PP"
        if paragraph.lstrip(" ").startswith(_UNBROKEN):
            yield from (".nf", *(_text(line) for line in paragraph.partition(_UNBROKEN)[2].splitlines()), ".fi")
        else:
            yield _text(" ".join(paragraph.split()))


def _text(plain: str) -> str:
    """Nothing in it is a request or an escape of roff; a hyphen is one that can be copied."""
    escaped = plain.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{escaped}" if escaped[:1] in {".", "'"} else escaped
