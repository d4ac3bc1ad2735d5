"""What `parse` makes of a mail as a whole."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from triage.core.mail.message import Address
from triage.core.mail.parse import MOST_BYTES, parse
from triage.core.settings import Limits

MAILS = Path(__file__).parents[2] / "mails"


def read(name: str):
    return parse((MAILS / f"{name}.eml").read_bytes())


def mail(header: bytes, body: bytes = b"x\r\n") -> bytes:
    return header.strip().replace(b"\n", b"\r\n") + b"\r\n\r\n" + body


def test_hash_and_size_are_of_the_raw_bytes():
    raw = (MAILS / "crcrlf.eml").read_bytes()
    assert (parse(raw).content_hash, parse(raw).size) == (sha256(raw).hexdigest(), len(raw))


def test_the_same_bytes_give_the_same_message():
    assert read("nested") == read("nested")


def test_a_message_travels_between_processes():
    message = read("nested")
    assert pickle.loads(pickle.dumps(message)) == message


def test_every_from_header_is_kept_and_the_first_is_the_author():
    message = read("duplicate_from")
    assert message.author == Address("jane@acme.example", "Jane")
    assert [a.address for a in message.authors] == ["jane@acme.example", "boss@other.example"]


def test_several_mailboxes_in_one_from_header_are_all_authors():
    assert len(parse(mail(b"From: a@acme.example, b@other.example")).authors) == 2


def test_without_from_the_sender_is_the_author_but_not_among_the_authors():
    message = parse(mail(b"Sender: s@acme.example"))
    assert (message.author.address, message.authors) == ("s@acme.example", ())


def test_recipients_of_groups_are_read_and_unlisted_recipients_are_nobody():
    message = read("unlisted")
    assert message.to == ()
    assert [str(a) for a in message.cc] == ["a@acme.example", "B, C <b@acme.example>", "api@wise.com"]


def test_ids_are_read_out_of_broken_headers():
    message = read("references")
    assert message.message_id == "<me@acme.example>"
    assert message.in_reply_to == ("<a@x>",)
    assert message.references == ("<a@x>", "<b@x>", "<c@x>", "<d@x>")


def test_envelope_headers_are_kept():
    message = read("authentication")
    assert message.return_path == ""
    assert message.delivered_to == ("api+c1042@wise.com", "api@wise.com")
    assert message.authentication_results == ("mx.wise.com; dkim=pass header.d=acme.example", "forged; dkim=pass")
    assert (message.thread_topic, message.thread_index, message.language) == ("Transfers", "AdZ1", "pt")


def test_no_return_path_differs_from_the_null_return_path():
    assert read("plain").return_path is None


def test_headers_that_steer_the_program_are_left_out():
    assert [name for name, _ in read("control_headers").headers] == ["from", "x-mailer", "subject"]


def test_a_secret_in_the_subject_is_masked_everywhere():
    message = read("secret_subject")
    assert "abcdef0123456789" not in repr(message)
    assert message.secrets_seen


@pytest.mark.parametrize(
    "label", ["", "x-gbk", "windows-874", "iso-8859-8-i", "koi8r", "unknown-8bit", "zlib", "undefined", "ü", "x" * 500]
)
def test_any_charset_label_gives_text(label):
    raw = mail(f'From: a@acme.example\nContent-Type: text/plain; charset="{label}"'.encode(), "Grüße".encode())
    assert parse(raw).text


def test_a_mail_over_the_size_limit_is_read_as_far_as_the_limit():
    message = parse(mail(b"From: a@acme.example\nSubject: urgent", b"x" * MOST_BYTES))
    assert (message.subject, message.size > MOST_BYTES) == ("urgent", True)
    assert message.defects[0] == f"the mail is longer than {MOST_BYTES} bytes and was cut"


def test_what_was_not_fetched_of_a_large_mail_is_listed_with_about_its_size():
    header = b"From: a@acme.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b"
    part = b"Content-Type: application/zip; name=logs.zip\nContent-Transfer-Encoding: base64\nX-Triage-Size: 7800000\n\n"
    message = parse(mail(header, b"--b\n\nSee attached.\n--b\n" + part + b"\n--b--\n"))
    assert [(one.name, one.size) for one in message.attachments] == [("logs.zip", 5_700_000)]
    assert message.defects == ("the mail is large: 1 of its parts were not fetched, or only their beginning",)


@pytest.mark.parametrize("told", [b"-5", b"9" * 30, b"many", b""])
def test_a_size_that_is_none_is_not_believed(told):
    header = b"From: a@acme.example\nContent-Type: application/zip; name=logs.zip\nX-Triage-Size: " + told
    assert [one.size for one in parse(mail(header, b"abc")).attachments] == [3]


def test_text_over_the_limit_is_cut():
    message = parse(mail(b"From: a@acme.example", b"y" * 5_000), Limits(max_text=1_000))
    assert len(message.text) == 1_000
    assert "a text part is longer than 1000 characters and was cut" in message.defects


def test_the_subject_is_found_behind_a_header_over_the_limit():
    filler = b"\n".join(b"X-%d: %s" % (n, b"y" * 900) for n in range(500))
    message = parse(mail(b"From: a@acme.example\n" + filler + b"\nSubject: urgent"))
    assert message.subject == "urgent"
    assert any("fields left out" in defect for defect in message.defects)


def test_the_newest_references_survive_the_limits():
    ids = b" ".join(b"<%d@acme.example>" % n for n in range(10_000))
    message = parse(mail(b"From: a@acme.example\nReferences: " + ids))
    assert (message.references[0], message.references[-1]) == ("<0@acme.example>", "<9999@acme.example>")
    assert len(message.references) == 100


def test_nobody_looks_deeper_than_the_depth_limit():
    body = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(10))
    message = parse(b"From: a@acme.example\r\n" + body + b"\r\ndeep", Limits(max_depth=5))
    assert "parts are nested deeper than 5" in message.defects


def test_dates_are_utc_and_absurd_ones_are_none():
    assert read("plain").date == datetime(2026, 10, 2, 15, 20, tzinfo=UTC)
    assert read("epoch_date").date is None
    assert read("no_date").date is None
