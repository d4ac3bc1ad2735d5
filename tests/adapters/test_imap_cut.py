"""A cut message is valid MIME, whatever structure the server tells."""

from __future__ import annotations

import pytest

from triage.adapters.imap import cut

TEXT = (b"text", b"plain", (b"charset", b"utf-8"), None, None, b"7bit", 12, 1, None, None, None, None)
PDF = (b"application", b"pdf", (b"name", b"x.pdf"), None, None, b"base64", 9000, None, (b"attachment", (b"filename", b"x.pdf")), None, None)
STATUS = (b"message", b"delivery-status", None, None, None, b"7bit", 300, None, None, None, None)
MESSAGE = (b"message", b"rfc822", None, None, None, b"7bit", 9000, (None,) * 10, TEXT, 200, None, None, None, None)

SIGNED = (b"application", b"pkcs7-mime", None, None, None, b"base64", 9000, None, None, None, None)


def multipart(*parts: object, boundary: object = b"b") -> object:
    return ([*parts], b"mixed", (b"boundary", boundary), None, None)


def paths(structure: object) -> list[tuple[str, bool]]:
    return [(node.path, node.wanted > 0) for node in cut.nodes(cut.plan(structure)) if isinstance(node, cut.Leaf)]


def test_parts_are_numbered_as_imap_numbers_them() -> None:
    assert paths(multipart(multipart(TEXT, TEXT), PDF)) == [("1.1", True), ("1.2", True), ("2", False)]
    assert paths(TEXT) == [("1", True)]


@pytest.mark.parametrize(("part", "wanted"), [(TEXT, True), (STATUS, True), (MESSAGE, True), (SIGNED, True), (PDF, False)])
def test_text_and_reports_are_kept_and_nothing_else(part: object, wanted: bool) -> None:
    assert paths(part) == [("1", wanted)]


@pytest.mark.parametrize("disposition", [(b"ATTACHMENT", (b"filename", b"x.log")), (b"attachment", None), b'attachment; filename="x.log"'])
def test_text_that_is_attached_is_not_kept(disposition: object) -> None:
    assert paths((*TEXT[:9], disposition, None, None)) == [("1", False)]


def test_a_single_attachment_becomes_an_empty_message_of_its_type_and_size() -> None:
    header = b"Subject: x\r\nContent-Type: application/pdf\r\n"
    assert cut.assemble(header + b"\r\n", cut.plan(PDF), {}, {}) == header + b"X-Triage-Size: 9000\r\n\r\n"


def test_all_parts_together_are_bounded_and_the_first_ones_come_first() -> None:
    text = (*TEXT[:6], 900_000, *TEXT[7:])
    asked = cut.wanted(cut.plan(multipart(*[text] * 9)))
    assert asked == {str(number): cut.TEXT_BYTES for number in range(1, 5)}


def test_header_blocks_end_in_one_empty_line_however_the_server_sends_them() -> None:
    tree = cut.plan(multipart(TEXT, PDF))
    mime = {"1": b"Content-Type: text/plain", "2": b"Content-Type: application/pdf\r\n\r\n"}
    raw = cut.assemble(b"Subject: x\r\n", tree, mime, {"1": b"hello world!"})
    assert raw == (
        b"Subject: x\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello world!\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nX-Triage-Size: 9000\r\n\r\n\r\n--b--\r\n"
    )


def test_a_boundary_of_digits_is_a_boundary() -> None:
    """imapclient turns unquoted and quoted digits into a number."""
    assert b"--42--" in cut.assemble(b"", cut.plan(multipart(TEXT, boundary=42)), {}, {})


def nested(depth: int) -> object:
    structure: object = TEXT
    for _ in range(depth):
        structure = multipart(structure)
    return structure


@pytest.mark.parametrize(
    "structure",
    [None, (), (7, None), ([TEXT], b"mixed", None), multipart(*[TEXT] * 300), nested(50)],
    ids=["none", "empty", "numbers", "no boundary", "too many parts", "too deep"],
)
def test_a_structure_that_cannot_be_followed_is_a_value_error(structure: object) -> None:
    with pytest.raises(ValueError, match=r"odd|too|without"):
        cut.plan(structure)


@pytest.mark.parametrize(
    ("start", "kept", "fields"),
    [
        (b"From: a@b\r\nSubject: half a su", b"From: a@b\r\n", {"FROM"}),
        (b"From: a@b\r\nSubject: " + b"x" * 2000, b"From: a@b\r\nSubject: " + b"x" * 2000, {"FROM", "SUBJECT"}),
        (b"From: a@b\r\nSub", b"", set()),
    ],
    ids=["torn off at once", "long enough to be read", "torn in its name"],
)
def test_of_a_long_header_a_field_that_was_torn_off_is_asked_for_again(start: bytes, kept: bytes, fields: set[str]) -> None:
    filler = b"Received: x\r\n" * 100
    assert cut.without_torn_field(filler + start) == (filler + kept, {"RECEIVED", *fields})
