"""The header pass and the glance."""

from __future__ import annotations

from time import process_time

import pytest

from triage.core.mail.headers import glance, read_headers
from triage.core.mail.message import Address
from triage.core.settings import Limits

LIMITS = Limits()


def header(raw: bytes):
    return read_headers(raw, LIMITS)[0]


def test_names_are_lower_case_and_values_unfolded_and_decoded():
    assert header(b"SUBJECT: =?utf-8?q?caf=C3=A9?=\r\n\tau lait\r\n\r\n").fields == (("subject", "café au lait"),)


def test_raw_values_are_not_decoded():
    assert header(b"Subject: =?utf-8?q?x?=\r\n\r\n").all_raw("subject") == ("=?utf-8?q?x?=",)


def test_every_instance_of_a_header_is_kept_in_order():
    assert header(b"Precedence: first\nX: 1\nPrecedence: bulk\n\n").all("precedence") == ("first", "bulk")


def test_control_headers_are_kept_for_the_verdict_on_own_mail():
    assert "x-triage-case" in header(b"X-Triage-Case: 1\n\n")


def test_the_body_is_not_read_as_header():
    assert "body" not in header(b"Subject: x\r\n\r\nBody: y\r\n")


def test_a_space_before_the_colon_is_obsolete_and_read():
    assert header(b"Subject : x\n\n").first("subject") == "x"


def test_white_space_between_encoded_words_is_dropped_but_not_around_plain_words():
    assert header(b"Subject: a =?utf-8?q?b?= =?utf-8?q?c?= d\n\n").first("subject") == "a bc d"


def test_an_encoded_line_break_cannot_make_a_second_line():
    assert header(b"Subject: =?utf-8?q?a=0D=0ABcc=3A_x?=\n\n").first("subject") == "a Bcc: x"


def test_a_surrogate_from_utf_7_is_replaced():
    assert header(b"Subject: =?utf-7?q?+2AA-?=\n\n").first("subject") == "\N{REPLACEMENT CHARACTER}"


def test_raw_utf_7_is_decoded_when_the_mail_says_that_it_is_utf_7():
    raw = b"Subject: +AHUAcgBnAGUAbgB0-\nContent-Type: text/plain; charset=utf-7\n\n"
    assert header(raw).first("subject") == "urgent"


def test_a_plus_sign_is_a_plus_sign_otherwise():
    assert header(b"Subject: 1+100-2\n\n").first("subject") == "1+100-2"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("é".encode(), "é"),
        ("é".encode("latin-1"), "é"),
        ("цена".encode("koi8-r"), "цена"),
    ],
)
def test_raw_8_bit_is_utf_8_else_the_declared_charset(raw, expected):
    charset = b"koi8-r" if expected == "цена" else b"utf-8"
    assert header(b"Subject: " + raw + b"\nContent-Type: text/plain; charset=" + charset + b"\n\n").first("subject") == expected


def test_q_text_may_begin_with_an_equals_sign_and_hold_question_marks():
    assert header(b"Subject: =?utf-8?q?=41re_you_there??=\n\n").first("subject") == "Are you there?"


def test_a_language_in_the_charset_is_allowed():
    assert header(b"Subject: =?utf-8*en?q?x?=\n\n").first("subject") == "x"


def test_an_over_long_value_is_cut_and_says_so():
    headers, defects = read_headers(b"Subject: " + b"x" * 500 + b"\nTo: y\n\n", Limits(max_header_line=100))
    assert len(headers.first("subject")) == 100
    assert defects == ["header subject is longer than 100 bytes and was cut"]
    assert headers.first("to") == "y"


def test_a_glance_reads_what_decides_the_order():
    seen = glance(b"From: =?utf-8?q?J=C3=A4ne?= <Jane@Acme.example>\r\nSubject: URGENT\r\nMessage-ID: <1@a>\r\n\r\n", LIMITS)
    assert seen == type(seen)("URGENT", Address("jane@acme.example", "Jäne"), "<1@a>")


@pytest.mark.parametrize("raw", [b"", b"\n", b"\0", b":", b"\xff" * 10, b"From: \r\n", b"Subject", b"From \n", b"\r\r\r"])
def test_a_glance_at_nothing_is_empty(raw):
    assert glance(raw, LIMITS).author.address == ""


def test_the_header_pass_is_cheap():
    """About 0.1 ms are normal; ten times that would be felt in a catch-up of 10,000 mails."""
    raw = b"".join(b"Received: from a.example by b.example; Fri, 2 Oct 2026 14:00:00 +0200\r\n" for _ in range(6))
    raw += b"From: J <j@acme.example>\r\nTo: api@wise.com\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\nMessage-ID: <1@a>\r\n" * 4 + b"\r\n"
    spent = []
    for _ in range(50):
        started = process_time()
        read_headers(raw, LIMITS)
        spent.append(process_time() - started)
    assert min(spent) < 0.001


def test_what_decides_is_found_behind_a_hundred_thousand_other_fields():
    found = header(b"X-A: b\r\n" * 100_000 + b"Subject: urgent\r\nFrom: a@acme.example\r\n\r\n")
    assert (found.first("subject"), found.first("from")) == ("urgent", "a@acme.example")
