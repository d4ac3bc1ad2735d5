"""Erasure of one person: what their address, their names and their words become wherever they are kept.

Pure. The address becomes a stand-in that says nothing, the same one everywhere, so that a case still reads as one; names and words become
FORGOTTEN. `workers/forgetting` decides whose words they are, `store/erasure` where they lie.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FORGOTTEN = "(forgotten)"
_SHORT = 6
"""A shorter text is replaced only where it stands alone: "Hi" as a subject must not go through every sentence."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """`address` in lower case. `texts` are names and subjects; they are replaced only on the person's own cases."""

    address: str
    stand_in: str
    texts: tuple[str, ...] = ()

    def without_address(self, text: str) -> str:
        """Whole addresses only: `joana@acme.example` is somebody else than `ana@acme.example`."""
        pattern = rf"(?<![\w.+-]){re.escape(self.address)}(?![\w-]|\.\w)"
        return re.sub(pattern, self.stand_in, text, flags=re.IGNORECASE)

    def clean(self, text: str) -> str:
        """Without the address, the names and the subjects."""
        if text.strip() in self.texts:
            return FORGOTTEN
        for one in sorted(self.texts, key=len, reverse=True):
            if len(one) >= _SHORT:
                text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", lambda _found: FORGOTTEN, text, flags=re.IGNORECASE)
        return self.without_address(text)


def clean_value(erasure: Erasure, value: Any, *, own: bool) -> Any:
    """A JSON value with every text in it cleaned; keys stay. `own`: it is of one of the person's cases."""
    if isinstance(value, str):
        return erasure.clean(value) if own else erasure.without_address(value)
    if isinstance(value, Mapping):
        return {key: clean_value(erasure, each, own=own) for key, each in value.items()}
    if isinstance(value, list):
        return [clean_value(erasure, each, own=own) for each in value]
    return value
