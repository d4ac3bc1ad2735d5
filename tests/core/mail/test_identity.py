"""Two copies of one mail are one message, also when one of them was fetched without its attachments."""

from __future__ import annotations

import pytest

from triage.core.mail.identity import header_hash, identity
from triage.core.mail.parse import parse

MAIL = (
    b"From: a@acme.example\r\nMessage-ID: <1@acme.example>\r\nSubject: Logs\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee attached.\r\n--b\r\n"
    b"Content-Type: application/zip; name=logs.zip\r\n%s\r\n%s\r\n--b--\r\n"
)
WHOLE = MAIL % (b"", b"content" * 100)


def test_a_copy_without_its_attachments_is_the_same_mail() -> None:
    assert identity(parse(MAIL % (b"X-Triage-Size: 700\r\n", b""))) == identity(parse(WHOLE))


def test_a_copy_with_other_relays_and_line_ends_is_the_same_mail() -> None:
    relayed = b"Received: from x\n" + WHOLE.replace(b"\r\n", b"\n")
    assert identity(parse(relayed)) == identity(parse(WHOLE))


@pytest.mark.parametrize(
    ("old", "new"), [(b"See attached.", b"See below."), (b"logs.zip", b"more.zip"), (b"Subject: Logs", b"Subject: Log")]
)
def test_another_text_name_or_subject_is_another_mail(old: bytes, new: bytes) -> None:
    assert identity(parse(WHOLE.replace(old, new))) != identity(parse(WHOLE))


def test_the_hash_of_a_header_is_that_of_its_beginning() -> None:
    header = b"X: y\r\n" * 100_000
    assert header_hash(header[: 64 * 1024] + b"\r\nSubject: x\r\n") == header_hash(header)
    assert header_hash(b"Subject: x\r\n") == header_hash(b"Subject: x\n\n") != header_hash(b"Subject: y\n")
