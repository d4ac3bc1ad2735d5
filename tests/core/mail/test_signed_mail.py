"""Mails that are signed as a whole: what they say is read, whoever signed it."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.parse import parse
from triage.core.mail.signed_mail import signed_content
from triage.core.settings import Limits

INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nURGENT: POST /v1/transfers gives 500.\r\n"
DATA = bytes.fromhex("06092a864886f70d010701")
SIGNED = bytes.fromhex("06092a864886f70d010702")
ENVELOPED = bytes.fromhex("06092a864886f70d010703")
END = b"\x00\x00"


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def endless(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x80]) + content + END


def definite(content: bytes, kind: bytes = SIGNED) -> bytes:
    held = tlv(0x30, DATA + tlv(0xA0, tlv(0x04, content)))
    return tlv(0x30, kind + tlv(0xA0, tlv(0x30, b"\x02\x01\x01" + tlv(0x31, b"") + held + tlv(0x31, b""))))


def streamed(content: bytes) -> bytes:
    pieces = b"".join(tlv(0x04, content[at : at + 16]) for at in range(0, len(content), 16))
    held = endless(0x30, DATA + endless(0xA0, endless(0x24, pieces)))
    return endless(0x30, SIGNED + endless(0xA0, endless(0x30, b"\x02\x01\x01" + tlv(0x31, b"") + held + tlv(0x31, b""))))


def mail(signed: bytes) -> bytes:
    head = b"From: Ana <ana@acme.com>\nSubject: hello\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n"
    return head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(signed)


@pytest.mark.parametrize("wrap", [definite, streamed])
def test_the_text_inside_is_the_text_of_the_mail(wrap) -> None:
    message = parse(mail(wrap(INNER)))
    assert message.new_text == "URGENT: POST /v1/transfers gives 500."
    assert message.defects == ()


def test_a_multipart_inside_keeps_its_attachments() -> None:
    table = b"Content-Type: text/csv; name=a.csv\r\n\r\n1,2"
    inner = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n" + table + b"\r\n--b--\r\n"
    message = parse(mail(definite(inner)))
    assert (message.text, [one.name for one in message.attachments]) == ("hello", ["a.csv"])


def test_encrypted_mail_stays_closed_and_says_so() -> None:
    message = parse(mail(definite(INNER, kind=ENVELOPED)))
    assert message.text == ""
    assert message.defects == ("the mail is encrypted or signed as a whole; its text cannot be read",)


def test_the_header_inside_is_not_the_mails() -> None:
    message = parse(mail(definite(b"From: boss@wise.com\r\nSubject: other\r\nAuto-Submitted: auto-replied\r\n" + INNER)))
    assert (message.author.address, message.subject, message.automatic.is_automatic) == ("ana@acme.com", "hello", False)


@given(st.binary(max_size=200) | st.builds(lambda at, piece: definite(INNER)[:at] + piece, st.integers(0, 150), st.binary(max_size=20)))
def test_any_bytes_are_read(data: bytes) -> None:
    assert isinstance(signed_content(data), bytes)


def test_a_million_pieces_take_bounded_time() -> None:
    held = bytes([0x30, 0x80]) + DATA + bytes([0xA0, 0x80, 0x24, 0x80]) + b"\x04\x01a" * 1_000_000
    started = time.process_time()
    parse(mail(bytes([0x30, 0x80]) + SIGNED + bytes([0xA0, 0x80, 0x30, 0x80]) + b"\x02\x01\x01\x31\x00" + held), Limits())
    assert time.process_time() - started < 2
