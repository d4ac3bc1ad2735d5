"""A rule as TOML again: what `triage rules new` writes, and the proof that reading loses nothing (a printed rule reads back equal)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time

from triage.core.rules.ruleset import Rule

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def print_rule(rule: Rule) -> str:
    """A `[[rule]]` table; inline tables for `when` and `then`, as operators write them."""
    lines = ["[[rule]]", f"name = {inline(rule.name)}"]
    if rule.why:
        lines.append(f"why = {inline(rule.why)}")
    return "\n".join([*lines, f"when = {inline(rule.when)}", f"then = {inline(rule.then)}", ""])


def inline(value: object) -> str:
    """Any TOML value on one line."""
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {inline(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(each) for each in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value)
    # JSON's escapes are TOML's basic-string escapes, but for DEL, which JSON leaves alone.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else inline(key)
