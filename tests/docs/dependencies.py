"""docs/dependencies.md: what is installed with triage and with each of its extras, and under which licence, from the installed metadata.

`python -m tests.docs.dependencies` (`make docs`) writes it. What is needed for development alone is not part of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.style.source import ROOT

PAGE = ROOT / "docs" / "dependencies.md"
EXTRAS = ("demo", "apprise", "holidays", "google")
_HEAD = """# Dependencies

Everything that `pip install` brings, under which licence, by what the packages say of themselves. Written by `make docs` from what is
installed; a test compares. triage's own licence is Apache-2.0. What is needed for development alone (`.[dev]`) is not shipped and not
listed.
"""
_WORDS = (
    (r"apache", "Apache-2.0"),
    (r"mozilla|mpl", "MPL-2.0"),
    (r"\bmit\b", "MIT"),
    (r"bsd", "BSD"),
    (r"python software foundation|psf", "PSF-2.0"),
    (r"unlicense", "Unlicense"),
    (r"lgpl|lesser", "LGPL"),
    (r"\bgpl|general public", "GPL"),
    (r"isc", "ISC"),
)


def licence(name: str) -> str:
    """The SPDX expression, where a package has one; otherwise what its metadata or its licence files come nearest to."""
    metadata = distribution(name).metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    said = str(metadata.get("License") or "")
    if re.fullmatch(r"[A-Za-z0-9.+-]{3,20}", said):
        return said
    classified = [text.rpartition(" :: ")[2] for text in metadata.get_all("Classifier") or () if text.startswith("License ::")]
    for text in (*classified, said[:300], _licence_file(name)):
        found = next((spdx for pattern, spdx in _WORDS if re.search(pattern, text, re.IGNORECASE)), "")
        if found:
            return found
    raise LookupError(f"{name} says nothing of its licence that is understood")


def _licence_file(name: str) -> str:
    files = [file for file in distribution(name).files or () if re.search(r"licen[cs]e|copying", file.name, re.IGNORECASE)]
    text = " ".join(str(file.read_text())[:600] for file in files)
    return f"BSD {text}" if "Redistribution and use in source and binary forms" in text else text


def needed_by(requirements: Iterable[str]) -> dict[str, str]:
    """Every package that these bring on this machine, with the range it is asked for in where pyproject.toml names it."""
    direct = [Requirement(text) for text in requirements]
    ranges = {canonicalize_name(each.name): str(each.specifier) for each in direct}
    seen: dict[str, str] = {}
    waiting = list(direct)
    done: set[str] = set()
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        for extra in {"", *asked.extras}:
            if f"{name}[{extra}]" in done:
                continue
            done.add(f"{name}[{extra}]")
            try:
                further = distribution(name).requires or []
            except PackageNotFoundError:
                continue
            seen[name] = ranges.get(name, "")
            parsed = [Requirement(text) for text in further]
            waiting += [each for each in parsed if each.marker is None or each.marker.evaluate({"extra": extra})]
    return seen


def groups() -> dict[str, dict[str, str]]:
    """By heading; a package that triage itself needs is not named again under an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    own = needed_by(project["dependencies"])
    extras = {
        f"With `triage[{extra}]`, besides": {
            name: wanted for name, wanted in needed_by(project["optional-dependencies"][extra]).items() if name not in own
        }
        for extra in EXTRAS
    }
    return {"triage": own, **extras}


def page() -> str:
    parts = [_HEAD]
    for heading, packages in groups().items():
        named = [f"| {name} | `{wanted}` | {licence(name)} |" for name, wanted in sorted(packages.items()) if wanted]
        brought = [f"| {name} | | {licence(name)} |" for name, wanted in sorted(packages.items()) if not wanted]
        parts.append(
            "\n".join([f"## {heading}\n", "| package | version asked for | licence |", "| --- | --- | --- |", *named, *brought, ""])
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
