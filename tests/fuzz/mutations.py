"""Sample mails, damaged at random: what disks, gateways, spool tools and attackers do to real mail."""

from __future__ import annotations

from pathlib import Path
from random import Random

MAILS = Path(__file__).parents[1] / "mails"

CHARSETS = [
    b"utf-8",
    b"iso-8859-1",
    b"utf-7",
    b"utf-16",
    b"iso-2022-jp",
    b"x-gbk",
    b"koi8r",
    b"",
    b"zlib",
    b"undefined",
    b"idna",
    b"hz",
    b"big5",
]
ENCODINGS = [b"base64", b"quoted-printable", b"7bit", b"8bit", b"binary", b"x-uuencode", b"bogus", b""]
INSERTED = [
    b"\0", b"\r", b"\n", b"\r\n\r\n", b"\xff\xfe", b"=?", b"?=", b"=?utf-7?q?+2AA-?=", b"=?utf-8?B?", b"<", b">", b"(", b'"',
    b"--", b"--b\r\n",
    b"\xed\xa0\x80", b"\x1b$B", b"begin 644 x\n", b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n",
    b"; name*0*=utf-8''%ff", b"; charset=utf-7", b"+2AA-", b"&#xd800;", b"&#x110000;", b"<!--", b"<script>", b"\xe2\x80\xa8",
    b"On x wrote:\n> ",
    b"{\"a\":", b"Authorization: Bearer ", b"https://api.example/", b"2026-99-99T99:99:99Z", b"4111111111111111",
]  # fmt: skip


def samples() -> list[bytes]:
    return [path.read_bytes() for path in sorted(MAILS.glob("*.eml"))]


def mutate(mails: list[bytes], random: Random) -> bytes:
    """One sample, changed one to six times."""
    raw = random.choice(mails)
    for _ in range(random.randint(1, 6)):
        raw = random.choice(MUTATIONS)(raw, mails, random)
    return raw


def _flip_bits(raw: bytes, _: list[bytes], random: Random) -> bytes:
    data = bytearray(raw)
    for _ in range(random.randint(1, 20)):
        if data:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(data)


def _truncate(raw: bytes, _: list[bytes], random: Random) -> bytes:
    return raw[: random.randint(0, len(raw))]


def _drop(raw: bytes, _: list[bytes], random: Random) -> bytes:
    start = random.randint(0, len(raw))
    return raw[:start] + raw[start + random.randint(0, 200) :]


def _repeat_line(raw: bytes, _: list[bytes], random: Random) -> bytes:
    lines = raw.split(b"\r\n")
    line = random.choice(lines)
    lines[random.randrange(len(lines)) : 0] = [line] * random.choice([1, 2, 30])
    return b"\r\n".join(lines)


def _swap(values: list[bytes], marker: bytes, raw: bytes, random: Random) -> bytes:
    start = raw.lower().find(marker)
    if start < 0:
        return raw
    start += len(marker)
    end = start
    while end < len(raw) and raw[end : end + 1] not in (b"\r", b";", b"\n"):
        end += 1
    return raw[:start] + random.choice(values) + raw[end:]


def _swap_charset(raw: bytes, _: list[bytes], random: Random) -> bytes:
    return _swap(CHARSETS, b"charset=", raw, random)


def _swap_encoding(raw: bytes, _: list[bytes], random: Random) -> bytes:
    return _swap(ENCODINGS, b"content-transfer-encoding: ", raw, random)


def _splice(raw: bytes, mails: list[bytes], random: Random) -> bytes:
    other = random.choice(mails)
    return raw[: random.randint(0, len(raw))] + other[random.randint(0, len(other)) :]


def _insert(raw: bytes, _: list[bytes], random: Random) -> bytes:
    at = random.randint(0, len(raw))
    return raw[:at] + random.choice(INSERTED) * random.choice([1, 1, 2, 50]) + raw[at:]


def _change_line_ends(raw: bytes, _: list[bytes], random: Random) -> bytes:
    return raw.replace(b"\r\n", random.choice([b"\n", b"\r", b"\r\r\n", b"\n\r"]))


MUTATIONS = [_flip_bits, _truncate, _drop, _repeat_line, _swap_charset, _swap_encoding, _splice, _insert, _change_line_ends]
