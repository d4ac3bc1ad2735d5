"""Mails built to cost time, memory or stack: each a few lines of code and each known to have stopped a mail program."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

_HEAD = b"From: a@acme.example\r\nTo: api@wise.com\r\nSubject: %s\r\nMessage-ID: <bomb@acme.example>\r\n"


def _mail(extra: bytes, body: bytes = b"Hello\r\n", subject: bytes = b"bomb") -> bytes:
    return _HEAD % subject + extra + b"\r\n" + body


def _nested_multiparts(depth: int) -> bytes:
    body = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth))
    return _HEAD % b"bomb" + body + b"Content-Type: text/plain\r\n\r\ndeep\r\n"


def _nested_messages(depth: int) -> bytes:
    return (_HEAD % b"bomb" + b"Content-Type: message/rfc822\r\n\r\n") * depth + _HEAD % b"inner" + b"\r\ndeep\r\n"


BOMBS: dict[str, Callable[[], bytes]] = {
    "20,000 parts": lambda: _mail(
        b"Content-Type: multipart/mixed; boundary=b\r\n", b"".join(b"--b\r\n\r\npart %d\r\n" % n for n in range(20_000)) + b"--b--\r\n"
    ),
    "20,000 Content-Type parameters": lambda: _mail(
        b"Content-Type: text/plain" + b"".join(b"; p%d=v" % n for n in range(20_000)) + b"\r\n"
    ),
    "20,000 RFC 2231 pieces": lambda: _mail(b"Content-Type: text/plain" + b"".join(b"; name*%d=v" % n for n in range(20_000)) + b"\r\n"),
    "RFC 2231 in iso-2022-jp": lambda: _mail(b"Content-Type: text/plain; name*=iso-2022-jp''%1B%24%FF%FF\r\n"),
    "unclosed quotes in parameters": lambda: _mail(b"Content-Type: text/plain" + b'; p="x' * 20_000 + b"\r\n"),
    "600 nested comments in To": lambda: _mail(b"Cc: " + b"(" * 600 + b")" * 600 + b" x@acme.example\r\n"),
    "30,000 opened comments in Cc": lambda: _mail(b"Cc: " + b"(" * 30_000 + b"\r\n"),
    "10,000 recipients": lambda: _mail(b"Cc: " + b",\r\n ".join(b"Name %d <n%d@acme.example>" % (n, n) for n in range(10_000)) + b"\r\n"),
    "commas in Cc": lambda: _mail(b"Cc: " + b"," * 60_000 + b"\r\n"),
    "angles in Cc": lambda: _mail(b"Cc: " + b"<" * 60_000 + b"\r\n"),
    "quotes in Cc": lambda: _mail(b"Cc: " + b'"@' * 30_000 + b"\r\n"),
    "encoded words in Cc": lambda: _mail(b"Cc: " + b"=?utf-8?q?a=2C?= " * 3_500 + b"<x@acme.example>\r\n"),
    "1,000 nested message/rfc822": lambda: _nested_messages(1_000),
    "1,000 nested multiparts": lambda: _nested_multiparts(1_000),
    "200 KB subject": lambda: _mail(b"", subject=b"x" * 200_000),
    "1 MB subject of encoded words": lambda: _mail(b"", subject=b"=?utf-8?q?urgent?= " * 55_000),
    "1 MB subject of opened encoded words": lambda: _mail(b"", subject=b"=?u?q?" * 170_000),
    "1 MB folded subject": lambda: _mail(b"", subject=b"x\r\n " * 250_000),
    "1 MB of spaces in the subject": lambda: _mail(b"", subject=b"x" + b" " * 1_000_000 + b"y"),
    "5 MB of folds": lambda: _mail(b"X: y" + b"\n z" * 1_700_000 + b"\r\n"),
    "5 MB of CR CR LF": lambda: _mail(b"", b"\r\r\n" * 1_700_000),
    "5 MB of CR before one LF": lambda: _mail(b"", b"\r" * 5_000_000 + b"\n"),
    "5 MB of blank lines first": lambda: b"\n" * 5_000_000 + _mail(b""),
    "100,000 header fields": lambda: _mail(b"X-A: b\r\n" * 100_000),
    "100,000 junk lines in the header": lambda: _mail(b"junk\r\n" * 100_000 + b"X-Mailer: z\r\n"),
    "2 MB header": lambda: _mail(b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1_000) for n in range(2_000))),
    "100,000 references": lambda: _mail(b"References: " + b" ".join(b"<%d@acme.example>" % n for n in range(100_000)) + b"\r\n"),
    "opened brackets in References": lambda: _mail(b"References: " + b"<" * 60_000 + b"\r\n"),
    "2 MB of dashes": lambda: _mail(b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n\r\n" + b"--\r\n" * 500_000),
    "2 MB of boundary prefixes": lambda: _mail(b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n\r\n" + b"--bb\r\n" * 330_000),
    "2 MB of attribution lines": lambda: _mail(b"", b"On Mon, 1 Jan 2026 at 10:00, x wrote:\r\n" * 50_000),
    "On On On": lambda: _mail(b"", b"On " * 300_000),
    "2 MB of quote marks": lambda: _mail(b"", b">" * 2_000_000),
    "2 MB flowed": lambda: _mail(b"Content-Type: text/plain; format=flowed\r\n", b"> word \r\n" * 220_000),
    "uuencode without an end": lambda: _mail(b"", b"begin 644 a\r\n" * 100_000),
    "10 MB base64": lambda: _mail(b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n", b64encode(bytes(7_500_000))),
    "opened tags": lambda: _mail(b"Content-Type: text/html\r\n", b"<" * 1_000_000),
    "nested tags": lambda: _mail(b"Content-Type: text/html\r\n", b"<div>" * 200_000),
    "attributes": lambda: _mail(b"Content-Type: text/html\r\n", b"<a " + b'b="' * 300_000),
    "opened HTML comments": lambda: _mail(b"Content-Type: text/html\r\n", b"<!--" * 250_000),
    "zlib as a charset": lambda: _mail(b"Content-Type: text/plain; charset=zlib\r\n"),
    "undefined as a charset": lambda: _mail(b"Content-Type: text/plain; charset=undefined\r\n", b"\xff\r\n"),
    "digits": lambda: _mail(b"", b"4111 1111 1111 1111 " * 50_000),
    "hex": lambda: _mail(b"", b"deadbeef-" * 100_000),
    "slashes": lambda: _mail(b"", b"/v1/transfers" * 70_000),
    "braces": lambda: _mail(b"", b"{" * 250_000),
    "quoted colons": lambda: _mail(b"", b'{"a":' * 50_000),
    "at signs": lambda: _mail(b"", b"@" * 250_000),
    "tokens": lambda: _mail(b"", b"Authorization: Bearer " * 12_000),
}
