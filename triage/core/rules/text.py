"""How rules compare text: NFKC, without invisible characters, casefolded, runs of white space as one space.

So `URGENT`, full-width letters, a soft hyphen inside a word and a line wrapped in another place are all the same to a rule.
Regular expressions see the NFKC text in its own case and lines (they ignore case anyway). Called by `view` and `operators`.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)


def composed(text: str) -> str:
    """NFKC without invisible characters; case, lines and spaces as they are."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def folded(text: str) -> str:
    """The form in which two texts are the same to a rule."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", composed(text).casefold()).split())
