"""Our own Message-IDs and plus-addresses: they carry the case number under HMAC-SHA256, so that nobody can make one up.

    <c1042.receipt.5f3a9c21.k5qw...@wise.com>      api+c1042.k5qw...@wise.com

Everything is lower case, because some gateways fold the case of a Message-ID. The code is compared as text and in constant time, so
that every changed character makes the id a stranger's. It never decides what may join a case: even a genuine id is a claim only, as
every recipient of a notice has seen one. Called by notices (make), intake (own mail) and follow-up matching (claims).
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from triage.core.mail.message import InboundMessage

# 16 bytes are 26 base32 characters; RFC 2104 section 5 asks for at least half of the hash.
_MAC_BYTES = 16
_MAX_IDS = 200
_MAX_ADDRESSES = 100
_KIND = re.compile(r"[a-z0-9-]{1,32}")
_NONCE = re.compile(r"[a-z0-9]{1,64}")
_MESSAGE_ID = re.compile(r"c(0|[1-9][0-9]{0,11})\.([a-z0-9-]{1,32})\.([a-z0-9]{1,64})\.([a-z2-7]{26})@([^@<>\s]{1,255})")
_PLUS_TOKEN = re.compile(r"c([1-9][0-9]{0,11})\.([a-z2-7]{26})")


@dataclass(frozen=True, slots=True)
class OwnId:
    """What a genuine Message-ID of ours says. Case number 0: a mail that belongs to no case, such as a warning to operators."""

    case_number: int
    kind: str
    nonce: str


@dataclass(frozen=True, slots=True)
class OwnClaim:
    """A case number that a message carries under our code, and where (`"in-reply-to"`, `"references"`, `"plus-address"`)."""

    case_number: int
    where: str
    source: str


def make_message_id(case_number: int, kind: str, nonce: str, domain: str, key: bytes) -> str:
    """A Message-ID with angle brackets. Raises ValueError for what could not be read back: that is a mistake of the caller."""
    domain = domain.lower()
    if case_number < 0 or not _KIND.fullmatch(kind) or not _NONCE.fullmatch(nonce) or not domain or len(key) < _MAC_BYTES:
        raise ValueError(f"cannot make a Message-ID from case {case_number}, kind {kind!r}, nonce {nonce!r}, domain {domain!r}")
    return f"<c{case_number}.{kind}.{nonce}.{_message_code(case_number, kind, nonce, domain, key)}@{domain}>"


def read_message_id(message_id: str, keys: Sequence[bytes], domains: Collection[str]) -> OwnId | None:
    """The id's content when one of the keys made it for exactly one of the domains (no subdomains), else None."""
    match = _MESSAGE_ID.fullmatch(message_id.strip().strip("<>").strip().lower())
    if match is None:
        return None
    number, kind, nonce, code, domain = int(match[1]), match[2], match[3], match[4], match[5]
    if domain not in {each.lower() for each in domains}:
        return None
    genuine = any(hmac.compare_digest(code, _message_code(number, kind, nonce, domain, key)) for key in keys)
    return OwnId(number, kind, nonce) if genuine else None


def plus_token(case_number: int, key: bytes) -> str:
    """What goes between `+` and `@` when the server delivers plus-addresses (RFC 5233): `c1042.<code>`."""
    if case_number < 1 or len(key) < _MAC_BYTES:
        raise ValueError(f"cannot make a plus-address for case {case_number}")
    return f"c{case_number}.{_plus_code(case_number, key)}"


def read_plus_token(token: str, keys: Sequence[bytes]) -> int | None:
    """The case number under one of the keys, else None."""
    match = _PLUS_TOKEN.fullmatch(token.strip().lower())
    if match is None:
        return None
    number = int(match[1])
    genuine = any(hmac.compare_digest(match[2], _plus_code(number, key)) for key in keys)
    return number if genuine else None


def plus_address(address: str, case_number: int, key: bytes) -> str:
    """`api@wise.com` -> `api+c1042.<code>@wise.com`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{plus_token(case_number, key)}@{domain}"


def without_plus(address: str) -> str:
    """`api+anything@wise.com` -> `api@wise.com`, lower case."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def read_plus_address(address: str, keys: Sequence[bytes], own_addresses: Collection[str]) -> int | None:
    """The case number in a plus-address of one of our own mailboxes, else None."""
    local, _, _ = address.rpartition("@")
    _, plus, token = local.partition("+")
    if not plus or without_plus(address) not in {each.lower() for each in own_addresses}:
        return None
    return read_plus_token(token, keys)


def read_claims(
    message: InboundMessage, keys: Sequence[bytes], domains: Collection[str], own_addresses: Collection[str] = ()
) -> tuple[OwnClaim, ...]:
    """Every case this message names under our code, each once: what it answers first, then References newest first, then addresses."""
    claims = [*_id_claims(message, keys, domains), *_address_claims(message, keys, own_addresses)]
    first: dict[int, OwnClaim] = {}
    for claim in claims:
        first.setdefault(claim.case_number, claim)
    return tuple(first.values())


def _id_claims(message: InboundMessage, keys: Sequence[bytes], domains: Collection[str]) -> Iterator[OwnClaim]:
    answered = [("in-reply-to", each) for each in message.in_reply_to[:_MAX_IDS]]
    ancestors = [("references", each) for each in reversed(message.references[-_MAX_IDS:])]
    for where, message_id in answered + ancestors:
        own = read_message_id(message_id, keys, domains)
        if own is not None and own.case_number:
            yield OwnClaim(own.case_number, where, message_id)


def _address_claims(message: InboundMessage, keys: Sequence[bytes], own_addresses: Collection[str]) -> Iterator[OwnClaim]:
    recipients = [each.address for each in message.recipients[:_MAX_ADDRESSES]]
    for address in [*message.delivered_to[:_MAX_ADDRESSES], *recipients]:
        number = read_plus_address(address, keys, own_addresses)
        if number is not None:
            yield OwnClaim(number, "plus-address", address)


def _message_code(case_number: int, kind: str, nonce: str, domain: str, key: bytes) -> str:
    # The parts cannot contain "|", so that no two ids share one text; the label keeps this use of the key apart from every other.
    return _code(f"triage message-id|{case_number}|{kind}|{nonce}|{domain}", key)


def _plus_code(case_number: int, key: bytes) -> str:
    return _code(f"triage plus-address|{case_number}", key)


def _code(text: str, key: bytes) -> str:
    digest = hmac.digest(key, text.encode(), "sha256")[:_MAC_BYTES]
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()
