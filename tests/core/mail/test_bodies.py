"""Transfer encodings, flowed text, MIME parameters and the cutting into parts."""

from __future__ import annotations

import pytest

from triage.core.mail import flowed, transfer
from triage.core.mail.bodies import read
from triage.core.mail.charsets import codec_of, decode
from triage.core.mail.headers import read_fields, split
from triage.core.mail.mime import leaves
from triage.core.mail.mime_parameters import content_type
from triage.core.settings import Limits

LIMITS = Limits()


def cut(raw: bytes, limits: Limits = LIMITS):
    header, start, _ = split(raw)
    return leaves(raw, start, read_fields(header, limits)[0], limits)


def test_parts_carry_the_numbers_imap_gives_them():
    raw = (
        b"Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n"
        b"--a\n\none\n--a\n\ntwo\n--a--\n"
        b"--m\nContent-Type: application/pdf\n\nthree\n--m--\n"
    )
    assert [(leaf.path, leaf.content_type, leaf.body) for leaf in cut(raw)[0]] == [
        ("1.1", "text/plain", b"one"),
        ("1.2", "text/plain", b"two"),
        ("2", "application/pdf", b"three"),
    ]


def test_an_outer_boundary_ends_an_inner_multipart_that_was_not_closed():
    raw = b"Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--m\n\ntwo\n--m--\n"
    assert [leaf.body for leaf in cut(raw)[0]] == [b"one", b"two"]


def test_a_boundary_that_begins_with_another_boundary_is_its_own():
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n"
        b"--bb\n\none\n--bb--\n--b\n\ntwo\n--b--\n"
    )
    assert [leaf.path for leaf in cut(raw)[0]] == ["1.1", "2"]


def test_a_part_without_header_or_without_blank_line_is_text():
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nno header\n--b\njust text\n--b\n--b--\n"
    assert [leaf.body for leaf in cut(raw)[0]] == [b"no header", b"just text", b""]


def test_trailing_white_space_behind_a_boundary_is_ignored():
    assert len(cut(b"Content-Type: multipart/mixed; boundary=b\n\n--b  \n\none\n--b--\t\n")[0]) == 1


def test_the_number_of_parts_is_bounded():
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 50
    found, defects = cut(raw, Limits(max_parts=10))
    assert len(found) == 10
    assert "more than 10 parts; the rest was not looked at" in defects


PARAMETERS = {
    b"text/plain; charset=utf-8": ("text/plain", {"charset": "utf-8"}),
    b'TEXT/Plain;Charset="UTF-8" ; Format=flowed': ("text/plain", {"charset": "UTF-8", "format": "flowed"}),
    b"text": ("text/plain", {}),
    b"": ("text/plain", {}),
    b"html": ("text/html", {}),
    b"application/pdf; name*=utf-8''%C3%9C.pdf": ("application/pdf", {"name": "Ü.pdf"}),
    b"application/pdf; name*1=b.pdf; name*0=a": ("application/pdf", {"name": "ab.pdf"}),
    b"application/pdf; name=plain.pdf; name*=utf-8'en'%E2%82%AC.pdf": ("application/pdf", {"name": "€.pdf"}),
    b'application/pdf; name="=?utf-8?q?=C3=9C?=.pdf"': ("application/pdf", {"name": "Ü.pdf"}),
    b'multipart/mixed; boundary="a;b\\"c"': ("multipart/mixed", {"boundary": 'a;b"c'}),
    b'multipart/mixed; boundary="open': ("multipart/mixed", {"boundary": "open"}),
    b"text/plain charset=utf-8": ("text/plain", {}),
}


@pytest.mark.parametrize(("value", "expected"), PARAMETERS.items())
def test_content_type(value, expected):
    assert content_type(value) == expected


@pytest.mark.parametrize(
    ("text", "delsp", "expected"),
    [
        ("one \ntwo", "no", "one two"),
        ("one \ntwo", "yes", "onetwo"),
        ("> one \n> two", "no", "> one two"),
        ("> one \ntwo", "no", "> one \ntwo"),
        ("one\n-- \nJane", "no", "one\n-- \nJane"),
        (" From x", "no", "From x"),
        ("", "no", ""),
    ],
)
def test_flowed_text(text, delsp, expected):
    assert flowed.unflow(text, {"delsp": delsp}) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"aGVs\nbG8=\n", b"hello"),
        (b"aGVsbG8=aGVsbG8=", b"hellohello"),
        (b"aGVsbG8*=", b"hello"),
        (b"aGVsbG8=\n-- not base64, but a footer --", b"hello\n-- not base64, but a footer --"),
        (b"plain text", b"plain text"),
        (b"", b""),
    ],
)
def test_base64_gives_what_can_be_decoded(data, expected):
    decoded, _ = transfer.undo(data, "base64")
    assert decoded == expected


def test_sizes_are_counted_after_decoding():
    assert transfer.decoded_size(b"aGVs\r\nbG8=\r\n", "base64") == 5
    assert transfer.decoded_size(b"=C3=A9", "quoted-printable") == 2


def test_begin_in_prose_is_not_uuencode():
    text = b"We begin 644 transfers\nbegin 644 tests\nand they fail at the very end of each long day that we have\nend"
    assert transfer.strip_uuencoded(text) == (text, [])


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF-8", "utf_8"),
        ("'utf-8'", "utf_8"),
        ("iso-8859-1", "cp1252"),
        ("x-gbk", "gb18030"),
        ("zlib", ""),
        ("rot13", ""),
        ("os", ""),
        ("", ""),
    ],
)
def test_labels_name_character_sets_only(label, codec):
    assert codec_of(label) == codec


def test_damaged_utf_7_is_still_utf_7():
    assert decode(b"+AHUAcgBnAGUAbgB0- +A", "utf-7").startswith("urgent")


def test_a_few_broken_bytes_do_not_make_utf_8_latin():
    assert decode("Überweisung für Jörg".encode() + b"\xff", "utf-8").startswith("Überweisung für Jörg")


def test_html_is_converted_only_when_it_is_needed():
    raw = b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>html\n--b--\n"
    body = read(cut(raw)[0], LIMITS, lambda html: pytest.fail("not needed"))
    assert body.text == "plain"


def test_html_may_name_its_charset_itself():
    raw = b'Content-Type: text/html\n\n<meta charset="windows-1251"><p>' + "цена".encode("cp1251")
    assert "цена" in read(cut(raw)[0], LIMITS, lambda html: html).text


def test_iso_2022_jp_with_the_characters_that_only_vendors_have():
    assert decode(b"\x1b$B-!\x1b(B \x1b$B4]?t;z\x1b(B", "iso-2022-jp") == "\u2460 \u4e38\u6570\u5b57"
