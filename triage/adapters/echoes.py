"""Echoes: what is our own, taken out of what another side says before that is kept, logged or shown.

A server that refuses a password may repeat it, as it was sent or decoded; one that refuses a page may repeat the page, with a mail's text
and the link that acknowledges. Decides only what is ours in another coat; never what may be shown otherwise. Called by whatever quotes a
server: imap, smtp, oauth, pagers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from urllib.parse import quote, quote_plus, unquote_plus

MIN_SECRET = 4
"""Shorter ones cannot be masked without spoiling everything."""
MASK = "***"
REPEATED = "(it repeats what was sent to it)"
_TELLING = 20
"""Characters in a row that nobody says by chance; less than a link's token has."""


def forms_of(*secrets: str) -> tuple[str, ...]:
    """Each secret as it is, on one line, in a form, in JSON, in a Python error and in base64; the longest first, so that none hides a
    part of another."""
    long_enough = [secret for secret in secrets if len(secret) >= MIN_SECRET]
    return tuple(sorted({form for secret in long_enough for form in _coats(secret) if len(form) >= MIN_SECRET}, key=len, reverse=True))


def forms_of_sign_in(username: str, secret: str) -> tuple[str, ...]:
    """Also as AUTH PLAIN (RFC 4616) and XOAUTH2 send it."""
    return forms_of(secret, f"\0{username}\0{secret}", f"user={username}\x01auth=Bearer {secret}\x01\x01") if secret else ()


def without(text: str, forms: Sequence[str]) -> str:
    """`text` with a mask in place of each form. To be asked before `text` is cut: half a secret is not known again."""
    for form in forms:
        text = text.replace(form, MASK)
    return text


def repeats(said: str, sent: bytes) -> bool:
    """Whether `said`, which is short, holds a run of characters that was sent, as it was or decoded."""
    text = sent.decode("utf-8", "replace")
    sources = {text, unquote_plus(text), _unescaped(text)}
    runs = {said[start : start + _TELLING] for start in range(len(said) - _TELLING + 1)}
    return any(run in source for source in sources for run in runs)


def _unescaped(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _coats(secret: str) -> tuple[str, ...]:
    raw = secret.encode("utf-8", "surrogatepass")
    coded = base64.b64encode(raw).decode("ascii")
    plain = (secret, " ".join(secret.split()), json.dumps(secret)[1:-1], quote(raw, safe=""), quote_plus(raw), coded, coded.rstrip("="))
    # imaplib quotes a server as Python writes bytes.
    return (*plain, *(repr(each.encode("utf-8", "surrogatepass"))[2:-1] for each in plain))
