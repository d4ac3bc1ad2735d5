"""Problem: one mistake in a file an operator wrote, told so that the fix takes ten seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from triage.core.failures import TriageError


class Weight(Enum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` and `column` count from 1; 0 when the place is the whole file. `source` is the line as it is shown, `mark` the marker's
    position in it from 0 (see `excerpt`). `passes`: nobody has to mend anything, the machine lacks something just now."""

    file: str
    message: str
    line: int = 0
    column: int = 0
    key: str = ""
    found: str = ""
    allowed: str = ""
    hint: str = ""
    source: str = ""
    mark: int = 0
    weight: Weight = Weight.ERROR
    passes: bool = False


class BrokenFiles(TriageError):
    """Every problem of one load at once; nothing of the load is used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        errors = [p for p in problems if p.weight is Weight.ERROR]
        super().__init__(f"{len(errors)} problem{'s' if len(errors) != 1 else ''} found")
        self.problems = tuple(problems)

    @property
    def passes(self) -> bool:
        """What else there is can be told when the files can be read."""
        return any(problem.passes for problem in self.problems)
