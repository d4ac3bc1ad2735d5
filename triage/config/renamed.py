"""Keys of config.toml that had another name once: they are still read, with a warning that says the name of today.

Decides nothing about values. Called by `load`, before anything is read from the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from triage.core.problems import Problem, Weight
from triage.core.toml.document import TomlDocument

RENAMED: Mapping[tuple[str, str], str] = {}
"""(section, former name) -> name of today in the same section. An entry stays for at least two releases."""


def with_present_names(document: TomlDocument, problems: list[Problem], renamed: Mapping[tuple[str, str], str] = RENAMED) -> TomlDocument:
    """The document as if it had been written today; mistakes in a value are still shown where it stands. With both names it is an error."""
    table, offsets = dict(document.table), dict(document.offsets)
    for (section, former), today in renamed.items():
        found = table.get(section)
        if not isinstance(found, dict) or former not in found:
            continue
        if today in found:
            problems.append(document.problem((section, former), "is given under its former and its present name", hint=f"keep {today}"))
        else:
            hint = f"write {today}; the former name will not be read for ever"
            problems.append(document.problem((section, former), f"is called {today} by now", hint=hint, weight=Weight.WARNING))
            offsets |= {(section, today, *path[2:]): place for path, place in offsets.items() if path[:2] == (section, former)}
        table[section] = {today if key == former else key: value for key, value in found.items() if key != former or today not in found}
    return replace(document, table=table, offsets=offsets)
