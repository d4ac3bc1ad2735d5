"""Passwords of people who sign in to the board, as scrypt hashes (RFC 7914): how one is written, and whether a password fits it.

Pure: the salt is given. What a stored hash may cost is bounded, so that a line of a file cannot take the machine's memory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_NAME = "scrypt"
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
"""16 MB and some 50 ms for each try."""
_MOST_COST, _MOST_BLOCK, _MOST_PARALLEL = 2**17, 16, 4
_MEMORY = 512 * 1024 * 1024
SALT_BYTES = 16
_KEY_BYTES = 32


def hash_password(password: str, salt: bytes) -> str:
    """`scrypt$16384$8$1$salt$hash`, both in base64."""
    key = _derive(password, salt, _COST, _BLOCK, _PARALLEL)
    return "$".join([_NAME, str(_COST), str(_BLOCK), str(_PARALLEL), _text(salt), _text(key)])


def is_hash(text: str) -> bool:
    return _parts(text) is not None


def fits(password: str, written: str) -> bool:
    """In a time that does not depend on how much of the password is right."""
    parts = _parts(written)
    if parts is None:
        return False
    cost, block, parallel, salt, key = parts
    return hmac.compare_digest(_derive(password, salt, cost, block, parallel), key)


def _derive(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY, dklen=_KEY_BYTES)


def _parts(text: str) -> tuple[int, int, int, bytes, bytes] | None:
    try:
        name, *numbers, salt, key = text.split("$")
        cost, block, parallel = (int(number) for number in numbers)
        made = (cost, block, parallel, base64.b64decode(salt, validate=True), base64.b64decode(key, validate=True))
    except (ValueError, binascii.Error):
        return None
    bounded = 2**14 <= cost <= _MOST_COST and cost & (cost - 1) == 0 and 1 <= block <= _MOST_BLOCK and 1 <= parallel <= _MOST_PARALLEL
    return made if name == _NAME and bounded and len(made[3]) >= SALT_BYTES and len(made[4]) == _KEY_BYTES else None


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
