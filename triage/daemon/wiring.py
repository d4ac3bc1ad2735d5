"""Small facts that several composition roots (daemon, command line, `explain`) need to build their objects."""

from __future__ import annotations

from collections.abc import Collection

from triage.adapters.pagers.kinds import KINDS


def contact_kinds() -> dict[str, tuple[Collection[str], Collection[str]]]:
    """Contact kind -> (required, optional) settings, as the reader of oncall.toml wants them."""
    return {name: (tuple(one.name for one in row.required), tuple(one.name for one in row.optional)) for name, row in KINDS.items()}
