"""Bytes of a stranger become text: always some text, never an exception, never a lone surrogate.

Decides which codec a charset label means. Labels are looked up in a closed table, so a mail can neither make Python import a module by
name nor reach the codecs that are not character sets (zlib, punycode, undefined). Called by everything in core/mail that decodes.
"""

from __future__ import annotations

import re
from encodings.aliases import aliases
from functools import lru_cache

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_MAX_LABEL = 64
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = bytes(octet for octet in (*range(32), 127) if octet not in b"\t\n")
_LINE_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ISO_2022 = (b"\x1b$", b"\x1b(J", b"\x1b(I")
_JIS_X_0208 = (b"\x1b$B", b"\x1b$@")
_JIS_X_0213 = b"\x1b$(Q"

_NO_TEXT = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec", "mbcs", "oem"}
_CODECS = {**aliases, **{codec: codec for codec in aliases.values()}}

_KNOWN_LABELS = {
    # What labels mean in real mail, where it differs from the registered name. The Windows superset is used for the ISO
    # and GB names, as browsers do (WHATWG Encoding Standard, section 4.2): mailers label the one and send the other.
    "iso_8859_1": "cp1252",
    "iso8859_1": "cp1252",
    "latin1": "cp1252",
    "latin_1": "cp1252",
    "l1": "cp1252",
    "iso_8859_9": "cp1254",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "iso_8859_6_e": "iso8859_6",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "gb_2312_80": "gb18030",
    "windows_936": "gb18030",
    "cp936": "gb18030",
    "windows_874": "cp874",
    "cp_874": "cp874",
    "dos_874": "cp874",
    "koi8r": "koi8_r",
    "koi8u": "koi8_u",
    "koi": "koi8_r",
    "x_cp1250": "cp1250",
    "x_cp1251": "cp1251",
    "x_cp1252": "cp1252",
    "shift_jis": "cp932",
    "shift_jisx0213": "cp932",
    "sjis": "cp932",
    "x_sjis": "cp932",
    "x_ms_cp932": "cp932",
    "windows_31j": "cp932",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso_2022_jp": "iso2022_jp_ext",
    "x_euc_jp": "euc_jp",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "euc_kr": "cp949",
    "x_euc_kr": "cp949",
    "windows_949": "cp949",
    "big5": "big5hkscs",
    "x_x_big5": "big5hkscs",
    "cn_big5": "big5hkscs",
    "macintosh": "mac_roman",
    "x_mac_roman": "mac_roman",
    "x_mac_cyrillic": "mac_cyrillic",
    "utf8mb4": "utf_8",
    "utf_8mb4": "utf_8",
    "utf_8_sig": "utf_8_sig",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "x_unicode_2_0_utf_7": "utf_7",
    "unicode": "utf_16",
    "ucs_2": "utf_16",
    "iso_10646_ucs_2": "utf_16_be",
    "hz_gb_2312": "hz",
}
_GUESSED = {"ascii", "us_ascii"}


@lru_cache(maxsize=256)
def codec_of(label: str) -> str:
    """The codec a charset label stands for, or "" for labels that say nothing ("", unknown-8bit, x-unknown, binary, us-ascii)."""
    name = label[:_MAX_LABEL].strip().strip("\"'").lower().removeprefix("charset=")
    # RFC 2231 section 5 lets a language follow after "*"; "utf-8;format=flowed", "utf-8, utf-8" and comments are seen as well.
    name = _NOT_ALNUM.sub("_", re.split(r"[*;,(]", name, maxsplit=1)[0].strip()).strip("_")
    codec = _KNOWN_LABELS.get(name) or _CODECS.get(name, "")
    return "" if codec in _NO_TEXT or codec in _GUESSED else codec


def decode(data: bytes, label: str = "", fallback: str = "") -> str:
    """Text of `data`: the labelled charset if it fits, else UTF-8, else `fallback` (another label), else Windows-1252."""
    codec = codec_of(label)
    if not codec and data.isascii() and b"\x1b" not in data:
        return data.decode("ascii")
    if codec == "utf_7" and data.isascii():
        return scrub(data.decode(codec, "replace"))  # what is damaged UTF-7 is valid ASCII, and unreadable as such
    second = codec_of(fallback)
    for attempt in (codec, "utf_8", second):
        text = _attempt(data, attempt) if attempt else None
        if text is not None:
            return text
    if any(mark in data for mark in _ISO_2022):
        text = _attempt(data, "iso2022_jp_ext") or _with_vendor_characters(data)
        if text is not None:
            return text
    if codec and codec not in ("utf_8", "utf_16", "utf_7"):
        # A multi-byte text that was cut or damaged in one place is better read with its own codec than as Windows-1252.
        damaged = data.decode(codec, "replace")
        if damaged.count(REPLACEMENT) * 20 <= len(damaged):
            return scrub(damaged)
    if _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    return data.decode("cp1252", "replace")


def scrub(text: str) -> str:
    """Lone surrogates break UTF-8 output, JSON and SQLite long after parsing; they become the replacement character here."""
    return text if text.isascii() else _SURROGATES.sub(REPLACEMENT, text)


def clean_text(text: str) -> str:
    """Body text: no surrogates, no control characters but tab and line feed; line ends are `\\n`."""
    text = scrub(text).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    # In UTF-8 these octets are only ever the characters themselves; deleting octets is ten times as fast as a pattern.
    return text.encode("utf-8").translate(None, delete=_CONTROLS).decode("utf-8")


def clean_line(text: str) -> str:
    """One line for a header value or a name: control characters and line separators become one space, ends are stripped."""
    return _LINE_CONTROLS.sub(" ", scrub(text)).strip() if not text.isprintable() else text.strip()


def _attempt(data: bytes, codec: str) -> str | None:
    if codec == "utf_8" and b"\x1b$" in data:
        return None  # ISO-2022-JP without a label is valid ASCII, and unreadable as such
    try:
        return scrub(data.decode(codec))
    except (UnicodeError, LookupError, ValueError):
        return None


def _with_vendor_characters(data: bytes) -> str | None:
    """Outlook puts circled digits and the like, which JIS X 0208 does not have, into ISO-2022-JP; JIS X 0213 has most of them there."""
    for escape in _JIS_X_0208:
        data = data.replace(escape, _JIS_X_0213)
    return _attempt(data, "iso2022_jp_2004")


def _mostly_utf8(data: bytes) -> bool:
    """A UTF-8 text with a few broken bytes (cut in the middle of a character, one stray byte) is still UTF-8."""
    damaged = data.decode("utf-8", "replace")
    broken = damaged.count(REPLACEMENT)
    whole = sum(1 for char in damaged[:20_000] if char > "\x7f" and char != REPLACEMENT)
    return whole > broken
