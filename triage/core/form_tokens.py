"""Tokens of the board's forms: a form that changes something was given to this person by this installation, not long ago. Pure."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

VALID_FOR = timedelta(hours=12)
_PURPOSE = b"triage board form"


def form_token(key: bytes, person: str, now: datetime) -> str:
    """`<end of validity>.<signature>`; `key` is one of the installation's own."""
    end = int((now + VALID_FOR).timestamp())
    return f"{end}.{_signature(key, person, end)}"


def is_form_token(keys: tuple[bytes, ...], token: str, person: str, now: datetime) -> bool:
    end, _, signature = token.partition(".")
    if not (end.isascii() and end.isdigit() and len(end) < 12) or int(end) < now.timestamp():
        return False
    given = signature.encode("utf-8", "replace")
    return any(hmac.compare_digest(_signature(key, person, int(end)).encode(), given) for key in keys)


def _signature(key: bytes, person: str, end: int) -> str:
    own = hmac.new(key, _PURPOSE, hashlib.sha256).digest()
    return hmac.new(own, f"{end} {person}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
