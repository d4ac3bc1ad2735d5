"""The command line: one module per command group, listed in `program.COMMANDS`. What every command shares is in `session` and `output`."""

from triage.cli.program import main

__all__ = ["main"]
