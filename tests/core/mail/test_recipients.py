"""Who has got a mail: in doubt somebody outside has."""

from __future__ import annotations

import pytest

from triage.core.mail.parse import parse
from triage.core.mail.recipients import doubt, everybody


def mail(*fields: str) -> bytes:
    return "\r\n".join((*fields, "From: ana@wise.example", "Subject: x", "", "close")).encode()


@pytest.mark.parametrize(
    "field",
    [
        "To: Ops <ops@acme.example>",
        "Bcc: ops@acme.example",
        "Resent-Bcc: ops@acme.example",
        "Apparently-To: ops@acme.example",
        'Cc: "ops@acme.example" <bo@wise.example>',
        "Cc: bo@wise.example (for ops@acme.example)",
        "Cc: bo@wise.example, =?utf-8?q?ops=40acme=2Eexample?=",
        "Cc: ops＠acme.example",
        "Cc: Partners: ops@acme.example;",
    ],
)
def test_every_field_and_every_spelling_counts(field: str) -> None:
    assert "ops@acme.example" in everybody(parse(mail(field)))


def test_other_fields_say_nothing() -> None:
    assert everybody(parse(mail("To: api@wise.example", "Reply-To: ops@acme.example"))) == ("api@wise.example",)


def test_a_name_with_a_comma_is_no_recipient() -> None:
    assert everybody(parse(mail("To: =?utf-8?q?Silva=2C_Ana?= <ana@wise.example>"))) == ("ana@wise.example",)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (["To: undisclosed-recipients:;"], "to whom"),
        ([], "to whom"),
        ([f"X-Filler-{n}: x" for n in range(400)] + ["To: api@wise.example"], "too long"),
        ([f"X-Filler-{n}: {'x' * 9_000}" for n in range(120)] + ["To: api@wise.example"], "too long"),
        ([f"To: {', '.join(f'm{n}@wise.example' for n in range(1_200))}"], "more recipients"),
    ],
)
def test_what_cannot_be_read_to_its_end_is_in_doubt(fields: list[str], why: str) -> None:
    assert why in doubt(parse(mail(*fields)))


def test_an_ordinary_mail_is_not_in_doubt() -> None:
    assert doubt(parse(mail("To: api@wise.example", "Cc: bo@wise.example"))) == ""
