"""Words to look for, and texts made comparable with them. Decides nothing. Called by the verdicts and their word lists."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """NFKC, casefolded, plain apostrophes, single spaces. Bound the text before."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold().split())


def phrases(text: str) -> tuple[str, ...]:
    """The phrases of a list that is written with bars between them, folded."""
    return tuple(phrase for each in text.split("|") if (phrase := folded(each)))
