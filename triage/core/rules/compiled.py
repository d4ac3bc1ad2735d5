"""Compiled: what an operator makes of the values in a rule file, ready to be asked for every message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from triage.core.rules.view import View

Test = Callable[[View], bool]
Captures = Callable[[View], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Compiled:
    """One condition's test; `values` is its canonical form, for texts and for comparing conditions; `groups` are named captures;
    `points` the numbers it compares with."""

    test: Test
    values: tuple[str, ...]
    captures: Captures | None = None
    groups: tuple[str, ...] = ()
    points: tuple[object, ...] = ()
