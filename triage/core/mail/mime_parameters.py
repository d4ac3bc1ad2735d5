"""Content-Type and Content-Disposition, taken apart (RFC 2045 section 5.1, RFC 2183, RFC 2231), for any value.

Decides what parameters a MIME header has. The standard library's reading takes seconds for thousands of parameters and raises on some
charsets; this one is linear and bounded. Called by `mime`.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from triage.core.mail.charsets import clean_line, decode
from triage.core.mail.encoded_words import decode_value

_MAX_VALUE = 4_096
_MAX_PARAMETERS = 64
_TYPE = re.compile(r"\s*([a-z0-9!#$&^_.+-]{1,100})\s*/\s*([a-z0-9!#$&^_.+-]{1,100})", re.IGNORECASE)
_PARAMETER = re.compile(r";?\s*([^\s=;\"]{1,100})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)(?:\"|$)|([^;]*))")
_CONTINUED = re.compile(r"(.+?)\*(\d{1,3})(\*?)\Z")
_ESCAPED = re.compile(r"\\(.)")


def split_value(value: bytes) -> tuple[str, dict[str, str]]:
    """(what stands before the first ";", lower case; parameters by lower-case name, decoded)."""
    text = value[:_MAX_VALUE].decode("latin-1")
    main, _, rest = text.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(rest)):
        if count >= _MAX_PARAMETERS:
            break
        name = match[1].lower()
        content = _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else match[3].strip()
        continued = _CONTINUED.match(name)
        if continued:
            pieces.setdefault(continued[1], {})[int(continued[2])] = (bool(continued[3]), content)
        elif name.endswith("*"):
            pieces.setdefault(name[:-1], {}).setdefault(0, (True, content))
        else:
            plain.setdefault(name, _plain(content))
    for name, parts in pieces.items():
        # RFC 2231 section 4.1 forms win over the plain parameter that is sent along for old readers.
        plain[name] = _extended(parts)
    return clean_line(main).lower(), plain


def content_type(value: bytes, default: str = "text/plain") -> tuple[str, dict[str, str]]:
    """(type/subtype in lower case, parameters). RFC 2045 section 5.2: what cannot be read is text/plain."""
    main, parameters = split_value(value)
    match = _TYPE.match(main)
    if match:
        return f"{match[1]}/{match[2]}", parameters
    return ("text/html" if main == "html" else default), parameters


def _plain(content: str) -> str:
    """RFC 2047 words in parameters are forbidden (section 5) and everywhere."""
    return decode_value(content.encode("latin-1"), "utf-8")


def _extended(parts: dict[int, tuple[bool, str]]) -> str:
    charset, data = "", b""
    for position, (number, (encoded, content)) in enumerate(sorted(parts.items())):
        raw = content.encode("latin-1")
        if encoded:
            if position == 0 and number == 0 and content.count("'") >= 2:
                charset, _, content = content.split("'", 2)
                raw = content.encode("latin-1")
            raw = unquote_to_bytes(raw)
        data += raw
    return clean_line(decode(data, charset))
