"""Tokens of the links in pages: whoever holds one may acknowledge that page as the person it was sent to.

The store keeps a random nonce in the outbox and a hash for looking the token up; the token itself is made from the nonce and a key at
the moment of sending, so that nobody who reads the store can acknowledge. Pure: the nonce comes from outside.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Any

NONCE_BYTES = 16
"""128 random bits."""
_TOKEN = re.compile(r"[0-9a-f]{32}")


def token_of(nonce: str, key: bytes) -> str:
    """32 hex digits, as long as the nonce: what takes its place in a text changes no length that was cut to fit."""
    return hmac.digest(key, f"triage page-link|{nonce}".encode(), "sha256")[:NONCE_BYTES].hex()


def hash_of(token: str) -> str:
    return hashlib.sha256(f"triage page-token|{token}".encode()).hexdigest()


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def unsealed(value: Any, nonce: str, token_hash: str, keys: Sequence[bytes]) -> Any:
    """A payload with the token in place of the nonce, wherever it stands. As it is when no key made that token."""
    token = next((token for key in keys if hmac.compare_digest(hash_of(token := token_of(nonce, key)), token_hash)), None)
    return value if token is None else _replaced(value, nonce, token)


def _replaced(value: Any, nonce: str, token: str) -> Any:
    if isinstance(value, str):
        return value.replace(nonce, token)
    if isinstance(value, dict):
        return {name: _replaced(each, nonce, token) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(each, nonce, token) for each in value]
    return value
