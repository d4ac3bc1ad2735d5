"""Which text of a notice a partner gets: `closed.pt-BR` before `closed.pt` before `closed`, as RFC 4647 section 3.4 (lookup) has it.

Names are those of the files in rules/notices/ without `.txt`. Called by workers/notice_drafts.py and by the check of rule files. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from triage.core.cases.notice_dictionary import DEFAULT_LANGUAGE

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def split_name(name: str) -> tuple[str, str]:
    """`closed.pt` is ("closed", "pt"), `closed` is ("closed", "")."""
    notice, _, language = name.partition(".")
    return notice, language


def is_language(text: str) -> bool:
    """Whether it has the form of a language tag (RFC 5646), as far as file names need it."""
    return _LANGUAGE.fullmatch(text) is not None


def variant(names: Collection[str], notice: str, language: str) -> tuple[str, str]:
    """The best of `names` for `notice`, and its language. The text without a language is English; it need not exist."""
    there = {name.lower(): name for name in names}
    wanted = language
    while wanted:
        if (found := there.get(f"{notice}.{wanted}".lower())) is not None:
            return found, wanted
        if wanted.lower() == DEFAULT_LANGUAGE:
            break
        wanted = wanted.rpartition("-")[0]
    return notice, DEFAULT_LANGUAGE


def languages_of(names: Collection[str], notice: str) -> tuple[str, ...]:
    """The languages there is a text in, English first."""
    others = sorted(language for one, language in map(split_name, names) if one == notice and language)
    return (DEFAULT_LANGUAGE, *(one for one in others if one != DEFAULT_LANGUAGE))
