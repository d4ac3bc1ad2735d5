"""compose: what goes out is 7-bit, readable by any parser, the same every time, and cannot be steered by what a stranger wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.compose import Draft, clean_value, compose

DRAFT = Draft(
    message_id="<triage.1042.receipt.1.5f@api.example>",
    date=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    from_address="api@wise.example",
    from_name="Wise API Support",
    to=("ana@partner.example",),
    subject="[#1042] Payouts fail",
    text="Hello,\n\nthank you for writing.\n",
    auto_submitted="auto-replied",
)


def read(raw: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(raw, policy=policy.default))


def fields_of(raw: bytes) -> list[str]:
    return [line.split(b":")[0].decode() for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n") if not line.startswith(b" ")]


def test_plain_draft_becomes_exactly_these_bytes() -> None:
    assert compose(DRAFT).decode() == (
        "From: Wise API Support <api@wise.example>\r\n"
        "To: ana@partner.example\r\n"
        "Subject: [#1042] Payouts fail\r\n"
        "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
        "Message-ID: <triage.1042.receipt.1.5f@api.example>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "X-Auto-Response-Suppress: All\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "\r\n"
        "Hello,\r\n\r\nthank you for writing.\r\n"
    )


def test_every_field_of_a_full_draft_is_there() -> None:
    full = replace(
        DRAFT,
        cc=("bo@partner.example", "eva@partner.example"),
        reply_to="api+1042@wise.example",
        in_reply_to="<a@partner.example>",
        references=("<root@partner.example>", "<a@partner.example>"),
        extra_headers=(("X-Triage-Case", "1042"), ("X-Triage-Notice", "receipt")),
        language="pt-BR",
    )
    mail = read(compose(full))
    assert mail["Cc"] == "bo@partner.example, eva@partner.example"
    assert mail["Reply-To"] == "api+1042@wise.example"
    assert mail["In-Reply-To"] == "<a@partner.example>"
    assert mail["References"] == "<root@partner.example> <a@partner.example>"
    assert (mail["X-Triage-Case"], mail["X-Triage-Notice"]) == ("1042", "receipt")
    assert mail["Content-Language"] == "pt-BR"


def test_no_precedence_field() -> None:
    assert "Precedence" not in fields_of(compose(DRAFT))


def test_page_mail_may_be_answered_by_an_out_of_office() -> None:
    raw = compose(replace(DRAFT, suppress_responses=False, auto_submitted="auto-generated"))
    assert "X-Auto-Response-Suppress" not in fields_of(raw)
    assert read(raw)["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    "text",
    [
        "a\r\nBcc: evil@example.org",
        "a\nBcc: evil@example.org",
        "a\rBcc: evil@example.org",
        "a\r\n\r\nbody",
        "a\u2028Bcc: evil@example.org",
        "a\u2029Bcc: evil@example.org",
        "a\x85Bcc: evil@example.org",
        "a\x0bBcc: evil@example.org",
        "a\x00Bcc: evil@example.org",
        "a\ud800Bcc: evil@example.org",
        "é\r\nBcc: evil@example.org",
    ],
)
@pytest.mark.parametrize("field", ["subject", "from_name", "extra"])
def test_no_line_end_survives_in_a_header_value(text: str, field: str) -> None:
    draft = replace(DRAFT, extra_headers=(("X-Triage-Case", text),)) if field == "extra" else replace(DRAFT, **{field: text})
    raw = compose(draft)
    expected = fields_of(compose(replace(DRAFT, extra_headers=(("X-Triage-Case", "1"),)) if field == "extra" else DRAFT))
    assert fields_of(raw) == expected
    assert read(raw).get_content().startswith("Hello,")
    assert b"\x00" not in raw


def test_direction_overrides_are_removed_and_joiners_kept() -> None:
    assert clean_value("pay\u202eexe.fdp \U0001f469\u200d\U0001f4bb") == "payexe.fdp \U0001f469\u200d\U0001f4bb"


@pytest.mark.parametrize("subject", ["Olá, está tudo parado", "支払いが失敗します " * 12, "=?utf-8?q?fake?=", "x" * 300, "a" * 70 + " é"])
def test_subject_survives_the_trip(subject: str) -> None:
    assert read(compose(replace(DRAFT, subject=subject)))["Subject"] == subject.strip()


def test_long_ascii_subject_is_folded_not_encoded() -> None:
    raw = compose(replace(DRAFT, subject="word " * 40))
    assert b"=?utf-8" not in raw
    assert read(raw)["Subject"] == ("word " * 40).strip()


def test_empty_subject_says_so() -> None:
    assert read(compose(replace(DRAFT, subject=" \r\n ")))["Subject"] == "(no subject)"


@pytest.mark.parametrize("name", ['Wise, "API"', "Wise <api>", "Zoë at Wise", "back\\slash"])
def test_names_survive_the_trip_and_the_address_stays_ours(name: str) -> None:
    mailbox = read(compose(replace(DRAFT, from_name=name)))["From"].addresses[0]
    assert (mailbox.display_name, mailbox.addr_spec) == (name, "api@wise.example")


def test_a_long_name_is_encoded_in_pieces_and_read_as_one() -> None:
    raw = compose(replace(DRAFT, from_name="a" * 120))
    assert str(make_header(decode_header(message_from_bytes(raw)["From"]))) == "a" * 120 + " <api@wise.example>"


def test_fifty_references_keep_the_first_and_the_newest_twenty() -> None:
    ids = tuple(f"<{n}@partner.example>" for n in range(50))
    kept = read(compose(replace(DRAFT, references=ids)))["References"].split()
    assert kept == [ids[0], *ids[-20:]]


def test_ids_of_strangers_that_cannot_be_written_are_left_out() -> None:
    bad = (
        "<a b@x.example>",
        "no-brackets@x.example",
        "<é@x.example>",
        "<a@x.example>\r\nBcc: b@x.example",
        "<" + "a" * 999 + "@x.example>",
        "<ok@x.example>",
    )
    mail = read(compose(replace(DRAFT, references=bad, in_reply_to=bad[0])))
    assert mail["References"] == "<ok@x.example>"
    assert mail["In-Reply-To"] is None


def test_domain_outside_ascii_goes_out_as_dns_knows_it() -> None:
    assert read(compose(replace(DRAFT, to=("ana@bücher.example",))))["To"] == "ana@xn--bcher-kva.example"


def test_local_part_outside_ascii_is_shown_as_an_empty_group() -> None:
    raw = compose(replace(DRAFT, to=("josé@partner.example", "bo@partner.example")))
    assert raw.isascii()
    assert [group.display_name for group in read(raw)["To"].groups] == ["josé@partner.example", None]


@pytest.mark.parametrize(
    "change",
    [
        {"to": ()},
        {"to": ("ana@x.example, bo@x.example",)},
        {"to": ("Ana <ana@x.example>",)},
        {"cc": ("ana b@x.example",)},
        {"from_address": "josé@wise.example"},
        {"reply_to": "api@wise.example\r\nBcc: x@x.example"},
        {"message_id": "1042"},
        {"message_id": "<a@b>\r\nX: y"},
        {"date": datetime(2026, 1, 1)},  # noqa: DTZ001 - the point of the case
        {"auto_submitted": "maybe"},
        {"extra_headers": (("Bcc", "x@x.example"),)},
        {"extra_headers": (("Precedence", "bulk"),)},
        {"extra_headers": (("X-A: b\r\nBcc", "x@x.example"),)},
    ],
)
def test_what_must_not_go_out_is_refused_with_words(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        compose(replace(DRAFT, **change))  # type: ignore[arg-type]  # the cases are typed by the test


def test_date_keeps_its_offset() -> None:
    at = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert read(compose(replace(DRAFT, date=at)))["Date"].datetime == at


def test_mostly_latin_text_is_quoted_printable_and_mostly_other_is_base64() -> None:
    assert read(compose(replace(DRAFT, text="Olá, recebemos a sua mensagem.")))["Content-Transfer-Encoding"] == "quoted-printable"
    assert read(compose(replace(DRAFT, text="支払いが失敗します。")))["Content-Transfer-Encoding"] == "base64"


def test_a_very_long_word_is_encoded_so_that_no_line_is_too_long() -> None:
    raw = compose(replace(DRAFT, text="see https://x.example/" + "a" * 5000))
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert "https://x.example/" + "a" * 5000 in read(raw).get_content()


@given(subject=st.text(max_size=300), text=st.text(max_size=2000), name=st.text(max_size=80))
def test_whatever_is_in_it_the_mail_is_clean_and_deterministic(subject: str, text: str, name: str) -> None:
    draft = replace(DRAFT, subject=subject, text=text, from_name=name)
    raw = compose(draft)
    assert raw == compose(draft)
    assert raw.isascii()
    assert b"\x00" not in raw
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert fields_of(raw) == fields_of(compose(DRAFT))


@pytest.mark.parametrize(
    ("original", "kind"),
    [
        (b"Subject: hi\r\n\r\nplain\r\n", "message/rfc822"),
        ("Subject: hi\r\n\r\nJosé\r\n".encode(), "application/octet-stream"),
        (b"Subject: hi\r\n\r\n" + b"x" * 2000, "application/octet-stream"),
    ],
)
def test_an_attached_mail_comes_out_as_it_went_in_and_the_whole_stays_seven_bit(original: bytes, kind: str) -> None:
    raw = compose(replace(DRAFT, original=original))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    text, attached = message_from_bytes(raw).get_payload()
    assert "thank you for writing" in text.get_payload()
    assert attached.get_content_type() == kind
    inner = attached.get_payload(0).as_bytes() if kind == "message/rfc822" else attached.get_payload(decode=True)
    assert inner.replace(b"\r\n", b"\n").strip() == original.replace(b"\r\n", b"\n").strip()
