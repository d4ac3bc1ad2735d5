"""The program `triage`: the table of commands, loaded when they are asked for, and the one place where errors become sentences."""

from __future__ import annotations

import errno
import os
import resource
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from typing import IO, Any

import click

from triage import __version__
from triage.cli.exits import Exit
from triage.cli.output import tell_failure
from triage.cli.session import config_option
from triage.core.failures import TemporaryFailure, TriageError
from triage.core.problems import BrokenFiles

COMMANDS: Mapping[str, str] = {
    "run": "triage.cli.run:run",
    "check": "triage.cli.check:check",
    "doctor": "triage.cli.doctor:doctor",
    "install": "triage.cli.install:install",
    "cases": "triage.cli.cases:cases",
    "case": "triage.cli.case:case",
    "search": "triage.cli.search:search",
    "export": "triage.cli.export:export",
    "digest": "triage.cli.digest:digest",
    "clock": "triage.cli.clock:clock",
    "report": "triage.cli.report:report",
    "ack": "triage.cli.oncall:ack",
    "oncall": "triage.cli.oncall_rota:oncall",
    "pages": "triage.cli.pages:pages",
    "drill": "triage.cli.drill:drill",
    "probe": "triage.cli.probe:probe",
    "quarantine": "triage.cli.quarantine:quarantine",
    "outbox": "triage.cli.outbox:outbox",
    "incidents": "triage.cli.incidents:incidents",
    "auth": "triage.cli.auth:auth",
    "health": "triage.cli.health:health",
    "reconcile": "triage.cli.reconcile:reconcile",
    "backup": "triage.cli.backup:backup",
    "restore": "triage.cli.backup:restore",
    "rebuild": "triage.cli.rebuild:rebuild",
    "journal": "triage.cli.rebuild:journal",
    "forget": "triage.cli.forget:forget",
    "vacuum": "triage.cli.vacuum:vacuum",
    "db": "triage.cli.vacuum:db",
    "rules": "triage.cli.rules:rules",
    "notices": "triage.cli.notices:notices",
    "explain": "triage.cli.explain:explain",
    "schema": "triage.cli.json_schema:schema",
    "completion": "triage.cli.completion:completion",
    "man": "triage.cli.manual:man",
    "demo": "triage.cli.demo:demo",
}
"""Name to module and object, in the order of the help. Loaded on use, so that `triage ack` does not wait for a mail server's library."""


_NO_ROOM = "there is no room left for what was to be written", "make room, then run it again"
_NO_DESCRIPTOR = "too many files and connections are open", "raise LimitNOFILE= of the unit, or `ulimit -n`"
_LACKING: Mapping[int | None, tuple[str, str]] = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EROFS: ("the file system is read-only", "see `findmnt`: it was mounted so, or an error of the disk has made it so"),
    errno.EMFILE: _NO_DESCRIPTOR,
    errno.ENFILE: _NO_DESCRIPTOR,
}
"""What the machine lacks, and what to do about it, by the number of the error."""


class Program(click.Group):
    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(self, context: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown command names the one that was perhaps meant, and the commands there are."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            alike = get_close_matches(args[0], COMMANDS, n=1, cutoff=0.7)
            known = f"Did you mean '{alike[0]}'?" if alike else f"Commands: {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command '{args[0]}'. {known}", context)
        return super().resolve_command(context, args)

    def make_context(self, *args: Any, **settings: Any) -> click.Context:
        with _told_in_a_sentence():
            return super().make_context(*args, **settings)

    def invoke(self, context: click.Context) -> Any:
        with _told_in_a_sentence(debug=bool(context.params.get("debug"))):
            return super().invoke(context)


class _Refusal(click.ClickException):
    """What click refuses, as everything else is told: one sentence and a hint."""

    def __init__(self, refused: click.ClickException) -> None:
        super().__init__(_lower_first(refused.format_message().removesuffix(".")))
        self.exit_code = refused.exit_code  # type: ignore[misc]  # click's types know it for the class alone
        context = refused.ctx if isinstance(refused, click.UsageError) else None
        self._hint = f"`{context.command_path} --help` tells what there is" if context is not None else ""

    def show(self, file: IO[Any] | None = None) -> None:
        del file
        tell_failure(TriageError(self.message, hint=self._hint))


def _lower_first(text: str) -> str:
    """A sentence that goes on after `triage:`. Names in capitals stay."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


@contextmanager
def _told_in_a_sentence(*, debug: bool = False) -> Iterator[None]:
    """Errors in one sentence with a hint, never a traceback (but with --debug)."""
    try:
        yield
    except (click.exceptions.Exit, click.Abort, click.exceptions.NoArgsIsHelpError, BrokenPipeError, _Refusal):
        raise
    except click.ClickException as refused:
        raise _Refusal(refused) from None
    except TriageError as failure:
        tell_failure(failure)
        passes = failure.passes if isinstance(failure, BrokenFiles) else isinstance(failure, TemporaryFailure)
        raise click.exceptions.Exit(Exit.TRY_AGAIN if passes else Exit.MEND) from None
    except Exception as error:  # noqa: BLE001 (the boundary of the program: what should be impossible is still told in a sentence)
        if isinstance(error, OSError) and (lacking := _LACKING.get(error.errno)) is not None:
            tell_failure(TemporaryFailure(lacking[0], hint=lacking[1]))
            raise click.exceptions.Exit(Exit.TRY_AGAIN) from None
        if debug:
            traceback.print_exc()
        click.echo(f"triage: a mistake in triage itself: {type(error).__name__}: {error}", err=True)
        click.echo("  hint: run it again with `triage --debug ...` and report what it prints", err=True)
        raise click.exceptions.Exit(Exit.BROKEN) from None


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@config_option
@click.option("--debug", is_flag=True, help="Show the traceback of a mistake in triage itself.")
@click.version_option(__version__, prog_name="triage", message="%(prog)s %(version)s")
def program(debug: bool) -> None:
    """A shared support mailbox as a triaged, clock-watched case queue that pages people when it must.

    \b
    triage check          is everything set up?
    triage run            watch the mailbox
    triage cases          the queue
    triage case 1042      one case, as a story
    triage ack 1042       I have it: stop paging
    """


def keep_to_ourselves() -> None:
    """Files are for this user alone however it was started, and a crash leaves no memory behind: both hold passwords and partners' mail."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    keep_to_ourselves()
    program(prog_name="triage")
