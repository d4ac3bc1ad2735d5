"""Each sample mail in tests/mails is broken or unusual in one way; each row says what is read out of it all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.core.mail.parse import parse

MAILS = Path(__file__).parents[2] / "mails"


def read(name: str):
    return parse((MAILS / f"{name}.eml").read_bytes())


SUBJECTS = {
    "latin1_subject": "Überweisung hängt",
    "utf8_subject": "Überweisung hängt – dringend",
    "joined_words": "URGENT: café closed",
    "mixed_charsets": "café and Привет日本",
    "utf7_subject": "urgent",
    "unknown_charsets": "中文plainПéok",
    "broken_words": "urgent=ZZ=4 =?utf-8?B?YWJj",
    "folded": "one two three",
    "iso2022jp": "日本",
    "nul_bytes": "urgent",
    "mbox_from": "From the spool",
    "junk_first": "After junk",
    "junk_between": "First half that was folded badly",
    "bare_cr": "Old Mac",
    "crcrlf": "Doubled",
    "no_header": "",
    "empty": "",
}


@pytest.mark.parametrize(("name", "subject"), SUBJECTS.items())
def test_subject(name, subject):
    assert read(name).subject == subject


TEXTS = {
    "plain": "Hello team,\n\nPOST /v1/transfers fails since 08:12 UTC – héllo.\n\nJane",
    "alternative": "Plain café form",
    "html_only": "Payments are down",
    "empty_plain": "Only here",
    "html_stub": "The webhook for transfers has not been called since Monday, please look at it.",
    "broken_base64": "Hello team, all transfers fail",
    "base64_footer": "Hello team.\n-- footer",
    "not_base64": "Hello team, this was never encoded.",
    "no_closing": "Text that is cut of",
    "no_boundary": "Found anyway",
    "wrong_boundary": "Found anyway",
    "boundary_unseen": "Just text, no parts.",
    "apple_mixed": "Before\nAfter",
    "text_attachment": "See the log.",
    "list_footer": "The real text\n____\nlist footer",
    "both_side_by_side": "Hello both",
    "flowed": "A long line that was broken in two.\n> quoted and joined\nFrom stuffed\n-- \nJane",
    "uuencode": "Before\nAfter",
    "forwarded_message": "Please see below.",
    "nested": "The plain",
    "delivery_report": "I could not deliver your mail.",
    "digest": "",
    "utf16": "Grüße",
    "wrong_charset": "naïve “quote”",
    "iso2022jp": "日本",
    "latin1_subject": "Grüße",
    "nul_bytes": "Hello",
    "bare_cr": "First line\nSecond line",
    "crcrlf": "First line\nSecond line",
    "no_blank_line": "Hello team, this is the text.\nBye",
    "no_header": "Just a text, and nothing else.",
    "space_before_colon": "Hello",
    "empty": "",
}


@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_text(name, text):
    assert read(name).text.strip() == text


ATTACHMENTS = {
    "apple_mixed": [("trace.pdf", "application/pdf", 5)],
    "text_attachment": [("api.log", "text/plain", 18)],
    "uuencode": [("dump.bin", "application/octet-stream", 90)],
    "winmail": [("winmail.dat", "application/ms-tnef", 4)],
    "forwarded_message": [("part-2.eml", "message/rfc822", 126)],
    "digest": [("part-1.eml", "message/rfc822", 39)],
    "nested": [("logo.png", "image/png", 8), ("Übersicht.pdf", "application/pdf", 8)],
    "unsafe_names": [("evil.zip", "application/zip", 2), ("Rechnung über.pdf", "application/pdf", 4), ("part-4.png", "image/png", 3)],
    "plain": [],
}


@pytest.mark.parametrize(("name", "expected"), ATTACHMENTS.items())
def test_attachments_are_listed_with_name_type_and_decoded_size(name, expected):
    assert [(item.name, item.content_type, item.size) for item in read(name).attachments] == expected


DEFECTS = {
    "boundary_unseen": "the boundary of a multipart never appears",
    "broken_base64": "broken base64",
    "duplicate_from": "2 From headers",
    "encrypted": "the mail is encrypted or signed as a whole; its text cannot be read",
    "epoch_date": "Date cannot be true",
    "junk_between": "a line in the header is not a header field",
    "junk_first": "junk before the header",
    "mbox_from": 'an mbox "From " line before the header',
    "no_blank_line": "no blank line between header and body",
    "no_boundary": "the mail's header names no boundary",
    "no_closing": "the closing boundary is missing",
    "not_base64": "labelled base64, but it is not",
    "nul_bytes": "NUL bytes in the header",
    "wrong_boundary": "the boundary of the mail is another than its header says",
    "empty": "no author in From",
}


@pytest.mark.parametrize(("name", "defect"), DEFECTS.items())
def test_what_is_wrong_is_a_defect(name, defect):
    assert defect in read(name).defects


@pytest.mark.parametrize("name", ["plain", "alternative", "nested", "html_only", "apple_mixed", "flowed", "no_date", "references"])
def test_a_good_mail_has_no_defects(name):
    assert read(name).defects == ()
