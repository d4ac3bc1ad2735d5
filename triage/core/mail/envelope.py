"""Which addresses may go out: on an SMTP command line and into a header.

Decides whether an address is one mailbox and nothing else, and what it asks of the server (SMTPUTF8, RFC 6531). Never repairs an
address: what would be cut or read differently further on is refused here, with the reason. Called by `compose`, the SMTP adapter and the
contact kinds.
"""

from __future__ import annotations

import re
from email.utils import parseaddr
from functools import lru_cache
from unicodedata import category

MAX_LOCAL_BYTES = 64
MAX_ADDRESS_BYTES = 254
"""RFC 5321 §4.5.3.1: 64 octets of local part; 256 of path, less the angle brackets."""

_ATEXT = r"[^\s\"(),.:;<>@\[\\\]]"
"""atext of RFC 5322 §3.2.3 and, as in RFC 6531 §3.3, everything visible outside ASCII (see `_INVISIBLE`)."""
_QUOTED = r"\"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*\""
_ADDRESS = re.compile(rf"(?P<local>{_ATEXT}+(?:\.{_ATEXT}+)*|{_QUOTED})@(?P<domain>[^\s@\[\]]+|\[[0-9A-Za-z.:]+\])")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)


@lru_cache(maxsize=1024)
def check_address(address: str) -> str:
    """The address itself, or ValueError saying why it cannot be written to. No display name, no list, no comment."""
    found = _ADDRESS.fullmatch(address)
    if found is None or parseaddr(address)[1] != address or any(category(char) in _INVISIBLE for char in address):
        raise ValueError(f"{address[:80]!r} is not one plain mail address")
    if len(found["local"].encode()) > MAX_LOCAL_BYTES or len(address.encode()) > MAX_ADDRESS_BYTES:
        raise ValueError(f"{address[:80]!r} is longer than RFC 5321 allows")
    if not found["domain"].startswith("["):
        _check_domain(found["domain"])
    return address


def _check_domain(domain: str) -> None:
    ascii_name = to_ascii_domain(domain)
    if not all(_LABEL.fullmatch(label) for label in ascii_name.split(".")):
        raise ValueError(f"{domain[:80]!r} is not a domain name")


def to_ascii_domain(domain: str) -> str:
    """The domain as DNS knows it (`bücher.example` → `xn--bcher-kva.example`). ValueError when there is none."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(f"{domain[:80]!r} is not a domain name") from None


def to_ascii_address(address: str) -> str:
    """The address with an ASCII domain; it is all ASCII then unless the local part needs SMTPUTF8."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{to_ascii_domain(domain)}"
