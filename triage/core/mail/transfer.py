"""Content-Transfer-Encoding undone (RFC 2045 section 6), whatever state the data is in.

Decides what bytes a part has; never raises: broken base64 gives what can be decoded, and text wrongly labelled base64 stays text.
Called by `bodies`.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

_BLANK = b" \t\n\r"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\n]{1,255})\Z")


@dataclass(frozen=True, slots=True)
class Uuencoded:
    name: bytes
    size: int


def undo(data: bytes, encoding: str) -> tuple[bytes, str]:
    """(decoded bytes, what was wrong or "")."""
    if encoding == "base64":
        return _base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data), ""
    if encoding in ("", "7bit", "8bit", "binary") or encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return data, ""
    return data, f"unknown Content-Transfer-Encoding {encoding[:40]}"


def decoded_size(data: bytes, encoding: str) -> int:
    """Bytes after decoding, counted without decoding where that is possible."""
    if encoding == "base64":
        return len(data.translate(None, delete=_BLANK).rstrip(b"=")) * 3 // 4
    if encoding == "quoted-printable":
        return len(binascii.a2b_qp(data))
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        _, found = strip_uuencoded(data)
        return sum(item.size for item in found) or len(data)
    return len(data)


def strip_uuencoded(data: bytes) -> tuple[bytes, list[Uuencoded]]:
    """Text without its uuencoded files (`begin 644 name` ... `end`), and the files. One pass; an unfinished file stays text."""
    if not data.startswith(b"begin ") and b"\nbegin " not in data:
        return data, []
    kept: list[bytes] = []
    found: list[Uuencoded] = []
    begin, name, size = -1, b"", 0
    for line in data.split(b"\n"):
        kept.append(line)
        if begin < 0:
            match = _BEGIN.match(line.rstrip())
            if match:
                begin, name, size = len(kept) - 1, match[1], 0
        elif line.rstrip() == b"end":
            del kept[begin:]
            found.append(Uuencoded(name, size))
            begin = -1
        elif _is_uu_line(line):
            size += (line[0] - 0x20) & 0x3F if line else 0
        else:
            begin = -1
    return b"\n".join(kept), found


def _is_uu_line(line: bytes) -> bool:
    """A length character and at most 60 of data ("M" lines), or a blank left over from the terminating line."""
    if not line.strip():
        return True
    length = (line[0] - 0x20) & 0x3F
    return 0x20 <= line[0] <= 0x60 and len(line) <= 4 * ((length + 2) // 3) + 3


def _base64(data: bytes) -> tuple[bytes, str]:
    if b" " not in data and not data.translate(None, delete=_BASE64 + _BLANK):
        return _decode_packed(data.translate(None, delete=_BLANK))
    # Lists append their footer as it is to what was encoded, and some mailers label what they never encoded.
    lines = data.split(b"\n")
    plain_from = next((number for number, line in enumerate(lines) if _is_plain(line)), len(lines))
    encoded, plain = b"".join(lines[:plain_from]), b"\n".join(lines[plain_from:])
    if not encoded.strip():
        return data, "labelled base64, but it is not"
    decoded, defect = _decode_packed(_NOT_BASE64.sub(b"", encoded))
    if plain.strip():
        return decoded.rstrip(b"\n") + b"\n" + plain, "plain text behind base64"
    return decoded, defect or "broken base64"


def _is_plain(line: bytes) -> bool:
    line = line.strip()
    return b" " in line or len(line.translate(None, delete=_BASE64)) * 5 > len(line)


def _decode_packed(packed: bytes) -> tuple[bytes, str]:
    """Padding in the middle: two encoded texts were joined. Each is decoded for itself."""
    decoded, defect = [], ""
    for piece in packed.split(b"="):
        if len(piece) % 4 == 1:
            piece, defect = piece[:-1], "broken base64"
        if piece:
            decoded.append(binascii.a2b_base64(piece + b"=" * (-len(piece) % 4)))
    return b"".join(decoded), defect
