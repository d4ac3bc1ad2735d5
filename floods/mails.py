"""What a flood consists of: mails made to cost time, memory or room, each from an author of its own unless the flood is about one.

Pure; the same bytes every time. The small bombs of `make fuzz` are thrown as well (tests/fuzz/bombs.py).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from base64 import encodebytes
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

from tests.fuzz.bombs import BOMBS
from tests.scenarios.office import ADDRESS

MB = 1024 * 1024
URGENT_ID = "<urgent@{}.example>"
_TEXT = b"POST /v1/transfers answers 500 since this morning.\r\n"
_MIXED = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"

Maker = Callable[[int], bytes]


def mail(number: int, header: bytes = b"", body: bytes = _TEXT, *, subject: bytes = b"", author: bytes = b"") -> bytes:
    author = author or b"ops@flood%d.example" % number
    return b"".join(
        (
            b"From: Ops <%s>\r\nTo: %s\r\n" % (author, ADDRESS.encode()),
            b"Subject: %s\r\nMessage-ID: <flood-%d@flood.example>\r\n" % (subject or b"question %d" % number, number),
            b"Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n",
            header,
            b"\r\n",
            body,
        )
    )


def urgent(name: str) -> bytes:
    """From somebody else, in the middle of it."""
    return (
        f"From: {name} <ops@{name.lower()}.example>\r\nTo: {ADDRESS}\r\nSubject: URGENT: payouts of {name} stop\r\n"
        f"Message-ID: {URGENT_ID.format(name.lower())}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\nNothing goes out.\r\n"
    ).encode()


def one_author(number: int) -> bytes:
    return mail(number, author=b"ops@loud.example")


def crying_wolf(number: int) -> bytes:
    return mail(number, author=b"ops@loud.example", subject=b"URGENT: question %d" % number)


def crying_wolves(number: int) -> bytes:
    """As `crying_wolf`, but each from a domain of its own."""
    return mail(number, subject=b"URGENT: question %d" % number)


def urgent_headers(number: int) -> bytes:
    """Small enough to be fetched whole, and as dear to read as a header may be."""
    return mail(number, b"a:\r\n" * (MB // 4 - 1_000), subject=b"URGENT: question %d" % number)


def attached(number: int, content: bytes, kind: bytes = b"application/octet-stream", name: bytes = b"trace.bin") -> bytes:
    part = b"Content-Type: %s\r\nContent-Disposition: attachment; filename=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n" % (kind, name)
    body = b"--b\r\nContent-Type: text/plain\r\n\r\n" + _TEXT + b"--b\r\n" + part + content + b"\r\n--b--\r\n"
    return mail(number, _MIXED, body)


@cache
def _base64(size: int) -> bytes:
    """So many bytes of base64 text, which decode to three quarters of that."""
    line = encodebytes(bytes(range(57))).replace(b"\n", b"\r\n")
    return line * (size // len(line))


def large(size: int) -> Maker:
    return lambda number: attached(number, _base64(size))


def large_text(number: int) -> bytes:
    return mail(
        number, b"Content-Type: text/plain; charset=utf-8\r\n", b"a line of the log file \xc3\xa9 %d\r\n" % number * (50 * MB // 30)
    )


def recipients(number: int) -> bytes:
    return mail(number, b"Cc: " + b",\r\n ".join(b"Name %d <n%d@flood%d.example>" % (n, n, number) for n in range(10_000)) + b"\r\n")


def parts(number: int) -> bytes:
    return mail(number, _MIXED, b"".join(b"--b\r\n\r\npart %d\r\n" % n for n in range(20_000)) + b"--b--\r\n")


@cache
def _zip_bomb() -> bytes:
    """10 MB that unpack to 10 GB."""
    layer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(MB)
    packed = b"".join(layer.compress(zeros) for _ in range(1024)) + layer.flush()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(10):
            archive.writestr(f"{number}.deflated", packed)
    return encodebytes(file.getvalue()).replace(b"\n", b"\r\n")


_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol">' + b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
)


def archives(number: int) -> bytes:
    if number % 2:
        return attached(number, _zip_bomb(), b"application/zip", b"logs.zip")
    kind = (b"application/xml", b"text/xml", b"text/html")[number % 3]
    return attached(number, encodebytes(_LAUGHS + b"]><l>&l9;</l>"), kind, b"trace.xml")


def subjects(number: int) -> bytes:
    words = (b"x" * MB, b"=?utf-8?b?w6k=?= " * (MB // 17), b"x\r\n " * (MB // 4), b"\xff" * MB, b"=?utf-8?q?" * (MB // 10))
    return mail(number, subject=words[number % len(words)])


def nested(number: int) -> bytes:
    if number % 2:
        inside = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(1_000))
        return mail(number).partition(b"\r\n\r\n")[0] + b"\r\n" + inside + b"Content-Type: text/plain\r\n\r\n" + _TEXT
    head = mail(number).partition(b"\r\n\r\n")[0] + b"\r\nContent-Type: message/rfc822\r\n\r\n"
    return head * 1_000 + mail(number)


def headers(number: int) -> bytes:
    """9 MB, since Dovecot itself reads no more than 10 MB of a header."""
    received = b"Received: from a.example (a.example [192.0.2.1]) by b.example; Mon, 23 Nov 2026 09:00:00 +0000\r\n"
    kinds = (
        received * (9 * MB // len(received)),
        b"X-A: b\r\n" * 100_000,
        b"References: " + b" ".join(b"<%d@flood.example>" % n for n in range(MB // 20)) + b"\r\n",
        b"X-Folded: y" + b"\r\n z" * (9 * MB // 4) + b"\r\n",
        b"X-Long: " + b"y" * 9 * MB + b"\r\n",
    )
    # On top, as relays put it: what says who wrote comes after all of it.
    return kinds[number % len(kinds)] + mail(number)


def structures(number: int) -> bytes:
    """Large enough to be fetched by parts, and built to cost whoever reads its structure."""
    filler = b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + _base64(4 * MB) + b"\r\n"
    tail = filler + b"--b--\r\n"
    kinds = (
        b"".join(b"--b\r\nContent-Type: text/x-%d\r\n\r\npart\r\n" % n for n in range(20_000)),
        b"--b\r\nContent-Type: text/plain" + b"".join(b"; p%d=v" % n for n in range(60_000)) + b"\r\n\r\ntext\r\n",
        b"--b\r\nContent-Type: text/plain; name=" + b'"' + b"n" * MB + b'"' + b"\r\n\r\ntext\r\n",
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + recipients(number) + b"\r\n",
        b"".join(b"--b\r\nContent-Type: multipart/mixed; boundary=c%d\r\n\r\n--c%d\r\n" % (n, n) for n in range(1_000)),
        b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"z" * 200_000 + b"\r\n" for _ in range(150)),
        (b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + mail(number)) * 200,
        b'--b\r\nContent-Type: text/plain; x="\\"(){7}\\\\" ; (((\r\nContent-Disposition: "((" ; filename*0*=utf-8\'\'%28\r\n\r\ntext\r\n',
    )
    return mail(number, _MIXED, kinds[number % len(kinds)] + tail)


def endless_base64(number: int) -> bytes:
    encoded = b"Content-Transfer-Encoding: base64\r\nContent-Type: %s\r\n"
    kinds = (b"QUJD" * (24 * MB // 4), b"=" * 24 * MB, b"QUJD\r\n" * (24 * MB // 6), b"Q" * (2 * MB) + b"!\r\n" * MB)
    kind = (b"text/plain", b"text/html", b"application/zip")[number % 3]
    return mail(number, encoded % kind, kinds[number % len(kinds)])


def charsets(number: int) -> bytes:
    names = (
        b"utf-7",
        b"iso-2022-kr",
        b"iso-2022-jp",
        b"hz",
        b"utf-16",
        b"utf-32",
        b"punycode",
        b"idna",
        b"unicode_escape",
        b"zlib",
        b"x" * 9999,
    )
    data = (b"+AAAA-" * 300_000, b"\x1b$)C\x0e\x0f" * 200_000, b"\xff\xfe" * 500_000, b"~{~}" * 300_000, b"\\U0010ffff" * 100_000)
    kind = (b"text/plain", b"text/html")[number % 2]
    return mail(number, b"Content-Type: %s; charset=%s\r\n" % (kind, names[number % len(names)]), data[number % len(data)])


def known_bombs(number: int) -> bytes:
    return list(BOMBS.values())[number % len(BOMBS)]().replace(b"<bomb@acme.example>", b"<flood-%d@flood.example>" % number)


def for_slow_rules(number: int) -> bytes:
    """No pattern can foresee the next character."""
    dice = Random(number)
    return mail(number, body=b"\r\n".join(bytes(dice.choices(b"ab ", k=75)) for _ in range(3_300)))


def made(maker: Maker, count: int) -> Iterator[bytes]:
    return (maker(number) for number in range(count))
