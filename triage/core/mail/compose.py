"""Draft -> bytes: a mail as it goes out, the same bytes every time for the same draft.

Decides the form only: header order, encoding, wrapping. Never decides to whom or what is written, and knows no clock and no randomness:
Message-ID and Date are the draft's, so that a retry sends the same mail (RFC 5322 §3.6.4). The result is 7-bit clean (no 8BITMIME needed),
with CRLF line ends. Everything a stranger may have written (subject, names, ids) is stripped of what could end a header line. Called by
whoever turns a decision into a mail: notices, warnings, the `email` contact kind.

There is deliberately no Precedence field: it is no standard (RFC 2076 §3.9 discourages it), `bulk` moves notices to spam folders, and what
it is used for, asking machines not to answer, is said by Auto-Submitted (RFC 3834 §5) and X-Auto-Response-Suppress (MS-OXCMAIL).
"""

from __future__ import annotations

import base64
import hashlib
import quopri
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote

from triage.core.mail.envelope import check_address, to_ascii_address
from triage.core.mail.prose import wrap

MAX_REFERENCES = 21
"""The first (the thread's root) and the newest: RFC 5322 sets no limit, but threads of hundreds make header lines nobody accepts."""
MAX_LINE = 78
MAX_WORD = 900
"""A header line may not exceed 998 (RFC 5322 §2.1.1); a Message-ID cannot be folded."""

AUTO_SUBMITTED = frozenset({"auto-replied", "auto-generated", "no"})

_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_OWN_FIELDS = frozenset(
    {"from", "to", "cc", "bcc", "reply-to", "sender", "return-path", "subject", "date", "message-id", "in-reply-to", "references"}
    | {"auto-submitted", "precedence", "x-auto-response-suppress"}
    | {"content-language", "mime-version", "content-type", "content-transfer-encoding"}
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail to be written. Addresses are plain addr-specs; `date` is aware; ids keep their angle brackets.

    `suppress_responses` asks Exchange for no automatic answer at all; a mail that pages a person leaves it off, because an
    out-of-office from somebody who is being paged is news.
    """

    message_id: str
    date: datetime
    from_address: str
    to: tuple[str, ...]
    subject: str
    text: str
    from_name: str = ""
    cc: tuple[str, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    auto_submitted: str = "auto-generated"
    suppress_responses: bool = True
    extra_headers: tuple[tuple[str, str], ...] = ()
    language: str = ""
    original: bytes = b""
    """A mail to be attached as it is (a copy for the team)."""


def compose(draft: Draft) -> bytes:
    """The mail, ready for DATA and for APPEND. ValueError for what must not go out: a bad address, id, date or field name."""
    _check(draft)
    encoding, body = _encode_text(wrap(draft.text))
    part = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", encoding)]
    if draft.original:
        part, body = _with_original(draft, part, body)
    fields = [*_fields(draft), *part]
    header = "".join(f"{name}: {value}\r\n" for name, value in fields if value)
    return header.encode("ascii") + b"\r\n" + body


def clean_value(text: str) -> str:
    """One line: controls, line and paragraph separators, surrogates and direction overrides become or leave single spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (" " if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} else char for char in text if char not in _BIDI_OVERRIDES)
    return " ".join("".join(kept).split())


def usable_message_id(text: str) -> bool:
    """Whether this can be written into References: ours must be, a stranger's is left out when it is not."""
    return len(text) <= MAX_WORD and _MESSAGE_ID.fullmatch(text) is not None


def _check(draft: Draft) -> None:
    if not draft.to:
        raise ValueError("a mail needs a recipient")
    for address in (draft.from_address, *draft.to, *draft.cc, *filter(None, [draft.reply_to])):
        check_address(address)
    for address in (draft.from_address, draft.reply_to):
        if not to_ascii_address(address).isascii():
            raise ValueError(f"{address!r} cannot be written from: its local part is not ASCII")
    if not usable_message_id(draft.message_id):
        raise ValueError(f"{draft.message_id[:80]!r} is not a Message-ID")
    if draft.date.utcoffset() is None:
        raise ValueError("the date of a mail must be aware")
    if draft.auto_submitted not in AUTO_SUBMITTED:
        raise ValueError(f"Auto-Submitted cannot be {draft.auto_submitted[:40]!r}")
    for name, _ in draft.extra_headers:
        if _FIELD_NAME.fullmatch(name) is None or name.lower() in _OWN_FIELDS:
            raise ValueError(f"{name[:80]!r} cannot be an extra header field")


def _fields(draft: Draft) -> Iterator[tuple[str, str]]:
    yield "From", _mailbox(draft.from_address, draft.from_name)
    yield "To", _address_list(draft.to)
    yield "Cc", _address_list(draft.cc)
    yield "Reply-To", to_ascii_address(draft.reply_to) if draft.reply_to else ""
    yield "Subject", _unstructured("Subject", draft.subject) or "(no subject)"
    yield "Date", format_datetime(draft.date)
    yield "Message-ID", draft.message_id
    yield "In-Reply-To", draft.in_reply_to if usable_message_id(draft.in_reply_to) else ""
    yield "References", _ids(draft.references)
    yield "Auto-Submitted", draft.auto_submitted
    yield "X-Auto-Response-Suppress", "All" if draft.suppress_responses else ""
    for name, value in draft.extra_headers:
        yield name, _unstructured(name, value)
    yield "MIME-Version", "1.0"
    yield "Content-Language", draft.language if _LANGUAGE.fullmatch(draft.language) else ""


def _mailbox(address: str, name: str) -> str:
    name = clean_value(name)
    if not name:
        return to_ascii_address(address)
    if _needs_encoding(name):
        name = _encoded_words("From", name)
    elif _ATOMS.fullmatch(name) is None:
        name = f'"{quote(name)}"'
    return _fold("From", [name, f"<{to_ascii_address(address)}>"], " ")


def _address_list(addresses: Iterable[str]) -> str:
    return _fold("To", [_recipient(address) for address in addresses], ", ")


def _recipient(address: str) -> str:
    """A local part outside ASCII would make the whole mail an SMTPUTF8 mail; RFC 6857 §3.1.8 shows it as the name of an empty group."""
    ascii_address = to_ascii_address(address)
    if ascii_address.isascii():
        return ascii_address
    return f"{_encoded_words('To', address)} :;"


def _ids(references: tuple[str, ...]) -> str:
    usable = list(dict.fromkeys(filter(usable_message_id, references)))
    if len(usable) > MAX_REFERENCES:
        usable = [usable[0], *usable[1 - MAX_REFERENCES :]]
    return _fold("References", usable, " ")


def _unstructured(name: str, text: str) -> str:
    text = clean_value(text)
    return _encoded_words(name, text) if _needs_encoding(text) else _fold(name, text.split(" "), " ")


def _needs_encoding(text: str) -> bool:
    """Also when a reader would take plain words for encoded ones, and when a word is too long for a line."""
    return not text.isascii() or "=?" in text or any(len(word) > MAX_LINE - 20 for word in text.split(" "))


def _encoded_words(name: str, text: str) -> str:
    """RFC 2047 §5: never splits a character, lines of at most 76."""
    return Header(text, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")


def _fold(name: str, words: list[str], separator: str) -> str:
    """Words joined, with a line end wherever a line would exceed MAX_LINE; a single longer word stays whole."""
    value, column = "", len(name) + 2
    for number, word in enumerate(words):
        if number and column + len(separator) + len(word) + 1 > MAX_LINE:
            value, column = value + separator.rstrip() + "\r\n ", 1
        elif number:
            value, column = value + separator, column + len(separator)
        value += word
        column = len(word) - word.rfind("\n") - 1 if "\n" in word else column + len(word)
    return value


def _with_original(draft: Draft, part: list[tuple[str, str]], body: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """multipart/mixed. A message/rfc822 may only travel as it is (RFC 2046 §5.2.1): one that is not 7-bit becomes a file."""
    original = draft.original.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    plain = original.isascii() and b"\0" not in original and all(len(line) <= MAX_WORD for line in original.split(b"\r\n"))
    kind = "message/rfc822" if plain else 'application/octet-stream; name="original.eml"'
    attached = [("Content-Type", kind), ("Content-Disposition", 'attachment; filename="original.eml"')]
    if not plain:
        attached.append(("Content-Transfer-Encoding", "base64"))
        original = base64.encodebytes(draft.original).replace(b"\n", b"\r\n")
    boundary = "=_" + hashlib.sha256(draft.message_id.encode() + original).hexdigest()[:40]
    pieces = [f"--{boundary}\r\n".encode() + _header(fields) + content for fields, content in ((part, body), (attached, original))]
    whole = b"\r\n".join(pieces) + f"\r\n--{boundary}--\r\n".encode()
    return [("Content-Type", f'multipart/mixed; boundary="{boundary}"')], whole


def _header(fields: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode("ascii") + b"\r\n"


def _encode_text(text: str) -> tuple[str, bytes]:
    """The shortest of the encodings that keep lines within bounds; `text` has `\\n` line ends."""
    raw = text.encode("utf-8")
    if text.isascii() and all(len(line) <= MAX_WORD for line in text.split("\n")):
        return "7bit", raw.replace(b"\n", b"\r\n")
    printable = quopri.encodestring(raw).replace(b"\n", b"\r\n")
    packed = base64.encodebytes(raw.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
    if len(printable) <= len(packed):
        return "quoted-printable", printable
    return "base64", packed
