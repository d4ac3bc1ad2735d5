"""Operators on text. A list of values means any of them; text compares after `text.folded`.

Regular expressions run in google-re2, in linear time, and are bounded in size, so that no pattern can hang the daemon. Called by
`operators`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import re2

from triage.core.rules.compiled import Compiled
from triage.core.rules.fields import Field
from triage.core.rules.text import folded
from triage.core.rules.view import View
from triage.core.toml.values import TEXT, Refused

_REGEX_MEMORY = 8 * 1024 * 1024
_REGEX_LONGEST = 1000
_REGEX_STEPS = 8_000
"""Of the compiled program: 64 KB of text then take half a second at worst. `.{1000}` alone has 7,000."""
_CAPTURE_LONGEST = 200
_RE2_HINT = "google-re2 syntax: no look-around and no back-references; in TOML write patterns in 'single quotes'"


def text_values(values: Sequence[object]) -> tuple[str, ...]:
    """Folded, each once, in order; a value that folds to nothing would hold for every text."""
    texts = tuple(dict.fromkeys(folded(TEXT.read(value)) for value in values))
    if "" in texts:
        raise Refused("must have a visible character")
    return texts


def compile_texts(holds: Callable[[str, str], bool]) -> Callable[[Field, Sequence[object]], Compiled]:
    def compile_text(field: Field, values: Sequence[object]) -> Compiled:
        wanted = text_values(values)
        name = field.name

        def test(view: View) -> bool:
            for text in view.values[name] if name in view.values else view.load(field):
                for value in wanted:
                    if holds(text, value):  # type: ignore[arg-type]  # the getter of a text field gives text
                        return True
            return False

        return Compiled(test, wanted)

    return compile_text


def compile_contains(field: Field, values: Sequence[object]) -> Compiled:
    wanted = text_values(values)
    needles = frozenset(wanted)
    name = field.name

    def test(view: View) -> bool:
        texts = view.values[name] if name in view.values else view.load(field)
        if name in view.found:
            return not needles.isdisjoint(view.found[name])
        for text in texts:
            for value in wanted:
                if value in text:  # type: ignore[operator]  # the getter of a text field gives text
                    return True
        return False

    return Compiled(test, wanted)


def compile_matches(field: Field, values: Sequence[object]) -> Compiled:
    wanted = text_values(values)
    globs = tuple(_glob(value) for value in wanted)
    name = field.name

    def test(view: View) -> bool:
        texts = view.values[name] if name in view.values else view.load(field)
        return any(holds(text) for text in texts for holds in globs)

    return Compiled(test, wanted)


def _glob(glob: str) -> Callable[[Any], bool]:
    """`*` is any text, `?` any character, everything else itself. Without `?` plain searching is faster than the engine."""
    if "?" in glob:
        translated = "".join(".*" if c == "*" else "." if c == "?" else re2.escape(c) for c in glob)
        pattern = _regex(f"(?s)^{translated}$", ignore_case=False)
        return lambda text: pattern.search(text) is not None
    first, *others = glob.split("*")
    if not others:
        return lambda text: bool(text == glob)
    *middle, last = others

    def holds(text: str) -> bool:
        if not text.startswith(first):
            return False
        at = len(first)
        for part in middle:
            at = text.find(part, at) + len(part)
            if at < len(part):
                return False
        return len(text) - at >= len(last) and text.endswith(last)

    return holds


def compile_regex(field: Field, values: Sequence[object]) -> Compiled:
    wanted = tuple(dict.fromkeys(TEXT.read(value) for value in values))
    if any(len(value) > _REGEX_LONGEST for value in wanted):
        raise Refused(f"must not be longer than {_REGEX_LONGEST} characters")
    patterns = tuple(_regex(value, ignore_case=True) for value in wanted)
    groups = tuple(dict.fromkeys(group for pattern in patterns for group in pattern.groupindex))
    name = field.name

    def texts(view: View) -> tuple[bytes, ...]:
        return view.composed[name] if name in view.composed else view.load_composed(field)

    def test(view: View) -> bool:
        return any(pattern.search(text) for text in texts(view) for pattern in patterns)

    def captures(view: View) -> dict[str, str]:
        matches = (pattern.search(text) for pattern in patterns for text in texts(view))
        first = next((match for match in matches if match), None)
        groups: dict[str, bytes | None] = first.groupdict() if first else {}
        return {group: " ".join(text.decode(errors="replace").split())[:_CAPTURE_LONGEST] for group, text in groups.items() if text}

    return Compiled(test, wanted, captures if groups else None, groups)


def _regex(pattern: str, *, ignore_case: bool) -> Any:  # google-re2 has no types
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    options.max_mem = _REGEX_MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0] if error.args else "unknown"
        text = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
        raise Refused(f"does not compile: {text}", hint=_RE2_HINT) from None
    if compiled.programsize > _REGEX_STEPS:
        steps = f"stands for {compiled.programsize} steps, more than {_REGEX_STEPS}"
        raise Refused(steps, hint="{...} repeats all that it stands behind: make it smaller")
    return compiled
