"""Excerpt: the line of a file that a problem is about, as people are shown it: secrets hidden, cut around the place, the marker known.

Decides what of an operator's file may be repeated; never where a mistake is. Called by `core/toml/document` and by whoever makes a Problem
of a text file; `problem_text` writes it out.
"""

from __future__ import annotations

import difflib
import re
import unicodedata

_PAIR = re.compile(r"""(?P<key>[\w-]+)(?P<equals>["']?\s*[=:][=:\s]*)(?P<value>"[^"]*"?|'[^']*'?|[^\s,}#]+)""")
_ADDRESS = re.compile(r"""(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,19})://(?P<host>[^\s/?#"'\],}]*)(?P<rest>[/?#][^\s"'\],}]*)?""")
_NO_SECRET_AS_HOST = frozenset({"http", "https", "imap", "imaps", "smtp", "smtps", "ftp"})
_SECRETS = ("password", "secret", "token", "auth_token", "routing_key", "topic")
_LONGEST = 10_000
"""A line beyond this was not written by hand; showing it would cost more than it tells."""
_WIDEST, _BEFORE = 200, 120
"""Columns that are shown of a line, and how many of them at most before the place."""
_CUT = "..."


def excerpt(line: str, column: int) -> tuple[str, int]:
    """(text, position of the marker in it from 0) for a line and a column from 1."""
    if len(line) > _LONGEST:
        return "", 0
    text, at = _hide_secrets(line), len(_hide_secrets(line[: max(column - 1, 0)]))
    if display_width(text) <= _WIDEST:
        return text, at
    start = at
    while start > 0 and display_width(text[start - 1 : at]) <= _BEFORE:
        start -= 1
    end = start
    while end < len(text) and display_width(text[start : end + 1]) <= _WIDEST:
        end += 1
    before, after = _CUT if start else "", _CUT if end < len(text) else ""
    return f"{before}{text[start:end]}{after}", len(before) + at - start


def display_width(text: str) -> int:
    """Columns of a terminal: East Asian wide characters and emoji take two (Unicode TR 11), marks on another character none."""
    return sum(0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def is_secret_name(key: str) -> bool:
    """Whether a key's value must not be shown; a misspelt `pasword` or `routing_ky` is one too, the name of a password file is not."""
    word = key.lower()
    if word.endswith("_file"):
        return False
    sounds_like_one = any(part in word for part in ("pass", "secret", "token")) or word.endswith("key") or word == "urls"
    return sounds_like_one or bool(difflib.get_close_matches(word, _SECRETS, cutoff=0.75))


def hide_addresses(text: str) -> str:
    """Of a web address what says where it leads: whoever knows the path of a webhook can post there."""
    return _ADDRESS.sub(_hide_rest, text)


def _hide_secrets(line: str) -> str:
    return hide_addresses(_PAIR.sub(_hide_secret, line))


def _hide_secret(pair: re.Match[str]) -> str:
    return f'{pair["key"]}{pair["equals"]}"***"' if is_secret_name(pair["key"]) else pair[0]


def _hide_rest(address: re.Match[str]) -> str:
    if address["scheme"].lower() not in _NO_SECRET_AS_HOST:
        return f"{address['scheme']}://***"
    _, at, host = address["host"].rpartition("@")
    rest = address["rest"] or ""
    return f"{address['scheme']}://{'***@' if at else ''}{host}{rest if rest in ('', '/') else '/***'}"
