"""S/MIME mails that are signed as a whole (RFC 8551 section 3.5.2): the mail that lies inside the signature.

Decides only where the signed bytes are (CMS SignedData, RFC 5652 section 5.1); it never checks a signature and proves no author by it.
Outlook writes such mail when "clear text signed" is off, and a request for help must not be lost in it. Encrypted mail stays closed, and
what is signed twice is opened once. Every byte is looked at once; whatever is not as expected yields nothing. Called by `parse`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from triage.core.mail import transfer
from triage.core.mail.headers import normalise, read_fields, split
from triage.core.mail.mime import Leaf, leaves
from triage.core.settings import Limits

_KINDS = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _SET, _INTEGER, _OID, _CONTENT, _OCTETS, _OCTETS_IN_PIECES = 0x30, 0x31, 0x02, 0x06, 0xA0, 0x04, 0x24
_MAX_PIECES = 100_000
_MAX_LENGTH_OCTETS = 4


def opened(found: Sequence[Leaf], limits: Limits) -> tuple[list[Leaf], list[str]]:
    """The leaves with those of signed mails in the place of the signature around them, and what was wrong inside."""
    every: list[Leaf] = []
    defects: list[str] = []
    for leaf in found:
        inside, wrong = _leaves_inside(leaf, limits) if leaf.content_type in _KINDS and len(every) < limits.max_parts else ([], [])
        # Alternatives are numbered within one mail: those inside must not be taken for the ones outside.
        base = 1 + max((one.alternative for one in (*found, *every)), default=0) if inside else 0
        every += [replace(one, alternative=one.alternative and one.alternative + base) for one in inside] or [leaf]
        defects += wrong
    return every, defects


def signed_content(data: bytes) -> bytes:
    """What a CMS SignedData holds; empty when it is something else, or holds nothing (a detached signature)."""
    position = _into(data, 0, _SEQUENCE)
    start, end = _whole(data, position, _OID)
    if start < 0 or data[start:end] != _SIGNED_DATA:
        return b""
    position = _into(data, _into(data, end, _CONTENT), _SEQUENCE)
    position = _whole(data, _whole(data, position, _INTEGER)[1], _SET)[1]
    position = _whole(data, _into(data, position, _SEQUENCE), _OID)[1]
    return _octets(data, _into(data, position, _CONTENT))


def _leaves_inside(leaf: Leaf, limits: Limits) -> tuple[list[Leaf], list[str]]:
    content = signed_content(transfer.undo(leaf.body, leaf.encoding)[0])
    if not content:
        return [], []
    data = normalise(content)
    header, start, more = split(data, of_part=True)
    fields, faults = read_fields(header, limits)
    inside, wrong = leaves(data, start, fields, limits)
    return inside, [*more, *faults, *wrong]


def _octets(data: bytes, position: int) -> bytes:
    """An OCTET STRING, in one piece or, as streaming writers leave it, in many."""
    start, end = _whole(data, position, _OCTETS)
    if start >= 0:
        return data[start:end]
    position = _into(data, position, _OCTETS_IN_PIECES)
    pieces: list[bytes] = []
    while len(pieces) < _MAX_PIECES:
        start, end = _whole(data, position, _OCTETS)
        if start < 0:
            break
        pieces.append(data[start:end])
        position = end
    return b"".join(pieces)


def _into(data: bytes, position: int, tag: int) -> int:
    """Where the content of the element at `position` begins; -1 when it is another one. Its length may be unsaid (X.690, 8.1.3.6)."""
    if position < 0 or data[position : position + 1] != bytes([tag]):
        return -1
    return _length(data, position + 1)[0]


def _whole(data: bytes, position: int, tag: int) -> tuple[int, int]:
    """Start and end of the content of an element whose length is said; (-1, -1) when it is another one."""
    if position < 0 or data[position : position + 1] != bytes([tag]):
        return -1, -1
    start, length = _length(data, position + 1)
    return (start, min(start + length, len(data))) if start >= 0 and length >= 0 else (-1, -1)


def _length(data: bytes, position: int) -> tuple[int, int]:
    """(first octet of the content, its length or -1 when it is not said); (-1, -1) when this is no length."""
    if position >= len(data):
        return -1, -1
    first = data[position]
    if first < 0x80:
        return position + 1, first
    octets = first & 0x7F
    if octets > _MAX_LENGTH_OCTETS or position + octets >= len(data):
        return -1, -1
    start = position + 1 + octets
    return start, int.from_bytes(data[position + 1 : start], "big") if octets else -1
