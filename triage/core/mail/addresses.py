"""Mailboxes out of address headers (RFC 5322 section 3.4), read tolerantly.

Decides which mailboxes a header names. mail-parser's structural reading comes first: it never takes an address out of a display name
or a comment. Its traps are kept away from it: raw 8-bit is decoded before, lists are bounded, whatever it raises is caught. Only when it
finds nothing is an address searched for in the text, and that is a defect. Called by `parse` and `headers.glance`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mailparser.utils import get_addresses

from triage.core.mail.charsets import clean_line, decode
from triage.core.mail.encoded_words import decode_value
from triage.core.mail.message import Address

MAX_ADDRESSES = 1_000
"""Per header field."""

_MAX_NAME = 500
_MAX_ADDRESS = 320
"""RFC 3696 erratum 1690: 64 octets of local part, "@", 255 of domain."""
_SEARCHED = re.compile(r"[^\s<>()\[\],;:\"@\\]{1,128}@[^\s<>()\[\],;:\"@\\]{1,255}")
_PLAIN = re.compile(rb"<?([a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-zA-Z0-9-]{1,63}(?:\.[a-zA-Z0-9-]{1,63}){0,20})>?")
_NEEDLESS_QUOTES = re.compile(r'"([a-z0-9!#$%&\'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&\'*+/=?^_`{|}~-]+)*)"@')
_FAULTS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, RuntimeError)


def read_addresses(value: bytes, declared: str = "") -> tuple[tuple[Address, ...], list[str]]:
    """Every mailbox of one raw unfolded header value, in order, and what was wrong with it."""
    value = value.strip()
    if not value:
        return (), []
    if plain := _PLAIN.fullmatch(value):
        return (_address("", plain[1].decode("ascii")),), []
    defects: list[str] = []
    text = _bounded(decode(value, "utf-8", declared), defects)
    found = _structural(text)
    if not found and "=?" in text:
        # Some mailers encode the whole field, address included.
        found = _structural(decode_value(text.encode("utf-8", "replace"), "utf-8"))
        if found:
            defects.append("an address inside an encoded word")
    if not found and "@" in text:
        found = _searched(text)
        defects.append("an address had to be searched for" if found else "no address can be read")
    return found, defects


@lru_cache(maxsize=16)
def first_address(value: bytes, declared: str = "") -> Address:
    """The first mailbox; an Address without an address when there is none. Remembered for a moment: the verdicts read the From header of
    the same mail again."""
    found, _ = read_addresses(value, declared)
    return found[0] if found else Address("", clean_line(decode_value(value, declared))[:_MAX_NAME])


def return_path(value: bytes) -> str:
    """The address of a Return-Path header; "" for the null return path `<>`."""
    inner = value.strip()
    return "" if inner in (b"<>", b"") else first_address(inner).address


def _bounded(text: str, defects: list[str]) -> str:
    text = text.replace("\0", "")
    if text.count(",") < MAX_ADDRESSES:
        return text
    defects.append(f"more than {MAX_ADDRESSES} addresses in one header")
    return ",".join(text.split(",", MAX_ADDRESSES)[:MAX_ADDRESSES])


@lru_cache(maxsize=16)
def _structural(text: str) -> tuple[Address, ...]:
    try:
        pairs: list[tuple[str, str]] = get_addresses(text, decode_names=True)
    except _FAULTS:
        return ()
    return tuple(_address(name, spec) for name, spec in pairs if "@" in spec and len(spec) <= _MAX_ADDRESS)


def _searched(text: str) -> tuple[Address, ...]:
    """The last thing in angle brackets that looks like an address, else every bare one."""
    inside = text.rpartition("<")[2].partition(">")[0] if "<" in text else ""
    match = _SEARCHED.search(inside)
    if match:
        name = decode_value(text.rpartition("<")[0].encode("utf-8", "replace"), "utf-8")
        return (_address(name.strip(" \"'"), match[0]),)
    return tuple(_address("", spec) for spec in _SEARCHED.findall(text)[:MAX_ADDRESSES])


def _address(name: str, spec: str) -> Address:
    spec = clean_line(spec).strip(".").lower()
    local, _, domain = spec.rpartition("@")
    address = _NEEDLESS_QUOTES.sub(r"\1@", f"{local}@{_ascii_domain(domain)}")
    if "=?" in name:  # an encoded word within quotes, or one whose charset mail-parser does not know
        name = decode_value(name.encode("utf-8", "replace"), "utf-8")
    name = clean_line(name).strip("\"'").strip()
    return Address(address, "" if name.lower() == address else name[:_MAX_NAME])


def _ascii_domain(domain: str) -> str:
    """An internationalised domain in its ASCII form (RFC 5890), so that one domain has one spelling."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
