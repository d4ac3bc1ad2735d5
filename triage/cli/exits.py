"""Exit codes of every command; docs/commands.md explains them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class Exit(IntEnum):
    OK = 0
    NO = 1
    """What was asked for is not there, was refused, or a check failed."""
    MEND = 2
    """A person must mend something first: the command itself, config.toml, a rule file, who owns the state directory."""
    BROKEN = 70
    """A mistake in triage (sysexits' EX_SOFTWARE)."""
    TRY_AGAIN = 75
    """It may work when tried again: the network, a full or read-only disk, a locked store, no descriptor left (sysexits' EX_TEMPFAIL)."""


MEANINGS: Mapping[Exit, str] = {
    Exit.OK: "Done.",
    Exit.NO: "What was asked for is not there, was refused, or a check failed.",
    Exit.MEND: "A person must mend something first: the command line, config.toml, a rule file, who owns the state directory.",
    Exit.BROKEN: "A mistake in triage itself.",
    Exit.TRY_AGAIN: "It may work when tried again: the disk is full or read-only, the store is locked, no further file can be opened.",
}
"""For the manual page."""
