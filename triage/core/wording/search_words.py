"""What somebody types to find a mail, as words and phrases: every one must be there.

A word finds whatever begins with it, so that half a trace id is enough; what stands in double quotes stands together, word for word. There
are no operators, and nothing that is typed is an error. Pure. Called by store/search.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_WORDS = 50
"""Of a pasted error message the rest says little more, and the store looks for each."""
_TYPED = re.compile(r'"([^"]*)"?|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Sought:
    """`text` may hold punctuation: its parts then stand together in this order. `begins`: the last part may go on."""

    text: str
    begins: bool


def sought(typed: str) -> tuple[Sought, ...]:
    """Empty when nothing in it can be looked for."""
    clean = "".join(one if one.isprintable() and not "\ud800" <= one <= "\udfff" else " " for one in typed)
    found = (Sought(phrase or word, bool(word)) for phrase, word in _TYPED.findall(clean))
    return tuple(one for one in found if any(letter.isalnum() for letter in one.text))[:MOST_WORDS]
