"""RFC 2047 encoded words, read as leniently as mail clients do.

Decides what text a header value shows. The standard library's decoder raises on broken base64 and unknown charsets, and keeps each word
apart when one character is split over two. Linear in the length of the value. Called by `headers`, `addresses` and `attachments`.
"""

from __future__ import annotations

import binascii
import re

from triage.core.mail.charsets import clean_line, decode

_START = re.compile(rb"=\?([^?\s]{0,64})\?([bBqQ])\?")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_HIDDEN_UTF7 = re.compile(rb"\+[A-Za-z0-9+/]{3,}-?")
_BLANK = b" \t"


def decode_value(value: bytes, declared: str = "") -> str:
    """The text of an unfolded header value. `declared` is the charset of the message, for values that are raw 8-bit."""
    if b"=?" not in value:
        return clean_line(_raw_text(value, declared))
    pieces: list[str] = []
    run: list[tuple[str, bytes]] = []
    position = 0
    for start, end, charset, data in _words(value):
        between = value[position:start]
        if between.strip(_BLANK) or (between and not run):
            # RFC 2047 section 6.2: only white space between two encoded words is dropped.
            pieces += [_run_text(run), _raw_text(between, declared)]
            run = []
        if run and run[-1][0] == charset:
            run[-1] = (charset, run[-1][1] + data)
        else:
            run.append((charset, data))
        position = end
    pieces += [_run_text(run), _raw_text(value[position:], declared)]
    return clean_line("".join(pieces))


def _words(value: bytes) -> list[tuple[int, int, str, bytes]]:
    """(start, end, charset, decoded bytes) of every encoded word."""
    found = []
    position = 0
    while match := _START.search(value, position):
        # The text may begin with "=" in Q encoding, so the end is looked for after the third question mark only.
        end = value.find(b"?=", match.end())
        if end < 0:
            break
        charset = match[1].decode("ascii", "replace").lower().partition("*")[0]
        data = value[match.end() : end]
        found.append((match.start(), end + 2, charset, _base64(data) if match[2] in b"bB" else _quoted(data)))
        position = end + 2
    return found


def _base64(data: bytes) -> bytes:
    clean = _NOT_BASE64.sub(b"", data)
    if len(clean) % 4 == 1:
        clean = clean[:-1]  # one character carries no whole byte
    try:
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    except binascii.Error:
        return data


def _quoted(data: bytes) -> bytes:
    return binascii.a2b_qp(data, header=True)


def _run_text(run: list[tuple[str, bytes]]) -> str:
    return "".join(decode(data, charset) for charset, data in run)


def _raw_text(value: bytes, declared: str) -> str:
    if value.isascii():
        if b"+" in value and declared and "utf-7" in declared.lower() and _HIDDEN_UTF7.search(value):
            return decode(value, "utf-7")
        return decode(value)
    return decode(value, "utf-8", declared)
